"""Predict as the student's script did, in our own words: import TensorFlow and librosa, load the .h5, ask file by file.

student_way.py MODEL.h5 FILE...
"""

import json
import sys
import time

import librosa
import numpy as np
import tensorflow as tf

EMOTIONS = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"]


def picture(path):
    """The net's input, shape (1, 128, 130, 1), by librosa alone."""
    signal, rate = librosa.load(path, sr=22_050)
    signal, _ = librosa.effects.trim(signal, top_db=20)
    missing = max(0, 66_150 - len(signal))
    signal = np.pad(signal[:66_150], (missing // 2, missing - missing // 2))
    power = librosa.feature.melspectrogram(y=signal, sr=rate, n_mels=128, n_fft=2048, hop_length=512)
    return librosa.power_to_db(power, ref=np.max)[None, ..., None]


def main(model, *paths):
    """Print each answer, and the rate without the first clip."""
    net = tf.keras.models.load_model(model, compile=False)
    start = None
    for path in paths:
        answer = net.predict(picture(path), verbose=0)[0]
        print(path, EMOTIONS[int(answer.argmax())], f"{answer.max():.1%}")
        start = start or time.perf_counter()
    if len(paths) > 1:
        print(json.dumps({"clips_per_s": (len(paths) - 1) / (time.perf_counter() - start)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
