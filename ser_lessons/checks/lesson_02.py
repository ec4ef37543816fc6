"""Checks of lesson 02: a predicted mel band, a mel spectrum by hand, decibels."""

import numpy as np

from . import exercise, expect, expect_close, expect_shape


@exercise("2.1")
def band_of_tone(band, centers_hz):
    """The number of the mel band whose center lies nearest to 440 Hz, within two bands."""
    kind = type(band).__name__
    yield "a number", expect(isinstance(band, (int, float, np.number)), f"expected a band from 0 to 127, got {kind}")
    yield "in range", expect(0 <= band < len(centers_hz), f"there is no band {band}: they count from 0 to 127")
    best = int(np.argmin(np.abs(np.asarray(centers_hz) - 440)))
    side = "lower" if band > best else "higher"
    found = f"band {band} is centered at {centers_hz[round(band)]:.0f} Hz; 440 Hz lies {side}"
    yield "within two bands of 440 Hz", expect(abs(band - best) <= 2, found)


def _frame_and_basis():
    frame = np.sin(2 * np.pi * 4 * np.arange(32) / 32)
    basis = np.zeros((3, 17))
    basis[0, 2:5], basis[1, 3:7], basis[2, 10:16] = (0.5, 1, 0.5), (0.2, 0.8, 0.8, 0.2), 0.5
    return frame, basis


@exercise("2.2")
def mel_spectrum(function):
    """Window a frame, transform it, square it, and weigh the bins with the mel filters."""
    frame, basis = _frame_and_basis()
    power = np.abs(np.fft.rfft(frame * np.hanning(33)[:32])) ** 2
    result = function(frame, basis)
    yield "one value a band", expect_shape(result, (3,))
    hint = "power is the squared magnitude of the windowed frame"
    wanted = basis @ power
    close = np.allclose(result, wanted, rtol=0.15, atol=0.05 * wanted.max())
    yield "power", "" if close else expect_close(result, wanted, "mel power of a sine", rtol=0.15, hint=hint)
    doubled = np.asarray(function(2 * frame, basis), dtype=float)
    ratio = doubled[:2] / np.asarray(result, dtype=float)[:2]
    yield (
        "twice the amplitude",
        expect_close(ratio, [4, 4], "power ratio", rtol=0.01, hint="power grows with the square"),
    )
    yield "silence", expect_close(function(0 * frame, basis), np.zeros(3), "mel power of silence")


@exercise("2.3")
def to_db(function):
    """Decibels below the loudest value, cut off at 80 dB below it."""
    result = function(np.array([[4.0, 0.4], [0.04, 4e-12]]))
    yield "shape", expect_shape(result, (2, 2))
    result = np.asarray(result, dtype=float)
    yield "0 dB is the loudest", expect_close(result[0, 0], 0, "the loudest value (dB)", atol=1e-4)
    hint = "power takes 10 log10, amplitude takes 20 log10"
    yield "a tenth is -10 dB", expect_close(result[0, 1], -10, "a tenth of the power (dB)", hint=hint)
    hint = "0 dB is the loudest value of the whole array"
    yield "one reference for all rows", expect_close(result[1, 0], -20, "a hundredth of the power (dB)", hint=hint)
    yield (
        "the floor is -80 dB",
        expect_close(result[1, 1], -80, "almost nothing (dB)", hint="cut 80 dB below the loudest"),
    )
    whole = function(np.array([1.0, 100.0, 1e-9]))
    yield "the floor follows the loudest", expect_close(whole, [-20, 0, -80], "levels of 1, 100 and 1e-9")
    yield (
        "no infinity",
        expect(np.isfinite(function(np.array([0.0, 1.0]))).all(), "power 0 gives infinity: limit it first"),
    )
    silent = np.isfinite(function(np.zeros(3))).all()
    yield "silence", expect(silent, "a silent array gives no numbers (0 / 0): limit its power first")
