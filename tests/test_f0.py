"""f0: known pitches are found, octave traps are not fallen into, numbers are kept."""

import warnings

import numpy as np
import pandas as pd
import pytest

from ser_lessons.errors import BadClip, BadTable
from ser_lessons.sound import f0

RATE = 22_050


def voice(hertz, *, harmonics=12, tilt=1.0, seconds=0.6, noise=0.0, rng=None):
    """A harmonic tone; `hertz` is a number or a contour of `seconds * RATE` values."""
    contour = np.broadcast_to(np.asarray(hertz, float), (round(seconds * RATE),))
    phase = 2 * np.pi * np.cumsum(contour) / RATE
    signal = sum(np.sin(k * phase) / k**tilt for k in range(1, harmonics + 1) if k * contour.max() < RATE / 2)
    signal = 0.3 * signal / np.abs(signal).max()
    return (signal + noise * (rng or np.random.default_rng(0)).normal(size=len(signal))).astype(np.float32)


@pytest.mark.parametrize("hertz", [80, 110, 165, 220, 330, 440, 600])
def test_steady_voices_are_found_within_a_tenth_of_a_semitone(hertz):
    track = f0.clip_f0(voice(hertz), RATE)
    inner = track.f0_hz[4:-4]
    assert np.isfinite(inner).all()
    assert np.abs(12 * np.log2(inner / hertz)).max() < 0.1


TRAPS = {
    "a weak fundamental": (voice(150) - 0.2 * voice(150, harmonics=1), RATE, 150),
    "a strong second harmonic": (voice(150) + 0.5 * voice(300, harmonics=1), RATE, 150),
    "two harmonics": (voice(150, harmonics=2), RATE, 150),
    "twelve of equal strength": (voice(150, tilt=0.0), RATE, 150),
    "noise": (voice(180, noise=0.03), RATE, 180),
    "another sample rate": (voice(200)[::2], RATE // 2, 200),
}


@pytest.mark.parametrize("signal, rate, hertz", TRAPS.values(), ids=TRAPS)
def test_octave_traps_are_avoided(signal, rate, hertz):
    assert f0.summarize_f0(f0.clip_f0(signal, rate))["f0_hz"] == pytest.approx(hertz, rel=0.01)


def test_a_glide_is_followed():
    contour = np.geomspace(120, 300, round(0.8 * RATE))
    track = f0.clip_f0(voice(contour, seconds=0.8), RATE)
    inner = slice(5, -5)
    true = np.interp(track.times, np.arange(len(contour)) / RATE, contour)
    assert np.abs(12 * np.log2(track.f0_hz[inner] / true[inner])).max() < 0.5
    summary = f0.summarize_f0(track)
    assert summary["range_semitones"] == pytest.approx(0.8 * 12 * np.log2(300 / 120), abs=0.6)


def test_noise_and_silence_are_unvoiced():
    rng = np.random.default_rng(0)
    noise = f0.clip_f0(rng.normal(0, 0.1, RATE).astype(np.float32), RATE)
    assert np.isfinite(noise.f0_hz).mean() < 0.1
    silent = f0.clip_f0(np.zeros(RATE, np.float32), RATE)
    assert np.isnan(silent.f0_hz).all() and f0.summarize_f0(silent)["voiced_fraction"] == 0
    half = np.concatenate([voice(200), np.zeros(RATE, np.float32)])
    found = f0.summarize_f0(f0.clip_f0(half, RATE))
    assert found["f0_hz"] == pytest.approx(200, rel=0.01)
    assert found["voiced_fraction"] == pytest.approx(0.6 / 1.6, abs=0.05)


def test_a_very_short_signal_has_no_pitch():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        short = f0.summarize_f0(f0.clip_f0(voice(200)[:50], RATE))
    assert np.isnan(short["f0_hz"])


def test_bad_signals_say_so():
    for broken in (np.zeros(0), np.zeros((2, 100)), np.full(100, np.nan)):
        with pytest.raises(BadClip):
            f0.clip_f0(broken, RATE)


@pytest.fixture
def clips(tmp_path):
    import soundfile

    for hertz in (120, 210):
        soundfile.write(tmp_path / f"v{hertz}.wav", voice(hertz), RATE)
    return pd.DataFrame({"stem": ["v120", "v210"], "path": [tmp_path / "v120.wav", tmp_path / "v210.wav"]})


def test_a_corpus_is_summarized_and_what_is_missing_named(clips, tmp_path):
    found = f0.corpus_f0(clips)
    np.testing.assert_allclose(found["f0_hz"], [120, 210], rtol=0.01)
    assert list(found.columns) == list(f0.COLUMNS)
    with pytest.raises(BadTable, match="path"):
        f0.corpus_f0(clips.drop(columns="path"))
    (tmp_path / "v210.wav").unlink()
    with pytest.raises(BadClip, match="v210"):
        f0.corpus_f0(clips)


def test_the_shipped_table_holds_every_ravdess_clip_and_plausible_voices():
    from ser_lessons.corpus import parse_name

    table = f0.shipped_f0()
    names = pd.DataFrame([parse_name(stem) for stem in table["stem"]])
    assert len(table) == 2452 and table["stem"].is_unique
    assert (names["channel"] == "speech").sum() == 1440
    speech = table.assign(**names[["channel", "gender", "actor", "emotion"]]).query("channel == 'speech'")
    assert speech["f0_hz"].notna().mean() > 0.99
    by_gender = speech.groupby("gender")["f0_hz"].median()
    assert 90 < by_gender["man"] < 190 and 180 < by_gender["woman"] < 320
    song = table.assign(**names[["channel", "gender"]]).query("channel == 'song'")
    middle_note = song["gender"].map({"man": 174.6, "woman": 349.2})  # everybody sings one melody around F3 or F4
    assert (np.abs(12 * np.log2(song["f0_hz"] / middle_note)) < 2.5).all()  # so that an octave error would show
    by_emotion = speech.groupby("emotion")["f0_hz"].median()
    assert by_emotion["angry"] > by_emotion["calm"] and by_emotion["fearful"] > by_emotion["neutral"]
