"""The gender audit: one call, one report object, one verdict. Lesson: 07_gender_bias."""

import dataclasses

import numpy as np

from ..config import GENDERS, SEED, counted
from ..errors import BadTable
from ..evaluate.metrics import per_actor
from ..evaluate.predictions import check_predictions, stated_labels, voice_words
from ..evaluate.reporting import missing_sentences
from ..sound.f0 import shipped_f0
from . import tables, verdict
from .inference import N_PERMUTATIONS, GenderCounts, permutation_tests, relabelings
from .pitch import pitch_covariate
from .power import power_statement
from .report import BiasReport


def audit(
    predictions,
    *,
    metric="uar",
    margin_points=verdict.MARGIN_POINTS,
    f0="shipped",
    counterfactual=None,
    n_permutations=N_PERMUTATIONS,
):
    """Ask whether a model is equally good on recordings by actresses and by actors, and how sure one can be.

    Parameters
    ----------
    predictions : predictions table: out-of-fold rows, folds that keep actors apart and genders balanced
    metric : "uar", "accuracy" or "macro_f1": the one number whose gap gives the verdict
    margin_points : float > 0, differences below it count as equivalent; fix it before you look
    f0 : DataFrame with `stem` and `f0_hz`; "shipped" uses the medians in the package if these clips are in
        them; None leaves pitch out
    counterfactual : DataFrame as of `counterfactual_flips`, shown in the report, or None; its `attrs["note"]`
        joins the warnings
    n_permutations : int

    Returns
    -------
    BiasReport: `verdict` is "gap", "equivalent" or "undecidable", `sentence` says it in words

    Raises BadTable as `evaluate.check_predictions` does, and for one gender only, a gender with a single actor, an
    unknown metric or a margin that is not positive. 1440 clips take about a second. Lesson: 07_gender_bias.
    """
    predictions = check_predictions(predictions)
    if metric not in verdict.METRIC_NAMES:
        raise BadTable(f'An audit needs a metric of {", ".join(verdict.METRIC_NAMES)}; "{metric}" is none of them.')
    if not margin_points > 0:
        raise BadTable(f"A margin of {margin_points} points is not positive; 5 points is the default.")
    predictions, missing = _women_and_men(predictions)
    counts = GenderCounts(predictions)
    dealt = relabelings(counts.is_woman, n_permutations=n_permutations)
    found, gap, gap_90, p_value, emotions, located = judge(counts, dealt, metric=metric, margin_points=margin_points)
    labels = stated_labels(predictions)
    actors = per_actor(predictions, metric=metric).assign(value=lambda rows: 100 * rows["value"])
    spread = actors.groupby("gender")["value"].std(ddof=1)
    sizes = {"n_women": counts.sizes[0], "n_men": counts.sizes[1]}
    if counterfactual is not None and counterfactual.attrs.get("note"):
        missing.append(counterfactual.attrs["note"])
    if isinstance(f0, str):
        f0 = shipped_f0()
        f0 = f0 if predictions["stem"].isin(f0["stem"]).mean() >= 0.9 else None
    told = "probabilities" not in predictions.attrs.get("missing", ())
    report = BiasReport(
        verdict=found,
        metric=metric,
        gap=gap,
        gap_90=gap_90,
        p_value=p_value,
        margin_points=float(margin_points),
        located=list(located.index),
        clips=len(predictions),
        power=power_statement(sd_points=(spread["woman"], spread["man"]), margin_points=margin_points, **sizes),
        groups=tables.group_table(counts),
        emotions=emotions,
        actors=actors,
        calibration=tables.calibration_table(predictions) if told else None,
        pitch=None if f0 is None else pitch_covariate(predictions, f0),
        counterfactual=counterfactual,
        listeners=verdict.known_listeners(labels["corpus"]),
        small_cells=tables.small_cells(predictions),
        warnings=protocol_warnings(predictions) + missing,
        seed=SEED,
        **sizes,
        **labels,
    )
    return dataclasses.replace(report, sentence=verdict.verdict_sentence(report))


def _women_and_men(predictions):
    """The clips by women and men, and sentences about what else the table holds, or does not."""
    missing = list(predictions.attrs.get("missing", ()))
    others = predictions[~predictions["gender"].isin(GENDERS)]
    if len(others) == len(predictions):
        missing.append("gender")
    for name, hint in (("speaker", "count them, and give --women and --men"), ("gender", "add a column gender")):
        if name in missing:
            raise BadTable(f"The table does not tell the {name} of its clips, so there is no audit of gender; {hint}.")
    sentences = missing_sentences(missing)
    if len(others):
        sentences.append(
            f"{counted(len(others), 'clip')} of {counted(others['actor'].nunique(), 'voice')} left out, of gender "
            f"{' or '.join(sorted(set(others['gender'])))}: this audit compares women and men."
        )
    return predictions.drop(others.index).reset_index(drop=True), sentences


def judge(counts, dealt, *, metric, margin_points=verdict.MARGIN_POINTS):
    """(verdict, gap, gap_90, p_value, emotions, located) of a `GenderCounts` and its `relabelings`.

    `located` is a Series of the recall gaps that survive Holm - at 5 % after an overall gap, at 1 % without one, so
    that the emotions add at most one false alarm to the five in a hundred of the overall test.
    """
    gap, gap_90 = (counts.gap(metric, level=level).scaled(100) for level in (0.95, 0.90))
    p_value = permutation_tests(counts.counts, dealt, [metric])[0]
    emotions = tables.emotion_table(counts, dealt)
    alpha = verdict.ALPHA if verdict.differs(gap, p_value) else verdict.ALPHA_EMOTIONS
    located = emotions.loc[emotions["p_holm"] <= alpha, "recall_gap"].sort_values(key=abs, ascending=False)
    found = verdict.decide(gap, gap_90, p_value, margin_points=margin_points, located=list(located.index))
    return found, gap, gap_90, p_value, emotions, located


def protocol_warnings(predictions):
    """What about this table forbids, or weakens, a statement about new voices: one sentence each, or none."""
    found, words = [], voice_words(stated_labels(predictions)["corpus"])
    whole_voices = "Test each voice in one fold alone, and as many women as men."
    protocol, folds = predictions.attrs.get("protocol"), predictions["fold"]
    if folds.groupby(predictions["actor"]).nunique().max() > 1:
        found.append(
            f"Some {words['all']} are tested in several folds, so their voices were heard in training: "
            f"this is no audit of new voices. {whole_voices}"
        )
    elif protocol in ("student", "random"):
        found.append(
            f"Protocol {protocol} tests voices that were heard in training: this is no audit of new voices. "
            f"{whole_voices}"
        )
    voices = predictions.drop_duplicates("actor")
    shares = (voices["gender"] == "woman").groupby(voices["fold"]).mean()
    if folds.nunique() > 1 and not np.allclose(shares, 0.5) and not found:
        found.append(
            f"Fold {shares.sub(0.5).abs().idxmax()} does not hold as many {words['woman']} as {words['man']}, so that "
            f"training sets differ in gender, too: do not read the gap as the model's alone. {whole_voices}"
        )
    sung = predictions["stem"].str.match(r"^\d\d-02(-\d\d){5}")
    if sung.any() and not sung.all():
        found.append(f"Song: {int(sung.sum())} of the clips. It has no disgust and no surprise; audit speech apart.")
    return found
