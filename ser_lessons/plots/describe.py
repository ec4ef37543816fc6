"""Say in one sentence what a figure shows: alt text for readers, and a regression check for us.

nbval does not compare pictures. It compares this sentence, which is computed from the drawn data:
move a curve, and the sentence changes. Lesson: all.
"""

import re
import textwrap

import numpy as np

WIDTH = 78
"""Characters in a printed line: as many as fit at 800 px. JupyterLab breaks longer lines inside words and numbers."""
KINDS = ("Heat map", "Line plot", "Dot plot", "Scatter plot", "Bar chart", "Box plot", "Picture")
_START = re.compile(rf"^(\d+ panels(, .+?)?: )?({'|'.join(KINDS)}): ")


class Sentence(str):
    """A text in one line, as alt text needs it, that `print` shows in lines of at most `WIDTH` characters."""

    def __str__(self):
        return wrap(self)


def wrap(text):
    """Break a text between words into lines of at most `WIDTH` characters, all but the first indented."""
    return textwrap.fill(text, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def is_description(line):
    """Tell whether a text begins as those written by `describe`."""
    return bool(_START.match(line))


def printed_descriptions(text):
    """The sentences of `describe` in what a cell printed, each in one line again."""
    sentences = []
    for line in text.splitlines():
        if sentences and line.startswith("  "):
            sentences[-1] += line[1:]
        else:
            sentences.append(line)
    return [sentence for sentence in sentences if is_description(sentence)]


def describe(figure):
    """Return one sentence: type, axes with units and ranges, and where the data peaks or how it runs.

    Parameters
    ----------
    figure : matplotlib Figure with at least one axes

    Returns
    -------
    Sentence, a str in one line; several panels are joined by " | " after the figure's own title; color bars are
        named within their heat map

    Colors, fonts and sizes play no part; data, labels and titles do. Axes with an attribute `coarse = True`
    show numbers that differ from machine to machine (a net trained just now): of those only the trend is told.
    """
    figure.canvas.draw()
    bars = _colorbars(figure)
    panels = [_panel(ax) for ax in figure.axes if ax not in bars and ax.get_visible() and ax.has_data()]
    if not panels:
        return Sentence("Picture: nothing is drawn.")
    if len(panels) == 1:
        return Sentence(f"{panels[0]}.")
    title = _plain(figure.get_suptitle())
    return Sentence(f"{len(panels)} panels{f', {title}' if title else ''}: {' | '.join(panels)}.")


def _colorbars(figure):
    return [ax for ax in figure.axes if hasattr(ax, "_colorbar")]


def _panel(ax):
    for kind, parts in (
        (_heat, [*ax.images, *_of(ax, "QuadMesh")]),
        (_bars, [box for box in ax.containers if hasattr(box, "orientation")]),
        (_dots, _rows_of_dots(ax)),
        (_lines, [line for line in ax.lines if _is_curve(line)]),
        (_scatter, _of(ax, "PathCollection")),
        (_lines, list(ax.lines)),
    ):
        if parts:
            sentence = kind(ax, parts)
            break
    else:
        sentence = f"Picture: {_axes(ax)}"
    title = ax.get_title(loc="left") or ax.get_title()
    head, _, tail = sentence.partition(": ")
    return f"{head}: {f'{_plain(title)}; ' if title else ''}{tail}"


def _of(ax, kind):
    return [item for item in ax.collections if type(item).__name__ == kind and _size(item)]


def _size(item):
    return np.size(item.get_array()) if type(item).__name__ == "QuadMesh" else len(item.get_offsets())


def _is_curve(line):
    return line.get_linestyle() not in ("None", "", " ") and line.get_linewidth() > 0 and len(line.get_xdata()) > 2


def number(value):
    """Write a number with three significant digits and no surprise: 0.4, 240, -80, 1.44e+05."""
    value = float(value)
    if not np.isfinite(value):
        return str(value)
    if abs(value) < 1e-6:
        return "0"
    text = f"{value:.3g}"
    text = f"{float(text):.0f}" if "e" in text and abs(value) >= 1 and abs(value) < 1e6 else text
    return "0" if text in ("-0", "0") else text


def _plain(text):
    return " ".join(str(text).split())


def _span(ax, name):
    """'time (s) 0 to 3', or the words on the axis."""
    axis = ax.xaxis if name == "x" else ax.yaxis
    from .style import _label

    label = _plain(_label(ax, name))
    ticks = [_plain(t.get_text()) for t in axis.get_ticklabels() if t.get_text().strip()]
    if ticks and all(re.search(r"[A-Za-z]{2}", text) for text in ticks):
        shown = ", ".join(ticks) if len(ticks) <= 8 else f"{ticks[0]} to {ticks[-1]} ({len(ticks)})"
        return f"{label or name}: {shown}"
    low, high = (_value(ax, name, edge) for edge in sorted(getattr(ax, f"get_{name}lim")()))
    return f"{label or name} {number(low)} to {number(high)}"


def _axes(ax):
    return f"{_span(ax, 'x')}; {_span(ax, 'y')}"


def _heat(ax, parts):
    item = parts[0]
    values = np.ma.filled(np.ma.asarray(item.get_array(), dtype=float), np.nan)
    if type(item).__name__ == "QuadMesh":
        corners = item.get_coordinates()
        rows, columns = corners.shape[0] - 1, corners.shape[1] - 1
        values = values.reshape(rows, columns)
        x, y = (corners[0, :-1, 0] + corners[0, 1:, 0]) / 2, (corners[:-1, 0, 1] + corners[1:, 0, 1]) / 2
    else:
        rows, columns = values.shape[:2]
        values = values if values.ndim == 2 else values.mean(axis=2)
        left, right, bottom, top = item.get_extent()
        x = left + (np.arange(columns) + 0.5) * (right - left) / columns
        y = bottom + (np.arange(rows) + 0.5) * (top - bottom) / rows
        y = y[::-1] if item.origin == "upper" else y
    row, column = np.unravel_index(np.nanargmax(values), values.shape)
    colorbars = [bar.ax for bar in [getattr(item, "colorbar", None)] if bar] or _colorbars(ax.figure)
    unit = _plain(colorbars[0].get_ylabel() or colorbars[0].get_xlabel()) if colorbars else "values"
    if getattr(ax, "coarse", False):
        return f"Heat map: {columns} columns by {rows} rows; {_axes(ax)}; {unit}"
    return (
        f"Heat map: {columns} columns by {rows} rows; {_axes(ax)}; {unit} {number(np.nanmin(values))} to "
        f"{number(np.nanmax(values))}, mean {number(np.nanmean(values))}; peak at "
        f"{_place(ax, 'x', x[column])}, {_place(ax, 'y', y[row])}"
    )


def _place(ax, name, value):
    """A position on an axis: the word on the nearest tick, or the number with its unit."""
    axis = ax.xaxis if name == "x" else ax.yaxis
    ticks = [
        (t, _plain(w.get_text())) for t, w in zip(axis.get_ticklocs(), axis.get_ticklabels()) if w.get_text().strip()
    ]
    if ticks and all(re.search(r"[A-Za-z]{2}", text) for _, text in ticks):
        return min(ticks, key=lambda tick: abs(tick[0] - value))[1]
    from .style import _label

    label, value = _label(ax, name), number(_value(ax, name, value))
    unit = re.search(r"^(.*?)\s*\(([^()]+)\)$", label)
    if not unit:
        return value
    what, unit = unit.groups()
    if unit == "number":
        return f"{what} {value}"
    return f"{what} {value}" if unit.startswith("fraction") else f"{value} {unit}"


def _value(ax, name, position):
    """The value at a position of an axis: not the same where mel bands are labelled with their centers in Hz."""
    centers = getattr(ax, "band_centers_hz", None)
    return position if centers is None or name == "x" else np.interp(position, np.arange(len(centers)), centers)


def _bars(ax, parts):
    groups = []
    for group in parts:
        across = group.orientation == "horizontal"
        values = np.array([bar.get_width() if across else bar.get_height() for bar in group.patches], dtype=float)
        spots = [b.get_y() + b.get_height() / 2 if across else b.get_x() + b.get_width() / 2 for b in group.patches]
        if not len(values):
            continue
        label = "" if str(group.get_label()).startswith("_") else f"{group.get_label()}: "
        low, high = int(np.nanargmin(values)), int(np.nanargmax(values))
        name = "y" if across else "x"
        if getattr(ax, "coarse", False):
            groups.append(f"{label}{len(values)} bars, highest at {_place(ax, name, spots[high])}")
            continue
        groups.append(
            f"{label}{len(values)} bars, lowest {number(values[low])} at {_place(ax, name, spots[low])}, highest "
            f"{number(values[high])} at {_place(ax, name, spots[high])}, mean {number(np.nanmean(values))}"
        )
    return f"Bar chart: {_axes(ax)}; " + "; ".join(groups)


def _has_words(axis):
    """Tell whether the ticks of an axis are words, not numbers."""
    texts = [tick.get_text() for tick in axis.get_ticklabels() if tick.get_text().strip()]
    return bool(texts) and all(re.search(r"[A-Za-z]{2}", text) for text in texts)


def _rows_of_dots(ax):
    """(name, places across, places up) of each set of dots on an axis of words that runs upward; [] for other axes."""
    if not _has_words(ax.yaxis):
        return []
    bars = {id(box.lines[0]): box.get_label() for box in ax.containers if hasattr(box, "has_xerr") and box.lines[0]}
    dots = [line for line in ax.lines if line.get_marker() not in ("None", "|", "_", "", None)]
    return [(str(bars.get(id(line), line.get_label())), *map(np.asarray, line.get_data())) for line in dots]


def _dots(ax, parts):
    groups = []
    for name, across, up in parts:
        low, high = int(np.nanargmin(across)), int(np.nanargmax(across))
        if len(across) == 1:
            groups.append(f"{name}: {number(across[0])} at {_place(ax, 'y', up[0])}")
            continue
        groups.append(
            f"{name}: {len(across)} dots, lowest {number(across[low])} at {_place(ax, 'y', up[low])}, highest "
            f"{number(across[high])} at {_place(ax, 'y', up[high])}, mean {number(np.nanmean(across))}"
        )
    return f"Dot plot: {_axes(ax)}; " + "; ".join(groups)


def _lines(ax, parts):
    named = [line for line in parts if not str(line.get_label()).startswith("_")] or parts[:1]
    curves = [_curve(ax, line, len(parts)) for line in (named if len(named) <= 8 else named[:1])]
    rest = [line for line in parts if line not in (named if len(named) <= 8 else named[:1])]
    more = ""
    if rest:
        heights = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in rest])
        low, high, mean = np.nanmin(heights), np.nanmax(heights), np.nanmean(heights)
        more = f"; {len(rest)} more lines between {number(low)} and {number(high)}, mean {number(mean)}"
    dots = _of(ax, "PathCollection")
    points = f"; with {sum(_size(d) for d in dots)} points" if dots else ""
    return f"Line plot: {_axes(ax)}; " + "; ".join(curves) + more + points


