"""The practice corpus: its plan, its voices, and that nothing damages it for good. Kills: robustness/test_state."""

import json
import os

import numpy as np
import pytest
import soundfile
from odd_files import no_space

from ser_lessons import corpus, system
from ser_lessons.config import EMOTIONS
from ser_lessons.corpus import practice, ravdess, voice
from ser_lessons.errors import BadCorpus

FEW = ["03-01-01-01-01-01-01", "03-01-05-02-01-02-01", "03-01-04-01-02-01-02", "03-01-08-01-02-02-24"]


@pytest.fixture
def few(monkeypatch):
    """A corpus of four clips, which is made in a blink."""
    monkeypatch.setattr(practice, "plan", lambda: list(FEW))
    return FEW


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def voiced_f0(signal):
    import librosa

    track = librosa.yin(signal, fmin=60, fmax=700, sr=voice.SAMPLE_RATE, frame_length=2048)
    loud = librosa.feature.rms(y=signal, frame_length=2048)[0][: len(track)] > 0.25 * np.abs(signal).max() / 2
    return np.median(track[loud])


def test_the_plan_is_the_speech_part_of_ravdess():
    stems = practice.plan()
    assert len(stems) == len(set(stems)) == ravdess.SPEECH_CLIPS
    rows = [corpus.parse_name(stem) for stem in stems]
    assert {row["actor"] for row in rows} == set(range(1, 25))
    assert sum(row["emotion"] == "neutral" for row in rows) == 96
    assert sum(row["gender"] == "woman" for row in rows) == 720


def test_the_corpus_is_made_and_scanned(tmp_path, few):
    folder = practice.make(tmp_path / "new" / "folder", n_jobs=1)
    table = corpus.scan(folder)
    assert list(table["stem"]) == sorted(few)
    assert corpus.corpus_title(table) == "practice corpus (synthetic)"
    for path in table["path"]:
        info = soundfile.info(path)
        assert (info.samplerate, info.channels, info.subtype, info.format) == (22050, 1, "PCM_16", "FLAC")
    assert not list(folder.rglob("*.part"))


def test_two_makings_and_two_processes_agree_to_the_byte(tmp_path, few):
    one, two = practice.make(tmp_path / "one", n_jobs=1), practice.make(tmp_path / "two", n_jobs=2)
    assert bytes_of(one) == bytes_of(two) and len(set(bytes_of(one).values())) == len(few) + 1


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_clips_are_comfortable_to_hear(emotion):
    for actor in (1, 2, 23, 24):
        for intensity in ("normal",) if emotion == "neutral" else ("normal", "strong"):
            signal = practice.synthesize(emotion, actor, 1 + actor % 2, 1, intensity=intensity)
            assert signal.dtype == np.float32 and signal.ndim == 1 and np.isfinite(signal).all()
            assert 1.1 < len(signal) / 22050 < 3.3
            assert 0.28 < np.abs(signal).max() < 0.92
            assert signal[0] == signal[-1] == 0 and np.abs(signal[:20]).max() < 0.005
            assert np.abs(signal[-20:]).max() < 0.005
            assert abs(signal.mean()) < 0.005
            assert np.isin(signal / voice.STEP % 1, 0).all()


def test_low_and_high_voices_differ_as_men_and_women_do():
    low = [voiced_f0(practice.synthesize("neutral", actor, 1, 1)) for actor in (1, 5, 9)]
    high = [voiced_f0(practice.synthesize("neutral", actor, 1, 1)) for actor in (2, 6, 10)]
    assert 75 < min(low) and max(low) < min(high) and max(high) < 300


def test_emotions_move_the_voice_the_way_the_literature_says():
    """Means over twelve voices: F0 (semitones), seconds, level (dB) and energy above 2 kHz (dB)."""
    facts = {}
    for emotion in EMOTIONS:
        rows = []
        for actor in range(1, 25, 2):
            signal = practice.synthesize(emotion, actor, 1, 1, intensity="normal")
            power = np.abs(np.fft.rfft(signal)) ** 2
            high = np.fft.rfftfreq(len(signal), 1 / 22050) > 2000
            rows.append(
                [
                    12 * np.log2(voiced_f0(signal)),
                    len(signal) / 22050,
                    20 * np.log10(np.abs(signal).max()),
                    10 * np.log10(power[high].sum() / power[~high].sum()),
                ]
            )
        facts[emotion] = np.mean(rows, axis=0) - (facts["neutral"] if facts else 0)
    pitch, seconds, level, brightness = np.array([facts[emotion] for emotion in EMOTIONS[1:]]).T
    where = {emotion: place for place, emotion in enumerate(EMOTIONS[1:])}
    for emotion in ("happy", "angry", "fearful", "surprised"):
        assert pitch[where[emotion]] > 1
    assert pitch[where["sad"]] < 0.5 < pitch[where["angry"]]
    for emotion in ("sad", "calm", "disgust"):
        assert seconds[where[emotion]] > 0.02
    assert seconds[where["fearful"]] < -0.02 and seconds[where["angry"]] < 0
    assert level[where["angry"]] > 1.5 and level[where["sad"]] < -1.5 and level[where["calm"]] < -0.5
    assert brightness[where["angry"]] > 0.5 and brightness[where["sad"]] < -0.1


