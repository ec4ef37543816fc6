"""Checks of lesson 08: a hum, lost names, the road to the net, windows, strangers, a known voice, a threshold."""

import numpy as np

from ..net import selftest
from ..sound import audio, features, hearing
from . import close, exercise, expect, expect_list, expect_shape, one_number


@exercise("8.1")
def hum_confidence(guess, measured):
    """How sure the net is about the tone that it is surest of, within 0.1."""
    guess = yield from one_number(guess, "the probability")
    yield "a probability", expect(0 <= guess <= 1, f"expected a probability from 0 to 1, got {guess:g}")
    side = "surer" if measured > guess else "less sure"
    yield "within 0.1", expect(abs(guess - measured) <= 0.1, f"the net is {side} than {guess:g}")


@exercise("8.2")
def best_order(function):
    """The order of names with which most answers are right."""
    pair, spoken = np.array([[0.9, 0.1], [0.2, 0.8]]), np.array(["sad", "calm"])
    orders = [["calm", "sad"], ["sad", "calm"]]
    found = function(pair.copy(), spoken, [list(order) for order in orders])
    yield "an order", expect_list(found, "names") or expect_shape(found, (2,))
    hint = "expected ['sad', 'calm'], with which both answers are right"
    yield "two clips", expect([str(name) for name in found] == orders[1], f"{hint}; got {list(found)}")
    names = [["sad", "calm", "happy"], ["happy", "sad", "calm"], ["calm", "happy", "sad"]]
    surest_first = [[0.98, 0.01, 0.01], [0.96, 0.02, 0.02], [0.3, 0.4, 0.3], [0.3, 0.3, 0.4], [0.28, 0.45, 0.27]]
    rows, told = np.array([*surest_first, [0.2, 0.2, 0.6], [0.5, 0.2, 0.3]]), "sad sad sad calm sad sad calm".split()
    for name, places, complaint in (
        ("answers are counted", (0, 1, 2), "two answers of seven fit the first order, three fit the second"),
        ("wherever it stands", (2, 0, 1), "the right order may stand anywhere in the list"),
    ):
        found = function(rows.copy(), np.array(told), [list(names[place]) for place in places])
        complaint = f"{complaint}: take that with most right answers; got {found}"
        yield name, expect_list(found, "names") or expect([str(one) for one in found] == names[1], complaint)


def _recording():
    """A voice-like sound (22 050 Hz) after a third of a second of silence, shorter than three seconds."""
    return np.pad(selftest.make_signal(), (8000, 0)).astype(np.float32)


def _picture(clip):
    return features.log_mel(np.asarray(clip, dtype=np.float32))


def _distance(found, wanted):
    return float(np.abs(_picture(found) - _picture(wanted)).mean())


def _bug(found, signal):
    """Name the bug that the clip shows, or say how far its picture is off; "" when it is right."""
    sound = hearing.hear(signal)
    distance = _distance(found, sound.fitted)
    if distance < 0.5:
        return ""
    trimmed = sound.trimmed
    bugs = {
        "the silent ends are still there: trim first": audio.fit_length(signal),
        "the silence belongs on both sides, not at the end": np.pad(trimmed, (0, 66150 - len(trimmed))),
        "the silence belongs on both sides, not at the start": np.pad(trimmed, (66150 - len(trimmed), 0)),
    }
    for bug, clip in bugs.items():
        if _distance(found, clip) < 0.5:
            return bug
    return f"its picture is {distance:.1f} dB off on average: trim at 20 dB, then three seconds, the clip in the middle"


@exercise("8.3")
def clip_for_net(function):
    """Three seconds of a recording, prepared as in training, whatever its sample rate."""
    signal = _recording()
    found = function(signal.copy(), 22050)
    yield "shape", expect_shape(found, (66150,))
    yield "trimmed and centered", _bug(found, signal)
    peaks = [float(np.abs(clip).max()) for clip in (np.asarray(found, dtype=float), hearing.hear(signal).fitted)]
    complaint = f"the peak is {peaks[0]:.2f}, in the recording it is {peaks[1]:.2f}: leave the level as it is"
    yield "its level", expect(np.isclose(*peaks, rtol=0.05), complaint)
    for given in (48000, 16000):
        other = audio.resample(signal, 22050, given)
        found = function(other.copy(), given)
        yield f"shape from {given} Hz", expect_shape(found, (66150,))
        off = _distance(found, hearing.hear((given, other)).fitted)
        hint = f"at {given} Hz the picture is another one: first bring it from `sample_rate` to 22050 Hz"
        if _distance(found, hearing.hear((given, other[:66150])).fitted) < 1.5:
            hint = f"of {given} samples a second, 66150 are {66150 / given:.1f} s, and the rest is lost: cut afterwards"
        yield f"{given} Hz", expect(off < 1.5, f"{hint} ({off:.1f} dB off)")
    long = np.concatenate([selftest.make_signal(), 0.5 * selftest.make_signal()[::-1], selftest.make_signal()])
    off = _distance(function(long.copy(), 22050), hearing.hear(long).fitted)
    yield "a long recording", expect(off < 0.5, "of a longer recording the first three seconds after trimming count")


