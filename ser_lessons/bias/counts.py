"""An audit of four numbers: what can be said when a paper prints only counts. Lesson: 07_gender_bias."""

import math

from ..errors import BadTable
from ..evaluate.intervals import Interval
from ..evaluate.listeners import listeners_gap
from . import power, verdict
from .inference import check_group_sizes
from .report import BiasReport

ASSUMED_SD_POINTS = 10.0
"""Standard deviation between actors of one gender when nothing is known about it."""


def audit_counts(
    *,
    women_right,
    women_clips,
    men_right,
    men_clips,
    n_women=12,
    n_men=12,
    sd_points=ASSUMED_SD_POINTS,
    margin_points=verdict.MARGIN_POINTS,
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

    Returns
    -------
    BiasReport with accuracy as its metric and no tables. Equivalence is judged with the assumed spread,
        too: a narrower interval would have to be earned with results by actor

    Raises
    ------
    BadTable : counts that cannot be, or fewer than two actors of a gender

    The student project's 189/232 against 206/259 gives "undecidable". Lesson: 07_gender_bias.
    """
    for right, clips, who in ((women_right, women_clips, "women"), (men_right, men_clips, "men")):
        if not (clips > 0 and 0 <= right <= clips):
            raise BadTable(f"{right} right of {clips} clips by {who} cannot be; give counts with 0 <= right <= clips.")
    check_group_sizes(n_women, n_men)
    rates = women_right / women_clips, men_right / men_clips
    value = 100 * (rates[0] - rates[1])
    clip_sd = [
        100 * math.sqrt(rate * (1 - rate) / clips * n)
        for rate, clips, n in zip(rates, (women_clips, men_clips), (n_women, n_men))
    ]
    actor_sd = tuple(math.hypot(sd_points, sd) for sd in clip_sd)
    naive, _ = power.standard_error(tuple(clip_sd), n_women, n_men)
    spread = {"sd_points": actor_sd, "n_women": n_women, "n_men": n_men}
    gap, gap_90, p_value = (
        _t_interval(value, 0.95, **spread),
        _t_interval(value, 0.90, **spread),
        _t_test(value, **spread),
    )
    found = verdict.decide(gap, gap_90, p_value, margin_points=margin_points)
    honest = could_have_said((women_right, women_clips, men_right, men_clips), naive, gap, sd_points)
    detectable = power.minimal_detectable_gap(**spread)
    scope = verdict.describe_scope(
        clips=women_clips + men_clips, n_women=n_women, n_men=n_men, corpus=corpus, protocol=protocol
    )
    sentence = verdict.write_sentence(
        found, gap, gap_90, metric="accuracy", margin_points=margin_points, detectable=detectable, scope=scope,
        p_value=p_value, emotions={}, test="Welch's t test",
    )  # fmt: skip
    return BiasReport(
        verdict=found,
        sentence=f"{sentence} {honest}",
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
        power={
            "sd_man": actor_sd[1],
            "sd_woman": actor_sd[0],
            "minimal_detectable_gap": detectable,
            "power_at_margin": power.power_of_gap(margin_points, **spread),
            "actors_needed_for_margin": power.actors_needed(margin_points, sd_points=actor_sd),
        },
        listeners=listeners_gap(),
        warnings=[
            f"The spread between actors ({sd_points:g} points) is assumed, not measured: counts do not hold it. "
            "Ask for results by actor."
        ],
    )


def could_have_said(counts, naive_error, gap, sd_points):
    """The honest version of a published gender table, in one sentence."""
    women_right, women_clips, men_right, men_clips = counts
    women, men = 100 * women_right / women_clips, 100 * men_right / men_clips
    facts = (
        f"recordings by actresses {women:.1f} % ({women_right}/{women_clips}), "
        f"by actors {men:.1f} % ({men_right}/{men_clips})"
    )
    if not gap.low < 0 < gap.high:
        return f"The counts are: {facts}."
    low, high = gap.value - 1.96 * naive_error, gap.value + 1.96 * naive_error
    return (
        f"What could have been said: {facts}; the difference of {gap.value:+.1f} points has a 95 % interval of "
        f"{low:+.1f} to {high:+.1f} even if all clips were independent, and of {gap.low:+.1f} to {gap.high:+.1f} "
        f"if actors differ by {sd_points:g} points (standard deviation), "
        "so this table can show neither a gap nor balance."
    )


def _t_interval(value, level, *, sd_points, n_women, n_men):
    """Interval of a difference of means of actors, Welch's t."""
    from scipy import stats

    error, degrees = power.standard_error(sd_points, n_women, n_men)
    half = error * stats.t.ppf(0.5 + level / 2, degrees)
    return Interval(value, value - half, value + half, level, n_women + n_men)


def _t_test(value, *, sd_points, n_women, n_men):
    """Two-sided p-value of Welch's t test."""
    from scipy import stats

    error, degrees = power.standard_error(sd_points, n_women, n_men)
    return float(2 * stats.t.sf(abs(value) / error, degrees)) if error > 0 else float(value == 0)
