"""A prediction hears exactly what training heard, says how sure it is, and never takes the others down."""

import dataclasses
import os

import numpy as np
import pytest
import soundfile

from ser_lessons.config import EMOTIONS, AudioConfig
from ser_lessons.errors import BadBundle, BadClip
from ser_lessons.net import bundle, predict
from ser_lessons.sound import audio, hearing, likeness

RATE = 22_050


def voice(seconds=2.0, *, rate=RATE, f0_hz=150.0, seed=0):
    """A voice-like sound: gliding harmonics, four syllables a second, soft edges, shape (seconds * rate,)."""
    t = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * np.cumsum(f0_hz * (1 + 0.1 * np.sin(2 * np.pi * t))) / rate
    harmonics = [k for k in range(1, 16) if k * f0_hz * 1.1 < rate / 2]
    sound = sum(np.sin(k * phase) / k for k in harmonics) * (0.52 - 0.48 * np.cos(2 * np.pi * 4 * t))
    sound += 0.001 * np.random.default_rng(seed).standard_normal(len(t))
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)


@pytest.fixture(scope="module")
def net(bundle_folder):
    return bundle.load(bundle_folder)


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.wav"
    soundfile.write(path, voice(), RATE, subtype="PCM_16")
    return path


def test_an_answer_is_complete(clip, net):
    found = predict.predict_file(clip, bundle=net)
    assert found.file == str(clip) and found.error is None and found.warnings == ()
    assert tuple(found.probabilities) == EMOTIONS
    assert sum(found.probabilities.values()) == pytest.approx(1)
    assert found.confidence == max(found.probabilities.values()) == found.probabilities[found.label]


@pytest.mark.parametrize("rate, channels", [(22_050, 1), (48_000, 2), (8_000, 1)])
def test_the_net_sees_what_training_saw_bit_for_bit(tmp_path, net, monkeypatch, rate, channels):
    path = tmp_path / "clip.flac"
    fade = np.geomspace(1e-4, 1, 2 * rate)[:, None]  # so that the level of trimming matters
    soundfile.write(path, fade * np.stack([voice(rate=rate, seed=i) for i in range(channels)], axis=1), rate)
    seen = []
    real = bundle.Bundle.log_probabilities
    monkeypatch.setattr(bundle.Bundle, "log_probabilities", lambda self, batch: seen.append(batch) or real(self, batch))
    predict.predict_file(path, bundle=net)
    list(predict.predict_files([path], bundle=net))
    expected = hearing.hear(path).picture
    assert len(seen) == 2
    for batch in seen:
        assert batch.tobytes() == expected.tobytes()


@pytest.mark.ravdess
def test_real_clips_look_the_same_to_training_and_prediction(ravdess, net, monkeypatch):
    table = ravdess.iloc[::300].reset_index(drop=True)
    expected = hearing.corpus_features(table, cache=False)
    seen = []
    real = bundle.Bundle.log_probabilities
    monkeypatch.setattr(bundle.Bundle, "log_probabilities", lambda self, batch: seen.append(batch) or real(self, batch))
    list(predict.predict_files(table["path"], bundle=net))
    assert np.concatenate(seen).tobytes() == expected.tobytes()


def test_many_files_equal_one_by_one_and_keep_their_order(tmp_path, net):
    paths = []
    for i in range(20):
        paths.append(tmp_path / f"{i}.wav")
        soundfile.write(paths[-1], voice(0.8 + i / 10, f0_hz=100 + 10 * i), RATE)
    many = list(predict.predict_files(paths, bundle=net))
    assert [one.file for one in many] == [str(path) for path in paths]
    for path, found in zip(paths, many):
        single = predict.predict_file(path, bundle=net)
        assert single.label == found.label and single.warnings == found.warnings
        assert list(single.probabilities.values()) == pytest.approx(list(found.probabilities.values()), abs=1e-6)


def test_the_first_answer_waits_for_as_few_files_as_there_are_cores(clip, net):
    paths = iter([clip] * 40)
    next(predict.predict_files(paths, bundle=net))
    assert len(list(paths)) == 40 - os.cpu_count()


