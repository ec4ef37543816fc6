"""Checks of lesson 03: SNRs, pitch and tempo, symmetric shifts, masks, clips on both sides of a split."""

import numpy as np

from . import close, exercise, expect, expect_even, expect_number, expect_repeatable, expect_shape, expect_white, named


@exercise("3.1")
def snr_db(function):
    """Ten times the logarithm of the ratio of two powers, each a mean of squares."""
    signal, noise = np.array([2.0, -2.0, 2.0, -2.0]), np.array([0.2, -0.2])
    whole = np.array([200, -200], np.int16), np.array([20, -20], np.int16)
    above = np.array([3.0, 1.0])
    yield "a number", expect_number(function(above, above / 10), "the SNR")
    for name, one, other, wanted, hint in (
        ("a tenth", above, above / 10, 20, "10 log10 of the ratio of two powers"),
        ("mean of squares", signal, noise, 20, "square first, then take the mean"),
        (
            "not the spread",
            above,
            noise,
            10 * np.log10(125),
            "the mean of the squares; np.std takes the mean away first",
        ),
        ("upside down", noise, signal, -20, "the signal stands above, the noise below"),
        ("whole numbers", *whole, 20, "squares of int16 overflow: use float"),
    ):
        yield close(name, function(one, other), wanted, hint)


def _added(function, signal, level, seed=0):
    """What a function adds to a signal."""
    return np.asarray(function(signal.copy(), level, np.random.default_rng(seed)), dtype=float) - signal


def _level_db(signal, noise):
    return 10 * np.log10(np.mean(signal**2) / max(np.mean(noise**2), 1e-30))


@exercise("3.2")
def add_noise(function):
    """Add white noise whose power lies `level` dB below that of the signal."""
    loud = np.sin(np.arange(20_000) / 7)
    yield "shape", expect_shape(function(loud.copy(), 20, np.random.default_rng(0)), (20_000,))
    given = loud.copy()
    function(given, 20, np.random.default_rng(0))
    yield "signal untouched", expect((given == loud).all(), "your function changed the signal it was given")
    added = _added(function, loud, 20)
    yield "something added", expect(added.any(), "nothing is added to the signal")
    yield "new numbers", expect(np.ptp(added) > 1e-9, "one random number for all: draw a new one for each sample")
    scaled = "scale the noise by the RMS of the signal times 10 ** (-level / 20)"
    for name, signal, level, hint in (
        ("20 dB", loud, 20, scaled),
        ("6 dB", loud, 6, scaled),
        ("a quiet clip", 0.01 * loud, 20, "noise must follow the loudness of the clip"),
        ("a clip with a mean", loud + 2, 20, "RMS is the root of the mean of the squares, not the spread"),
    ):
        added = _added(function, signal, level)
        if abs(_level_db(signal, signal + added) - level) < 0.3:
            yield "a sum", "that is the noise alone: add it to the signal"
        yield close(name, _level_db(signal, added), level, hint, what=f"SNR (dB) of {name}", rtol=0, atol=0.3)
    noise = _added(function, loud, 20)
    spread = np.mean(noise**4) / np.mean(noise**2) ** 2
    normal = 2.7 < spread < 3.3 and abs(np.mean(noise)) < 0.1 * np.std(noise)
    yield "normal noise", expect(normal, "the noise is not that of rng.standard_normal, which swings around 0")
    yield "white", expect_white(noise)
    one, two = (_added(function, loud, 20, seed) for seed in (1, 2))
    yield "fresh noise", expect(not np.allclose(one, two), "two generators gave the same noise: draw it from `rng`")
    yield "repeatable", expect_repeatable(lambda: _added(function, loud, 20, 1))


