"""Checks of lesson 07: dots, rates and gaps by group, dealt genders, a bootstrap, a detectable gap, a verdict."""

import re

import numpy as np
import pandas as pd

from ..bias import decide
from ..evaluate import Interval
from . import close, draws_of, exercise, expect, expect_repeatable, one_number, own_figure

_GENDERS = dict.fromkeys(("man", "men", "actor", "actors", "male"), "man")
_GENDERS |= dict.fromkeys(("woman", "women", "actress", "actresses", "female"), "woman")


@exercise("7.1")
def draw_voices(function):
    """One dot a voice, gender across, accuracy up."""
    voices = {1: ("man", [1, 1, 1, 0, 0]), 3: ("woman", [1, 1, 1, 0]), 4: ("man", [0, 1]), 6: ("woman", [0, 1, 0])}
    rows = [(actor, gender, float(hit)) for actor, (gender, hits) in voices.items() for hit in hits]
    with own_figure():
        ax, dots = _dots_of(function(pd.DataFrame(rows, columns=["actor", "gender", "hit"])))
        names = [] if ax is None else [mark.get_text().lower() for mark in ax.get_xticklabels()]
        places = [] if ax is None else list(ax.get_xticks())
    yield "axes", expect(ax is not None, "return the axes with the dots, as sns.stripplot does (a catplot has .ax)")
    across = sorted({round(float(x)) for x, _ in dots})
    swapped = len({round(float(y)) for _, y in dots}) == 2 and any(abs(x - round(x)) > 0.3 for x, _ in dots)
    yield "dots", expect(len(dots), "there are no dots in the axes: draw them with sns.stripplot")
    yield "accuracy up", expect(not swapped, "accuracy belongs up, on the y axis, and gender across")
    complaint = f"14 clips of 4 voices give 4 dots, got {len(dots)}: first make a table with one row a voice"
    yield "one dot a voice", expect(len(dots) == 4, complaint)
    yield "above their gender", expect(across == [0, 1], f"expected two columns of dots, got {len(across)}")
    found = [sorted(float(y) for x, y in dots if round(float(x)) == side) for side in across]
    wanted = {"man": [0.5, 0.6], "woman": [1 / 3, 0.75]}
    known = [len(side) for side in found] == [2, 2] and np.allclose(sorted(found), sorted(wanted.values()))
    shown = [[round(value, 3) for value in side] for side in found]
    complaint = f"two men with 0.5 and 0.6 and two women with 0.333 and 0.75 make the dots, got {shown}"
    yield "accuracies", expect(known, f"{complaint}: the accuracy of a voice is the mean of its hits")
    marks = dict(zip(np.round(places, 6), names))
    told = [_GENDERS.get(marks.get(side, ""), "") for side in across]
    complaint = f"expected `man` and `woman`, each below its dots, got {[marks.get(side, '') for side in across]}"
    right = all(name and np.allclose(side, wanted[name]) for name, side in zip(told, found))
    yield "their names", expect(right, f"{complaint}: take the column `gender`, not the number of the actor")
    yield "right way up", expect(not ax.yaxis_inverted(), "a higher accuracy belongs higher up")


def _dots_of(made):
    """The axes of what a learner drew, or None, and the places of its dots."""
    ax = made if hasattr(made, "collections") else None
    if ax is None:
        return None, []
    dots = [place for drawn in ax.collections for place in np.asarray(drawn.get_offsets(), dtype=float)]
    plain = [line for line in ax.lines if line.get_marker() not in ("None", "", None)]
    return ax, dots or [place for line in plain for place in np.asarray(line.get_xydata(), dtype=float)]


def _with_names(function, *given):
    """What a function returns; a Series as it is, with its names."""
    result = function(*given)
    return function.__wrapped__(*given) if isinstance(result, np.ndarray) else result


