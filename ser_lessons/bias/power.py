"""Which gap could these actors have shown? Power before anybody says "balanced"; and audits of counts alone.

Source: the two-sample t test between actor means (Welch), noncentral t distribution; Cohen (1988), chapter 2.
Lesson: 07_gender_bias.
"""

import bisect
import dataclasses
import math

import numpy as np

from ..errors import BadTable
from ..evaluate.intervals import Interval
from ..evaluate.predictions import voice_words
from .inference import check_group_sizes
from .report import BiasReport
from .verdict import ALPHA, MARGIN_POINTS, decide, known_listeners, verdict_sentence

POWER = 0.80

ASSUMED_SD_POINTS = 10.0
"""Standard deviation between actors of one gender when nothing is known about it."""


def power_of_gap(gap_points, *, sd_points, n_women, n_men):
    """Chance, in [0.05, 1], to find a gap of this size between the means of the actors of each gender, at 5 %.

    `gap_points` is the true gap in percentage points; `sd_points`, a float or (women, men), the standard deviation
    between the actors' values in points, not negative; `n_women, n_men` (int >= 2) count actors. Raises BadTable for
    others. Lesson: 07_gender_bias.
    """
    from scipy import stats

    error, degrees = _standard_error(sd_points, n_women, n_men)
    if error == 0:
        return 1.0 if gap_points else ALPHA
    critical = stats.t.ppf(1 - ALPHA / 2, degrees)
    shift = abs(gap_points) / error
    upper, lower = stats.nct.sf(critical, degrees, shift), stats.nct.cdf(-critical, degrees, shift)
    return float(np.nan_to_num(upper) + np.nan_to_num(lower))


def _standard_error(sd_points, n_women, n_men):
    """Standard error of a difference of two means of actors, and Welch's degrees of freedom."""
    sd = np.broadcast_to(np.asarray(sd_points, dtype=float), (2,))
    if min(n_women, n_men) < 2 or not (np.isfinite(sd).all() and (sd >= 0).all()):
        raise BadTable("Power needs at least two actors of each gender and a spread that is not negative.")
    sizes = np.array([n_women, n_men], dtype=float)
    parts = sd**2 / sizes
    if parts.sum() == 0:
        return 0.0, float(sizes.sum() - 2)
    return float(np.sqrt(parts.sum())), float(parts.sum() ** 2 / (parts**2 / (sizes - 1)).sum())


def minimal_detectable_gap(*, sd_points, n_women, n_men):
    """The smallest true gap (points) that is found four times in five; parameters as in `power_of_gap`.

    With an actor standard deviation of 10 points and 12 + 12 actors it is 12.0 points. Lesson: 07_gender_bias.
    """
    from scipy import optimize

    options = {"sd_points": sd_points, "n_women": n_women, "n_men": n_men}
    top, _ = _standard_error(sd_points, n_women, n_men)
    if top == 0:
        return 0.0
    while power_of_gap(top, **options) < POWER:
        top *= 2
    return float(optimize.brentq(lambda gap: power_of_gap(gap, **options) - POWER, 0, top))


def actors_needed(gap_points, *, sd_points):
    """How many actors of each gender would show a gap of this size four times in five; None above 100 000.

    Lesson: 07_gender_bias.
    """

    def found(n):
        return power_of_gap(gap_points, sd_points=sd_points, n_women=n, n_men=n)

    n = bisect.bisect_left(range(100_001), POWER, lo=2, key=found)
    return n if n <= 100_000 else None


def power_statement(*, sd_points, n_women, n_men, margin_points):
    """Which gaps actors with this spread, (women, men) in points, could have shown: the dict `BiasReport.power`."""
    spread = {"sd_points": sd_points, "n_women": n_women, "n_men": n_men}
    return {
        "sd_man": float(sd_points[1]),
        "sd_woman": float(sd_points[0]),
        "minimal_detectable_gap": minimal_detectable_gap(**spread),
        "power_at_margin": power_of_gap(margin_points, **spread),
        "actors_needed_for_margin": actors_needed(margin_points, sd_points=sd_points),
    }


