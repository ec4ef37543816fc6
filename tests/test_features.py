"""Spectrograms equal librosa's; the cache never changes, mixes up or loses one."""

import os
import signal
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from odd_files import voice

from ser_lessons import system
from ser_lessons.config import AudioConfig
from ser_lessons.errors import BadClip
from ser_lessons.sound import audio, augment, features

RATE = 22_050


def by_librosa(sound, config=AudioConfig()):
    """The student project's recipe: mel spectrogram of librosa in dB, `ref=np.max`."""
    import librosa

    power = librosa.feature.melspectrogram(
        y=sound, sr=config.sample_rate, n_mels=config.n_mels, n_fft=config.n_fft, hop_length=config.hop_length
    )
    return librosa.power_to_db(power, ref=np.max, top_db=config.range_db)


@pytest.fixture
def table(tmp_path):
    """Twelve clips, one of them there twice."""
    (tmp_path / "clips").mkdir()
    paths = []
    for i in range(12):
        paths.append(str(tmp_path / "clips" / f"{i:02d}.wav"))
        soundfile.write(paths[-1], voice(0.5 + (i % 11) / 10), RATE)
    return pd.DataFrame({"path": paths})


def test_originals_look_as_librosa_shows_them(ravdess_original):
    paths = sorted(ravdess_original.rglob("*.wav"))
    assert len(paths) == 12
    for path in paths:
        sound = audio.prepare_clip(path)
        found = features.clip_features(path)
        assert found.shape == (128, 130) and found.dtype == np.float32
        assert np.abs(found - by_librosa(sound)).max() < 1e-4


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

    np.testing.assert_allclose(features.mel_basis(), librosa.filters.mel(sr=RATE, n_fft=2048), atol=1e-8)
    np.testing.assert_allclose(features.mel_to_hz(features.hz_to_mel([0, 500, 1000, 8000])), [0, 500, 1000, 8000])


