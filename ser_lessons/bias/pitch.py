"""Is it gender, or is it pitch? Median F0 as a covariate of the errors, and clips shifted in pitch.

Voices of women and men overlap in F0, and a net hears F0, not gender. Where pitch and gender go together
too closely to be told apart, the audit says so; shifting only the pitch of a clip tells them apart by experiment.
Lesson: 07_gender_bias.
"""

import numpy as np
import pandas as pd

from ..config import GENDERS, SEED
from ..errors import BadTable
from ..evaluate.calibration import confidence_and_hits
from ..evaluate.intervals import cluster_weights, expanded_interval, mean_interval
from .inference import N_PERMUTATIONS, check_group_sizes, holm

REFERENCE_HZ = 100.0
"""Semitones are counted from this F0."""

STEPS = (-4, -2, -1, 1, 2, 4)
"""Semitones by which clips are shifted, symmetric."""

_ENDS = {"accuracy": "value", "low": "low", "high": "high"}


def _join(predictions, f0):
    """The clips with an F0: `hit` (0 or 1), `f0_hz`, `semitones`, the median of the actor, and the rest above it."""
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
    return clips


def _slope(x, y, weights=None):
    """Least-squares slope of y on x over the last axis, per row of weights if they are given."""
    weights = np.ones_like(x) if weights is None else weights
    size = weights.sum(axis=-1)
    x_mean, y_mean = (weights * x).sum(axis=-1) / size, (weights * y).sum(axis=-1) / size
    cross = (weights * x * y).sum(axis=-1) / size - x_mean * y_mean
    spread = (weights * x * x).sum(axis=-1) / size - x_mean**2
    return np.where(spread > 1e-9, cross / np.maximum(spread, 1e-9), np.nan)


def _interval(value, draws, genders):
    """An interval over actors that were resampled within gender."""
    return expanded_interval(value, draws, group_sizes=np.unique(genders, return_counts=True)[1])


def _p_value(extreme):
    """Share of the ways to permute that are as extreme as the observed one, which is counted, too."""
    return float((1 + extreme.sum()) / (1 + N_PERMUTATIONS))


def _between_actors(actors, *, within_gender):
    """Slope of accuracy from low to high voices, points a semitone: interval, and p of permuting the voices.

    Where all voices are of one pitch there is no slope (NaN), and p is 1.
    """
    x, y, genders = actors["pitch"].to_numpy(), 100 * actors["hit"].to_numpy(), actors["gender"].to_numpy()
    strata = genders if within_gender else np.zeros(len(x))
    if within_gender:
        x = x - actors.groupby("gender")["pitch"].transform("mean").to_numpy()
        y = y - pd.Series(y, actors.index).groupby(actors["gender"]).transform("mean").to_numpy()
    value = float(_slope(x, y))
    draws = _slope(x, y, cluster_weights(genders))
    rng = np.random.default_rng(SEED)
    dealt = np.tile(x, (N_PERMUTATIONS, 1))
    for group in np.unique(strata):
        members = np.flatnonzero(strata == group)
        dealt[:, members] = rng.permuted(dealt[:, members], axis=1)
    return _interval(value, draws, genders), _p_value(~(np.abs(_slope(dealt, y)) < abs(value) - 1e-12))


