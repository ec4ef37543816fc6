"""A net that answers at once, and a small corpus of hummed sentences: what the playground's tests play with."""

import numpy as np
import pandas as pd

from ser_lessons.config import EMOTIONS, AudioConfig

RATE = AudioConfig.sample_rate


class StubNet:
    """A fixed linear reading of the picture: any change of the picture moves every probability a little."""

    labels, audio, threshold = EMOTIONS, AudioConfig(), 0.2

    def __init__(self):
        self.weights = np.random.default_rng(3).standard_normal((8, 128, 130)) / 3000

    def probabilities(self, batch):
        scores = np.tensordot(np.asarray(batch)[..., 0], self.weights, axes=([1, 2], [1, 2]))
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def log_probabilities(self, batch):
        return np.log(self.probabilities(batch))

    def calibrate(self, log_probabilities, voice=None):
        return np.exp(log_probabilities)

    def class_activation(self, item, label=None):
        lit = np.clip(item[..., 0] + 40, 0, None)
        return lit / max(float(lit.max()), 1e-6)


def hum(*, f0_hz=150.0, seconds=1.5, silence=0.5, peak=0.3, rate=RATE):
    """A voice-like sound: harmonics under four syllables, silence around; float32, shape (n,)."""
    t = np.arange(round(seconds * rate)) / rate
    glide = 2 * np.pi * np.cumsum(f0_hz * (1 + 0.1 * np.sin(2 * np.pi * 1.5 * t))) / rate
    voice = sum(np.sin(k * glide) / k for k in range(1, 12)) * np.abs(np.sin(2 * np.pi * 2 * t)) ** 1.5
    edge = 1e-4 * np.random.default_rng(1).standard_normal(round(silence * rate))
    return np.concatenate([edge, peak * voice / np.abs(voice).max(), edge]).astype(np.float32)


def write_corpus(folder):
    """Two actors, two emotions, two sentences as wav files in `folder`; returns their table."""
    import soundfile

    from ser_lessons import corpus

    for actor, f0_hz in ((1, 110.0), (2, 210.0)):
        for emotion, higher in (("calm", 1.0), ("angry", 1.3)):
            for statement in (1, 2):
                stem = corpus.format_name(emotion=emotion, statement=statement, repetition=1, actor=actor)
                soundfile.write(folder / f"{stem}.wav", hum(f0_hz=f0_hz * higher, seconds=1.2 + 0.3 * statement), RATE)
    table = corpus.scan(folder)
    assert isinstance(table, pd.DataFrame) and len(table) == 8
    return table
