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


def test_fixed_noise_hides_quiet_clips_more():
    rng = np.random.default_rng(1)
    for level in (1.0, 0.1):
        noise = augment.add_fixed_noise(voice() * np.float32(level), 0.005, rng) - voice() * np.float32(level)
        assert np.std(noise) == pytest.approx(0.005, rel=0.05)


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
    picture = np.random.default_rng(0).random((128, 130)).astype(np.float32)
    np.testing.assert_array_equal(augment.mask_time(picture, 0, np.random.default_rng(0)), picture)


@given(st.integers(0, 60), st.integers(0, 999), st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_mask_is_one_stripe_of_the_mean(width, seed, in_time):
    picture = np.random.default_rng(0).random((128, 130)).astype(np.float32)
    mask = augment.mask_time if in_time else augment.mask_frequency
    found = mask(picture, width, np.random.default_rng(seed))
    changed = np.flatnonzero((found != picture).any(axis=0 if in_time else 1))
    assert len(changed) <= width
    if len(changed):
        assert np.array_equal(changed, np.arange(changed[0], changed[-1] + 1))
        stripe = found[:, changed] if in_time else found[changed]
        np.testing.assert_allclose(stripe, picture.mean(), rtol=1e-5)


def test_the_students_versions_are_noise_and_two_semitones():
    noisy = augment.student_noisy(voice(), np.random.default_rng(0))
    assert np.std(noisy - voice()) == pytest.approx(0.005, rel=0.05)
    np.testing.assert_array_equal(augment.student_raised(voice(), None), augment.shift_pitch(voice(), 2))


DRAWS = {
    "noise": lambda rng: augment.add_noise(voice(), 10, rng),
    "fixed noise": lambda rng: augment.add_fixed_noise(voice(), 0.01, rng),
    "time mask": lambda rng: augment.mask_time(np.arange(128.0 * 130).reshape(128, 130), 40, rng),
    "frequency mask": lambda rng: augment.mask_frequency(np.arange(128.0 * 130).reshape(128, 130), 40, rng),
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_draws_come_from_the_generator_alone(draw):
    np.random.seed(1)
    first = draw(np.random.default_rng(3))
    np.random.seed(2)
    np.testing.assert_array_equal(draw(np.random.default_rng(3)), first)
    assert not np.array_equal(draw(np.random.default_rng(4)), first)


CHANGES = {
    "noise": lambda sound: augment.add_noise(sound, 10, np.random.default_rng(0)),
    "fixed noise": lambda sound: augment.add_fixed_noise(sound, 0.1, np.random.default_rng(0)),
    "pitch": lambda sound: augment.shift_pitch(sound, 2),
    "speed": lambda sound: augment.change_speed(sound, 1.1),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_input_is_left_alone_and_bad_input_refused(change):
    sound = voice()
    sound.setflags(write=False)
    assert change(sound).dtype == np.float32
    for bad in ([], [np.nan], np.zeros((3, 3))):
        with pytest.raises(BadClip):
            change(bad)


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