def _curve(ax, line, total):
    x, y = np.asarray(line.get_xdata(), dtype=float), np.asarray(line.get_ydata(), dtype=float)
    name = str(line.get_label())
    name = ("" if total == 1 else "one line ") if name.startswith("_") else f"{_plain(name)}: "
    good = np.isfinite(y)
    if not good.any():
        return f"{name}no value"
    low, high = int(np.nanargmin(y)), int(np.nanargmax(y))
    first, last = y[good][0], y[good][-1]
    if getattr(line, "restless", False):
        return name + "drawn beside it"
    if getattr(ax, "coarse", False):
        return name + _trend(last - first, 0.05 * np.ptp(ax.get_ylim()))
    spread = np.sqrt(np.nanmean((y - np.nanmean(y)) ** 2))
    return (
        f"{name}from {number(first)} to {number(last)}, lowest {number(y[low])} at {_place(ax, 'x', x[low])}, "
        f"highest {number(y[high])} at {_place(ax, 'x', x[high])}, spread {number(spread)}"
    )


def _trend(change, least):
    """'rises', 'falls' or 'stays level', for a change of at least a twentieth of the axis."""
    return "rises" if change > least else "falls" if change < -least else "stays level"


def _scatter(ax, parts):
    groups, words = [], _has_words(ax.xaxis)
    for part in parts[:8]:
        points = np.asarray(part.get_offsets(), dtype=float)
        name = str(part.get_label())
        name = "" if name.startswith("_") else f"{_plain(name)}: "
        across, up = np.nanmean(points, axis=0)
        middle = f"with mean {number(up)}" if words else f"around ({number(across)}, {number(up)})"
        groups.append(f"{name}{len(points)} points {middle}")
    groups += [_curve(ax, line, 2) for line in ax.lines if not str(line.get_label()).startswith("_")]
    everything = np.concatenate([np.asarray(part.get_offsets(), dtype=float) for part in parts])
    more = f"; and {len(parts) - 8} more groups" if len(parts) > 8 else ""
    trend = ""
    if not words and len(everything) > 2 and np.all(np.nanstd(everything, axis=0) > 0):
        trend = f"; correlation {np.corrcoef(everything.T)[0, 1]:.2f}"
    return f"Scatter plot: {_axes(ax)}; " + "; ".join(groups) + more + trend