@exercise("3.3")
def change_voice(function):
    """Shift the pitch by semitones, and change the tempo, each without the other."""
    tone = np.sin(2 * np.pi * 200 * np.arange(22_050) / 22_050).astype(np.float32)

    yield "a signal", expect(np.ndim(function(tone.copy(), 0, 1)) == 1, "expected one array of samples")

    def heard(semitones, tempo):
        changed = np.asarray(function(tone.copy(), semitones, tempo), dtype=float)
        power = np.abs(np.fft.rfft(changed * np.hanning(len(changed)))) ** 2
        return len(changed) / 22_050, np.fft.rfftfreq(len(changed), 1 / 22_050)[power.argmax()]

    hz = heard(0.5, 1)[1]
    known = {200: "200 Hz is the tone as it was: half a semitone changes it, too"}
    known |= {194.3: "that is half a semitone down: up is positive"}
    hint = named(hz, known, "n_steps is a number of semitones, whole or not, and no factor")
    yield close("half a semitone", hz, 205.86, hint, what="Hz", rtol=0.01)
    for name, semitones, tempo in (("an octave up", 12, 1), ("twice as fast", 0, 2), ("lower and slower", -5, 0.8)):
        seconds, hz = heard(semitones, tempo)
        hint = "in seconds: tempo 2 is twice as fast, so half as long"
        yield close(f"length ({name})", seconds, 1 / tempo, hint, rtol=0.02)
        hint = "in Hz: n_steps counts semitones; the tempo leaves the pitch alone"
        yield close(f"pitch ({name})", hz, 200 * 2 ** (semitones / 12), hint, rtol=0.03)
    yield "as loud to the end", expect_even(function(tone.copy(), 3, 1.25), 0.71)


@exercise("3.4")
def draw_semitones(function):
    """Draw a pitch shift that goes down as often as up, never further than `largest`."""
    rng = np.random.default_rng(0)
    drawn = function(np.random.default_rng(1), 2.0)
    several = f"expected one number, got an array of shape {np.shape(drawn)}: leave the size out"
    yield "a number", expect_number(drawn, "the shift") or expect(np.ndim(drawn) == 0, several)
    draws = np.array([float(function(rng, 2.0)) for _ in range(600)])
    far = float(np.abs(draws).max())
    yield "within the limit", expect(far <= 2.0, f"a shift of {far:.2f} semitones is beyond 2")
    whole = len(np.unique(draws))
    few = f"only {whole} different shift{'s' * (whole != 1)} in 600 draws: draw any size, not a choice of some"
    below = float(np.mean(draws < 0))
    complaint = few if whole <= 550 else f"{100 * below:.0f} % of the shifts go down, expected about 50 %"
    yield "both ways", expect(0.42 <= below <= 0.58, complaint)
    small = float(np.mean(np.abs(draws) < 1))
    uneven = f"{100 * small:.0f} % are smaller than 1 semitone, expected about 50 %: spread them evenly"
    yield "evenly", expect(0.4 <= small <= 0.6, few if whole <= 550 else uneven)
    yield "any size", expect(whole > 550, few)
    wide = np.array([float(np.ravel(function(rng, 6.0))[0]) for _ in range(200)])
    yield "follows the limit", expect(4 < np.abs(wide).max() <= 6, "with largest=6, shifts should reach up to 6")
    yield "repeatable", expect_repeatable(lambda: np.ravel(function(np.random.default_rng(5), 2.0))[0])


