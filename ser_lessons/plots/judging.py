"""The figures of judging: reliability, abstention, actors, confusion, the human ceiling, gender gaps.

Every title names corpus and protocol; every axis its unit. Lesson: 06_evaluation, 07_gender_bias.
"""

import numpy as np

from ..config import GENDER_MARKERS, GENDER_PALETTE, GENDERS
from .style import ACCENT, FAINT, INK, new_figure, styled

OPEN = {"color": INK, "markerfacecolor": "none"}


def _title(text, table):
    """Text - corpus, protocol."""
    from .. import evaluate

    labels = evaluate.stated_labels(table)
    return f"{text} - {labels['corpus']}, {labels['protocol']}"


def _errors(value, low, high):
    """Lengths of error bars; 0 where the interval is not known."""
    return np.nan_to_num(np.stack([value - low, high - value])).clip(min=0)


def _model(ax, value, place, low, high, voices):
    """The model's numbers in rows, with their intervals."""
    label, errors = f"model, 95 % over {voices}", _errors(value, low, high)
    ax.errorbar(value, place, xerr=errors, fmt="o", color=ACCENT, capsize=3, label=label)


@styled
def show_reliability(predictions):
    """Draw accuracy over confidence in bins of equally many clips, with intervals that resample actors.

    Below the diagonal the model is overconfident. Lesson: 06_evaluation.
    """
    from .. import evaluate

    bins = evaluate.reliability(predictions)
    figure, ax = new_figure(height=4.2)
    ax.plot([0, 1], [0, 1], color=FAINT, linestyle="--", label="perfectly calibrated")
    voices = evaluate.voice_words(evaluate.stated_labels(predictions)["corpus"])["all"]
    errors, label = (
        _errors(bins["accuracy"], bins["low"], bins["high"]),
        f"bins of equally many clips, 95 % over {voices}",
    )
    ax.errorbar(bins["confidence"], bins["accuracy"], errors, color=ACCENT, marker="o", capsize=3, label=label)
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence (fraction)", ylabel="accuracy (fraction of clips)")
    ax.set_title(_title(f"Reliability, ECE {evaluate.ece(predictions):.3f}", predictions))
    ax.legend(loc="upper left")
    return figure


@styled
def show_risk_coverage(predictions, *, threshold=None):
    """Draw the error rate of the clips answered over their share; mark a confidence `threshold` (in [0, 1], or None).

    The title tells what the threshold brings, so that the axes stay where they are. Lesson: 08_live_inference.
    """
    from .. import evaluate

    curve = evaluate.risk_coverage(predictions)
    figure, ax = new_figure(height=3.8)
    ax.plot(curve["coverage"], curve["risk"], color=ACCENT)
    title = "The price of answering"
    if threshold is not None:
        accuracy, coverage = evaluate.answer_rates(predictions, threshold)
        ax.plot([coverage.value], [1 - accuracy.value], "D", color=INK)
        answered, right = (f"{100 * share.value:.0f} %" for share in (coverage, accuracy))
        title = f"Threshold {threshold:.2f}: {answered} answered, {right} of them right"
    ax.set(xlim=(0, 1.02), ylim=(0, None))
    ax.set(xlabel="coverage (fraction of clips answered)", ylabel="risk (fraction of answers wrong)")
    ax.set_title(_title(title, predictions))
    return figure


@styled
def show_actor_dots(predictions, *, metric="accuracy"):
    """Draw one mark an actor, sorted: the spread behind every interval; a line at the mean of each gender.

    `predictions` may also be what `evaluate.per_actor` made of them. Lesson: 07_gender_bias.
    """
    from .. import evaluate

    actors = predictions if "value" in predictions else evaluate.per_actor(predictions, metric=metric)
    actors = actors.sort_values("value", kind="stable")
    figure, ax = new_figure(width=9.0, height=3.8)
    place = np.arange(len(actors))
    called = evaluate.voice_words(evaluate.stated_labels(predictions)["corpus"])
    for gender in GENDERS:
        side = (actors["gender"] == gender).to_numpy()
        if not side.any():
            continue
        mean = actors["value"][side].mean()
        style = {"color": GENDER_PALETTE[gender], "marker": GENDER_MARKERS[gender]}
        ax.scatter(place[side], actors["value"][side], s=70, label=f"{called[gender]}, mean {mean:.2f}", **style)
        ax.axhline(mean, color=GENDER_PALETTE[gender], linestyle="--" if gender == "man" else ":", linewidth=1.5)
    ax.set_xticks(place, [str(actor) for actor in actors["actor"]])
    ax.set(xlabel=f"{called['all'][:-1]}, sorted (number)", ylabel=f"{metric} (fraction)")
    ax.set_title(_title(f"Every {called['all'][:-1]}", predictions))
    ax.legend(loc="upper left")
    return figure


@styled
def show_human_ceiling(predictions):
    """Draw the model's recall (circles) beside the accuracy of human listeners (diamonds), on their seven options.

    Listeners: Livingstone & Russo 2018, by emotion second-hand. Lesson: 06_evaluation.
    """
    from .. import evaluate

    table = evaluate.human_ceiling(predictions)
    table = table[table["clips"] > 0].iloc[::-1].reset_index(drop=True)
    names = {"man": "by actors", "woman": "by actresses", "all": "all clips"}
    labels = [names.get(group, group) + " *" * second for group, second in zip(table["group"], table["second_hand"])]
    figure, ax = new_figure(width=9.0, height=5.2)
    place = np.arange(len(table))
    _model(ax, table["model"], place, table["low"], table["high"], "actors")
    ax.plot(table["accuracy"], place, "D", markersize=9, label="listeners (* second-hand)", **OPEN)
    ax.set_yticks(place, labels)
    ax.set(xlim=(0, 1), xlabel="recall, calm and neutral as one (fraction)", ylabel="clips")
    ax.set_title(_title("Model and listeners", predictions))
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.06), ncols=2)
    return figure


@styled
def show_gap_intervals(report):
    """Draw the gaps of a `bias.BiasReport`, actresses minus actors, with intervals over actors and the margin.

    The open diamond is the listeners' gap, where listeners judged this corpus. Lesson: 07_gender_bias.
    """
    from .. import evaluate

    metric = "UAR" if report.metric == "uar" else report.metric
    rows = [(f"overall ({metric})", report.gap.value, report.gap.low, report.gap.high)]
    if report.emotions is not None:
        rows += [
            (f"recall {name}{' *' if name in report.located else ''}", row.recall_gap, row.recall_low, row.recall_high)
            for name, row in report.emotions.iterrows()
        ]
    labels, value, low, high = zip(*rows[::-1])
    figure, ax = new_figure(width=9.0, height=1.6 + 0.38 * len(rows))
    place = np.arange(len(rows))
    ax.axvspan(-report.margin_points, report.margin_points, color="#E8EEF4", label="margin", zorder=0)
    ax.axvline(0, color=FAINT, linestyle="--")
    _model(ax, np.array(value), place, np.array(low), np.array(high), evaluate.voice_words(report.corpus)["all"])
    if report.listeners is not None:
        ax.plot([report.listeners["gap_points"]], [place[-1]], "D", label="listeners, overall", **OPEN)
    ax.set_yticks(place, labels)
    words = evaluate.voice_words(report.corpus)
    ax.set(xlabel=f"gap, {words['woman']} minus {words['man']} (percentage points)")
    ax.set_ylabel("metric" + (" (* significant after Holm)" if report.located else ""))
    ax.set_title(f"Gender gaps, verdict: {report.verdict} - {report.corpus}, {report.protocol}")
    figure.legend(loc="outside upper left", ncols=3)
    return figure
