"""Is it gender, or is it pitch? Median F0 as a continuous covariate of the errors.

Voices of women and men overlap in F0, and a net hears F0, not gender. Where pitch and gender go together
too closely to be told apart, the audit says so. Lesson: 07_gender_bias.
"""

import numpy as np
import pandas as pd

from ..config import SEED
from ..errors import BadTable
from ..evaluate.calibration import confidence_and_hits
from ..evaluate.intervals import cluster_weights, expanded_interval
from .inference import N_PERMUTATIONS, holm
from .tables import mean_interval

REFERENCE_HZ = 100.0
"""Semitones are counted from this F0."""


def join_f0(predictions, f0):
    """Give each clip its median F0 (semitones re 100 Hz), and say which clips have none.

    Parameters
    ----------
    predictions : predictions table
    f0 : DataFrame with `stem` and `f0_hz` (Hz, > 0; NaN where no voicing was found)

    Returns
    -------
    DataFrame: the clips with an F0, with `semitones`, `hit` (0.0 or 1.0), `actor_semitones` (median of the
        actor's clips) and `relative_semitones`; `attrs["missing"]` counts the clips without F0

    Raises
    ------
    BadTable : a column is missing, a stem occurs twice, an F0 is not positive, or fewer than half
        of the clips have an F0
    """
    for column in ("stem", "f0_hz"):
        if column not in f0.columns:
            raise BadTable(f'The F0 table lacks the column "{column}"; make it with f0.corpus_f0.')
    if f0["stem"].duplicated().any():
        raise BadTable("The F0 table lists a stem twice; keep one row a clip.")
    if (f0["f0_hz"] <= 0).any():
        raise BadTable("The F0 table holds an F0 of 0 Hz or less; use NaN where no voicing was found.")
    hertz = predictions["stem"].map(f0.set_index("stem")["f0_hz"])
    known = hertz.notna()
    if known.mean() < 0.5:
        raise BadTable(
            f"Only {int(known.sum())} of {len(known)} clips have an F0; pass the F0 table of this corpus, or f0=None."
        )
    clips = predictions.loc[known, ["stem", "actor", "gender", "emotion"]].reset_index(drop=True)
    clips["hit"] = confidence_and_hits(predictions[known])[1]
    clips["f0_hz"] = hertz[known].to_numpy(dtype=float)
    clips["semitones"] = 12 * np.log2(clips["f0_hz"] / REFERENCE_HZ)
    clips["actor_semitones"] = clips.groupby("actor")["semitones"].transform("median")
    clips["relative_semitones"] = clips["semitones"] - clips["actor_semitones"]
    clips.attrs = {"missing": int((~known).sum())}
    return clips


def _slope(x, y, weights=None):
    """Least-squares slope of y on x over the last axis, per row of weights if they are given."""
    weights = np.ones_like(x) if weights is None else weights
    size = weights.sum(axis=-1)
    x_mean, y_mean = (weights * x).sum(axis=-1) / size, (weights * y).sum(axis=-1) / size
    cross = (weights * x * y).sum(axis=-1) / size - x_mean * y_mean
    spread = (weights * x * x).sum(axis=-1) / size - x_mean**2
    return np.where(spread > 1e-9, cross / np.maximum(spread, 1e-9), np.nan)


def between_actors(clips, *, within_gender, n_draws=2000, n_permutations=N_PERMUTATIONS, seed=SEED):
    """How accuracy changes from low to high voices, in points a semitone.

    Parameters
    ----------
    clips : DataFrame as of `join_f0`
    within_gender : bool; True compares each voice with those of its own gender only

    Returns
    -------
    (Interval, float) : the slope with its interval over actors, and the p-value of permuting voices
        (within gender, if asked)
    """
    actors = clips.groupby("actor").agg(
        gender=("gender", "first"), pitch=("actor_semitones", "first"), hit=("hit", "mean")
    )
    x, y, genders = actors["pitch"].to_numpy(), 100 * actors["hit"].to_numpy(), actors["gender"].to_numpy()
    strata = genders if within_gender else np.zeros(len(x))
    if within_gender:
        x = x - actors.groupby("gender")["pitch"].transform("mean").to_numpy()
        y = y - pd.Series(y, actors.index).groupby(actors["gender"]).transform("mean").to_numpy()
    value = float(_slope(x, y))
    draws = _slope(x, y, cluster_weights(genders, n_draws=n_draws, seed=seed))
    sizes = np.unique(genders, return_counts=True)[1]
    rng = np.random.default_rng(seed)
    dealt = np.tile(x, (n_permutations, 1))
    for group in np.unique(strata):
        members = np.flatnonzero(strata == group)
        dealt[:, members] = rng.permuted(dealt[:, members], axis=1)
    extreme = np.abs(_slope(dealt, y)) >= abs(value) - 1e-12
    return expanded_interval(value, draws, group_sizes=sizes), float((1 + extreme.sum()) / (1 + n_permutations))


