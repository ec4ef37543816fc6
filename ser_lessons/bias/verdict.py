"""From numbers to one of three verdicts, and to sentences that a journalist could not misquote.

Every sentence speaks of the table at hand: its size, its corpus, and whether its emotions were acted.
Lesson: 07_gender_bias.
"""

from ..evaluate.listeners import listeners_gap
from ..evaluate.predictions import voice_words

VERDICTS = ("gap", "equivalent", "undecidable")

MARGIN_POINTS = 5.0
"""Differences below this many points count as equivalent, unless said otherwise.

Fixed beforehand: two thirds of the 7.5 points by which human listeners differ between the recordings of RAVDESS.
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

METRIC_NAMES = SHORT_NAMES | {"uar": "UAR (unweighted average recall)"}

KINDS = {"RAVDESS": "acted ", "practice corpus (synthetic)": "synthetic "}
"""What is known about the clips of a corpus, by its printed name; of other corpora nothing is claimed."""


def decide(gap, gap_90, p_value, *, margin_points=MARGIN_POINTS, located=()):
    """Choose the verdict from the intervals (`Interval`) of the gap in points, 95 % and 90 %.

    `p_value` (float) is that of permuting gender over actors, `margin_points` above 0, `located` names the emotions
    whose recall gap survives Holm. Returns "equivalent" when the 90 % interval lies inside the margin and no emotion
    differs, "gap" when permutation and interval agree that the difference is not zero, or an emotion differs,
    "undecidable" otherwise. Lesson: 07_gender_bias.
    """
    if not located and -margin_points < gap_90.low <= gap_90.high < margin_points:
        return "equivalent"
    return "gap" if located or differs(gap, p_value) else "undecidable"


def differs(gap, p_value):
    """Whether permutation and 95 % interval agree that the overall gap is not zero."""
    return p_value <= ALPHA and (gap.low > 0 or gap.high < 0)


def known_listeners(corpus):
    """The gap of human listeners on a corpus, by its printed name, with its source; None where none was measured."""
    return listeners_gap() if corpus == "RAVDESS" else None


def scope_words(report):
    """Who was heard, in one phrase."""
    women, men = voice_words(report.corpus)["woman"], voice_words(report.corpus)["man"]
    return (
        f"{report.clips} {KINDS.get(report.corpus, '')}clips by {report.n_women} {women} and {report.n_men} {men}; "
        f"corpus {report.corpus}, protocol {report.protocol}"
    )


def verdict_sentence(report, *, test="permutation"):
    """The verdict as two or three sentences that carry their own limits; `test` is where the p-value comes from."""
    gap, gap_90, scope = report.gap, report.gap_90, scope_words(report)
    name = METRIC_NAMES[report.metric]
    way = "higher" if gap.value >= 0 else "lower"
    women, men = voice_words(report.corpus)["woman"], voice_words(report.corpus)["man"]
    size = f"{abs(gap.value):.1f} points {way} on recordings by {women} than on recordings by {men}"
    limit = f"This is about one model and these {KINDS.get(report.corpus, '')}voices, not about women and men at large."
    where = "; ".join(f"{name} {report.emotions['recall_gap'][name]:+.1f} points of recall" for name in report.located)
    if report.verdict == "equivalent":
        return (
            f"Equivalent within {report.margin_points:g} points: {name} is {size}, and the 90 % interval of the "
            f"difference, {gap_90.low:+.1f} to {gap_90.high:+.1f} points, lies inside the margin ({scope}). {limit}"
        )
    if report.verdict == "gap" and (gap.low > 0 or gap.high < 0):
        p_words = "p < 0.001" if report.p_value < 0.001 else f"p = {report.p_value:.3f}"
        return (
            f"Gap found: {name} is {size} (95 % interval {gap.low:+.1f} to {gap.high:+.1f} points, {test} {p_words}; "
            f"{scope}). {f'Largest where: {where}. ' if where else ''}{limit}"
        )
    if report.verdict == "gap":
        return (
            f"Gap found in single emotions ({women} minus {men}: {where}), while the overall difference in {name} "
            f"is undecided: {gap.value:+.1f} points, 95 % interval {gap.low:+.1f} to {gap.high:+.1f} ({scope}). {limit}"
        )
    return (
        f"Undecidable at this sample size: {name} is {size}, but any true difference from {gap.low:+.1f} to "
        f"{gap.high:+.1f} points is compatible with the data ({scope}). "
        f"Only differences of about {report.power['minimal_detectable_gap']:.0f} points or more would have been found "
        f"four times in five. This shows neither bias nor balance. {limit}"
    )


def power_sentence(report):
    """What these actors could have shown, in words."""
    power = report.power
    needed = power["actors_needed_for_margin"]
    needed = "more than 100 000" if needed is None else f"about {needed}"
    voices = voice_words(report.corpus)["all"]
    return (
        f"with {report.n_women} + {report.n_men} {voices}, whose own values spread by {power['sd_woman']:.1f} and "
        f"{power['sd_man']:.1f} points (standard deviation), a true gap must be about "
        f"{power['minimal_detectable_gap']:.1f} points to be found four times in five; "
        f"a gap of {report.margin_points:g} points would be found in {100 * power['power_at_margin']:.0f} % of such "
        f"studies and needs {needed} {voices} of each gender."
    )


def flips_sentence(report):
    """How many answers change at the largest shifts of pitch, and in the control, in words."""
    flips = report.counterfactual
    parts = []
    for step in sorted({flips["n_semitones"].min(), 0, flips["n_semitones"].max()}):
        cells = flips[flips["n_semitones"] == step].set_index("gender")
        both = " and ".join(
            f"{row['flips']:.0f} % [{row['low']:.0f}, {row['high']:.0f}] of the {int(row['clips'])} clips by "
            f"{voice_words(report.corpus)[gender]}"
            for gender, row in cells.sort_index(ascending=False).iterrows()
        )
        name = "shifted up and back (the control)" if step == 0 else f"shifted by {step:+g} semitones"
        parts.append(f"{name}, {both}")
    return f"answers that change when a clip is {'; '.join(parts)}. Only what exceeds the control is due to pitch."


def listeners_sentence(report):
    """The gap of human listeners on the audited corpus, with its source."""
    size = f"{report.listeners['gap_points']:+.1f} points (actresses minus actors)"
    return f"human listeners differed by {size} on the speech of {report.corpus}; {report.listeners['source']}."
