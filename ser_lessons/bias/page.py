"""The audit for readers: one self-contained page (no script, no network, readable aloud), and the terminal.

The page is filled into `page.html` by Jinja2; its figures are those of the lesson. Lesson: 07_gender_bias.
"""

import io
import re
from importlib import resources

import numpy as np
import pandas as pd

from .. import plots
from ..config import GENDER_MARKERS, GENDER_PALETTE
from ..evaluate.predictions import voice_words
from . import verdict


def render_page(report):
    """Write a BiasReport as a complete HTML document that loads nothing; the same report gives the same text."""
    import jinja2

    seed = "" if report.seed is None else f", random seed {report.seed}"
    metric = f"metric {verdict.SHORT_NAMES[report.metric]}, margin {report.margin_points:g} points{seed}"
    template = (resources.files(__package__) / "page.html").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.from_string(template).render(
        report=report,
        words=voice_words(report.corpus),
        scope=f"{verdict.scope_words(report)}; {metric}.",
        power=verdict.power_sentence(report),
        flips=None if report.counterfactual is None else verdict.flips_sentence(report),
        listeners=None if report.listeners is None else verdict.listeners_sentence(report),
        tables=_tables(report),
        figures=_figures(report),
    )


def render_terminal(report):
    """Lay a BiasReport out as a rich Group: sentence, groups, emotions, what to mind; nothing by color alone."""
    from rich.console import Group
    from rich.panel import Panel
    from rich.text import Text

    tables = _tables(report)
    parts = [Panel(Text(report.sentence), title=f"verdict: {report.verdict}", title_align="left")]
    if "groups" in tables:
        words = voice_words(report.corpus)
        title = f"By gender (%, 95 % over {words['all']}) - {report.corpus}, {report.protocol}"
        parts.append(_terminal_table(title, tables["groups"]))
        title = f"Equalized odds (points, {words['woman']} minus {words['man']}, 95 % over {words['all']})"
        parts.append(_terminal_table(title, tables["emotions"].drop(columns="recall %, w / m")))
    lines = [f"Power: {verdict.power_sentence(report)}"]
    lines += [] if report.listeners is None else [f"Listeners: {verdict.listeners_sentence(report)}"]
    lines += [] if report.pitch is None else [f"Pitch: {report.pitch['sentence']}"]
    lines += [] if report.counterfactual is None else [f"Pitch flips: {verdict.flips_sentence(report)}"]
    lines += [f"Mind: {line}" for line in report.warnings]
    lines += [f"Small cells: {'; '.join(report.small_cells)}."] if report.small_cells else []
    return Group(*parts, *map(Text, lines))


