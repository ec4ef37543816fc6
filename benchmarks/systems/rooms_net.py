"""The course's net trained for other rooms: its pictures pass through noise, lines, rooms and distance, drawn afresh.

All changes are made on pictures (levels of mel bands), so that they cost next to nothing; benchmarks/rooms.py, which
judges, makes its changes on the sound itself.
"""

import dataclasses

import numpy as np

from ser_lessons.net import experiments
from ser_lessons.sound import augment

SHARES = {"noise": 0.3, "room": 0.2, "line": 0.15, "distance": 0.2}
"""How many of the pictures get each change in each epoch; two of five get none."""
LINEAR_SHARES = {"noise": 0.5, "room": 0.35, "line": 0.3, "distance": 0.4}
"""The same for the clips that the linear road sees once in another room, beside each clip as it is."""


def change_rooms(batch, rng, *, shares=SHARES, floor=None):
    """Draw pictures (n, bands, frames, 1) as from other rooms and microphones, dB above a floor; another array."""
    floor, changed = float(batch.min()) if floor is None else floor, np.array(batch[..., 0], np.float32)
    for picture in changed:
        if rng.random() < shares["room"]:
            picture[:] = _reverberate(picture, floor, rng)
        if rng.random() < shares["noise"]:
            picture[:] = _add_noise(picture, floor, rng)
        if rng.random() < shares["line"]:
            picture[: rng.integers(0, 16)] = floor
            picture[rng.integers(72, len(picture)) :] = floor
        if rng.random() < shares["distance"]:
            picture += np.float32(rng.uniform(-20, 3))
    return np.maximum(changed, floor)[..., None]


def _power(picture, floor):
    """Power of each band and frame, 0 at the floor."""
    return np.exp(picture * np.float32(np.log(10) / 10)) * (picture > floor + 0.01)


def _levels(power):
    return np.log(power + np.float32(1e-12)) * np.float32(10 / np.log(10))


def _restless(shape, rng):
    """Factors around 1, as noise has them in one band and frame."""
    return np.exp(np.float32(0.4) * rng.standard_normal(shape, np.float32))


def _add_noise(picture, floor, rng):
    """Noise of any tilt, 0 to 30 dB below the loud frames, everywhere or where the clip is not padded."""
    power = _power(picture, floor)
    total = power.sum(axis=0)
    loud = total[total > total.max() / 100].mean()
    place = np.linspace(-1, 1, len(picture))
    wave = 4 * rng.uniform() * np.cos(np.pi * (2 * place + rng.uniform(0, 2)))
    curve = 10 ** ((rng.uniform(-10, 4) * place + wave) / 10)
    level = loud * 10 ** (-rng.uniform(0, 30) / 10) * curve / curve.sum()
    noise = level[:, None].astype(np.float32) * _restless(picture.shape, rng)
    if rng.random() < 0.5:
        noise = noise * (total > 0)
    return _levels(power + noise)


def _reverberate(picture, floor, rng):
    """A room whose sound falls by 60 dB in 0.2 to 1.6 s, the direct sound 8 dB above to 4 dB below what follows."""
    from scipy.signal import lfilter

    decay = 10 ** (-6 * 512 / 22_050 / rng.uniform(0.2, 1.6))
    gain = 10 ** (rng.uniform(-8, 4) / 10) * (1 - decay) / decay
    power = _power(picture, floor)
    tail = lfilter(np.float32([0, decay * gain]), np.float32([1, -decay]), power, axis=1)
    return _levels(power + tail * _restless(picture.shape, rng))


def fresh_rooms(batch, rng):
    """Another room, and after it the course's fresh copies."""
    return augment.fresh_copies(change_rooms(batch, rng), rng)


NET = dataclasses.replace(experiments.NETS["course"], augment=fresh_rooms)
"""The course's net and recipe with other rooms in its training."""
