"""plots.judging: every figure says corpus, protocol and units, in letters one can read, and draws the numbers."""

import numpy as np
import pytest

from benchmarks import simulation
from ser_lessons import bias, evaluate, plots

FIGURES = {
    "show_reliability": "confidence (fraction)",
    "show_risk_coverage": "coverage (fraction of clips answered)",
    "show_actor_dots": "speaker, sorted (number)",
    "show_human_ceiling": "recall, calm and neutral as one (fraction)",
}


@pytest.fixture(scope="module")
def table():
    return simulation.simulate_predictions(np.random.default_rng(0), accuracy=0.6, gap=0.1, actor_sd=0.08)


def check(figure, label):
    """What holds for every figure of the course."""
    assert plots.unlabelled(figure) == []
    sentence = plots.describe(figure)
    assert plots.is_description(sentence) and label in sentence
    texts = [text for text in figure.findobj(lambda item: hasattr(item, "get_fontsize")) if text.get_text().strip()]
    assert min(text.get_fontsize() for text in texts) >= 11
    title = figure.axes[0].get_title(loc="left")
    assert "simulated" in title and "actors" in title


@pytest.mark.parametrize("name", FIGURES)
def test_each_figure_names_corpus_units_and_can_be_read(name, table):
    check(getattr(plots, name)(table), FIGURES[name])


def test_the_gap_figure_shows_the_audit(table):
    report = bias.audit(table, f0=None)
    figure = plots.show_gap_intervals(report)
    check(figure, "gap, women minus men (percentage points)")
    assert f"verdict: {report.verdict} -" in figure.axes[0].get_title(loc="left")
    stars = [label.get_text() for label in figure.axes[0].get_yticklabels() if label.get_text().endswith(" *")]
    assert len(stars) == len(report.located)
    assert ("* significant" in figure.axes[0].get_ylabel()) == bool(stars)
    drawn = figure.axes[0].containers[0].lines[0].get_xdata()
    np.testing.assert_allclose(drawn[-1], report.gap.value)
    np.testing.assert_allclose(drawn[:-1], report.emotions["recall_gap"][::-1])


def test_actor_dots_draw_every_actor_in_two_shapes(table):
    dots = plots.show_actor_dots(table).axes[0].collections
    drawn = np.concatenate([part.get_offsets()[:, 1] for part in dots])
    np.testing.assert_allclose(np.sort(drawn), np.sort(evaluate.per_actor(table)["value"]))
    shapes = {part.get_paths()[0].vertices.shape for part in dots}
    assert len(dots) == 2 and len(shapes) == 2


def test_the_threshold_is_marked_where_it_lies(table):
    ax = plots.show_risk_coverage(table, threshold=0.5).axes[0]
    accuracy, coverage = evaluate.answer_rates(table, 0.5)
    np.testing.assert_allclose(ax.lines[-1].get_xydata(), [[coverage.value, 1 - accuracy.value]])


def test_one_gender_alone_can_be_drawn(table):
    men = table[table["gender"] == "man"]
    assert len(plots.show_actor_dots(men).axes[0].collections) == 1