@exercise("7.2")
def rates_by_group(function):
    """Recall and false-alarm rate of one emotion, in each group apart."""
    spoken = np.array(["sad", "sad", "calm", "calm", "calm", "sad", "sad", "sad", "happy", "calm", "calm"])
    answered = np.array(["sad", "calm", "sad", "calm", "sad", "sad", "sad", "calm", "sad", "happy", "sad"])
    groups = np.array(["x"] * 5 + ["y"] * 6)
    result = _with_names(function, spoken, answered, groups, "sad")
    result = result.to_dict() if isinstance(result, pd.Series) else result
    yield "a dict", expect(isinstance(result, dict), f"expected a dict, one entry a group, got {type(result).__name__}")
    names = sorted(str(name) for name in result)
    yield "one entry a group", expect(names == ["x", "y"], f"expected the groups ['x', 'y'], got {names}")
    pairs = {str(name): pair for name, pair in result.items()}
    odd = next((type(pair).__name__ for pair in pairs.values() if np.shape(pair) != (2,)), "")
    yield "two rates", expect(not odd, f"expected a pair for each group, recall and false-alarm rate, got {odd}")
    swapped = np.allclose(np.asarray(pairs["x"], dtype=float), [2 / 3, 1 / 2])
    yield "recall first", expect(not swapped, "recall comes first, the false-alarm rate second")
    found, heard = "found, of those spoken sad", "heard, of those not spoken sad"
    for rate, group, place, wanted, what in (
        ("recall", "x", 0, 1 / 2, found),
        ("recall", "y", 0, 2 / 3, found),
        ("alarms", "x", 1, 2 / 3, heard),
        ("alarms", "y", 1, 2 / 3, heard),
    ):
        said = [" ".join(words[groups == group]) for words in (spoken, answered)]
        hint = f"spoken {said[0]}, answered {said[1]}"
        yield close(f"{rate} {group}", pairs[group][place], wanted, hint, what=f"{group}, {what}")
    calm = _with_names(function, spoken, answered, groups, "calm")
    hint = "use the argument `emotion`" if np.allclose(calm["y"], 2 / 3) else ""
    yield close("another emotion", calm["y"], [0.0, 1 / 4], hint, what="recall and false alarms of calm, group y")


def _recall(spoken, answered, emotion):
    """A metric to hand to a learner's function."""
    return np.mean(answered[spoken == emotion] == emotion)


def _false_alarms(spoken, answered, emotion):
    """Another metric, which the function may not have been written for."""
    return np.mean(answered[spoken != emotion] == emotion)


@exercise("7.3")
def emotion_gaps(function):
    """The gap of any metric in each spoken emotion, women minus men."""
    spoken = np.array(["sad", "sad", "sad", "calm", "calm", "sad", "sad", "calm", "calm", "calm"])
    answered = np.array(["sad", "calm", "calm", "calm", "calm", "sad", "calm", "angry", "calm", "sad"])
    gender = np.array(["man"] * 5 + ["woman"] * 5)
    result = _with_names(function, _recall, spoken, answered, gender)
    named = hasattr(result, "items") and not hasattr(result, "columns")
    yield "names", expect(named, f"expected a Series or a dict, one entry an emotion, got {type(result).__name__}")
    gaps = {str(name): gap for name, gap in result.items()}
    complaint = f"calm and sad were spoken, so expected these two, got {sorted(gaps)}"
    yield "emotions that were spoken", expect(sorted(gaps) == ["calm", "sad"], complaint)
    same = np.shape(gaps["sad"]) == () and np.allclose(float(gaps["sad"]), float(gaps["calm"]))
    complaint = "sad and calm have the same gap: does each metric know its own emotion? A lambda in a loop does not"
    yield "each its own", expect(not same, complaint)
    hint = "recall 1 of 2 on women's clips minus 1 of 3 on men's"
    if np.allclose([float(gaps["sad"]), float(gaps["calm"])], [-1 / 6, 2 / 3]):
        hint = "women minus men, not the other way round"
    yield close("a gap", gaps["sad"], 1 / 6, hint, what="the gap of sad")
    hint = "recall 1 of 3 on women's clips minus 2 of 2 on men's: keep the sign"
    yield close("its sign", gaps["calm"], -2 / 3, hint, what="the gap of calm")
    alarms = _with_names(function, _false_alarms, spoken, answered, gender)
    hint = "ask the metric that is given: 1 of 3 on women's clips minus 0 of 2 on men's"
    yield close("any metric", alarms["sad"], 1 / 3, hint, what="false alarms as the metric, the gap of sad")


def _one_gap(function, *given):
    """Complaint if the two means come back, instead of their difference, or a difference in per cent."""
    made = function(*given, np.random.default_rng(0))
    wanted = expect(np.size(made) == 1, f"{np.size(made)} numbers came back: return their difference, a single one")
    return wanted or expect(made is None or not np.abs(made) > 1, f"{made} is no fraction from -1 to 1")