def _windows_hint(found, wanted, hop, otherwise):
    """Name the mistake that these windows show, or say `otherwise`."""
    ends = [end - 1 for _, end in wanted]
    if [end for _, end in found] == ends:
        return "the second number is the first sample after it, as in a slice"
    if len(found) > 1 and found == [(start, end - start) for start, end in wanted]:
        return "the second number is the window's end, not its length"
    if len(found) > 1 and len(wanted) > 1 and found[1][0] != hop:
        return "each window starts one hop later than the one before"
    if len(found) > len(wanted):
        return "a window that does not fit in whole is left out, and none comes twice"
    return otherwise


@exercise("8.4")
def windows(function):
    """All whole windows from 0 on; the whole recording where none fits."""

    given = function(10, 4, 3)
    listed = expect_list(given, "pairs (start, end)")
    yield "a list", listed or expect(all(np.shape(pair) == (2,) for pair in given), "expected pairs (start, end)")
    for given, wanted, what in (
        ((10, 4, 3), [(0, 4), (3, 7), (6, 10)], "the last window may end with the recording"),
        ((11, 4, 3), [(0, 4), (3, 7), (6, 10)], "a window that does not fit in whole is left out"),
        ((12, 4, 4), [(0, 4), (4, 8), (8, 12)], "the end of a window is its start plus its length"),
        ((9, 2, 5), [(0, 2), (5, 7)], "the hop says how far the next start is, even beyond the window"),
        ((4, 4, 3), [(0, 4)], "a recording as long as the window is one window"),
        ((3, 4, 2), [(0, 3)], "a recording shorter than the window is one window, as long as it is"),
    ):
        found = [tuple(int(end) for end in pair) for pair in function(*given)]
        complaint = f"of {given[0]} samples, length {given[1]}, hop {given[2]}: expected {wanted}, got {found}"
        hint = _windows_hint(found, wanted, given[2], what)
        yield f"windows{given}", expect(found == wanted, f"{complaint}: {hint}")


@exercise("8.5")
def german(guess, measured):
    """The UAR of the net on German speakers, in per cent, within five points."""
    guess = yield from one_number(guess, "the UAR", low=0, high=100)
    fraction = f"{guess:g} is a fraction, or far below guessing: write per cent, such as 50"
    yield "in per cent", expect(guess > 1, fraction)
    side = "less" if guess > measured else "more"
    yield "within five points", expect(abs(guess - measured) <= 5, f"{guess:g} % is too far off: it is {side}")


@exercise("8.6")
def without_voice(function):
    """Spectra minus the mean spectrum of their voice, band by band."""
    given, voices = np.array([[1.0], [3.0], [10.0]]), np.array(["A", "A", "B"])
    found = function(given.copy(), voices)
    yield "shape", expect_shape(found, (3, 1))
    hint = "from each clip take the mean of its own voice, band by band, and leave it in its place"
    yield close("two voices", found, [[-1.0], [1.0], [0.0]], hint)
    spectra, voices = np.array([[1.0, 20.0], [8.0, 9.0], [3.0, 40.0], [8.0, 30.0]]), np.array([7, 3, 7, 7])
    found = function(spectra.copy(), voices)
    yield "shape of four clips", expect_shape(found, (4, 2))
    yield close("voices of unlike size", found, [[-3.0, -10.0], [0.0, 0.0], [-1.0, 10.0], [4.0, 0.0]], hint)
    kept = spectra.copy()
    function(kept, voices)
    yield "spectra untouched", expect((kept == spectra).all(), "your function changed the spectra that it was given")


def _threshold_hint(found, wanted, confidence, hits, target):
    """Say why `found` is not the lowest threshold that reaches the target; `""` for what is no number."""
    if np.size(found) != 1 or np.asarray(found).dtype.kind not in "iuf":
        return ""
    found = float(np.ravel(found)[0])
    if found == np.inf:
        chosen = hits[confidence >= wanted]
        return f"from {wanted:g} on, {chosen.sum():g} of {len(chosen)} answers are right, and that reaches the target"
    if not np.isin(found, [confidence, confidence.astype(np.float32)]):
        return f"{found} is not one of the confidences"
    if found > wanted:
        return f"{wanted:g} reaches the target, too, and answers more clips"
    if hits[confidence > found].mean() >= target:
        return "a clip is answered when it is at least as sure"
    chosen = hits[confidence >= found]
    return f"from {found:g} on, only {chosen.sum():g} of {len(chosen)} answers are right"


@exercise("8.7")
def lowest_threshold(function):
    """The lowest confidence from which on the answers are right often enough."""
    confidence, hits = np.array([0.6, 0.9, 0.7, 0.8]), np.array([0.0, 1.0, 0.0, 1.0])
    sure, wrong_first = np.array([0.904, 0.8, 0.7, 0.606]), np.array([0.0, 1.0, 1.0, 1.0])
    for name, *given, wanted in (
        ("all answers right", confidence, hits, 1.0, 0.8),
        ("the lowest", confidence, hits, 0.6, 0.7),
        ("all clips", confidence, hits, 0.5, 0.6),
        ("a wrong sure answer", sure, wrong_first, 0.7, 0.606),
    ):
        found = function(*given)
        yield close(name, found, wanted, _threshold_hint(found, wanted, *given))
    tied = function(np.array([0.8, 0.8, 0.5]), np.array([1.0, 0.0, 0.0]), 0.9)
    found = f"no threshold reaches this target (two clips share one confidence): expected np.inf, got {tied}"
    yield "out of reach", expect(np.size(tied) == 1 and np.ravel(tied)[0] == np.inf, found)
