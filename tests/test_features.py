"""Spectrograms equal librosa's."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odd_files import voice

from ser_lessons.config import AudioConfig
from ser_lessons.sound import audio, features, hearing

RATE = 22_050


def by_librosa(sound, config=AudioConfig()):
    """The student project's recipe: mel spectrogram of librosa in dB, `ref=np.max`."""
    import librosa

    power = librosa.feature.melspectrogram(
        y=sound, sr=config.sample_rate, n_mels=config.n_mels, n_fft=config.n_fft, hop_length=config.hop_length
    )
    return librosa.power_to_db(power, ref=np.max, top_db=config.range_db)


def test_originals_look_as_librosa_shows_them(ravdess_original):
    import librosa

    paths = sorted(ravdess_original.rglob("*.wav"))
    assert len(paths) == 12
    for path in paths:
        sound, (expected, _) = hearing.hear(path), librosa.load(path, sr=RATE)
        np.testing.assert_allclose(audio.load(path), expected, atol=1e-6)
        np.testing.assert_allclose(sound.trimmed, librosa.effects.trim(expected, top_db=20)[0], atol=1e-6)
        assert sound.picture.shape == (128, 130) and sound.picture.dtype == np.float32
        assert np.abs(sound.picture - by_librosa(sound.fitted)).max() < 1e-4


@pytest.mark.parametrize(
    "config",
    [AudioConfig(), AudioConfig(n_mels=40, n_fft=512, hop_length=160, sample_rate=16_000), AudioConfig(range_db=60.0)],
    ids=["default", "small", "shallow"],
)
@given(seed=st.integers(0, 999), n=st.integers(1, 70_000), level_db=st.floats(-60, 0))
@settings(max_examples=15, deadline=None)
def test_any_sound_looks_as_librosa_shows_it(config, seed, n, level_db):
    rng = np.random.default_rng(seed)
    sound = audio.fit_length((rng.standard_normal(n) * 10 ** (level_db / 20)).astype(np.float32), config=config)
    found = features.log_mel(sound, config=config)
    assert found.shape == config.input_shape[:2]
    assert found.max() == 0 and found.min() >= -config.range_db
    assert np.abs(found - by_librosa(sound, config)).max() < 1e-3


def test_the_mel_filters_are_librosas():
    import librosa

    power = np.random.default_rng(0).random((1025, 9)).astype(np.float32)
    np.testing.assert_allclose(
        features.mel_power(power), librosa.filters.mel(sr=RATE, n_fft=2048).astype(float) @ power, rtol=1e-5
    )
    np.testing.assert_allclose(features.mel_to_hz(features.hz_to_mel([0, 500, 1000, 8000])), [0, 500, 1000, 8000])


THREADS = """
import numpy as np
from ser_lessons.sound import audio, features
sound = np.random.default_rng(0).standard_normal(50_000).astype(np.float32)
print(features.log_mel(audio.fit_length(sound)).tobytes().hex())
"""


def test_the_number_of_threads_changes_no_bit():
    """It did: a matrix product by OpenBLAS gave other last bits on two cores than in a worker process."""
    found = set()
    for n in ("1", "2", "4"):
        env = {**os.environ, "OMP_NUM_THREADS": n, "OPENBLAS_NUM_THREADS": n, "MKL_NUM_THREADS": n}
        found.add(subprocess.run([sys.executable, "-c", THREADS], env=env, capture_output=True, check=True).stdout)
    assert len(found) == 1


def test_absolute_levels_keep_the_loudness():
    config = AudioConfig(reference="full_scale", range_db=100.0)
    loud = features.log_mel(audio.fit_length(voice()), config=config)
    soft = features.log_mel(audio.fit_length(voice() / 10), config=config)
    heard = soft > -95
    np.testing.assert_allclose(loud[heard] - soft[heard], 20, atol=1e-3)


def test_silence_is_flat():
    assert np.ptp(features.log_mel(np.zeros(66_150))) == 0
    assert (features.log_mel(np.zeros(66_150), config=AudioConfig(reference="full_scale")) == -80).all()