@exercise("7.4")
def deal_gap(function):
    """One deal of the genders to the actors: as many women as before, each actor with all clips."""
    actors = np.repeat([1, 2, 3, 4], [2, 4, 6, 8])
    woman, even = np.isin(actors, [2, 3]), np.tile([0.0, 1.0], 10)
    yield "one number", _one_gap(function, even, actors, woman)
    gaps = draws_of(function, even, actors, woman)
    one_side = "in some deals all actors are of one gender: call exactly as many women as before"
    together = "every actor is right half the time, so every deal gives 0: deal genders to actors, not to clips"
    complaint = one_side if np.isin(np.nan_to_num(gaps), [-0.5, 0, 0.5]).all() else together
    yield "clips of an actor stay together", expect(np.allclose(gaps, 0), complaint)
    actors = np.repeat([1, 2, 3, 4], [1, 5, 5, 5])
    woman, hits = actors == 3, (actors == 1).astype(float)
    given = actors.copy(), woman.copy(), hits.copy()
    gaps = draws_of(function, hits, actors, woman, times=200)
    left = all(np.array_equal(*pair) for pair in zip(given, (actors, woman, hits)))
    yield "nothing changed", expect(left, "your function shuffled the arrays it was given; shuffle a copy")
    found = sorted({round(gap, 3) for gap in gaps})
    where = "one of four actors is called a woman, and only actor 1 is right"
    yield "it deals", expect(len(found) > 1, f"{where}: every deal gave {found[0]:g}, so nothing is dealt")
    swapped = "women minus men, not the other way round" if found == [-1.0, 0.091] else ""
    swapped = "keep the sign: women minus men" if found == [0.091, 1.0] else swapped
    words = f"{where}: a deal gives 1 or -0.091, got {', '.join(f'{gap:g}' for gap in found[:5])}"
    right = any(np.isin(found, [1.0, other]).all() for other in (-0.091, -0.333))  # over clips, or over voices
    yield "as many women as before", expect(right, f"{words}: {swapped or 'as many women as before, minus all others'}")
    four, first = np.repeat([1, 2, 3, 4], 4), np.repeat([1.0, 0.0, 0.0, 0.0], 4)
    pairs = draws_of(function, first, four, np.isin(four, [2, 3]))
    complaint = "two of four actors are women, only actor 1 is right: a deal gives 0.5 or -0.5, got"
    odd = next((gap for gap in pairs if abs(gap) != 0.5), 0)
    yield "nobody chosen twice", expect(not odd, f"{complaint} {odd:.3g}: choose two different names")
    often = float(np.mean(gaps > 0.5))
    complaint = f"each of four actors is chosen in 1 of 4 deals, actor 1, with a single clip, in {often:.2f}"
    yield "every actor is as likely", expect(0.15 < often < 0.36, f"{complaint}: deal names, each once")
    yield "repeatable", expect_repeatable(lambda: function(hits, actors, woman, np.random.default_rng(5)))


@exercise("7.5")
def draw_gap(function):
    """One draw of the gap: actors of each gender drawn with replacement, women minus men."""
    actors = np.repeat([1, 2, 3, 4], 4)
    woman = np.repeat([False, True, False, True], 4)
    hits = np.repeat([0.0, 1.0, 0.0, 1.0], 4)
    yield "one number", _one_gap(function, hits, actors, woman)
    apart = "all women right and all men wrong: every draw is 1, women minus men; keep the genders apart"
    means = "hits may be differences: with -1 for all women and 0 for all men every draw is -1; take means"
    together = "every actor is right half the time, so every draw is 0: draw actors, not clips"
    for name, given, wanted, complaint in (
        ("women minus men", hits, 1.0, apart),
        ("differences, too", -hits, -1.0, means),
        ("clips of an actor stay together", np.tile([0.0, 1.0], 8), 0.0, together),
    ):
        yield name, expect(np.allclose(draws_of(function, given, actors, woman), wanted), complaint)
    hits = np.repeat([0.0, 0.0, 1.0, 1.0], 4)
    draws = draws_of(function, hits, actors, woman, times=200)
    found = {round(2 * draw, 3) for draw in draws}
    complaint = "two actors of each gender give multiples of 1/2 from -1 to 1: draw two of each, with replacement"
    yield "with replacement", expect(found == {-2.0, -1.0, 0.0, 1.0, 2.0}, complaint)
    five = np.repeat([1, 2, 3, 4, 5], 4)
    women, right = five > 2, (five == 4).astype(float)
    thirds = draws_of(function, right, five, women, times=100)
    complaint = "one of three women right, two men wrong: each draw is a multiple of 1/3"
    complaint += "; draw as many as each gender has, and count an actor drawn twice twice"
    yield "repeats counted", expect(np.allclose(3 * thirds, np.round(3 * thirds)), complaint)
    unequal, women = np.array([2, *[4] * 9, 1, 3]), np.array([True] * 10 + [False] * 2)
    right = (unequal == 2).astype(float)
    drawn = draws_of(function, right, unequal, women, times=200)
    complaint = "one clip right and nine wrong give 0, 0.1 or 1: average over the drawn clips, not over actors"
    yield "clips count alike", expect({round(draw, 3) for draw in drawn} <= {0.0, 0.1, 1.0}, complaint)
    often = np.mean(drawn == 1)
    complaint = f"of two women, the one with a single clip is drawn twice in 1 of 4 draws, here in {often:.2f}"
    yield "every actor is as likely", expect(0.12 < often < 0.4, f"{complaint}: draw names, each once")
    yield close("no actor is preferred", draws.mean(), 0.0, what="the mean of many draws", rtol=0, atol=0.15)
    yield "repeatable", expect_repeatable(lambda: function(hits, actors, woman, np.random.default_rng(5)))


