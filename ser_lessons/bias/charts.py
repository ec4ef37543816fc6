"""Figures of the audit page as inline SVG: text stays text, and every figure has a description.

No plotting library: the page must be one small file that a screen reader can read. Lesson: 07_gender_bias.
"""

import html
import math

from ..config import GENDER_PALETTE
from .verdict import SHORT_NAMES

INK, GRID, BAND = "#1a1a1a", "#c8c8c8", "#e8eef4"
COLORS = {"man": GENDER_PALETTE["man"], "woman": "#B34700"}
"""The course's colors; the women's orange a shade darker, for a contrast of at least 4.5 on white."""

GENDER_WORDS = {"man": "actors", "woman": "actresses"}
WIDTH = 760


def _finite(*values):
    return all(value is not None and math.isfinite(value) for value in values)


class Canvas:
    """An SVG under construction, with a linear horizontal axis.

    Parameters
    ----------
    name : str, unique on the page, for the ids of title and description
    title, description : str, read aloud in place of the figure
    height : float, px
    limits : (low, high) of the horizontal axis
    left : float, px left of the axis, for row labels
    """

    def __init__(self, name, title, description, *, height, limits, left=190):
        self.name, self.title, self.description = name, title, description
        self.height, self.limits, self.left, self.parts = height, limits, left, []

    def x(self, value):
        """Pixels of a value on the horizontal axis."""
        low, high = self.limits
        return self.left + (value - low) / (high - low) * (WIDTH - self.left - 25)

    def line(self, x1, y1, x2, y2, color=INK, width=1.5, dash=""):
        """A straight line in pixels."""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{color}" stroke-width="{width}"{dashed}/>'
        )

    def text(self, x, y, words, anchor="start", size=15, weight="normal"):
        """Words at a place in pixels."""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" '
            f'fill="{INK}">{html.escape(words)}</text>'
        )

    def mark(self, x, y, gender=None, size=6):
        """A square for actors, a circle for actresses, a diamond otherwise."""
        if gender == "man":
            side = 1.7 * size
            shape = f'<rect x="{x - side / 2:.1f}" y="{y - side / 2:.1f}" width="{side:.1f}" height="{side:.1f}"'
        elif gender == "woman":
            shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}"'
        else:
            points = f"{x:.1f},{y - size:.1f} {x + size:.1f},{y:.1f} {x:.1f},{y + size:.1f} {x - size:.1f},{y:.1f}"
            shape = f'<polygon points="{points}"'
        self.parts.append(f'{shape} fill="{COLORS.get(gender, INK)}" fill-opacity="0.85" stroke="white"/>')

    def axis(self, y, words, step):
        """The horizontal axis at pixel y, a tick every `step`."""
        low, high = self.limits
        self.line(self.x(low), y, self.x(high), y)
        for k in range(math.ceil(low / step), math.floor(high / step) + 1):
            self.line(self.x(k * step), y, self.x(k * step), y + 5)
            self.text(self.x(k * step), y + 21, f"{k * step:g}", "middle", 14)
        self.text((self.x(low) + self.x(high)) / 2, y + 43, words, "middle")

    def band(self, low, high, top, bottom):
        """A shaded range of the horizontal axis."""
        left, right = self.x(max(low, self.limits[0])), self.x(min(high, self.limits[1]))
        self.parts.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}" fill="{BAND}"/>'
        )

    def interval(self, y, value, low, high, gender=None):
        """A point with its interval; the point alone where the interval is not known."""
        color = COLORS.get(gender, INK)
        if _finite(low, high):
            self.line(self.x(low), y, self.x(high), y, color, 2.5)
            for end in (low, high):
                self.line(self.x(end), y - 5, self.x(end), y + 5, color, 2.5)
        if _finite(value):
            self.mark(self.x(value), y, gender)

    def render(self):
        """The figure as an SVG element, accessible by its title and description."""
        return (
            f'<svg viewBox="0 0 {WIDTH} {self.height:g}" role="img" aria-labelledby="{self.name}-t {self.name}-d">'
            f'<title id="{self.name}-t">{html.escape(self.title)}</title>'
            f'<desc id="{self.name}-d">{html.escape(self.description)}</desc>{"".join(self.parts)}</svg>'
        )