def test_a_bad_file_is_answered_and_the_others_too(clip, tmp_path, net):
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    good, bad, gone, last = predict.predict_files([clip, broken, tmp_path / "gone.wav", clip], bundle=net)
    assert good.label and good.error is None and last == good
    for found, name in ((bad, "broken.wav"), (gone, "gone.wav")):
        assert name in found.error and "\n" not in found.error
        assert (found.label, found.confidence, found.probabilities, found.abstained) == (None, None, {}, True)
    with pytest.raises(BadClip, match="broken.wav"):
        predict.predict_file(broken, bundle=net)


def test_a_signal_is_judged_as_the_file_it_came_from(clip, net):
    signal, rate = soundfile.read(clip, dtype="float32")
    found = predict.predict_signal(signal, rate, bundle=net)
    assert found.file == ""
    assert found.probabilities == predict.predict_file(clip, bundle=net).probabilities


NOISE = np.random.default_rng(1).standard_normal(2 * RATE).astype(np.float32)
TIME = np.arange(2 * RATE) / RATE

WARNED = {
    "nothing to hear": (np.zeros(RATE), RATE),
    "very quiet": (voice() * 0.008, RATE),
    "clipped": (np.clip(voice() * 5, -0.9, 0.9), RATE),
    "very short": (voice(0.3), RATE),
    "first 3 s count": (voice(5.0), RATE),
    "recorded at 8000 Hz": (voice(rate=8_000), 8_000),
    "first minute of 1.5": (np.tile(voice(3.0), 30), RATE),
    "one voice": (0.1 * NOISE, RATE),
}


@pytest.mark.parametrize("words", WARNED)
def test_a_recording_unlike_the_training_data_is_warned_about(words, net, tmp_path):
    signal, rate = WARNED[words]
    path = tmp_path / "odd.wav"
    soundfile.write(path, signal, rate, subtype="FLOAT")
    found = predict.predict_file(path, bundle=net)
    assert any(words in said for said in found.warnings), found.warnings
    assert found.error is None and found.label in EMOTIONS


@pytest.mark.parametrize("foreign", [np.zeros(RATE), 0.1 * NOISE, 0.3 * np.sin(2 * np.pi * 440 * TIME)])
def test_silence_noise_and_steady_tones_make_it_abstain(foreign, net):
    bold = dataclasses.replace(net, threshold=0.0)
    assert predict.predict_signal(foreign, RATE, bundle=bold).abstained
    assert not predict.predict_signal(voice(), RATE, bundle=bold).abstained


@pytest.mark.ravdess
def test_real_voices_are_not_taken_for_noise(ravdess):
    """On all 2452 clips: none taken for foreign or clipped, 0.3 % called very quiet (run of 2026-11-22)."""
    found = []
    for path in ravdess["path"].iloc[::25]:
        found.append(hearing.hear(path).measures)
    assert not any(one.foreign or one.silent or one.clipped > likeness.CLIPPED_SHARE for one in found)
    assert np.mean([one.level_db < likeness.QUIET_DB for one in found]) < 0.03


def test_the_default_bundle_is_loaded_once(clip, monkeypatch, bundle_folder):
    monkeypatch.setattr(bundle, "REFERENCE", bundle_folder)
    loads = []
    real = bundle.load
    monkeypatch.setattr(bundle, "load", lambda *a, **k: loads.append(a) or real(*a, **k))
    assert predict.predict_file(clip) == predict.predict_file(clip)
    assert len(loads) == 1


def test_other_audio_settings_reach_the_front_end(tmp_path, clip, monkeypatch):
    """A bundle made for absolute levels must be fed absolute levels."""
    from ser_lessons.net import models

    settings = AudioConfig(reference="full_scale", range_db=100.0)
    found = bundle.save(tmp_path / "b", models.student_cnn(), audio=settings)
    assert bundle.load(tmp_path / "b").audio == settings
    seen = []
    monkeypatch.setattr(
        bundle.Bundle, "log_probabilities", lambda self, batch: seen.append(batch[0, ..., 0]) or np.eye(8)
    )
    predict.predict_file(clip, bundle=found)
    np.testing.assert_array_equal(seen[0], hearing.hear(clip, config=settings).picture)
    assert not np.array_equal(seen[0], hearing.hear(clip).picture)


@pytest.fixture
def clips(tmp_path):
    """Four clips of one voice, 10.4 s together."""
    paths = [tmp_path / f"{number}.wav" for number in range(4)]
    for number, path in enumerate(paths):
        soundfile.write(path, voice(2.6, f0_hz=130 + 20 * number, seed=number), RATE)
    return paths