def _terminal_table(title, rows):
    """A DataFrame of text as a rich table, narrow enough for 80 columns."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(rows.index.name, title=title, title_justify="left", box=SIMPLE_HEAD, padding=0)
    for column in rows.columns:
        table.add_column(column, justify="right")
    for row in rows.itertuples(name=None):
        table.add_row(*map(str, row))
    return table


def _tables(report):
    """The tables of the report as DataFrames of text, by the name of their section."""
    found = {}
    if report.groups is not None:
        rows = report.groups
        metrics = {short: _ranges(rows, name, name) for name, short in verdict.SHORT_NAMES.items()}
        found["groups"] = pd.DataFrame({"clips": rows["clips"], "voices": rows["actors"], **metrics})
        if report.calibration is not None:
            rows = report.calibration
            columns = {"mean confidence %": _texts(rows["confidence"]), "accuracy %": _texts(rows["accuracy"])}
            columns |= {"overconfidence": _ranges(rows, "overconfidence", "overconfidence", "+.1f")}
            found["calibration"] = pd.DataFrame(columns | {"ECE": _ranges(rows, "ece", "ece")})
        for name in found:
            found[name] = found[name].rename(index=voice_words(report.corpus)).rename_axis("speakers")
        rows = report.emotions
        columns = {
            "clips, w / m": rows["clips_woman"].astype(str) + " / " + rows["clips_man"].astype(str),
            "recall %, w / m": _texts(rows["recall_woman"]) + " / " + _texts(rows["recall_man"]),
            "recall gap": _ranges(rows, "recall_gap", "recall", "+.1f"),
            "p after Holm": _texts(rows["p_holm"], ".3f"),
            "false-positive gap": _ranges(rows, "fpr_gap", "fpr", "+.1f"),
        }
        found["emotions"] = pd.DataFrame(columns).rename(index={name: f"{name} *" for name in report.located})
    if report.pitch is not None:
        rows = report.pitch["slopes"]
        columns = {"slope": _ranges(rows, "slope", "", "+.2f"), "p after Holm": _texts(rows["p_holm"], ".3f")}
        found["slopes"] = pd.DataFrame(columns).rename_axis("compared")
        rows = report.pitch["bins"]
        columns = {
            "median F0": _texts(rows["f0_low"], ".0f") + "-" + _texts(rows["f0_high"], ".0f") + " Hz",
            "clips": rows["clips"],
            "voices": rows["actors"],
            "women %": _texts(rows["women"], ".0f"),
            "accuracy": _ranges(rows, "accuracy", ""),
        }
        found["bins"] = pd.DataFrame(columns).set_index("median F0")
    return found


def _texts(numbers, form=".1f"):
    """Numbers as text; a dash where there is none."""
    return numbers.map(lambda number: format(number, form) if np.isfinite(number) else "-")


def _ranges(table, value, ends, form=".1f"):
    """A column as text, with the interval around it: "54.7 [48.5, 61.1]"."""
    low, high = (_texts(table[f"{ends}_{side}".lstrip("_")], form) for side in ("low", "high"))
    return _texts(table[value], form) + " [" + low + ", " + high + "]"


def _figures(report):
    """The figures of the report, by the name of their section, ready for the template."""
    drawn = {"gaps": plots.show_gap_intervals(report)}
    if report.actors is not None:
        actors = report.actors.assign(value=report.actors["value"] / 100)
        actors.attrs = {"corpus": report.corpus, "protocol": report.protocol}
        drawn["actors"] = plots.show_actor_dots(actors, metric=verdict.SHORT_NAMES[report.metric])
    if report.pitch is not None:
        drawn["pitch"] = _pitch_figure(report)
    if report.counterfactual is not None:
        drawn["flips"] = _flip_figure(report)
    return {name: _as_svg(figure, name) for name, figure in drawn.items()}


@plots.styled
def _pitch_figure(report):
    """Accuracy of each actor over the actor's median F0, one mark a voice."""
    figure, ax = plots.new_figure(width=9.0, height=3.8)
    for gender, rows in report.pitch["actors"].groupby("gender"):
        ax.scatter(rows["f0_hz"], rows["accuracy"], s=70, **_style(report, gender))
    ax.set(xlabel="median F0 of the voice (Hz)", ylabel="accuracy (%)")
    ax.set_title(f"Accuracy over pitch - {report.corpus}, {report.protocol}")
    ax.legend()
    return figure


@plots.styled
def _flip_figure(report):
    """Share of answers that change when only the pitch does, by shift and gender, with intervals over actors."""
    steps = sorted(report.counterfactual["n_semitones"].unique())
    figure, ax = plots.new_figure(width=9.0, height=1.6 + 0.4 * len(steps))
    for gender, rows in report.counterfactual.groupby("gender"):
        place = np.searchsorted(steps, rows["n_semitones"]) + (0.15 if gender == "woman" else -0.15)
        ends = np.nan_to_num(np.stack([rows["flips"] - rows["low"], rows["high"] - rows["flips"]])).clip(min=0)
        ax.errorbar(rows["flips"], place, xerr=ends, linestyle="", capsize=3, **_style(report, gender))
    ax.set_yticks(range(len(steps)), [f"{step:+g} semitones" if step else "control (up and back)" for step in steps])
    ax.set(xlabel="clips whose answer changes (%)", ylabel="shift of pitch", xlim=(0, None))
    ax.set_title(f"Answers that flip with pitch - {report.corpus}, {report.protocol}")
    ax.legend()
    return figure


def _style(report, gender):
    label = voice_words(report.corpus)[gender]
    return {"color": GENDER_PALETTE[gender], "marker": GENDER_MARKERS[gender], "label": label}


def _as_svg(figure, name):
    """What the template needs of a figure; every id begins with the name, so that two figures never share one."""
    import matplotlib
    import matplotlib.pyplot as plt

    rules = {"svg.hashsalt": name, "svg.fonttype": "none", "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"]}
    file = io.StringIO()
    with matplotlib.rc_context(rules):
        figure.savefig(file, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    plt.close(figure)
    box, shapes = re.search(r'<svg[^>]*viewBox="([^"]*)"[^>]*>(.*)</svg>', file.getvalue(), re.DOTALL).groups()
    shapes = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", shapes)
    title = next(ax.get_title(loc="left") for ax in figure.axes)
    return {"box": box, "shapes": shapes, "title": title, "description": " ".join(plots.describe(figure).split())}
