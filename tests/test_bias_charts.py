"""The figures of the audit page, element by element, as a person has looked at them.

`golden_charts.svg.txt` holds what `figures()` below draws. Someone who changes a figure on purpose looks at the page
(`ser-lessons bias TABLE --html FILE`) and then writes the file anew: `python tests/test_bias_charts.py`.
"""

import math
import pathlib
import types
import xml.etree.ElementTree

import pandas as pd
import pytest

from ser_lessons.bias import charts

GOLDEN = pathlib.Path(__file__).with_name("golden_charts.svg.txt")


def interval(value, low, high):
    return types.SimpleNamespace(value=value, low=low, high=high)


def report(**parts):
    """As much of an audit as the figures read."""
    return types.SimpleNamespace(metric="uar", margin_points=5.0, listeners={"gap_points": 1.9}, **parts)


def gaps(reach=20.0):
    columns = ["recall_gap", "recall_low", "recall_high"]
    rows = pd.DataFrame([[12.0, 4.0, reach], [-7.0, -16.0, 2.0]], ["angry", "sad"], columns)
    return report(gap=interval(6.0, -3.0, 15.0), emotions=rows, located=["angry"])


def dots(values):
    genders = ["woman", "man"] * 4
    return report(actors=pd.DataFrame({"gender": genders[: len(values)], "value": values}))


def pitch(f0_hz, accuracy):
    actors = pd.DataFrame({"f0_hz": f0_hz, "accuracy": accuracy, "gender": (["woman", "man"] * 4)[: len(f0_hz)]})
    return report(pitch={"actors": actors, "sentence": "No relation."})


def flips(highest=31.0):
    rows = [(-4.0, "woman", 22.0, 12.0, highest), (-4.0, "man", 18.0, 9.0, 28.0), (0.0, "man", 5.0, 1.0, 9.0)]
    return report(counterfactual=pd.DataFrame(rows, columns=["n_semitones", "gender", "flips", "low", "high"]))


def figures():
    """Each figure, and each at its ends: far gaps, values near 0 and 100, one pitch, a wide range of pitch."""
    yield "gaps", charts.gap_figure(gaps())
    yield "far gaps", charts.gap_figure(gaps(reach=55.0))
    yield "dots", charts.actor_figure(dots([61.0, 44.5, 70.0, 52.0, 58.0, 49.0]))
    yield "dots at the ends", charts.actor_figure(dots([0.5, 1.0, 99.5, 100.0]))
    yield "pitch", charts.pitch_figure(pitch([210.0, 118.0, 185.0, 131.0], [55.0, 61.0, 70.0, 48.0]))
    yield "one pitch", charts.pitch_figure(pitch([200.0, 200.0], [2.0, 99.0]))
    yield "a wide range of pitch", charts.pitch_figure(pitch([430.0, 101.0], [55.0, 61.0]))
    yield "flips", charts.flip_figure(flips())
    yield "flips of nearly all", charts.flip_figure(flips(highest=99.5))
    yield "no interval", charts.gap_figure(report(gap=interval(6.0, math.nan, math.nan), emotions=None, located=[]))


def text(named):
    """One element a line, so that a difference shows as a line."""
    return "".join(f"== {name}\n{figure.replace('><', '>' + chr(10) + '<')}\n" for name, figure in named)


def test_every_element_stands_where_it_stood():
    assert text(figures()) == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("figure", [figure for _, figure in figures()], ids=[name for name, _ in figures()])
def test_a_figure_is_whole_and_draws_nothing_outside_itself(figure):
    svg = xml.etree.ElementTree.fromstring(figure)
    height = float(svg.get("viewBox").split()[3])
    for item in svg:
        places = [float(item.get(name)) for name in ("x", "x1", "x2", "cx") if item.get(name)]
        assert all(0 <= place <= charts.WIDTH for place in places), item.attrib
        places = [float(item.get(name)) for name in ("y", "y1", "y2", "cy") if item.get(name)]
        assert all(0 <= place <= height for place in places), item.attrib


if __name__ == "__main__":
    GOLDEN.write_text(text(figures()), encoding="utf-8")
