"""Statements that hold for every input, tried on inputs that hypothesis makes up.

What stands here crosses modules or was missing there; the properties of names, trimming, fitting, mel pictures, noise
ratios, masks, archives and schedules stand beside their modules' other tests.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from ser_lessons import config, evaluate
from ser_lessons.sound import audio, augment, features
from tools import lessons

FEW = settings(max_examples=30, deadline=None)

# ------------------------------------------------------------------------------------------------ sound and picture

SIGNALS = st.builds(
    lambda seed, n, level_db: (10 ** (level_db / 20) * np.random.default_rng(seed).normal(size=n)).astype(np.float32),
    st.integers(0, 999),
    st.integers(1, 90_000),
    st.floats(-60, 0),
)


@FEW
@given(SIGNALS)
def test_a_picture_relative_to_its_maximum_does_not_know_loudness(signal):
    """Louder is the same picture, but for the smallest power of 1e-10, which hides less of it."""
    fitted = audio.fit_length(signal)
    room = np.log2(audio.LOUDEST / np.abs(fitted).max())  # above, samples are taken for 16-bit numbers
    louder = (fitted * np.float32(2 ** min(10, int(room)))).astype(np.float32)  # a power of two: no rounding
    quiet, loud = features.log_mel(fitted), features.log_mel(louder)
    assert quiet.shape == loud.shape == (128, 130) and quiet.max() == loud.max() == 0
    assert quiet.min() >= -80 and loud.min() >= -80
    assert (loud - quiet).max() <= 1e-3 or np.mean(fitted**2) < 1e-6


# ------------------------------------------------------------------------------------------- changes of pictures

BATCHES = st.builds(
    lambda seed, n: (-80 * np.random.default_rng(seed).random((n, 32, 40))).astype(np.float32),
    st.integers(0, 999),
    st.integers(1, 20),
)


@FEW
@given(BATCHES, st.integers(0, 999))
def test_a_warp_stays_within_the_levels_of_its_clip(batch, seed):
    before = batch.copy()
    warped = augment.warp_batch(batch, np.random.default_rng(seed))
    again = augment.warp_batch(batch, np.random.default_rng(seed))
    assert warped.shape == batch.shape and warped.dtype == np.float32
    assert np.array_equal(batch, before), "the batch that was passed in is untouched"
    assert np.array_equal(warped, again)
    lowest, highest = batch.min(axis=(1, 2)), batch.max(axis=(1, 2))
    assert (warped.min(axis=(1, 2)) >= lowest - 1e-2).all() and (warped.max(axis=(1, 2)) <= highest + 1e-2).all()


@FEW
@given(BATCHES, st.integers(0, 999))
def test_a_warp_by_nothing_is_the_same_picture(batch, seed):
    """`roll=0` and no change of either scale: only rounding is left."""
    same = augment.warp_batch(batch, np.random.default_rng(seed), frequency=0, tempo=0, roll=0)
    assert np.allclose(same, batch, atol=1e-3)


@FEW
@given(BATCHES, st.integers(0, 999))
def test_fresh_copies_are_others_each_time_and_keep_the_floor(batch, seed):
    pictures = batch[..., None]
    rng = np.random.default_rng(seed)
    one, two = augment.fresh_copies(pictures, rng), augment.fresh_copies(pictures, rng)
    assert one.shape == two.shape == pictures.shape and one.dtype == np.float32
    assert not np.array_equal(one, two)
    assert one.min() >= batch.min() - 1e-3 and np.isfinite(one).all()


# --------------------------------------------------------------------------------------------------- the metrics


@st.composite
def answers(draw, min_size=2):
    """A table of predictions with any truth, any guesses and any confidence."""
    n_clips = draw(st.integers(min_size, 60))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    known = rng.choice(8, draw(st.integers(1, 8)), replace=False)
    truth = rng.choice(known, n_clips)
    values = rng.dirichlet(np.full(8, draw(st.sampled_from([0.05, 1.0, 20.0]))), n_clips)
    rows = {"stem": [f"clip-{i}" for i in range(n_clips)], "actor": rng.integers(1, 7, n_clips)}
    table = pd.DataFrame(rows).assign(fold=1, emotion=[config.EMOTIONS[k] for k in truth])
    table["gender"] = np.where(table["actor"] % 2, "man", "woman")
    return evaluate.check_predictions(
        table.assign(**{f"p_{name}": values[:, k] for k, name in enumerate(config.EMOTIONS)})
    )


@FEW
@given(answers())
def test_the_metrics_are_those_of_scikit_learn(table):
    truth = table["emotion"].map(config.EMOTIONS.index).to_numpy()
    values = evaluate.probabilities(table)
    guess = values.argmax(axis=1)
    spoken = sorted(set(truth))
    assert evaluate.accuracy(table) == pytest.approx(reference.accuracy_score(truth, guess))
    recall = reference.recall_score(truth, guess, labels=spoken, average="macro", zero_division=0)
    assert evaluate.uar(table) == pytest.approx(recall)
    seen = sorted(set(truth) | set(guess))
    f1 = reference.f1_score(truth, guess, labels=seen, average="macro", zero_division=0)
    assert evaluate.macro_f1(table) == pytest.approx(f1)
    counts = reference.confusion_matrix(truth, guess, labels=range(8))
    assert np.array_equal(evaluate.confusion(table).to_numpy(), counts)


@FEW
@given(answers(min_size=5))
def test_every_share_is_a_share(table):
    assert 0 <= evaluate.ece(table) <= 1
    curve = evaluate.risk_coverage(table)
    risk, coverage = np.asarray(curve["risk"]), np.asarray(curve["coverage"])
    assert ((risk >= 0) & (risk <= 1)).all() and (np.diff(coverage) > 0).all() and coverage[-1] == pytest.approx(1)
    assert risk[-1] == pytest.approx(1 - evaluate.accuracy(table))
    values = evaluate.probabilities(evaluate.apply_temperature(table, 2.5))
    assert np.array_equal(values.argmax(axis=1), evaluate.probabilities(table).argmax(axis=1))
    assert np.allclose(values.sum(axis=1), 1)


# ----------------------------------------------------------------------------------------- the markers of lessons

LINES = st.sampled_from(
    [
        lessons.BEGIN,
        lessons.END,
        "    " + lessons.BEGIN,
        "    " + lessons.END,
        "def f(x):",
        "    return x + 1",
        "    y = x * 2",
        "guess = 12345",
        "# a remark",
        "",
        "### begin solution",
        "    ### END  SOLUTION",
        "print(guess)",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=12))
def test_markers_are_obeyed_or_refused_in_a_sentence(lines):
    """Whatever the order of markers: the learner gets no line between them, and code that can be read."""
    source = "\n".join(lines)
    try:
        learner, solution = lessons.stub_cell(source, "a lesson")
    except lessons.BadLesson as error:
        assert str(error).startswith("a lesson") and "\n" not in str(error)
        return
    assert lessons.BEGIN not in learner and lessons.END not in learner
    inside, depth = [], 0
    for line in lines:
        if line.strip() in (lessons.BEGIN, lessons.END):
            depth += 1 if line.strip() == lessons.BEGIN else -1
        elif depth:
            inside.append(line.strip())
    assert solution == inside
    assert learner.count("raise NotImplementedError") + learner.count(lessons.ANSWER) >= source.count(lessons.BEGIN)
    if not solution:
        assert learner.rstrip("\n") == source.rstrip("\n")
