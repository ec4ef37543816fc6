"""There is one road from a sound to its picture; every kind of source enters it, and none is heard otherwise."""

import ast
import dataclasses
import io

import numpy as np
import pytest
import soundfile
from odd_files import voice

from ser_lessons.config import AudioConfig
from ser_lessons.errors import BadClip
from ser_lessons.sound import audio, augment, features, hearing

RATE = 22_050
STEPS = {"loud_span", "fit_length"}
"""What only the road may put in order."""


def steps_taken(source):
    """Names of the steps that a source calls or hands on."""
    named = (
        node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)
        for node in ast.walk(ast.parse(source))
    )
    return STEPS.intersection(named)


def test_nobody_else_trims_and_fits(root):
    """The pictures of training, prediction, playground, statistics and self-test agree because they are the same."""
    folders = (root / "ser_lessons", root / "benchmarks")
    files = [path for folder in folders for path in folder.rglob("*.py") if path.parent.name != "sound"]
    assert len(files) > 60
    others = {path.name: steps_taken(path.read_text(encoding="utf-8")) for path in files}
    diagnose = {"lesson_08.py", "lesson_09.py"}  # these checks make the wrong pictures that they recognize
    assert {name for name, steps in others.items() if steps} <= {"student_way.py"} | diagnose


def test_a_second_road_would_be_noticed():
    assert steps_taken("features.log_mel(audio.fit_length(x))") == {"fit_length"}
    assert steps_taken("from .audio import loud_span as f\nmap(loud_span, signals)") == {"loud_span"}


def test_the_road_is_load_trim_fit_picture(tmp_path):
    soundfile.write(tmp_path / "x.wav", np.pad(voice(rate=48_000), 9999), 48_000)
    config = AudioConfig(reference="full_scale", top_db=30.0)
    sound = hearing.hear(tmp_path / "x.wav", config=config)
    signal = audio.load(tmp_path / "x.wav")
    trimmed = signal[slice(*audio.loud_span(signal, top_db=30.0))]
    np.testing.assert_array_equal(sound.trimmed, trimmed)
    np.testing.assert_array_equal(sound.fitted, audio.fit_length(trimmed))
    np.testing.assert_array_equal(sound.picture, features.log_mel(audio.fit_length(trimmed), config=config))
    assert (sound.name, sound.native_rate, sound.sample_rate) == ("x.wav", 48_000, RATE)
    assert sound.seconds == pytest.approx(len(sound.native) / 48_000)
    changed = sound.again(change=lambda signal: augment.change_speed(signal, 1.5))
    np.testing.assert_array_equal(changed.trimmed, trimmed)
    assert len(changed.changed) == pytest.approx(len(trimmed) / 1.5, abs=1) and changed.picture.shape == (128, 130)
    assert changed.measures.loud_seconds < sound.measures.loud_seconds


def sources(tmp_path):
    """The same recording in every form that can be heard: {form: source}."""
    path = tmp_path / "clip.wav"
    soundfile.write(path, voice(), RATE, subtype="PCM_16")
    whole, _ = soundfile.read(path, dtype="int16")
    content = path.read_bytes()
    pipe = io.BytesIO(content)
    pipe.seekable = lambda: False
    at_its_end = io.BytesIO(content)
    at_its_end.seek(0, 2)
    return {
        "path": path,
        "text": str(path),
        "bytes": str(path).encode(),
        "opened": open(path, "rb"),
        "in memory": at_its_end,
        "cannot seek": pipe,
        "int16": (RATE, whole),
        "stereo, as Gradio gives it": (RATE, np.stack([whole, whole], axis=1)),
        "int32": (RATE, whole.astype(np.int32) << 16),
        "floats": (float(RATE), whole / 32768),
        "signal": (whole / 32768).astype(np.float32),
        "integer signal": whole,
        "list of numbers": (whole / 32768).tolist(),
    }


def test_every_form_of_a_recording_is_the_same_sound(tmp_path):
    forms = sources(tmp_path)
    expected = hearing.hear(forms["path"])
    for form, source in forms.items():
        found = hearing.hear(source)
        np.testing.assert_array_equal(found.picture, expected.picture, err_msg=form)
        assert found.measures == expected.measures and found.warnings == (), form
    assert hearing.hear(forms["in memory"]).name == "the recording"
    assert hearing.hear(forms["opened"]).name == "clip.wav"
    assert hearing.hear(forms["in memory"], name="mine").name == "mine"
    forms["opened"].close()


def test_floats_that_hold_16_bit_numbers_are_heard_at_full_scale_and_say_so(tmp_path):
    """They were answered "angry" whatever was said, and without a warning."""
    config = AudioConfig(reference="full_scale", range_db=100.0)
    soundfile.write(tmp_path / "x.wav", 32768 * voice(), RATE, subtype="FLOAT")
    expected = hearing.hear(voice(), config=config)
    for source in (tmp_path / "x.wav", 32768 * voice(), (RATE, 32768 * voice().astype(float))):
        found = hearing.hear(source, config=config)
        np.testing.assert_array_equal(found.picture, expected.picture)
        assert found.warnings == (found.warnings[0], *expected.warnings)
        assert "divided by 32768" in found.warnings[0]
    with pytest.warns(UserWarning, match="'x.wav': samples up to .* divided by 32768"):
        np.testing.assert_array_equal(audio.load(tmp_path / "x.wav"), voice())
    with pytest.warns(UserWarning, match="divided by 32768"):
        found = features.log_mel(32768 * voice(), config=config)
    np.testing.assert_array_equal(found, features.log_mel(voice(), config=config))
    over = np.float32([0.1, 1.5, -8])
    np.testing.assert_array_equal(hearing.hear(over).native, over)
    with pytest.raises(BadClip, match="far beyond any sound level"):
        hearing.hear(2.0**31 * voice())


@pytest.mark.parametrize(
    "source, words",
    [
        *(((rate, voice()), "sample rate") for rate in (0, -1, np.nan, "48000", None, 1e9)),
        ((RATE, np.zeros((2, 9))), "average its channels first"),
        ((RATE, np.zeros(0)), "no sound"),
        ((RATE, [np.nan]), "NaN"),
        ((RATE, "text"), "not an array of numbers"),
        (np.zeros((9, 2)), "average its channels first"),
        (0.5, "one dimension is needed"),
        ([0.1, np.nan], "NaN"),
        ([0.1, -np.inf], "NaN"),
        ([1e30, 0], "far beyond"),
        (["a"], "not an array of numbers"),
        ([1 + 2j], "not an array of numbers"),
        ([[1], [2, 3]], "not an array of numbers"),
        (None, "not an array of numbers"),
        (io.StringIO("text"), "opened as text"),
        (io.BytesIO(b"RIFF"), "not a readable sound file"),
        (io.BytesIO(), "not a readable sound file"),
    ],
)
def test_what_cannot_be_heard_is_a_sentence(source, words):
    with pytest.raises(BadClip, match=words):
        hearing.hear(source)


def test_a_step_is_taken_once(monkeypatch):
    sound = hearing.hear(voice())
    assert sound.picture is sound.picture and sound.trimmed is sound.trimmed
    monkeypatch.setattr(features, "log_mel", lambda *_, **__: pytest.fail("drawn without being asked for"))
    assert hearing.hear(voice()).measures.voiced > 0.5
    with pytest.raises(dataclasses.FrozenInstanceError):
        sound.name = "other"
