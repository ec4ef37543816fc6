"""The machine for known voices: it recognizes before it judges, learns nothing of test clips, and refuses strangers."""

import numpy as np
import pytest

from benchmarks.systems import known_voices
from ser_lessons import evaluate
from ser_lessons.corpus import splits
from ser_lessons.errors import BadModel


@pytest.fixture(scope="module")
def draw(practice):
    return splits.random_split(practice)


def named(table, rng, *labels):
    """Made-up features, one column for each value of each label, with a little noise."""
    columns = [np.eye(table[label].nunique())[table[label].astype("category").cat.codes] for label in labels]
    numbers = np.hstack(columns)
    return numbers + 0.05 * rng.standard_normal(numbers.shape)


def test_voice_channel_and_sentence_are_recognized_without_labels_of_other_clips(practice, draw):
    learned = np.isin(np.arange(len(practice)), draw.train)
    data = named(practice, np.random.default_rng(0), *known_voices.LABELS)
    groups = known_voices.recognize(practice, learned, data)
    right = practice.groupby(list(known_voices.LABELS)).ngroup().to_numpy()
    assert len(set(zip(groups, right))) == len(set(right)) == len(set(groups)), "one number for each combination"
    hidden = practice.copy()
    hidden.loc[hidden.index[~learned], list(known_voices.LABELS)] = practice[list(known_voices.LABELS)].iloc[0].values
    assert (known_voices.recognize(hidden, learned, data) == groups).all(), "labels of other clips do not count"


def test_what_only_shows_against_the_own_voice_is_learned(practice, draw):
    """The emotion moves a feature by far less than voices differ, and by other amounts in each voice."""
    rng = np.random.default_rng(1)
    emotions = named(practice, rng, "emotion")
    voices = practice["actor"].astype("category").cat.codes.to_numpy()
    scale, offset = 10.0 ** rng.uniform(-1, 1, 24), 100 * rng.standard_normal((24, 8))
    data = np.hstack([offset[voices] + scale[voices, None] * emotions, named(practice, rng, *known_voices.LABELS)])
    predictions = evaluate.check_predictions(known_voices.run_known_voices(practice, draw, data[None]))
    assert list(predictions["stem"]) == list(practice["stem"].iloc[draw.test])
    assert evaluate.accuracy(predictions) > 0.9


def test_clips_that_are_not_trained_teach_nothing(practice, draw):
    rng = np.random.default_rng(2)
    data = named(practice, rng, "emotion", *known_voices.LABELS)
    one = known_voices.run_known_voices(practice, draw, data[None])
    others = np.setdiff1d(np.arange(len(practice)), [*draw.train, draw.test[0]])
    changed = data.copy()
    changed[others] = 1e3 * rng.standard_normal((len(others), data.shape[1]))
    again = known_voices.run_known_voices(practice, draw, changed[None])
    assert evaluate.probabilities(again)[0] == pytest.approx(evaluate.probabilities(one)[0], abs=1e-5)


def test_copies_of_training_clips_are_learned_and_no_others(practice, draw):
    rng = np.random.default_rng(3)
    copies = named(practice, rng, *["emotion"] * 8, *known_voices.LABELS)
    data = copies.copy()
    data[draw.train, :64] = rng.standard_normal((len(draw.train), 64))
    copies[draw.test] = copies[draw.validation] = np.nan  # scikit-learn would refuse these
    alone, taught = (
        evaluate.accuracy(known_voices.run_known_voices(practice, draw, np.array(versions)))
        for versions in ([data], [data, copies])
    )
    assert alone < 0.4 and taught > 0.8, "only the copies name the emotion"


def test_a_stranger_is_refused(practice):
    with pytest.raises(BadModel, match="no training clip has the voice of actor 1"):
        known_voices.run_known_voices(practice, splits.voice_folds(practice)[0], np.zeros((1, len(practice), 3)))
