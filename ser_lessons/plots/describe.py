"""Say in one sentence what a figure shows: alt text for readers, and a regression check for us.

nbval does not compare pictures. It compares this sentence, which is computed from the drawn data:
move a curve, and the sentence changes. It reads what matplotlib, seaborn and librosa draw. Lesson: all.
"""

import functools
import re
import textwrap

import numpy as np

WIDTH = 78
"""Characters in a printed line: as many as fit at 800 px. JupyterLab breaks longer lines inside words and numbers."""
KINDS = ("Heat map", "Line plot", "Dot plot", "Scatter plot", "Bar chart", "Box plot", "Picture")
_START = re.compile(rf"^(Moving picture with .+?: )?(\d+ panels(, .+?)?: )?({'|'.join(KINDS)}): ")
MOST = 8
"""Curves and groups that a sentence names one by one."""


def wrap(text):
    """Break a text between words into lines of at most `WIDTH` characters, all but the first indented."""
    return textwrap.fill(text, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def is_description(text):
    """Tell whether a text begins as those written by `describe`."""
    return bool(_START.match(text))


def describe(figure):
    """Say of a matplotlib Figure in one line: type, axes with units and ranges, where the data peaks or how it runs.

    Several panels are joined by " | " after the figure's own title; color bars are named within their heat map, the
    groups of seaborn's `hue` by the legend. Colors, fonts and sizes play no part. Axes with an attribute
    `coarse = True` show numbers that differ from machine to machine (a net trained just now): of those only the trend
    is told.
    """
    figure.canvas.draw()
    _ticks.cache_clear()
    shown = [ax for ax in figure.axes if ax.get_visible() and ax.has_data() and not hasattr(ax, "_colorbar")]
    panels = [_panel(ax) for ax in shown]
    _ticks.cache_clear()  # it would keep the figure
    if not panels:
        return "Picture: nothing is drawn."
    title = _plain(figure.get_suptitle())
    lead = f"{len(panels)} panels{f', {title}' if title else ''}: " if len(panels) > 1 else ""
    return f"{lead}{' | '.join(panels)}."


def unlabelled(figure):
    """Return one sentence for each axis of the figure that does not say what it shows, and in which unit.

    A label ends with its unit in parentheses, `time (s)`, `clips (count)`, `recall (fraction)`;
    only an axis whose tick labels are words (emotions, actors' groups) may go without a unit.
    """
    figure.canvas.draw()
    _ticks.cache_clear()
    findings = []
    for number, ax in enumerate(figure.axes, start=1):
        if not ax.axison or not ax.get_visible():
            continue
        for name, axis in (("x", ax.xaxis), ("y", ax.yaxis)):
            label, ticks = _label(ax, name), _ticks(axis)
            if not axis.get_visible() or (not ticks and not label):
                continue
            if not label:
                findings.append(f"axes {number}: the {name} axis has no label.")
            elif not _has_words(axis) and not re.search(r"\([^()]+\)$", label):
                findings.append(f"axes {number}: the {name} axis label '{label}' names no unit; end it with '(unit)'.")
    return findings


def number(value):
    """Write a number with three significant digits and no surprise: 0.4, 240, -80, 1.44e+05."""
    value = float(value)
    if not np.isfinite(value):
        return str(value)
    if abs(value) < 1e-6:
        return "0"
    text = f"{value:.3g}"
    text = f"{float(text):.0f}" if "e" in text and 1 <= abs(value) < 1e6 else text
    return "0" if text in ("-0", "0") else text


def _plain(text):
    return " ".join(str(text).split())


def _label(ax, name):
    """The axis' own label, or that of the axes it shares this axis with (outer labels of a grid)."""
    shared = ax.get_shared_x_axes() if name == "x" else ax.get_shared_y_axes()
    labels = [getattr(other, f"get_{name}label")() for other in [ax, *shared.get_siblings(ax)]]
    labels.append(getattr(ax.get_figure(root=False), f"get_sup{name}label")())
    return _plain(next((label for label in labels if label), ""))


@functools.cache
def _ticks(axis):
    """(place, text) of each tick that has a text; kept while a figure is described, since matplotlib looks long."""
    texts = (_plain(tick.get_text()) for tick in axis.get_ticklabels())
    return [(place, text) for place, text in zip(axis.get_ticklocs(), texts) if text]


def _has_words(axis):
    """Tell whether the ticks of an axis are words, not numbers such as 0.1, 1e5 or $\\mathdefault{10^{2}}$."""
    numeral = r"[\d\W]*(e\W?\d+)?|.*\\mathdefault.*"
    return bool(ticks := _ticks(axis)) and not any(re.fullmatch(numeral, text) for _, text in ticks)


def _words_on(ax):
    """The name of the axis whose ticks are words, or None."""
    return next((name for name in "yx" if _has_words(getattr(ax, f"{name}axis"))), None)


def _span(ax, name):
    """'time (s) 0 to 3', or the words on the axis."""
    label, axis = _label(ax, name) or name, getattr(ax, f"{name}axis")
    if _has_words(axis):
        texts = [text for _, text in _ticks(axis)]
        shown = ", ".join(texts) if len(texts) <= MOST else f"{texts[0]} to {texts[-1]} ({len(texts)})"
        return f"{label}: {shown}"
    low, high = (_value(ax, name, edge) for edge in sorted(getattr(ax, f"get_{name}lim")()))
    return f"{label} {number(low)} to {number(high)}"


def _place(ax, name, value):
    """A position on an axis: the word on the nearest tick, or the number with its unit."""
    axis = getattr(ax, f"{name}axis")
    if _has_words(axis):
        return min(_ticks(axis), key=lambda tick: abs(tick[0] - value))[1]
    value = number(_value(ax, name, value))
    unit = re.search(r"^(.*?)\s*\(([^()]+)\)$", _label(ax, name))
    if not unit:
        return value
    what, unit = unit.groups()
    return f"{what} {value}" if unit == "number" or unit.startswith("fraction") else f"{value} {unit}"


def _value(ax, name, position):
    """The value at a position of an axis: not the same where mel bands are labelled with their centers in Hz."""
    centers = getattr(ax, "band_centers_hz", None)
    return position if centers is None or name == "x" else np.interp(position, np.arange(len(centers)), centers)


def _name(ax, artist, color):
    """What a curve or group is called: its own label, or the legend's entry of its color (seaborn's `hue`); or ''."""
    if not str(artist.get_label()).startswith("_"):
        return _plain(artist.get_label())
    return _legend(ax).get(_rgb(color), "")


def _legend(ax):
    """{color: text} of the entries in the legends of the axes and of its figure."""
    entries = {}
    for legend in filter(None, [ax.get_legend(), *ax.get_figure(root=True).legends]):
        for handle, text in zip(legend.legend_handles, legend.get_texts()):
            color = handle.get_facecolor() if hasattr(handle, "get_facecolor") else handle.get_color()
            entries[_rgb(color)] = _plain(text.get_text())
    return entries


def _rgb(color):
    """Three numbers of a color, or of the first of several colors, whatever their opacity."""
    from matplotlib.colors import to_rgba_array

    colors = to_rgba_array(color)
    return tuple(np.round(colors[0, :3], 2)) if len(colors) else None


def _extremes(ax, name, values, places):
    """'lowest 1 at calm, highest 9 at angry': of values, at places along the axis called `name`."""
    low, high = int(np.nanargmin(values)), int(np.nanargmax(values))
    return (
        f"lowest {number(values[low])} at {_place(ax, name, places[low])}, "
        f"highest {number(values[high])} at {_place(ax, name, places[high])}"
    )


def _summary(ax, name, what, axis, values, places):
    """'man: 3 bars, lowest 1 at calm, highest 9 at angry, mean 4'; of rough numbers only where the highest is."""
    lead = f"{name}: {what}" if name else what
    if getattr(ax, "coarse", False):
        return f"{lead}, highest at {_place(ax, axis, places[int(np.nanargmax(values))])}"
    return f"{lead}, {_extremes(ax, axis, values, places)}, mean {number(np.nanmean(values))}"


def _panel(ax):
    for kind, tell, parts in (
        ("Heat map", _heat, [*ax.images, *_of(ax, "QuadMesh")]),
        ("Box plot", _box, [box for box in ax.containers if hasattr(box, "medians")]),
        ("Bar chart", _bar, [bar for bar in ax.containers if len(getattr(bar, "patches", ()))]),
        ("Bar chart", _blocks, _of(ax, "PolyCollection")),
        ("Dot plot", _dots, _rows_of_dots(ax)),
        ("Line plot", _lines, [line for line in ax.lines if _is_curve(line)]),
        ("Scatter plot", _scatter, _of(ax, "PathCollection")),
        ("Line plot", _bands, _of(ax, "FillBetweenPolyCollection")),
        ("Line plot", _lines, [line for line in ax.lines if len(line.get_xdata())]),
        ("Picture", lambda *_: [], [ax]),
    ):
        if parts:
            title = _plain(ax.get_title(loc="left") or ax.get_title())
            words = [title, _span(ax, "x"), _span(ax, "y"), *tell(ax, parts)]
            return f"{kind}: {'; '.join(filter(None, words))}"


def _of(ax, kind):
    """The visible collections of a kind that hold anything."""
    found = [item for item in ax.collections if type(item).__name__ == kind and item.get_visible()]
    parts = {"PathCollection": "get_offsets", "PolyCollection": "get_paths"}.get(kind)  # a mesh would make one a cell
    return [item for item in found if parts is None or len(getattr(item, parts)())]


def _is_curve(line):
    drawn = line.get_visible() and line.get_linestyle() not in ("None", "", " ") and line.get_linewidth() > 0
    return drawn and (len(line.get_xdata()) > 2 or (_is_dotted(line) and len(line.get_xdata()) == 2))


def _is_dotted(line):
    return line.get_marker() not in ("None", "|", "_", "", None)


def _heat(ax, parts):
    item = parts[0]
    values = np.ma.filled(np.ma.asarray(item.get_array(), dtype=float), np.nan)
    if hasattr(item, "get_coordinates"):
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
    bar = item.colorbar.ax if getattr(item, "colorbar", None) else None
    bar = bar or next((ax for ax in ax.figure.axes if hasattr(ax, "_colorbar")), None)
    unit = _plain(bar.get_ylabel() or bar.get_xlabel() if bar else "") or "values"
    told = f"{columns} columns by {rows} rows; {unit}"
    if getattr(ax, "coarse", False) or not np.isfinite(values).any():
        return [told]
    low, high, mean = (number(found(values)) for found in (np.nanmin, np.nanmax, np.nanmean))
    row, column = np.unravel_index(np.nanargmax(values), values.shape)
    return [f"{told} {low} to {high}, mean {mean}", f"peak at {_place(ax, 'x', x[column])}, {_place(ax, 'y', y[row])}"]


def _bar(ax, parts):
    for group in parts:
        across = getattr(group, "orientation", "vertical") == "horizontal"
        sizes = [bar.get_width() if across else bar.get_height() for bar in group.patches]
        spots = [b.get_y() + b.get_height() / 2 if across else b.get_x() + b.get_width() / 2 for b in group.patches]
        name = _name(ax, group, group.patches[0].get_facecolor())
        yield _summary(ax, name, f"{len(sizes)} bars", "y" if across else "x", np.asarray(sizes, dtype=float), spots)


def _blocks(ax, parts):
    """Bars drawn as one collection: a timeline."""
    for part in parts:
        x, y = np.stack([path.vertices[:4] for path in part.get_paths()]).T
        name = _name(ax, part, part.get_facecolor())
        yield _summary(ax, name, f"{x.shape[1]} bars", "x", np.ptp(y, axis=0), x.mean(axis=0))


def _box(ax, parts):
    for group in parts:
        lines = [np.asarray(line.get_xydata(), dtype=float) for line in group.medians]
        up = all(np.ptp(line[:, 1]) == 0 for line in lines)
        medians, spots = ([line[:, side].mean() for line in lines] for side in ((1, 0) if up else (0, 1)))
        corners = [box.get_path().vertices[:, int(up)] for box in group.boxes]
        ends = np.concatenate([line.get_ydata() if up else line.get_xdata() for line in group.whiskers])
        color = group.boxes[0].get_facecolor() if hasattr(group.boxes[0], "get_facecolor") else "none"
        yield _summary(ax, _name(ax, group, color), f"{len(lines)} medians", "x" if up else "y", medians, spots)
        yield f"middle halves {number(np.min(corners))} to {number(np.max(corners))}"
        yield f"whiskers {number(ends.min())} to {number(ends.max())}"
        yield f"points outside: {sum(len(line.get_xdata()) for line in group.fliers)}"


def _rows_of_dots(ax):
    """(name, values, places, axis of the places) of each set of dots along an axis of words; [] for other axes."""
    axis = _words_on(ax)
    if axis is None:
        return []
    bars = {id(box.lines[0]): box.get_label() for box in ax.containers if hasattr(box, "has_xerr") and box.lines[0]}
    rows = []
    for line in ax.lines:
        x, y = (np.asarray(values, dtype=float) for values in line.get_data(orig=False))
        if len(x) and _is_dotted(line) and (axis == "y" or line.get_linestyle() in ("None", "", " ")):
            name = str(bars.get(id(line)) or _name(ax, line, line.get_color()))
            rows.append((name, *((x, y) if axis == "y" else (y, x)), axis))
    return rows


def _dots(ax, parts):
    for name, values, places, axis in parts:
        if getattr(ax, "coarse", False):
            yield f"{f'{name}: ' if name else ''}{len(values)} dots"
        elif len(values) > 1:
            yield _summary(ax, name, f"{len(values)} dots", axis, values, places)
        else:
            yield f"{f'{name}: ' if name else ''}{number(values[0])} at {_place(ax, axis, places[0])}"


def _bands(ax, parts):
    """Filled areas: the envelope of a long wave, densities, violins."""
    axis = _words_on(ax) or "x"
    for part in parts[:MOST]:
        x, y = np.concatenate([path.vertices for path in part.get_paths()]).T
        values, places = (x, y) if axis == "y" else (y, x)
        name, mean = _name(ax, part, part.get_facecolor()), number(np.nanmean(np.abs(values)))
        what = "mean size" if np.nanmin(values) < 0 else "mean"
        yield f"{f'{name}: ' if name else ''}filled, {_extremes(ax, axis, values, places)}, {what} {mean}"


def _lines(ax, parts):
    names = {line: _name(ax, line, line.get_color()) for line in parts}
    named = [line for line in parts if names[line]] or parts[:1]
    told = named if len(named) <= MOST else named[:1]
    for line in told:
        yield ("" if names[line] or len(parts) == 1 else "one line ") + _curve(ax, line, names[line])
    if rest := [line for line in parts if line not in told]:
        heights = np.concatenate([np.asarray(line.get_ydata(orig=False), dtype=float) for line in rest])
        low, high, mean = (number(found(heights)) for found in (np.nanmin, np.nanmax, np.nanmean))
        yield f"{len(rest)} more lines between {low} and {high}, mean {mean}"
    if dots := _of(ax, "PathCollection"):
        yield f"with {sum(len(part.get_offsets()) for part in dots)} points"


def _curve(ax, line, name):
    x, y = (np.asarray(values, dtype=float) for values in line.get_data(orig=False))
    lead = f"{name}: " if name else ""
    good = np.isfinite(y)
    if not good.any():
        return f"{lead}no value"
    first, last = y[good][0], y[good][-1]
    if getattr(line, "restless", False):
        return f"{lead}drawn beside it"
    if getattr(ax, "coarse", False):
        least = 0.05 * np.ptp(ax.get_ylim())
        return lead + ("rises" if last - first > least else "falls" if first - last > least else "stays level")
    spread = number(np.nanstd(y))
    return f"{lead}from {number(first)} to {number(last)}, {_extremes(ax, 'x', y, x)}, spread {spread}"


def _scatter(ax, parts):
    points = np.concatenate([np.asarray(part.get_offsets(), dtype=float) for part in parts])
    if getattr(ax, "coarse", False):
        yield f"{len(points)} points"
        return
    words = _words_on(ax)
    groups = _groups_of_points(ax, parts)
    for name, rows in list(groups.items())[:MOST]:
        what = f"{f'{name}: ' if name else ''}{len(rows)} points"
        if words is None:
            across, up = np.nanmean(points[rows], axis=0)
            yield f"{what} around ({number(across)}, {number(up)})"
            continue
        values, places = points[rows, int(words == "x")], np.round(points[rows, int(words == "y")])
        spots = np.unique(places)
        medians = [np.nanmedian(values[places == spot]) for spot in spots]
        yield f"{what} with mean {number(np.nanmean(values))}, medians {_extremes(ax, words, medians, spots)}"
    if len(groups) > MOST:
        yield f"and {len(groups) - MOST} more groups"
    for line in ax.lines:
        if len(line.get_xdata()) and (name := _name(ax, line, line.get_color())):
            yield _curve(ax, line, name)
    if words is None and len(points) > 2 and np.all(np.nanstd(points, axis=0) > 0):
        yield f"correlation {np.corrcoef(points.T)[0, 1]:.2f}"


def _groups_of_points(ax, parts):
    """{name: rows of the points of all parts, one after the other}: by label, or by color where a legend names it."""
    groups, first, legend = {}, 0, _legend(ax)
    for part in parts:
        count, label = len(part.get_offsets()), _plain(part.get_label())
        colors = np.resize(np.round(part.get_facecolors()[:, :3], 2), (count, 3))
        for row, color in enumerate(colors, start=first):
            name = legend.get(tuple(color), "") if label.startswith("_") else label
            groups.setdefault(name, []).append(row)
        first += count
    return groups
