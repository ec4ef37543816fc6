"""The cache never changes, mixes up or loses a number, whatever happens to its files. Kills: robustness/test_state."""

import contextlib
import os
import time
import warnings

import numpy as np
import pandas as pd
import pytest
import soundfile
from odd_files import no_space, voice

from ser_lessons import system
from ser_lessons.config import AudioConfig
from ser_lessons.errors import BadClip, SerError
from ser_lessons.sound import augment, cache, hearing

RATE = 22_050


@pytest.fixture
def table(tmp_path):
    """Twelve clips, one of them there twice."""
    (tmp_path / "clips").mkdir()
    paths = []
    for i in range(12):
        paths.append(str(tmp_path / "clips" / f"{i:02d}.wav"))
        soundfile.write(paths[-1], voice(0.5 + (i % 11) / 10), RATE)
    return pd.DataFrame({"path": paths})


def fill(paths, folder, *, recipe=0, sources=(), compute=lambda path, digest: len(path), **options):
    """One number a file, and how many were computed."""
    computed = []
    numbers = cache.fill(
        np.empty(len(paths)),
        [str(path) for path in paths],
        lambda *job: computed.append(job) or compute(*job),
        recipe=recipe,
        sources=sources,
        cache=folder,
        **options,
    )
    return list(numbers), len(computed)


def test_an_entry_is_found_again_only_for_the_same_bytes_settings_and_code(tmp_path):
    one, other, code, newer = (tmp_path / name for name in ("one", "other", "code", "newer"))
    for number, path in enumerate((one, other, code, newer)):
        path.write_bytes(bytes([number]))
    folder, first = tmp_path / "cache", {"recipe": [1, None], "sources": (code,)}
    assert fill([one], folder, **first) == ([float(len(str(one)))], 1)
    assert fill([one, one], folder, **first)[1] == 0
    assert fill([other, one], folder, **first)[1] == 1
    assert fill([one], folder, recipe=[2, None], sources=(code,))[1] == 1
    assert fill([one], folder, recipe=[1, None], sources=(newer,))[1] == 1
    one.write_bytes(b"changed")
    assert fill([one], folder, **first)[1] == 1
    assert len(list(folder.iterdir())) == 5


def test_what_was_seen_of_a_file_is_fixed_by_its_bytes(tmp_path):
    """So a random change of a clip is the same in every run and under every name."""
    (tmp_path / "a").write_bytes(b"same")
    (tmp_path / "b").write_bytes(b"same")
    seen = []
    fill([tmp_path / "a", tmp_path / "b"], False, compute=lambda path, digest: seen.append(digest) or 0, n_jobs=1)
    assert seen[0] == seen[1] and len(seen[0]) == 64


def test_the_cache_changes_nothing(table, tmp_path):
    plain = hearing.corpus_features(table, cache=False)
    assert plain.shape == (12, 128, 130, 1) and plain.dtype == np.float32
    first = hearing.corpus_features(table, cache=tmp_path / "cache")
    again = hearing.corpus_features(table, cache=tmp_path / "cache")
    assert plain.tobytes() == first.tobytes() == again.tobytes()
    assert len(list((tmp_path / "cache").iterdir())) == 11, "one entry a recording, twins share"
    for i, path in enumerate(table["path"]):
        np.testing.assert_array_equal(plain[i, ..., 0], hearing.hear(path).picture)


def test_the_cache_is_used_in_any_order(table, tmp_path, monkeypatch):
    expected = hearing.corpus_features(table, cache=tmp_path / "cache")
    monkeypatch.setattr(hearing, "hear", lambda *_, **__: pytest.fail("computed again"))
    shuffled = table.iloc[::-1].reset_index(drop=True)
    np.testing.assert_array_equal(hearing.corpus_features(shuffled, cache=tmp_path / "cache"), expected[::-1])


def test_settings_and_changes_have_entries_of_their_own(table, tmp_path):
    folder, one = tmp_path / "cache", table.head(1)
    for options in ({}, {"config": AudioConfig(top_db=30.0)}, {"change": augment.student_noisy}):
        hearing.corpus_features(one, cache=folder, **options)
        hearing.corpus_features(one, cache=folder, **options)
    assert len(list(folder.iterdir())) == 3