@exercise("7.6")
def detectable_gap(guess, computed):
    """The smallest gap that 12 and 12 voices show four times in five, within two points."""
    guess = yield from one_number(guess, "the points")
    fraction = "expected percentage points, such as 3 for three in a hundred, not a fraction"
    outside = f"{guess:g} cannot be: expected points between 0 and 100"
    yield "in range", expect(not 0 < guess < 1, fraction) or expect(0 < guess < 100, outside)
    side = "smaller" if guess > computed else "larger"
    complaint = f"{guess:g} points is more than two off: the gap is {side}"
    yield "within two points", expect(abs(guess - round(computed)) <= 2, complaint)


COMPARED = re.compile(
    r"\b(?P<up>better|higher|greater|larger|more|favou?rs?)\b|\b(?:worse|lower|less|poorer|smaller)\b"
    r"|\b(?P<over>exceeds|surpasses|outperforms|beats|above)\b|\b(?P<under>trails|below)\b"
)


@exercise("7.8")
def verdict(written, ends, p_value, sizes):
    """A verdict in words; `ends`: the gap, its 95 % and its 90 % interval, in points; `sizes`: actresses and actors."""
    yield "a function", expect(callable(written), "expected the function that writes the sentence, got the sentence")
    text = written(*ends[:3])
    yield "a sentence", expect(isinstance(text, str), f"expected a string, got {type(text).__name__}")
    plain = _plain(text)
    plain = re.sub(r"\bnot (about )?(women|men) (and|or) (women|men)( at large| in general)?", "", plain)
    general = re.search(r"\b(women|woman|men|man|females?|males?)\b", plain)
    complaint = f"'{general and general[0]}' says too much: these are recordings by actresses and actors"
    named = "actress" in plain and re.search(r"\bactors?\b", plain)
    yield "words", expect(not general, complaint) or expect(named, "say who was heard: actresses and actors")
    gap, low, high, *inner = (float(number) for number in ends)
    right = decide(Interval(gap, low, high), Interval(gap, *inner), p_value)
    yield "verdict", _of_verdict(plain, right)
    yield "size", _of_size(plain, gap)
    yield "direction", _of_direction(plain, "actresses" if gap >= 0 else "actors")
    for what, end in (("lower end", low), ("upper end", high)):
        yield what, _of_number(plain, end, f"the {what} of the 95 % interval")
    turned = rf"{abs(high):.0f}( points)? ?(to|and|until) ?[+-]?{abs(low):.0f}(?!\d)"
    turned = re.search(turned, re.sub(r"\d+\.\d+", lambda number: f"{float(number[0]):.0f}", plain))
    yield "low before high", expect(not turned, "the lower end of the interval comes first")
    women, men = sizes
    both = rf"\b{women} ?(\+|and|&) ?{men}\b" + (rf"|\b{women}\b[^.;]* (each|of both)\b" if women == men else "")
    for size, group in zip(sizes, ("actresses", "actors")):
        told = re.search(rf"\b{size}\b( \w+){{0,2}} {group}\b|{both}", plain)
        yield group, expect(told, f"say how many {group} were heard: {size}")
    others = [-1.5 * gap, -1.5 * high, -1.5 * low]
    plain = _plain(written(*others))
    told = f"for another net with {', '.join(f'{end:+.1f}' for end in others)}"
    stale = _of_size(plain, others[0]) or any(_of_number(plain, end, "") for end in others[1:])
    kept = f"{told} the sentence keeps other figures: put gap, low and high into it"
    signed = f"{told} the size of the gap is {abs(others[0]):.1f}: leave its sign out, as the words say who is ahead"
    yield "any figures", expect(not stale, signed if _of_number(plain, others[0], "") == "" else kept)
    turned = _of_direction(plain, "actresses" if others[0] >= 0 else "actors")
    yield "any direction", turned and f"{told} {turned}: take the direction from the sign of the gap"