def within_actor(clips, *, n_draws=2000, seed=SEED):
    """How accuracy changes when the same actor speaks higher, emotion held fixed, in points a semitone.

    Returns
    -------
    (Interval, float) : the slope with its interval over actors, and the p-value of flipping the sign of
        each actor's contribution at random

    Emotion and actor are both taken out first: anger is high, and a bad actor is bad at every pitch.
    """
    x, y = clips["relative_semitones"].to_numpy(float), 100 * clips["hit"].to_numpy(float)
    for _ in range(20):  # alternating projections: take out emotion means and actor means until both are zero
        for by in ("emotion", "actor"):
            codes = pd.factorize(clips[by])[0]
            count = np.bincount(codes)
            x = x - (np.bincount(codes, weights=x) / count)[codes]
            y = y - (np.bincount(codes, weights=y) / count)[codes]
    codes, actors = pd.factorize(clips["actor"])
    cross, spread = np.bincount(codes, weights=x * y), np.bincount(codes, weights=x * x)
    genders = clips.drop_duplicates("actor")["gender"].to_numpy()
    value = cross.sum() / max(spread.sum(), 1e-9)
    weights = cluster_weights(genders, n_draws=n_draws, seed=seed)
    draws = (weights @ cross) / np.maximum(weights @ spread, 1e-9)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], (N_PERMUTATIONS, len(actors)))
    extreme = np.abs(signs @ cross) >= abs(cross.sum()) - 1e-9
    sizes = np.unique(genders, return_counts=True)[1]
    return expanded_interval(value, draws, group_sizes=sizes), float((1 + extreme.sum()) / (1 + N_PERMUTATIONS))


def adjusted_gap(clips, *, n_draws=2000, seed=SEED):
    """The accuracy gap between genders at equal pitch of the actor, in points, if it can be told at all.

    Returns
    -------
    (Interval, float) : the gap with its interval over actors, and the variance inflation factor of gender:
        above 5, gender and pitch go together too closely to be told apart
    """
    actors = clips.groupby("actor").agg(gender=("gender", "first"), pitch=("actor_semitones", "first"))
    hits = clips.groupby("actor")["hit"].agg(["sum", "size"])
    woman = (actors["gender"] == "woman").to_numpy(float)
    pitch = actors["pitch"].to_numpy() - actors["pitch"].mean()
    design = np.stack([np.ones_like(woman), woman, pitch], axis=1)
    size = hits["size"].to_numpy(float)
    squares = size[:, None, None] * design[:, :, None] * design[:, None, :]
    products = 100 * hits["sum"].to_numpy(float)[:, None] * design

    def solve(weights):
        left = np.tensordot(weights, squares, axes=1) + 1e-9 * np.eye(3)
        return np.linalg.solve(left, (weights @ products)[..., None])[..., 1, 0]

    genders = actors["gender"].to_numpy()
    draws = solve(cluster_weights(genders, n_draws=n_draws, seed=seed))
    value = float(solve(np.ones((1, len(size))))[0])
    shared = np.corrcoef(woman, pitch)[0, 1] ** 2 if pitch.std() > 0 else 0.0
    sizes = np.unique(genders, return_counts=True)[1]
    return expanded_interval(value, draws, group_sizes=sizes), float(1 / max(1 - shared, 1e-6))