def test_a_known_voice_is_judged_against_its_other_recordings(clips, net):
    said = {path: net.log_probabilities(hearing.hear(path).picture)[0].astype(float) for path in clips}
    known = predict.Voice(clips[1:] * 3, bundle=net)
    assert known.seconds == pytest.approx(9 * 2.6, abs=0.3)
    found = predict.predict_file(clips[0], bundle=net, voice=known)
    of_voice = 3 * sum(said[path] for path in clips[1:]) / (9 + predict.SILENT)
    relative = (said[clips[0]] - of_voice) / net.temperature
    wanted = np.exp(relative) / np.exp(relative).sum()
    assert list(found.probabilities.values()) == pytest.approx(wanted, abs=1e-6)
    again = predict.Voice([os.path.relpath(path) for path in clips * 3], bundle=net)
    assert predict.predict_file(clips[0], bundle=net, voice=again) == found, "a clip is not compared with itself"
    assert predict.predict_signal(*soundfile.read(clips[0]), bundle=net, voice=known).label == found.label


def test_a_voice_answers_about_its_own_recordings_and_hears_each_once(clips, net, monkeypatch, tmp_path):
    soundfile.write(tmp_path / "noise.wav", 0.1 * NOISE, RATE)
    paths, heard = [*clips * 3, "missing.wav", tmp_path / "noise.wav"], []
    read = audio.read_mono
    monkeypatch.setattr(audio, "read_mono", lambda path, **options: heard.append(path) or read(path, **options))
    known = predict.Voice(iter(paths), bundle=net)
    found = list(known.answers())
    assert sorted(map(str, heard)) == sorted(map(str, paths))
    twice = predict.predict_files(paths, bundle=net, voice=known)
    assert [one == other for one, other in zip(found, twice, strict=True)] == [True] * len(paths)
    assert found[12].error and found[13].abstained and not found[13].error and "too little" not in str(found)


def test_few_recordings_say_little_about_a_voice():
    said = np.log(np.tile([0.7, 0.2, 0.1], (30, 1)))
    few, many = (predict.average(part, silent=3) for part in (said[:3], said))
    assert few == pytest.approx(said[0] / 2) and many == pytest.approx(said[0] * 30 / 33)


def test_too_little_of_a_voice_changes_nothing_and_is_said(clips, net):
    known = predict.Voice([*clips, "missing.wav"], bundle=net)
    for plain, found in zip(
        predict.predict_files(clips, bundle=net), predict.predict_files(clips, bundle=net, voice=known)
    ):
        assert found.probabilities == plain.probabilities
        assert found.warnings[-1] == "too little else of this voice is known: it counts from 10 s on"


def test_a_long_recording_of_a_voice_counts_piece_by_piece(tmp_path, net):
    path = tmp_path / "long.wav"
    soundfile.write(path, np.concatenate([voice(3.0, f0_hz=f0, seed=f0) for f0 in range(100, 240, 20)]), RATE)
    known = predict.Voice([path], bundle=net)
    assert known.seconds == pytest.approx(21, abs=0.3) and known.without("") is not None
    assert known.without(str(path)) is None


def test_a_bundle_knows_how_sure_it_is_of_a_known_voice(clips, net, tmp_path):
    made = bundle.save(
        tmp_path / "bundle",
        net.keras_model,
        temperature=2.0,
        threshold=0.9,
        known_voice={"temperature": 0.5, "threshold": 0.1},
    )
    known = predict.Voice(clips * 3, bundle=made)
    strange, familiar = (predict.predict_file(clips[0], bundle=made, voice=one) for one in (None, known))
    assert strange.abstained and not familiar.abstained
    logs, mean = made.log_probabilities(hearing.hear(clips[0]).picture), known.without(str(clips[0]))
    assert familiar.confidence == pytest.approx(made.calibrate(logs, mean).max())
    assert made.calibrate(logs) == pytest.approx(made.probabilities(hearing.hear(clips[0]).picture))
    with pytest.raises(BadBundle, match="temperature and threshold"):
        bundle.save(tmp_path / "other", net.keras_model, known_voice={"temperature": 0.0, "threshold": 0.1})


@pytest.mark.parametrize(
    ("sources", "said"), [([], "no recording"), (["missing.wav"], "no recording"), ("a.wav", "list")]
)
def test_a_voice_without_recordings_is_refused_in_words(net, sources, said):
    with pytest.raises(BadClip, match=said):
        predict.Voice(sources, bundle=net)