def _plain(text):
    """A text in small letters, with one kind of space and of minus sign."""
    plain = text.lower().replace("\u2212", "-").replace("\u2013", "-").replace("twelve", "12")
    return re.sub(r"\s+", " ", plain)


def _of_verdict(plain, right):
    """Complaint unless the text gives the right one of the three verdicts, and no other."""
    plain = re.sub(r"\b(not|nor|neither) (undecid|equivalen)\w*", "", plain)
    soft = re.search(r"\b(balanced|unbiased|fair)\b", plain)
    if soft:
        return f"'{soft[0]}' is no legal verdict: gap, equivalent or undecidable"
    found = [name for name, stem in (("undecidable", "undecid"), ("equivalent", "equivalen")) if stem in plain]
    if right == "gap" and re.search(r"\b(no|not an?y?|without an?y?)( \w+)? (gap|bias|difference)\b", plain):
        return "the text denies a gap, but the interval excludes 0, and p is small"
    found = found or (["gap"] if re.search(r"\bgaps?\b", plain) else [])
    if not found:
        return "name the verdict: gap, equivalent or undecidable"
    why = {
        "gap": "the 95 % interval excludes 0, p is small, and the 90 % interval is not inside the margin",
        "equivalent": "the 90 % interval lies wholly inside the margin",
        "undecidable": "the interval holds 0, and reaches beyond the margin",
    }
    return expect(found == [right], f"'{' and '.join(found)}' is not what these figures allow: {why[right]}")


def _of_number(plain, wanted, what):
    """Complaint unless the number, rounded to a whole or finer, is in the text with its sign."""
    rest = re.sub(
        r"\d+ ?(%|percent|per cent)(?= (conf|int|ci))|\b\d+( \w+){0,2} (actresses|actors|clips|voices)\b", " ", plain
    )
    rest = rest.replace("minus ", "-").replace("plus ", "+")
    found = [float(number) for number in re.findall(r"(?<![\d.])-?\d+(?:\.\d+)?|(?<=-)\d+(?:\.\d+)?", rest)]
    if any(abs(number - wanted) <= 0.51 for number in found):
        return "" if "point" in plain else "a difference of percentages is in points: say so"
    if any(abs(number - wanted / 100) <= 0.0051 for number in found if number != round(number)):
        return f"{what}: give it in points, {wanted:.1f}, not as a fraction"
    sign = " (mind its sign)" if any(abs(number + wanted) <= 0.51 for number in found) else ""
    return f"{what} is missing: {wanted:+.1f} points{sign}"


def _of_size(plain, gap):
    """Complaint unless the size of the gap is in the text; a sign is fine unless "higher" or "lower" follows it."""
    odd = re.search(rf"-\d+(\.\d+)? points? ({COMPARED.pattern})", plain)
    size = _of_number(plain, abs(gap), "the size of the gap")
    return "" if not odd and not _of_number(plain, gap, "") else size


def _of_direction(plain, better):
    """Complaint unless the text says on whose recordings the accuracy is higher."""
    text = re.sub(r"\b\d+( \w+)? act(resse|or)s( and|,|;) \d+( \w+)? act(resse|or)s\b", " ", plain)
    untold = "say on whose recordings the accuracy is higher: those by actresses or by actors?"
    said = COMPARED.search(text)
    if not said:
        return untold
    verb = said["over"] or said["under"]
    after = None if verb else re.search(r"\b(actress|actor)", text[said.end() :])
    before = re.findall(r"\b(actress|actor)", text[: said.start()])
    if not (after or before):
        return untold
    group = after[1] if after else before[-1]
    than = bool(after and re.search(r"\bthan\b", text[said.end() :][: after.start()]))
    turned = than != (not (said["up"] or said["over"]))
    group = ("actor" if group == "actress" else "actress") if turned else group
    return expect(better.startswith(group), f"it is higher on recordings by {better}")