@pytest.mark.parametrize(
    "config", [AudioConfig(), AudioConfig(n_fft=512, hop_length=128), AudioConfig(n_mels=40)], ids=str
)
def test_adding_along_the_bands_is_the_matrix_product(config):
    power = np.random.default_rng(0).random((1 + config.n_fft // 2, 9)).astype(np.float32)
    expected = features.mel_basis(config).astype(float) @ power
    np.testing.assert_allclose(features.mel_power(power, config=config), expected, rtol=1e-5, atol=1e-9)


THREADS = """
import numpy as np
from ser_lessons.sound import audio, features
sound = np.random.default_rng(0).standard_normal(50_000).astype(np.float32)
print(features.log_mel(audio.fit_length(audio.trim_silence(sound))).tobytes().hex())
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
    relative = AudioConfig(range_db=60.0)
    np.testing.assert_allclose(
        features.log_mel(audio.fit_length(voice()), config=relative),
        features.log_mel(audio.fit_length(voice() / 16), config=relative),
        atol=1e-3,
    )


def test_silence_is_flat():
    assert np.ptp(features.log_mel(np.zeros(66_150))) == 0
    assert (features.log_mel(np.zeros(66_150), config=AudioConfig(reference="full_scale")) == -80).all()


def test_a_sine_lights_up_its_band():
    t = np.arange(66_150) / RATE
    for f_hz in (200, 440, 3000):
        band = features.log_mel(np.sin(2 * np.pi * f_hz * t)).mean(axis=1).argmax()
        edges = features.mel_band_edges()
        assert edges[band] < f_hz < edges[band + 2]


def test_the_cache_changes_nothing(table, tmp_path):
    plain = features.corpus_features(table, cache=False)
    assert plain.shape == (12, 128, 130, 1) and plain.dtype == np.float32
    first = features.corpus_features(table, cache=tmp_path / "cache")
    again = features.corpus_features(table, cache=tmp_path / "cache")
    assert plain.tobytes() == first.tobytes() == again.tobytes()
    assert len(list((tmp_path / "cache").iterdir())) == 11, "one entry a recording, twins share"
    for i, path in enumerate(table["path"]):
        np.testing.assert_array_equal(plain[i, ..., 0], features.clip_features(path))


def test_the_cache_is_used(table, tmp_path, monkeypatch):
    expected = features.corpus_features(table, cache=tmp_path / "cache")
    monkeypatch.setattr(features, "clip_features", lambda *_, **__: pytest.fail("computed again"))
    np.testing.assert_array_equal(features.corpus_features(table, cache=tmp_path / "cache"), expected)
    shuffled = table.iloc[::-1].reset_index(drop=True)
    np.testing.assert_array_equal(features.corpus_features(shuffled, cache=tmp_path / "cache"), expected[::-1])


def test_parallel_equals_serial(tmp_path):
    paths = [str(tmp_path / f"{i}.wav") for i in range(34)]
    for i, path in enumerate(paths):
        soundfile.write(path, voice(0.3 + i / 50), RATE)
    table = pd.DataFrame({"path": paths})
    options = {"cache": False, "change": augment.student_noisy}
    serial = features.corpus_features(table, n_jobs=1, **options)
    assert serial.tobytes() == features.corpus_features(table, n_jobs=2, **options).tobytes()


def keys_of(table, config=AudioConfig(), change=None):
    return features._keys(table["path"], config, change)


def test_keys_cover_bytes_settings_change_and_code(table, monkeypatch):
    base = keys_of(table)
    assert base == keys_of(table) and len(set(base)) == 11
    others = [keys_of(table, AudioConfig(top_db=30.0)), keys_of(table, change=augment.student_noisy)]
    soundfile.write(table["path"][0], voice(0.77), RATE)
    others.append(keys_of(table)[:1] + ["-"] * 11)
    monkeypatch.setattr(features, "_code_version", lambda: "another")
    others.append(keys_of(table))
    for other in others:
        assert other[0] not in base
    assert keys_of(table.iloc[1:]) != base[1:]


@given(st.dictionaries(st.sampled_from(["seconds", "top_db", "range_db"]), st.floats(0.5, 90), max_size=3))
@settings(max_examples=40, deadline=None)
def test_two_settings_share_a_key_only_if_equal(tmp_path_factory, changes):
    path = tmp_path_factory.getbasetemp() / "one.bin"
    path.write_bytes(b"the same bytes")
    config = AudioConfig(**changes)
    same = features._keys([path], config, None) == features._keys([path], AudioConfig(), None)
    assert same == (config == AudioConfig())


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "longer", "text"])
def test_a_damaged_entry_is_rebuilt_with_a_warning(table, tmp_path, damage):
    expected = features.corpus_features(table, cache=tmp_path / "cache")
    victim = tmp_path / "cache" / keys_of(table)[3]
    whole = victim.read_bytes()
    flipped = whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:]
    victim.write_bytes(
        {"flip": flipped, "cut": whole[:-4], "empty": b"", "longer": whole + b"1234", "text": b"hello"}[damage]
    )
    with pytest.warns(UserWarning, match="damaged and is computed again"):
        found = features.corpus_features(table, cache=tmp_path / "cache")
    assert found.tobytes() == expected.tobytes()
    assert victim.read_bytes() == whole
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        features.corpus_features(table, cache=tmp_path / "cache")


def test_a_bad_clip_stops_everything_and_is_named(table):
    with open(table["path"][5], "wb") as file:
        file.write(b"no sound")
    with pytest.raises(BadClip, match="05.wav"):
        features.corpus_features(table, cache=False)
    os.remove(table["path"][5])
    with pytest.raises(BadClip, match="05.wav"):
        features.corpus_features(table, cache=False)


ENDLESS = """
import sys, pandas as pd, pathlib
from ser_lessons.sound import features
table = pd.DataFrame({"path": sorted(map(str, pathlib.Path(sys.argv[1]).iterdir()))})
print("ready", flush=True)
while True:
    features.corpus_features(table, cache=sys.argv[2], n_jobs=1)
    [path.unlink() for path in pathlib.Path(sys.argv[2]).iterdir()]
"""


@pytest.mark.slow
def test_a_kill_while_writing_leaves_nothing_that_is_trusted(table, tmp_path):
    """After each SIGKILL every entry that is there is whole: no damage is met, and the numbers are the same."""
    expected = features.corpus_features(table, cache=False)
    rng = np.random.default_rng(5)
    for round_ in range(4):
        cache = tmp_path / f"cache_{round_}"
        command = [sys.executable, "-c", ENDLESS, str(tmp_path / "clips"), str(cache)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout.readline() == b"ready\n"
        time.sleep(float(rng.random()) / 2)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert features.corpus_features(table, cache=cache, n_jobs=1).tobytes() == expected.tobytes()


def test_a_failed_write_leaves_no_entry(table, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(system.os, "replace", full)
    with pytest.raises(OSError):
        features.corpus_features(table, cache=tmp_path / "cache", n_jobs=1)
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.slow
def test_two_processes_share_a_cache(table, tmp_path):
    expected = features.corpus_features(table, cache=False)
    command = [sys.executable, "-c", ENDLESS.replace("while True:", "for _ in [1]:").rsplit("    [path", 1)[0]]
    command += [str(tmp_path / "clips"), str(tmp_path / "cache")]
    running = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait() for process in running] == [0, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert features.corpus_features(table, cache=tmp_path / "cache").tobytes() == expected.tobytes()
    assert len(list((tmp_path / "cache").iterdir())) == 11


def test_the_cache_folder_can_be_moved(monkeypatch, tmp_path):
    monkeypatch.setenv("SER_CACHE", str(tmp_path))
    assert system.cache_dir() == tmp_path


def test_after_a_bad_clip_no_other_is_begun(monkeypatch):
    """Cancelled, not computed in vain: the one thread had taken at most the clip after it."""
    cancelled, begun = threading.Event(), []

    class Pool(features.ThreadPoolExecutor):
        def shutdown(self, wait=True, **options):
            super().shutdown(wait=False, **options)
            cancelled.set()
            super().shutdown(wait=wait)

    def compute(number):
        begun.append(number)
        if number == 0:
            raise BadClip("no sound")
        cancelled.wait()

    monkeypatch.setattr(features, "ThreadPoolExecutor", Pool)
    with pytest.raises(BadClip):
        features._for_each(compute, range(9), 1, False)
    assert begun in ([0], [0, 1])
