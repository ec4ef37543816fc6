"""Checks of lesson 03: noise at an SNR, symmetric pitch shifts, clips on both sides of a split."""

import numpy as np

from . import exercise, expect, expect_close, expect_shape


def _snr_db(function, signal, snr_db, seed=0):
    noise = np.asarray(function(signal.copy(), snr_db, np.random.default_rng(seed)), dtype=float) - signal
    return 10 * np.log10(np.mean(signal**2) / max(np.mean(noise**2), 1e-30))


@exercise("3.1")
def noise_at_snr(function):
    """Add white noise whose power lies `snr_db` below that of the signal."""
    loud = np.sin(np.arange(20_000) / 7)
    yield "shape", expect_shape(function(loud.copy(), 20, np.random.default_rng(0)), (20_000,))
    hint = "the ratio is one of powers, the noise is scaled by its amplitude"
    for snr_db in (20, 6):
        got = _snr_db(function, loud, snr_db)
        yield f"{snr_db} dB", expect_close(got, snr_db, "the measured SNR (dB)", rtol=0, atol=0.3, hint=hint)
    quiet = 0.01 * loud
    hint = "noise must follow the loudness of the clip"
    got = _snr_db(function, quiet, 20)
    yield "a quiet clip", expect_close(got, 20, "the SNR of a quiet clip (dB)", rtol=0, atol=0.3, hint=hint)
    one, two = (np.asarray(function(loud.copy(), 20, np.random.default_rng(seed))) for seed in (1, 2))
    yield "fresh noise", expect(not np.allclose(one, two), "two generators gave the same noise: draw it from `rng`")
    again = np.asarray(function(loud.copy(), 20, np.random.default_rng(1)))
    yield "repeatable", expect(np.allclose(one, again), "one seed gave two results: draw from `rng` alone")


@exercise("3.2")
def draw_semitones(function):
    """Draw a pitch shift that goes down as often as up, never further than `largest`."""
    rng = np.random.default_rng(0)
    draws = np.array([float(function(rng, 2.0)) for _ in range(400)])
    far = float(np.abs(draws).max())
    yield "within the limit", expect(far <= 2.0, f"a shift of {far:.2f} semitones is beyond 2")
    below = float(np.mean(draws < 0))
    complaint = f"{100 * below:.0f} % of the shifts go down, expected about 50 %"
    yield "both ways", expect(0.4 <= below <= 0.6, complaint)
    small = float(np.mean(np.abs(draws) < 1))
    complaint = f"{100 * small:.0f} % are smaller than 1 semitone, expected about 50 %: spread them evenly"
    yield "all sizes", expect(0.38 <= small <= 0.62, complaint)
    wide = np.array([float(function(rng, 6.0)) for _ in range(200)])
    yield "follows the limit", expect(4 < np.abs(wide).max() <= 6, "with largest=6, shifts should reach up to 6")
    same = [float(function(np.random.default_rng(5), 2.0)) for _ in range(2)]
    yield "repeatable", expect(same[0] == same[1], "one seed gave two results: draw from `rng` alone")


@exercise("3.3")
def leaked_clips(function):
    """Original clips that have versions in both lists, sorted, each once."""
    result = function(["a_plain", "a_noisy", "b_plain", "c_noisy"], ["a_raised", "d_plain", "c_noisy", "c_plain"])
    kind = type(result).__name__
    yield "a list", expect(isinstance(result, list), f"expected a list of clip names, got {kind}")
    yield "versions of one clip", expect("a" in result, "clip 'a' is on both sides as a_plain and a_raised")
    yield "sorted, each once", expect(result == ["a", "c"], f"expected ['a', 'c'], got {result}")
    clean = function(["a_plain", "a_noisy"], ["b_plain"])
    yield "a clean split", expect(clean == [], f"expected an empty list, got {clean}")
