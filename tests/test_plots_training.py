"""Figures of nets: labelled, described; fresh numbers told as trends, which still follow the data."""

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from ser_lessons import plots
from ser_lessons.evaluate import Interval

MEL = np.linspace(-80, 0, 128 * 130, dtype=np.float32).reshape(128, 130)


def history(*losses, accuracy=(0.2, 0.6, 0.9)):
    rows = zip(losses, accuracy)
    return [
        {"epoch": n, "loss": a, "accuracy": b, "val_loss": 2.0, "val_accuracy": 0.3} for n, (a, b) in enumerate(rows, 1)
    ]


def accuracies(left, right, **options):
    intervals = {"known": Interval(left, left - 0.1, left + 0.1), "unseen": Interval(right, np.nan, np.nan)}
    return plots.show_accuracies(intervals, chance=0.125, **options)


FIGURES = {
    "curves": lambda: plots.show_learning_curves(history(2.0, 1.5, 1.0), title="run"),
    "maps": lambda: plots.show_filter_maps({"picture": MEL, "answer": MEL[1:, 1:]}),
    "activation": lambda: plots.show_activation(MEL, MEL / -80, title="angry"),
    "accuracies": lambda: accuracies(0.8, 0.5),
}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_says_its_units_is_described_and_legible(name):
    figure = FIGURES[name]()
    assert plots.unlabelled(figure) == []
    sentence = plots.describe(figure)
    assert plots.is_description(sentence) and "\n" not in sentence
    words = [text for text in figure.findobj(matplotlib.text.Text) if text.get_text().strip()]
    assert [text.get_text() for text in words if text.get_fontsize() < 11] == []


def test_coarse_curves_forgive_a_digit_and_no_trend():
    one, near, other = (
        plots.describe(plots.show_learning_curves(history(*losses), coarse=True))
        for losses in ((2.0, 1.5, 1.0), (2.0, 1.4, 1.01), (2.0, 2.5, 3.0))
    )
    assert one == near != other
    assert "training: falls" in one and "training: rises" in other and "validation: drawn beside it" in one


def test_exact_curves_forgive_nothing():
    one, near = (plots.describe(plots.show_learning_curves(history(2.0, 1.5, last))) for last in (1.0, 1.01))
    assert one != near


def test_coarse_bars_say_which_is_highest():
    assert plots.describe(accuracies(0.8, 0.5, coarse=True)) == plots.describe(accuracies(0.7, 0.4, coarse=True))
    assert plots.describe(accuracies(0.4, 0.5, coarse=True)) != plots.describe(accuracies(0.7, 0.4, coarse=True))
    assert plots.describe(accuracies(0.8, 0.5)) != plots.describe(accuracies(0.7, 0.5))


def test_coarse_evidence_leaves_the_picture_exact():
    one, two, other = (
        plots.describe(plots.show_activation(mel, evidence, coarse=True))
        for mel, evidence in ((MEL, MEL / -80), (MEL, MEL / -160), (MEL + 1, MEL / -80))
    )
    assert one == two != other
