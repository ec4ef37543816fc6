"""Augmentation does what it says, by measurement, leaves its input alone, and repeats with its seed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odd_files import voice

from ser_lessons.errors import BadClip
from ser_lessons.sound import augment

RATE = 22_050


@given(st.floats(-20, 60), st.integers(0, 999), st.floats(-40, 0))
@settings(max_examples=50, deadline=None)
def test_noise_has_the_ratio_it_was_asked_for(snr_db, seed, level_db):
    sound = voice() * np.float32(10 ** (level_db / 20))
    noise = augment.add_noise(sound, snr_db, np.random.default_rng(seed)).astype(float) - sound
    measured = 10 * np.log10(np.mean(sound.astype(float) ** 2) / np.mean(noise**2))
    assert measured == pytest.approx(snr_db, abs=0.1)


@pytest.mark.parametrize("change", [-3, 2, 0.8, 1.3])
def test_pitch_and_speed_are_those_of_librosa(change):
    import librosa

    sound = voice()
    if isinstance(change, int):
        found = augment.shift_pitch(sound, change)
        wanted = librosa.effects.pitch_shift(sound.astype(float), sr=RATE, n_steps=change)
    else:
        found = augment.change_speed(sound, change)
        wanted = librosa.effects.time_stretch(sound.astype(float), rate=change)
    assert found.shape == wanted.shape
    inside = slice(0, -2048)  # librosa 1.0 fades its last window otherwise than 0.11 and we do
    assert np.linalg.norm((found - wanted)[inside]) < 2e-3 * np.linalg.norm(wanted)  # single precision: 1e-3


def test_no_change_is_no_change():
    np.testing.assert_array_equal(augment.shift_pitch(voice(), 0), voice())
    np.testing.assert_array_equal(augment.change_speed(voice(), 1), voice())


@pytest.mark.parametrize("level", [1.0, 0.1])
def test_the_students_versions_are_fixed_noise_and_two_semitones(level):
    sound = voice() * np.float32(level)
    noisy = augment.student_noisy(sound, np.random.default_rng(0))
    assert np.std(noisy - sound) == pytest.approx(0.005, rel=0.05)
    np.testing.assert_array_equal(augment.student_raised(sound, None), augment.shift_pitch(sound, 2))


CHANGES = {
    "noise": lambda sound, rng: augment.add_noise(sound, 10, rng),
    "fixed noise": augment.student_noisy,
    "pitch": lambda sound, _: augment.shift_pitch(sound, 2),
    "speed": lambda sound, _: augment.change_speed(sound, 1.1),
}


@pytest.mark.parametrize("name", CHANGES)
def test_changes_depend_on_the_generator_alone_leave_the_input_and_refuse_bad_ones(name):
    sound, change = voice(), CHANGES[name]
    sound.setflags(write=False)
    np.random.seed(1)
    first = change(sound, np.random.default_rng(3))
    np.random.seed(2)
    assert first.dtype == np.float32
    np.testing.assert_array_equal(change(sound, np.random.default_rng(3)), first)
    assert np.array_equal(change(sound, np.random.default_rng(4)), first) == ("noise" not in name)
    for bad in ([], [np.nan], np.zeros((3, 3))):
        with pytest.raises(BadClip):
            change(bad, np.random.default_rng(0))


def test_silence_stays_silent_under_a_ratio():
    assert not augment.add_noise(np.zeros(99), 0, np.random.default_rng(0)).any()


def test_impossible_amounts_are_refused():
    for snr_db in (np.nan, np.inf):
        with pytest.raises(BadClip, match="cannot be made"):
            augment.add_noise(voice(), snr_db, np.random.default_rng(0))
    for rate in (0, -1, np.nan):
        with pytest.raises(BadClip, match="cannot be played"):
            augment.change_speed(voice(), rate)


def test_copies_change_as_much_as_they_are_told():
    pictures = np.random.default_rng(0).uniform(-60, 0, (8, 128, 130, 1)).astype(np.float32)
    same, little, much = (
        np.abs(augment.fresh_copies(pictures, np.random.default_rng(1), strength=strength) - pictures).mean()
        for strength in (0, 0.2, 1)
    )
    assert same < 1e-3 < little < much