@exercise("3.5")
def mask_frames(function):
    """Hide up to `largest` neighboring frames at any place, in a copy."""
    picture = np.arange(24.0).reshape(3, 8)
    given, rng = picture.copy(), np.random.default_rng(0)
    yield "shape", expect_shape(function(given, 3, -9.0, rng), (3, 8))
    widths, starts, ends, masks, late = np.zeros(9, int), set(), set(), set(), 0
    for _ in range(2400):
        masked = np.asarray(function(given, 3, -9.0, rng), dtype=float)
        if (given != picture).any():
            yield "a copy", "your function changed the picture it was given: copy it first"
        hidden = masked == -9
        columns = np.flatnonzero(hidden.any(axis=0))
        if not (masked == np.where(hidden, -9, picture)).all():
            yield "only the level", "a hidden place has another value than `level`"
        if not hidden[:, columns].all():
            yield "whole frames", "a frame is hidden in some bands only: hide all rows of some columns"
        widths[len(columns)] += 1
        masks.add(tuple(columns))
        late += columns.tolist() == [5, 6, 7]
        if len(columns):
            if np.ptp(columns) + 1 != len(columns):
                yield "neighbors", f"frames {columns.tolist()} are hidden, which are no neighbors"
            starts.add(int(columns[0]))
            ends.add(int(columns[-1]))
    yield "a copy", ""
    widest = int(np.flatnonzero(widths)[-1])
    yield "at most `largest`", expect(widest <= 3, f"with largest=3, {widest} frames were hidden once: at most 3")
    missing = np.flatnonzero(widths[:4] == 0).tolist()
    complaint = f"in 2400 draws with largest=3, never were {missing and missing[0]} frames hidden: draw 0 to 3"
    complaint = "2400 draws gave 2400 times the same mask: draw from `rng`" if len(masks) == 1 else complaint
    yield "every width", expect(not missing, complaint)
    yield "the first frame", expect(0 in starts, "the first frame was never hidden in 2400 draws")
    never = expect(7 in ends, "the last frame was never hidden in 2400 draws: mind the end of the range")
    alone = "the last frame was never hidden alone: where a mask can start depends on the width that was drawn"
    yield "the last frame", never or expect(7 in starts, alone)
    often = f"of 2400 masks, about 100 hide frames 5 to 7, here {late}: draw among the places where the mask fits"
    yield "places alike", expect(late < 168, often)
    wide = [np.asarray(function(np.zeros((1, 8)), 8, 1.0, rng), dtype=float) for _ in range(600)]
    whole = sum(float(masked.min()) for masked in wide)
    complaint = f"of 8 frames with largest=8, all were hidden in {whole:.0f} of 600 draws, expected about 67"
    complaint = f"{complaint}: the mask must fit, whatever its width"
    yield "as wide as the picture", expect_shape(wide[0], (1, 8)) or expect(30 < whole < 120, complaint)
    counts = ", ".join(map(str, widths[:4]))
    complaint = f"widths 0 to 3 came {counts} times in 2400 draws, expected about 600 each: rounding halves both ends"
    yield "widths alike", expect(500 < widths[:4].min(), complaint)
    three = np.array([np.asarray(function(np.zeros((1, 3)), 1, 1.0, rng), dtype=float)[0] for _ in range(1200)])
    hits = three.sum(axis=0)
    complaint = f"in 1200 draws, three frames were hidden {hits[0]:.0f}, {hits[1]:.0f} and {hits[2]:.0f} times"
    yield "ends, too", expect(np.ptp(hits) < 75, f"{complaint}: all places alike")
    yield "repeatable", expect_repeatable(lambda: function(picture, 3, 0.5, np.random.default_rng(4)))


@exercise("3.6")
def leaked_clips(function):
    """Original clips that have versions in both lists, sorted, each once."""
    result = function(["a_plain", "a_noisy", "b_plain", "c_noisy"], ["a_raised", "d_plain", "c_noisy", "c_plain"])
    kind = type(result).__name__
    listed = isinstance(result, (list, tuple, np.ndarray))
    yield "a list", expect(listed, f"expected a sorted list of clip names, got {kind}")
    yield "versions of one clip", expect("a" in result, "clip 'a' is on both sides as a_plain and a_raised")
    whole = ": cut at the underscore, and compare whole names"
    for name, train, test, wanted, hint in (
        ("each once", "a_plain a_noisy b_plain c_noisy", "a_raised d_plain c_noisy c_plain", "a c", ""),
        ("sorted", "z_plain m_noisy b_raised k_plain", "k_noisy b_plain z_noisy m_plain", "b k m z", ""),
        ("longer names", "03-01_plain 03-02_noisy 04_noisy", "03-02_plain 03_noisy 04-1_raised", "03-02", whole),
        ("a clean split", "a_plain a_noisy", "b_plain", "", ""),
    ):
        found = [str(clip) for clip in function(train.split(), test.split())]
        yield name, expect(found == wanted.split(), f"expected {wanted.split()}, got {found}{hint}")