def test_parallel_equals_serial(table):
    options = {"cache": False, "change": augment.student_noisy}
    serial = hearing.corpus_features(table, n_jobs=1, **options)
    assert serial.tobytes() == hearing.corpus_features(table, n_jobs=2, **options).tobytes()


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "longer", "text"])
def test_a_damaged_entry_is_rebuilt_with_a_warning(table, tmp_path, damage):
    expected = hearing.corpus_features(table, cache=tmp_path / "cache")
    victim = sorted((tmp_path / "cache").iterdir())[3]
    whole = victim.read_bytes()
    flipped = whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:]
    victim.write_bytes(
        {"flip": flipped, "cut": whole[:-4], "empty": b"", "longer": whole + b"1234", "text": b"hello"}[damage]
    )
    with pytest.warns(UserWarning, match="damaged and is measured again"):
        found = hearing.corpus_features(table, cache=tmp_path / "cache")
    assert found.tobytes() == expected.tobytes()
    assert victim.read_bytes() == whole
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hearing.corpus_features(table, cache=tmp_path / "cache")


def test_a_bad_clip_stops_everything_and_is_named(table):
    with open(table["path"][5], "wb") as file:
        file.write(b"no sound")
    with pytest.raises(BadClip, match="05.wav.* lies in .*clips: `ser-lessons data check` finds all such"):
        hearing.corpus_features(table, cache=False)
    os.remove(table["path"][5])
    with pytest.raises(BadClip, match="05.wav"):
        hearing.corpus_features(table, cache=False)


def test_a_long_measurement_says_how_far_it_is(table, tmp_path, monkeypatch):
    """The first training on a large corpus said nothing for a minute."""
    told = []

    @contextlib.contextmanager
    def bar(title, total):
        told.append((title, total))
        yield told.append

    monkeypatch.setattr(system, "progress_bar", bar)
    for _ in range(2):  # the second time, all is known
        hearing.corpus_features(table, cache=tmp_path / "kept")
    assert told == [("Listening to clips", 12), *range(1, 13)]


def test_a_failed_write_leaves_no_entry(table, tmp_path, monkeypatch):
    monkeypatch.setattr(system.os, "replace", no_space)
    with warnings.catch_warnings(), pytest.raises(SerError, match="cache cannot keep .*No space left.*SER_CACHE"):
        warnings.simplefilter("error")
        hearing.corpus_features(table, cache=tmp_path / "cache", n_jobs=2)
    assert list((tmp_path / "cache").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(SerError, match="file.below cannot keep .*SER_CACHE"):
        hearing.corpus_features(table, cache=tmp_path / "file" / "below", n_jobs=1)


def test_the_cache_folder_can_be_moved_and_without_one_nothing_is_kept(table, monkeypatch, tmp_path):
    """Found by a mutant: `cache=False` could have filled the user's cache unnoticed."""
    monkeypatch.setenv("SER_CACHE", str(tmp_path / "home"))
    hearing.corpus_features(table.head(2), cache=False, n_jobs=1)
    assert not (tmp_path / "home").exists()
    hearing.corpus_features(table.head(2), n_jobs=1)
    assert system.cache_dir() == tmp_path / "home" and len(list((tmp_path / "home" / "features").iterdir())) == 2


def test_what_a_teacher_shares_is_mapped_not_copied(table, tmp_path, monkeypatch):
    """Filled once; then whoever asks for the same clips maps them, whoever asks for some reads them."""
    shared, mine = tmp_path / "shared", tmp_path / "mine"
    for name in ("SER_CACHE", "SER_SHARED"):
        monkeypatch.setenv(name, str(shared))
    made = hearing.corpus_features(table)
    before = {path: path.read_bytes() for path in shared.rglob("*") if path.is_file()}
    monkeypatch.setenv("SER_CACHE", str(mine))
    monkeypatch.setattr(hearing, "hear", None)  # whoever computes now, fails
    mapped = hearing.corpus_features(table)
    assert type(mapped) is np.ndarray and isinstance(mapped.base, np.memmap) and np.array_equal(mapped, made)
    assert np.array_equal(hearing.corpus_features(table[3:7]), made[3:7])
    mapped[:] = 0
    assert np.array_equal(hearing.corpus_features(table), made)
    assert {path: path.read_bytes() for path in shared.rglob("*") if path.is_file()} == before and not mine.exists()


def test_after_a_bad_clip_hardly_another_is_begun(tmp_path):
    """Not computed in vain: beside the bad one, at most what had been handed to the two threads before."""
    paths, begun = [tmp_path / str(number) for number in range(99)], []
    for path in paths:
        path.write_text(path.name)

    def compute(path, _):
        begun.append(path)
        time.sleep(0.01)
        if path == str(paths[0]):
            raise BadClip("no sound")
        return 0

    with pytest.raises(BadClip):
        fill(paths, False, compute=compute, n_jobs=2)
    time.sleep(0.1)
    assert len(begun) < 20
