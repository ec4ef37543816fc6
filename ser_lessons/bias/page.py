"""The audit as one self-contained HTML page: no script, no network, readable aloud. Lesson: 07_gender_bias."""

import html
import math

from . import charts
from .terminal import flips_sentence, listeners_sentence, power_sentence
from .verdict import SHORT_NAMES

STYLE = """
:root { color-scheme: light; }
body { font: 17px/1.55 system-ui, sans-serif; color: #1a1a1a; background: #ffffff; margin: 0; }
header, main, footer { max-width: 60rem; margin: 0 auto; padding: 0 1.2rem; }
h1 { font-size: 1.7rem; margin: 1.6rem 0 0.4rem; } h2 { font-size: 1.25rem; margin: 2.2rem 0 0.5rem; }
.verdict { border: 2px solid #1a1a1a; border-left-width: 12px; padding: 0.8rem 1.1rem; }
.verdict strong { display: block; font-size: 1.2rem; }
figure { margin: 1rem 0; } figcaption { color: #404040; } svg { width: 100%; height: auto; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; }
caption { text-align: left; padding: 0.9rem 0 0.3rem; }
th, td { padding: 0.3rem 0.8rem; border-bottom: 1px solid #8a8a8a; text-align: right; white-space: nowrap; }
th[scope=row], thead th:first-child { text-align: left; } a { color: #00509e; }
"""

HEADINGS = {
    "gap": "Verdict: gap found",
    "equivalent": "Verdict: equivalent within the margin",
    "undecidable": "Verdict: undecidable at this sample size",
}


def render_page(report):
    """Write the report as an HTML page.

    Parameters
    ----------
    report : BiasReport

    Returns
    -------
    str: a complete document, language English, with landmarks, headings in order, captions and header
        cells for every table, a title and a description for every figure; it loads nothing
    """
    sections = [_verdict(report), _gaps(report), _groups(report), _actors(report), _emotions(report)]
    sections += [
        _power(report),
        _pitch(report),
        _flips(report),
        _calibration(report),
        _listeners(report),
        _mind(report),
    ]
    title = f"Gender audit: {report.verdict} - corpus {report.corpus}, protocol {report.protocol}"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<header><h1>Is the model equally good on recordings by actresses and by "
        f"actors?</h1>\n{_scope(report)}</header>\n"
        f"<main>\n{''.join(section for section in sections if section)}</main>\n{_footer(report)}</body>\n</html>\n"
    )


def _say(words):
    return f"<p>{html.escape(words)}</p>\n"


def _scope(report):
    seed = "" if report.seed is None else f", random seed {report.seed}"
    return _say(
        f"{report.clips} acted clips, {report.n_women} actresses, {report.n_men} actors; corpus {report.corpus}, "
        f"protocol {report.protocol}; metric {SHORT_NAMES[report.metric]}, "
        f"margin {report.margin_points:g} points{seed}."
    )


def _section(name, heading, *parts):
    body = "".join(part for part in parts if part)
    return f'<section aria-labelledby="{name}-h">\n<h2 id="{name}-h">{html.escape(heading)}</h2>\n{body}</section>\n'


def _figure(svg, caption):
    return f"<figure>{svg}<figcaption>{html.escape(caption)}</figcaption></figure>\n"


def _table(name, caption, columns, rows):
    """A table with a caption and header cells; it scrolls by itself on narrow screens."""
    head = "".join(f'<th scope="col">{html.escape(column)}</th>' for column in columns)
    body = "".join(
        f'<tr><th scope="row">{html.escape(str(first))}</th>'
        + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in rest)
        + "</tr>\n"
        for first, *rest in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-labelledby="{name}-c"><table><caption id="{name}-c">'
        f"{html.escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table></div>\n"
    )


def _number(value, form=".1f"):
    return "-" if value is None or (isinstance(value, float) and not math.isfinite(value)) else format(value, form)


def _range(value, low, high, form=".1f"):
    return f"{_number(value, form)} [{_number(low, form)}, {_number(high, form)}]"


def _verdict(report):
    words = f'<div class="verdict"><strong>{HEADINGS[report.verdict]}</strong>{html.escape(report.sentence)}</div>\n'
    smallest = (
        f"The smallest margin within which these data would count as equivalent is {report.smallest_margin:.1f} points."
    )
    return _section("verdict", "Verdict", words, _say(smallest))


def _gaps(report):
    caption = "95 % intervals that resample actors. An asterisk marks emotions whose gap survives Holm's correction."
    p = "" if report.p_value is None else f" The overall test (over actors, not clips) has p = {report.p_value:.4f}."
    return _section("gaps", "How large is the gap, and where?", _figure(charts.gap_figure(report), caption + p))