def gap_figure(report):
    """The overall gap, the gap of each emotion and the listeners' gap, with intervals and the margin."""
    rows = [(f"overall ({SHORT_NAMES[report.metric]})", report.gap.value, report.gap.low, report.gap.high)]
    if report.emotions is not None:
        rows += [
            (f"recall {name}{' *' if name in report.located else ''}", row.recall_gap, row.recall_low, row.recall_high)
            for name, row in report.emotions.iterrows()
        ]
    rows.append(("human listeners", report.listeners["gap_points"], math.nan, math.nan))
    ends = [abs(end) for _, *values in rows for end in values if _finite(end)]
    reach = 10 * math.ceil((max(ends) + 2) / 10)
    bottom = 40 + 30 * len(rows)
    words = f"Gaps in points, actresses minus actors. Overall {report.gap.value:+.1f}, from {report.gap.low:+.1f} to "
    words += f"{report.gap.high:+.1f}. The shaded margin is plus or minus {report.margin_points:g} points."
    canvas = Canvas(
        "gaps", "Gaps between recordings by actresses and actors", words, height=bottom + 60, limits=(-reach, reach)
    )
    canvas.band(-report.margin_points, report.margin_points, 25, bottom)
    canvas.line(canvas.x(0), 25, canvas.x(0), bottom, INK, 1, "4 3")
    canvas.text(canvas.x(0), 17, "shaded: margin within which gaps count as equivalent", "middle", 14)
    for k, (label, value, low, high) in enumerate(rows):
        y = 45 + 30 * k
        canvas.text(canvas.left - 12, y + 5, label, "end", weight="bold" if k == 0 else "normal")
        canvas.interval(y, value, low, high)
    canvas.axis(
        bottom, "gap (percentage points, actresses minus actors; 95 % interval over actors)", 10 if reach <= 40 else 20
    )
    return canvas.render()


def actor_figure(report):
    """One dot an actor: the values that everything else rests on."""
    values = report.actors["value"]
    words = "; ".join(
        f"{GENDER_WORDS[gender]} from {part['value'].min():.0f} to {part['value'].max():.0f} %, mean "
        f"{part['value'].mean():.0f} %"
        for gender, part in report.actors.groupby("gender")
    )
    limits = (10 * math.floor((values.min() - 2) / 10), 10 * math.ceil((values.max() + 2) / 10))
    limits = (max(0, limits[0]), min(100, limits[1]))
    canvas = Canvas("dots", f"{SHORT_NAMES[report.metric]} of each actor", words, height=220, limits=limits, left=120)
    for k, gender in enumerate(("woman", "man")):
        part = report.actors[report.actors["gender"] == gender]
        y = 45 + 75 * k
        canvas.text(canvas.left - 12, y + 5, GENDER_WORDS[gender], "end")
        canvas.line(canvas.x(limits[0]), y, canvas.x(limits[1]), y, GRID, 1)
        for j, value in enumerate(part["value"]):
            canvas.mark(canvas.x(value), y + (-12, 0, 12)[j % 3], gender)
        mean = canvas.x(part["value"].mean())
        canvas.line(mean, y - 24, mean, y + 24, COLORS[gender], 2.5)
    canvas.axis(165, f"{SHORT_NAMES[report.metric]} of one actor's clips (%); the bar is the mean", 10)
    return canvas.render()


def pitch_figure(report):
    """Accuracy of each actor over the actor's median F0, one mark a voice."""
    actors = report.pitch["actors"]
    low, high = actors["f0_hz"].min(), actors["f0_hz"].max()
    limits = (20 * math.floor(low / 20), 20 * math.ceil(high / 20) + (20 if high == low else 0))
    words = f"Each mark is a voice, from {low:.0f} to {high:.0f} Hz. {report.pitch['sentence']}"
    canvas = Canvas("pitch", "Accuracy over pitch", words, height=340, limits=limits, left=70)
    bottom_value = max(0, 10 * math.floor((actors["accuracy"].min() - 3) / 10))
    top_value = min(100, 10 * math.ceil((actors["accuracy"].max() + 3) / 10))

    def y(value):
        return 270 - (value - bottom_value) / (top_value - bottom_value) * 225

    for value in range(bottom_value, top_value + 1, 10):
        canvas.line(canvas.x(limits[0]), y(value), canvas.x(limits[1]), y(value), GRID, 1)
        canvas.text(canvas.left - 10, y(value) + 5, f"{value}", "end", 14)
    for row in actors.itertuples():
        canvas.mark(canvas.x(row.f0_hz), y(row.accuracy), row.gender)
    canvas.text(canvas.left - 50, 22, "accuracy (%)   circles: actresses, squares: actors")
    canvas.axis(275, "median F0 of the voice (Hz)", 20 if limits[1] - limits[0] <= 240 else 40)
    return canvas.render()


def flip_figure(report):
    """Share of answers that change when only the pitch does, by shift and gender."""
    flips = report.counterfactual
    top = 10 * math.ceil((flips[["flips", "high"]].max().max() + 1) / 10)
    steps = sorted(flips["n_semitones"].unique())
    words = "; ".join(
        f"{row.n_semitones:+g} semitones, {GENDER_WORDS[row.gender]}: {row.flips:.0f} %" for row in flips.itertuples()
    )
    height = 40 + 50 * len(steps)
    canvas = Canvas("flips", "Predictions that flip with pitch", words, height=height + 60, limits=(0, min(top, 100)))
    for k, step in enumerate(steps):
        label = "control (up and down)" if step == 0 else f"{step:+g} semitones"
        canvas.text(canvas.left - 12, 50 + 50 * k, label, "end")
        for j, gender in enumerate(("woman", "man")):
            for row in flips[(flips["n_semitones"] == step) & (flips["gender"] == gender)].itertuples():
                canvas.interval(36 + 50 * k + 18 * j, row.flips, row.low, row.high, gender)
    canvas.axis(height, "clips whose answer changes (%); circles: actresses, squares: actors", 10)
    return canvas.render()
