"""Spectrograms of some clips, the student's way or ours: `features.py seed|ours CLIPS VERSIONS [CACHE]`."""

import json
import pathlib
import sys
import time

import numpy as np
from bench import sound_files


def by_the_student(paths, n_versions):
    """One clip after the other, all in librosa: load, trim, three versions, fit, mel spectrogram, dB."""
    import librosa

    rng, pictures = np.random.default_rng(0), []
    for path in paths:
        signal, rate = librosa.load(path, sr=22_050)
        signal, _ = librosa.effects.trim(signal, top_db=20)
        versions = [signal]
        if n_versions == 3:
            versions.append(signal + 0.005 * rng.standard_normal(len(signal)))
            versions.append(librosa.effects.pitch_shift(signal, sr=rate, n_steps=2))
        for version in versions:
            missing = max(0, 66_150 - len(version))
            version = np.pad(version[:66_150], (missing // 2, missing - missing // 2))
            power = librosa.feature.melspectrogram(y=version, sr=rate, n_mels=128, n_fft=2048, hop_length=512)
            pictures.append(librosa.power_to_db(power, ref=np.max))
    return np.stack(pictures)


def by_us(paths, n_versions, cache):
    """The package's own function, in parallel, with or without a cache folder."""
    import pandas as pd

    from ser_lessons.sound import augment, hearing

    table = pd.DataFrame({"path": paths})
    changes = [None, augment.student_noisy, augment.student_raised][:n_versions]
    cache = False if cache == "none" else pathlib.Path(cache)
    return np.concatenate([hearing.corpus_features(table, change=change, cache=cache) for change in changes])


def main(way, n_clips, n_versions, cache="none"):
    """Print what the loop alone took, as JSON; the caller measures the whole process."""
    paths = sound_files(int(n_clips))
    wall, cpu = time.perf_counter(), time.process_time()
    pictures = by_the_student(paths, int(n_versions)) if way == "student" else by_us(paths, int(n_versions), cache)
    facts = {"pictures": len(pictures), "loop_wall_s": time.perf_counter() - wall}
    print(json.dumps({**facts, "loop_cpu_s": time.process_time() - cpu}))


if __name__ == "__main__":
    main(*sys.argv[1:])