def _groups(report):
    if report.groups is None:
        return ""
    rows = [
        (
            charts.GENDER_WORDS[gender],
            int(row["clips"]),
            int(row["actors"]),
            *[_range(row[m], row[f"{m}_low"], row[f"{m}_high"]) for m in ("accuracy", "uar", "macro_f1")],
        )
        for gender, row in report.groups.iterrows()
    ]
    columns = ("recordings by", "clips", "voices", "accuracy", "UAR", "macro F1")
    return _section("groups", "By gender", _table("groups", "Percent, with 95 % intervals over actors", columns, rows))


def _actors(report):
    if report.actors is None:
        return ""
    caption = "One mark a voice: the spread between them is what makes small gaps undecidable."
    return _section("actors", "Every actor", _figure(charts.actor_figure(report), caption))


def _emotions(report):
    if report.emotions is None:
        return ""
    rows = [
        (
            f"{name} *" if name in report.located else name,
            f"{int(row.clips_woman)} / {int(row.clips_man)}",
            f"{row.recall_woman:.1f} / {row.recall_man:.1f}",
            _range(row.recall_gap, row.recall_low, row.recall_high, "+.1f"),
            f"{row.p_holm:.3f}",
            _range(row.fpr_gap, row.fpr_low, row.fpr_high, "+.1f"),
        )
        for name, row in report.emotions.iterrows()
    ]
    columns = ("emotion", "clips, w / m", "recall %, w / m", "recall gap", "p after Holm", "false-positive gap")
    caption = "Equalized odds: gaps in points, actresses (w) minus actors (m), 95 % intervals over actors"
    return _section("emotions", "By emotion", _table("emotions", caption, columns, rows))


def _power(report):
    words = power_sentence(report)
    return _section("power", "What could this audit have found?", _say(words[0].upper() + words[1:]))


def _pitch(report):
    if report.pitch is None:
        return ""
    pitch = report.pitch
    slopes = [
        (name, _range(row.slope, row.low, row.high, "+.2f"), f"{row.p_holm:.3f}")
        for name, row in pitch["slopes"].iterrows()
    ]
    bins = [
        (
            f"{row.f0_low:.0f}-{row.f0_high:.0f} Hz",
            row.clips,
            row.actors,
            f"{row.women:.0f}",
            _range(row.accuracy, row.low, row.high),
        )
        for row in pitch["bins"].itertuples()
    ]
    gap = pitch["adjusted_gap"]
    words = f"At equal pitch of the voice the accuracy gap is {_range(gap.value, gap.low, gap.high, '+.1f')} points"
    words += f" (variance inflation of gender by pitch: {pitch['vif']:.1f})."
    return _section(
        "pitch",
        "Is it gender, or pitch?",
        _say(pitch["sentence"]),
        _say(words),
        _figure(charts.pitch_figure(report), "Accuracy over the median F0 of each voice."),
        _table("slopes", "Change of accuracy, points a semitone", ("compared", "slope", "p after Holm"), slopes),
        _table("bins", "Accuracy (%) in bins of F0", ("median F0", "clips", "voices", "women %", "accuracy"), bins),
    )


def _flips(report):
    if report.counterfactual is None:
        return ""
    words = flips_sentence(report)
    caption = "Answers that change when only the pitch is shifted; the control was shifted up and back."
    return _section(
        "flips",
        "Would another pitch change the answer?",
        _say(words[0].upper() + words[1:]),
        _figure(charts.flip_figure(report), caption),
    )


def _calibration(report):
    if report.calibration is None:
        return ""
    rows = [
        (
            charts.GENDER_WORDS[gender],
            f"{row.confidence:.1f}",
            f"{row.accuracy:.1f}",
            _range(row.overconfidence, row.overconfidence_low, row.overconfidence_high, "+.1f"),
            _range(row.ece, row.ece_low, row.ece_high),
        )
        for gender, row in report.calibration.iterrows()
    ]
    columns = ("recordings by", "mean confidence %", "accuracy %", "overconfidence", "ECE")
    caption = "Points, 95 % intervals over actors; ECE in 10 equal-mass bins, above 0 even for a calibrated model"
    return _section("calibration", "Is it equally sure of itself?", _table("calibration", caption, columns, rows))


def _listeners(report):
    words = listeners_sentence(report)
    return _section(
        "listeners", "And human listeners?", _say(words[0].upper() + words[1:]),
        _say("A gap of the model in the same direction may come from the recordings as well as from the model."),
    )  # fmt: skip


def _mind(report):
    items = [*report.warnings, *(f"Small cell: {cell}." for cell in report.small_cells)]
    items = items or ["Actors are kept apart and genders balanced in every fold; no cell is too small."]
    listed = "".join(f"<li>{html.escape(item)}</li>\n" for item in items)
    return _section("mind", "What to mind", f"<ul>\n{listed}</ul>\n")


def _footer(report):
    return (
        "<footer>"
        + _say(
            "Intervals resample actors within gender (expanded percentile bootstrap); the overall test "
            "permutes genders over "
            "actors; emotions are corrected by Holm; equivalence is the 90 % interval inside the margin. A "
            "model without any "
            "bias is called a gap in at most 6 of 100 audits. Made by ser-lessons, lesson 07."
        )
        + "</footer>\n"
    )