def _within_actor(clips):
    """Slope when the same actor speaks higher, points a semitone: interval, and p of flipping the actors' signs.

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
    weights = cluster_weights(genders)
    draws = (weights @ cross) / np.maximum(weights @ spread, 1e-9)
    signs = np.random.default_rng(SEED).choice([-1.0, 1.0], (N_PERMUTATIONS, len(actors)))
    extreme = np.abs(signs @ cross) >= abs(cross.sum()) - 1e-9
    return _interval(cross.sum() / max(spread.sum(), 1e-9), draws, genders), _p_value(extreme)


def _adjusted_gap(actors):
    """Accuracy gap between genders at equal pitch of the actor, in points, and the variance inflation of gender."""
    woman, genders = (actors["gender"] == "woman").to_numpy(float), actors["gender"].to_numpy()
    pitch = actors["pitch"].to_numpy() - actors["pitch"].mean()
    design = np.stack([np.ones_like(woman), woman, pitch], axis=1)
    size = actors["clips"].to_numpy(float)
    squares = size[:, None, None] * design[:, :, None] * design[:, None, :]
    products = 100 * actors["hits"].to_numpy(float)[:, None] * design

    def solve(weights):
        left = np.tensordot(weights, squares, axes=1) + 1e-9 * np.eye(3)
        return np.linalg.solve(left, (weights @ products)[..., None])[..., 1, 0]

    draws = solve(cluster_weights(genders))
    value = float(solve(np.ones((1, len(size))))[0])
    shared = np.corrcoef(woman, pitch)[0, 1] ** 2 if pitch.std() > 0 else 0.0
    return _interval(value, draws, genders), float(1 / max(1 - shared, 1e-6))


def _bins(clips, n_bins=4):
    """Accuracy in bins of equally many clips by median F0, low to high: groups that need no gender label."""
    inner = np.quantile(clips["f0_hz"], np.arange(1, n_bins) / n_bins)
    groups = clips.groupby(np.searchsorted(inner, clips["f0_hz"], side="right"))
    table = groups.agg(
        f0_low=("f0_hz", "min"),
        f0_high=("f0_hz", "max"),
        clips=("hit", "size"),
        actors=("actor", "nunique"),
        women=("gender", lambda genders: 100 * (genders == "woman").mean()),
    ).reset_index(drop=True)
    parts = [mean_interval(part["actor"], part["hit"]).scaled(100) for _, part in groups]
    return table.assign(**{end: [getattr(i, name) for i in parts] for end, name in _ENDS.items()})


def pitch_covariate(predictions, f0):
    """Relate the errors to pitch: between voices, within a gender, within an actor, and the gap at equal pitch.

    `f0` is a DataFrame with `stem` and `f0_hz`. Returns a dict: `slopes` (DataFrame: `slope, low, high` in points a
    semitone, `p`, `p_holm`), `adjusted_gap` (Interval, points, at equal pitch), `vif` (variance inflation of gender by
    pitch), `bins` (DataFrame, from low to high: `f0_low, f0_high` in Hz, `clips, actors, women, accuracy, low, high` in
    %), `actors` (DataFrame), `missing` (clips without F0), `sentence`.

    Raises BadTable when a column is missing, a stem occurs twice, an F0 is not positive, or fewer than half of the
    clips have an F0. Lesson: 07_gender_bias.
    """
    clips = _join(predictions, f0)
    actors = clips.groupby("actor").agg(
        gender=("gender", "first"),
        pitch=("actor_semitones", "first"),
        f0_hz=("f0_hz", "median"),
        hit=("hit", "mean"),
        hits=("hit", "sum"),
        clips=("hit", "size"),
    )
    found = {
        "between all voices": _between_actors(actors, within_gender=False),
        "between voices of one gender": _between_actors(actors, within_gender=True),
        "within an actor, at the same emotion": _within_actor(clips),
    }
    rows = {name: (around.value, around.low, around.high, p) for name, (around, p) in found.items()}
    slopes = pd.DataFrame.from_dict(rows, orient="index", columns=["slope", "low", "high", "p"])
    slopes["p_holm"] = holm(slopes["p"])
    gap, vif = _adjusted_gap(actors)
    bins = _bins(clips)
    return {
        "slopes": slopes,
        "adjusted_gap": gap,
        "vif": vif,
        "bins": bins,
        "actors": actors.assign(accuracy=100 * actors["hit"]).reset_index()[["actor", "gender", "f0_hz", "accuracy"]],
        "missing": len(predictions) - len(clips),
        "sentence": _pitch_sentence(slopes, bins, vif),
    }


def _pitch_sentence(slopes, bins, vif):
    """What pitch explains, in one or two sentences."""
    name = slopes["p_holm"].idxmin()
    row = slopes.loc[name]
    if row["p_holm"] <= 0.05:
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


def counterfactual_flips(predict, table, *, n_semitones=STEPS, clips_per_actor=5, load=None):
    """Shift clips up and down in pitch, and count by gender how often the predicted emotion changes.

    Parameters
    ----------
    predict : function, list of float32 signals at 22 050 Hz -> float array (signals, emotions) of probabilities
    table : DataFrame with `path, actor, gender`: test clips the model was not trained on
    n_semitones : sequence of int or float; 0 is not allowed
    clips_per_actor : int, clips drawn from each actor (each shift takes about 40 ms a clip)
    load : function path -> signal, or None for `audio.load`

    Returns
    -------
    DataFrame, one row a gender and shift: `gender, n_semitones, clips, flips, low, high` (flips in % of the clips).
        The rows with `n_semitones` 0 are the control, up two semitones and down again: the artifact of shifting

    Raises BadTable when a column or a gender is missing, or `predict` returns another shape. Lesson: 07_gender_bias.
    """
    from ..sound import audio, augment

    missing = [column for column in ("path", "actor", "gender") if column not in table.columns]
    if missing:
        raise BadTable(f"The table lacks {', '.join(missing)}; pass a corpus table with paths, as of corpus.scan.")
    genders = table.drop_duplicates("actor")["gender"]
    check_group_sizes(int((genders == "woman").sum()), int((genders == "man").sum()))
    if 0 in n_semitones:
        raise BadTable("A shift by 0 semitones changes nothing; leave 0 out, the control is added by itself.")
    drawn = table.groupby("actor", group_keys=False).sample(frac=1, random_state=SEED)
    drawn = drawn.groupby("actor").head(clips_per_actor).sort_index()
    signals = [(load or audio.load)(path) for path in drawn["path"]]
    answers = {None: _answers(predict, signals)}
    there = [augment.shift_pitch(signal, 2) for signal in signals]
    answers[0] = _answers(predict, [augment.shift_pitch(signal, -2) for signal in there])
    for steps in n_semitones:
        answers[steps] = _answers(predict, [augment.shift_pitch(signal, steps) for signal in signals])
    rows = []
    for gender in GENDERS:
        side = (drawn["gender"] == gender).to_numpy()
        for steps in sorted(steps for steps in answers if steps is not None):
            flipped = (answers[steps] != answers[None])[side].astype(float)
            around = mean_interval(drawn["actor"][side], flipped).scaled(100)
            rows.append((gender, steps, int(side.sum()), around.value, around.low, around.high))
    return pd.DataFrame(rows, columns=["gender", "n_semitones", "clips", "flips", "low", "high"])


def audited_clips(predictions, table):
    """Rows of a corpus table that a predictions table speaks of; raises BadTable when there are none."""
    names = table["stem"].str.removeprefix(f"{table.attrs.get('corpus')}/")  # as other toolkits have them
    found = table[table["stem"].isin(predictions["stem"]) | names.isin(predictions["stem"])]
    if found.empty:
        raise BadTable(
            f"None of {len(table)} recordings is in the predictions table; name the folder of its recordings."
        )
    return found.reset_index(drop=True)


def note_on_training(corpus, facts):
    """Which net (`facts` as of `Bundle.facts`) was asked about a corpus, and why it may flip too little: it knew it."""
    made, corpus_of_net = facts.get("made", "an unknown date")[:10], facts.get("corpus") or "unknown clips"
    trained = f"the bundle of {made}, trained on {corpus_of_net}"
    known = ": it may have learned from these very clips, and answers about new voices may flip more often"
    known = known if corpus in corpus_of_net.split(", ") else ""
    return f"The shifted clips of {corpus} were judged by {trained}{known}."


def _answers(predict, signals):
    """Index of the most probable emotion of each signal."""
    values = np.asarray(predict(signals))
    if values.ndim != 2 or len(values) != len(signals):
        told = f"it must return ({len(signals)}, emotions) probabilities"
        raise BadTable(f"predict returned shape {values.shape} for {len(signals)} signals; {told}.")
    return values.argmax(axis=1)
