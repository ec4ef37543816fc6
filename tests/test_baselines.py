"""Classical systems: what they see, what they answer, and that nobody's labels help to enroll a speaker."""

import numpy as np
import pytest

from benchmarks.systems import baselines
from ser_lessons import evaluate
from ser_lessons.corpus import splits
from ser_lessons.errors import BadModel, BadTable


def test_enrolling_needs_no_labels_and_centers_each_speaker():
    rng = np.random.default_rng(1)
    speakers = np.repeat([1, 2], 20)
    data = rng.standard_normal((40, 3)) + 5 * speakers[:, None]
    marked = np.tile([True] * 15 + [False] * 5, 2)
    found = baselines.normalize_speakers(data, speakers, marked)
    for speaker in (1, 2):
        own = found[(speakers == speaker) & marked]
        assert own.mean(axis=0) == pytest.approx(0, abs=1e-9) and own.std(axis=0) == pytest.approx(1, abs=0.01)
    alone = baselines.normalize_speakers(data, speakers, np.zeros(40, bool))
    assert alone[speakers == 2].mean(axis=0) == pytest.approx(0, abs=1e-9), "nobody enrolled: all clips of a speaker"
    assert abs(data[speakers == 1].mean() - data[speakers == 2].mean()) > 4, "the input is left as it was"


@pytest.mark.parametrize("name", ["chance", "mfcc_lr", "functionals_lr", "functionals_svm"])
def test_baselines_answer_in_the_common_currency(name, practice):
    table = practice
    split = splits.make_splits("actors", table)[0]
    data = np.eye(8)[table["emotion"].astype("category").cat.codes] + 0.1 * np.random.default_rng(2).standard_normal(
        (len(table), 8)
    )
    predictions = evaluate.check_predictions(baselines.run_baseline(name, table, split, data=data))
    assert list(predictions["stem"]) == list(table["stem"].iloc[split.test])
    if name == "chance":
        assert predictions.filter(like="p_").nunique().max() == 1
    else:
        assert evaluate.accuracy(predictions) > 0.9, "a feature that names the emotion is learned"


def test_an_unknown_baseline_is_named():
    with pytest.raises(BadModel, match="choose one of chance, mfcc_lr"):
        baselines.baseline_features("forest", None)


@pytest.mark.parametrize("name, width", [("chance", 1), ("mfcc_lr", 80), ("functionals_lr", 1847)])
def test_every_baseline_reads_sound_files(name, width, practice):
    data = baselines.baseline_features(name, practice.head(3))
    assert data.shape == (3, width) and np.isfinite(data).all()


def test_systems_are_combined_clip_by_clip(practice):
    clips = practice.head(6)
    rng = np.random.default_rng(3)
    first, second = (evaluate.make_predictions(clips, rng.dirichlet(np.ones(8), 6)) for _ in range(2))
    found = evaluate.probabilities(baselines.combine([first, second.sample(frac=1, random_state=0)]))
    wanted = np.sqrt(evaluate.probabilities(first) * evaluate.probabilities(second))
    assert found == pytest.approx(wanted / wanted.sum(axis=1, keepdims=True), abs=1e-5)
    with pytest.raises(BadTable, match="same clips"):
        baselines.combine([first, second.head(5)])