def audit_counts(
    *,
    women_right,
    women_clips,
    men_right,
    men_clips,
    n_women=12,
    n_men=12,
    sd_points=ASSUMED_SD_POINTS,
    margin_points=MARGIN_POINTS,
    corpus="not stated",
    protocol="not stated",
):
    """Judge a published gender table that gives only how many clips were right.

    Parameters
    ----------
    women_right, women_clips, men_right, men_clips : int
    n_women, n_men : int >= 2, actors over whom the clips are spread
    sd_points : float >= 0, assumed spread between actors of one gender, in points: counts cannot show it
    margin_points : float > 0
    corpus, protocol : str

    Returns a BiasReport with accuracy as its metric and no tables; raises BadTable for counts that cannot be, or fewer
    than two actors of a gender. Equivalence is judged with the assumed spread, too: a narrower interval would have to
    be earned with results by actor. The student project's 189/232 against 206/259 gives "undecidable". Lesson:
    07_gender_bias.
    """
    check_group_sizes(n_women, n_men)
    rates, clip_sd = [], []
    for who, right, clips, n in (("women", women_right, women_clips, n_women), ("men", men_right, men_clips, n_men)):
        if not (clips > 0 and 0 <= right <= clips):
            raise BadTable(f"{right} right of {clips} clips by {who} cannot be; give counts with 0 <= right <= clips.")
        rates.append(right / clips)
        clip_sd.append(100 * math.sqrt(rates[-1] * (1 - rates[-1]) / clips * n))
    value = 100 * (rates[0] - rates[1])
    actor_sd = tuple(math.hypot(sd_points, sd) for sd in clip_sd)
    gap, gap_90, p_value = _welch(value, *_standard_error(actor_sd, n_women, n_men), n_women + n_men)
    report = BiasReport(
        verdict=decide(gap, gap_90, p_value, margin_points=margin_points),
        metric="accuracy",
        gap=gap,
        gap_90=gap_90,
        p_value=p_value,
        margin_points=float(margin_points),
        located=[],
        clips=women_clips + men_clips,
        n_women=n_women,
        n_men=n_men,
        corpus=corpus,
        protocol=protocol,
        power=power_statement(sd_points=actor_sd, n_women=n_women, n_men=n_men, margin_points=margin_points),
        listeners=known_listeners(corpus),
        warnings=[
            f"The spread between voices ({sd_points:g} points) is assumed, not measured: counts do not hold it. "
            "Ask for results by voice."
        ],
    )
    words = voice_words(corpus)
    facts = (
        f"recordings by {words['woman']} {100 * rates[0]:.1f} % ({women_right}/{women_clips}), "
        f"by {words['man']} {100 * rates[1]:.1f} % ({men_right}/{men_clips})"
    )
    naive = 1.96 * _standard_error(clip_sd, n_women, n_men)[0]
    sentence = verdict_sentence(report, test="Welch's t test")
    honest = (
        f"What could have been said: {facts}; the difference of {value:+.1f} points has a 95 % interval of "
        f"{value - naive:+.1f} to {value + naive:+.1f} even if all clips were independent, and of {gap.low:+.1f} to "
        f"{gap.high:+.1f} if {words['all']} differ by {sd_points:g} points (standard deviation), "
        "so this table can show neither a gap nor balance."
    )
    honest = honest if gap.low < 0 < gap.high else f"The counts are: {facts}."
    return dataclasses.replace(report, sentence=f"{sentence} {honest}")


def _welch(value, error, degrees, n_clusters):
    """A difference of means with its 95 % and 90 % interval and the two-sided p-value, by Welch's t test."""
    from scipy import stats

    intervals = []
    for level in (0.95, 0.90):
        half = error * stats.t.ppf(0.5 + level / 2, degrees)
        intervals.append(Interval(value, value - half, value + half, level, n_clusters))
    return *intervals, float(2 * stats.t.sf(abs(value) / error, degrees)) if error > 0 else float(value == 0)
