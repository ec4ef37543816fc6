"""From numbers to one of three verdicts, and to a sentence that a journalist could not misquote.

Lesson: 07_gender_bias, exercise "write an honest verdict".
"""

from ..evaluate.intervals import Interval

VERDICTS = ("gap", "equivalent", "undecidable")

MARGIN_POINTS = 5.0
"""Differences below this many points count as equivalent, unless said otherwise.

Fixed beforehand: two thirds of the 7.5 points by which human listeners differ between the same recordings.
A difference that listeners themselves could hardly show is not one to alarm about; a wider margin would
call even the listeners' own gap "equivalent".
"""

ALPHA = 0.05
"""Error rate of the overall test, and of the equivalence test."""

ALPHA_EMOTIONS = 0.01
"""Error rate of the eight emotions together, when there is no overall gap. A model without any bias is
called a gap in at most ALPHA + ALPHA_EMOTIONS = 6 of 100 audits."""

FALSE_ALARM_RATE = ALPHA + ALPHA_EMOTIONS

SHORT_NAMES = {"uar": "UAR", "accuracy": "accuracy", "macro_f1": "macro F1"}

METRIC_NAMES = {"uar": "UAR (unweighted average recall)", "accuracy": "accuracy", "macro_f1": "macro F1"}


def decide(gap, gap_90, p_value, *, margin_points=MARGIN_POINTS, located=()):
    """Choose the verdict.

    Parameters
    ----------
    gap, gap_90 : Interval in points, 95 % and 90 %
    p_value : float, permutation of gender over actors
    margin_points : float > 0
    located : emotions whose recall gap survives Holm

    Returns
    -------
    "equivalent" when the 90 % interval lies inside the margin and no emotion differs;
    "gap" when permutation and interval agree that the difference is not zero, or an emotion differs;
    "undecidable" otherwise
    """
    if not located and -margin_points < gap_90.low <= gap_90.high < margin_points:
        return "equivalent"
    if located or (p_value <= ALPHA and (gap.low > 0 or gap.high < 0)):
        return "gap"
    return "undecidable"


def describe_scope(*, clips, n_women, n_men, corpus, protocol):
    """Who was heard, in one phrase."""
    return f"{clips} acted clips by {n_women} actresses and {n_men} actors; corpus {corpus}, protocol {protocol}"


LIMIT = "This is about one model and these acted voices, not about women and men at large."


def write_sentence(
    verdict,
    gap: Interval,
    gap_90: Interval,
    *,
    metric,
    margin_points,
    detectable,
    scope,
    p_value,
    emotions,
    test="permutation",
):
    """Write the verdict as a sentence that carries its own limits.

    Parameters
    ----------
    verdict : one of `VERDICTS`
    gap, gap_90 : Interval in points, women minus men
    metric : str
    margin_points, detectable : float, points
    scope : str, as of `describe_scope`
    p_value : float
    test : str, which test p_value comes from
    emotions : dict, emotion -> recall gap in points, those that survive Holm

    Returns
    -------
    str: two or three sentences; the first states verdict, size, interval and sample
    """
    name = METRIC_NAMES.get(metric, metric)
    p_words = "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"
    way = "higher" if gap.value >= 0 else "lower"
    size = f"{abs(gap.value):.1f} points {way} on recordings by actresses than on recordings by actors"
    overall = verdict == "gap" and (gap.low > 0 or gap.high < 0)
    where = "; ".join(f"{emotion} {change:+.1f} points of recall" for emotion, change in emotions.items())
    if verdict == "equivalent":
        return (
            f"Equivalent within {margin_points:g} points: {name} is {size}, and the 90 % interval of the difference, "
            f"{gap_90.low:+.1f} to {gap_90.high:+.1f} points, lies inside the margin ({scope}). {LIMIT}"
        )
    if overall:
        text = (
            f"Gap found: {name} is {size} (95 % interval {gap.low:+.1f} to {gap.high:+.1f} points, "
            f"{test} {p_words}; {scope})."
        )
        return f"{text} {f'Largest where: {where}. ' if where else ''}{LIMIT}"
    if verdict == "gap":
        return (
            f"Gap found in single emotions (actresses minus actors: {where}), while the overall difference in {name} "
            f"is undecided: {gap.value:+.1f} points, 95 % interval {gap.low:+.1f} to {gap.high:+.1f} ({scope}). {LIMIT}"
        )
    return (
        f"Undecidable at this sample size: {name} is {size}, but any true difference from {gap.low:+.1f} to "
        f"{gap.high:+.1f} points is compatible with the data ({scope}). "
        f"Only differences of about {detectable:.0f} points or more would have been found four times in five. "
        f"This shows neither bias nor balance. {LIMIT}"
    )