@pytest.mark.parametrize("damage", ["byte", "cut", "gone", "empty"])
def test_a_damaged_clip_is_made_again(tmp_path, few, damage):
    folder = practice.make(tmp_path, n_jobs=1)
    before = bytes_of(folder)
    path = folder / "Actor_01" / f"{few[0]}.flac"
    data = bytearray(path.read_bytes())
    if damage == "byte":
        data[len(data) // 2] ^= 1
    path.write_bytes({"byte": bytes(data), "cut": bytes(data[:999]), "gone": b"", "empty": b""}[damage])
    if damage == "gone":
        path.unlink()
        practice.make(folder, n_jobs=1)
    else:
        with pytest.warns(UserWarning, match=f"1 damaged practice clips are made again, {few[0]}"):
            practice.make(folder, n_jobs=1)
    assert bytes_of(folder) == before


def test_whole_clips_are_not_made_twice(tmp_path, few, monkeypatch):
    practice.make(tmp_path, n_jobs=1)
    monkeypatch.setattr(practice, "_encode", None)
    assert practice.make(tmp_path, n_jobs=1) == tmp_path


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 2}', '{"version": 2, "seed": 7, "clips": 3}', "\x00\xff"])
def test_a_damaged_manifest_is_noticed(tmp_path, few, text, monkeypatch):
    monkeypatch.setattr(practice, "VERSION", 2)
    practice.make(tmp_path, n_jobs=1)
    before = bytes_of(tmp_path)
    (tmp_path / corpus.PRACTICE_MANIFEST).write_text(text, encoding="latin-1")
    with pytest.warns(UserWarning, match="is damaged"):
        practice.make(tmp_path, n_jobs=1)
    assert bytes_of(tmp_path) == before


def test_another_version_is_replaced(tmp_path, few, monkeypatch):
    practice.make(tmp_path, n_jobs=1)
    before = bytes_of(tmp_path)
    monkeypatch.setattr(practice, "VERSION", 99)
    monkeypatch.setattr(practice, "_encode", lambda stem: b"new voices")
    practice.make(tmp_path, n_jobs=1)
    assert json.loads((tmp_path / corpus.PRACTICE_MANIFEST).read_text())["version"] == 99
    assert all(bytes_of(tmp_path)[name] != data for name, data in before.items())


def test_other_recordings_are_never_overwritten(tmp_path, few):
    mine = tmp_path / "Actor_01" / f"{few[0]}.flac"
    mine.parent.mkdir()
    mine.write_bytes(b"the real recording")
    with pytest.raises(BadCorpus, match="holds other recordings"):
        practice.make(tmp_path, n_jobs=1)
    assert bytes_of(tmp_path) == {mine.name: b"the real recording"}


def test_a_full_disk_is_one_sentence_and_leaves_no_half_clip(tmp_path, few, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(BadCorpus, match="Cannot make the practice corpus"):
        practice.make(tmp_path / "file", n_jobs=1)
    monkeypatch.setattr(practice.os, "fsync", no_space)
    with pytest.raises(BadCorpus, match="No space left on device.*needs 50 MB.*SER_CACHE"):
        practice.make(tmp_path / "corpus", n_jobs=1)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["file"]


def test_the_making_is_silent_unless_somebody_watches(tmp_path, few, capfd, monkeypatch):
    practice.make(tmp_path / "silent", n_jobs=1)
    assert capfd.readouterr() == ("", "")
    monkeypatch.setattr(system, "is_watched", lambda: True)
    practice.make(tmp_path / "watched", n_jobs=1)
    out, err = capfd.readouterr()
    assert out == "" and err != ""


@pytest.mark.parametrize("allows_input", [True, False])
def test_a_notebook_is_watched_when_its_front_end_can_ask(monkeypatch, allows_input):
    """JupyterLab says so with each cell; nbval, nbconvert and the book say that they cannot."""
    import types

    import IPython

    asked = {"content": {"code": "1", "allow_stdin": allows_input}}
    kernel = types.SimpleNamespace(get_parent=lambda channel: asked)
    monkeypatch.setattr(IPython, "get_ipython", lambda: types.SimpleNamespace(kernel=kernel))
    assert system.is_watched() is allows_input


def test_old_drafts_are_swept_and_young_ones_left(tmp_path, few):
    (tmp_path / "Actor_01").mkdir()
    old, young = tmp_path / "Actor_01" / ".a.flac.1.part", tmp_path / "Actor_01" / ".b.flac.2.part"
    for draft in (old, young):
        draft.write_bytes(b"half a clip")
    os.utime(old, (0, 0))
    os.utime(young, (2**33, 2**33))
    practice.make(tmp_path, n_jobs=1)
    assert not old.exists() and young.exists()


def test_ensure_keeps_to_the_cache_folder(tmp_path, few, monkeypatch):
    monkeypatch.setenv("SER_CACHE", str(tmp_path))
    monkeypatch.setenv("SER_CORPUS", "practice")
    assert practice.ensure() == tmp_path / f"practice_v{practice.VERSION}"
    assert len(corpus.open_corpus("speech")) == len(few)


def test_a_shared_corpus_is_taken_whole_and_never_mended(tmp_path, few, monkeypatch):
    shared, mine = tmp_path / "shared", tmp_path / "mine"
    monkeypatch.setenv("SER_SHARED", str(shared))
    monkeypatch.setenv("SER_CACHE", str(shared))
    made = practice.ensure()
    monkeypatch.setenv("SER_CACHE", str(mine))
    assert practice.ensure() == made and made.is_relative_to(shared) and not mine.exists()
    clip = next(made.glob("*/*.flac"))
    clip.unlink()
    assert practice.ensure().is_relative_to(mine) and not clip.exists()