def f0_bins(clips, *, n_bins=4, n_draws=2000, seed=SEED):
    """Accuracy in bins of equally many clips by median F0: groups that need no gender label.

    Returns
    -------
    DataFrame, from low to high: `f0_low, f0_high` (Hz), `clips, actors, women` (share of the clips, %),
        `accuracy, low, high` (%), the interval resampling the actors of the bin
    """
    bins = np.searchsorted(np.quantile(clips["f0_hz"], np.arange(1, n_bins) / n_bins), clips["f0_hz"], side="right")
    rows = []
    for k in np.unique(bins):
        part = clips[bins == k]
        around = mean_interval(part["actor"], part["hit"].to_numpy(), n_draws=n_draws, seed=seed).scaled(100)
        rows.append(
            {
                "f0_low": part["f0_hz"].min(),
                "f0_high": part["f0_hz"].max(),
                "clips": len(part),
                "actors": part["actor"].nunique(),
                "women": 100 * (part["gender"] == "woman").mean(),
                "accuracy": around.value,
                "low": around.low,
                "high": around.high,
            }
        )
    return pd.DataFrame(rows)


def pitch_covariate(predictions, f0, *, n_draws=2000, seed=SEED):
    """Relate the errors to pitch: between voices, within a gender, within an actor, and the gap at equal pitch.

    Parameters
    ----------
    predictions : predictions table
    f0 : DataFrame with `stem` and `f0_hz`

    Returns
    -------
    dict: `slopes` (DataFrame: `slope, low, high` in points a semitone, `p`, `p_holm`), `adjusted_gap` (Interval,
        points), `vif` (float), `bins` (DataFrame), `actors` (DataFrame), `missing` (int), `sentence` (str)

    Raises
    ------
    BadTable : see `join_f0`

    Lesson: 07_gender_bias.
    """
    clips = join_f0(predictions, f0)
    options = {"n_draws": n_draws, "seed": seed}
    found = {
        "between all voices": between_actors(clips, within_gender=False, **options),
        "between voices of one gender": between_actors(clips, within_gender=True, **options),
        "within an actor, at the same emotion": within_actor(clips, **options),
    }
    slopes = pd.DataFrame(
        {k: (i.value, i.low, i.high, p) for k, (i, p) in found.items()}, index=["slope", "low", "high", "p"]
    ).T
    slopes["p_holm"] = holm(slopes["p"])
    gap, vif = adjusted_gap(clips, **options)
    bins = f0_bins(clips, **options)
    actors = clips.groupby("actor", as_index=False).agg(
        gender=("gender", "first"), f0_hz=("f0_hz", "median"), accuracy=("hit", "mean")
    )
    return {
        "slopes": slopes,
        "adjusted_gap": gap,
        "vif": vif,
        "bins": bins,
        "actors": actors.assign(accuracy=100 * actors["accuracy"]),
        "missing": clips.attrs["missing"],
        "sentence": _pitch_sentence(slopes, bins, vif),
    }


def _pitch_sentence(slopes, bins, vif):
    """What pitch explains, in one or two sentences."""
    real = slopes[slopes["p_holm"] <= 0.05]
    if len(real):
        name, row = real["p_holm"].idxmin(), real.loc[real["p_holm"].idxmin()]
        way = "falls" if row["slope"] < 0 else "rises"
        worst, best = bins.loc[bins["accuracy"].idxmin()], bins.loc[bins["accuracy"].idxmax()]
        words = (
            f"Accuracy {way} by {abs(row['slope']):.1f} points a semitone {name} "
            f"(p = {row['p_holm']:.3f} after Holm); clips at {worst['f0_low']:.0f}-{worst['f0_high']:.0f} Hz "
            f"score {worst['accuracy']:.0f} %, clips at {best['f0_low']:.0f}-{best['f0_high']:.0f} Hz "
            f"{best['accuracy']:.0f} %."
        )
    else:
        words = "No relation of accuracy to pitch was found, between voices, within a gender or within an actor."
    if vif > 5:
        words += " Pitch and gender go together too closely in these voices to be told apart."
    return words
