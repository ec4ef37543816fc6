"""Statements that hold for every input, tried on inputs that hypothesis makes up.

What stands here crosses modules or was missing there; the properties of names, trimming, fitting, mel pictures, noise
ratios, masks, archives and schedules stand beside their modules' other tests.
"""

import uuid

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odd_files import voice
from sklearn import metrics as reference

from ser_lessons import config, corpus, errors, evaluate
from ser_lessons.corpus import splits
from ser_lessons.sound import audio, augment, cache, features
from tools import lessons

FEW = settings(max_examples=30, deadline=None)

# ------------------------------------------------------------------------------------------------- splitting

NAMES = st.builds(
    corpus.format_name,
    channel=st.sampled_from(["speech", "song"]),
    emotion=st.sampled_from(["calm", "happy", "sad", "angry", "fearful"]),
    intensity=st.sampled_from(["normal", "strong"]),
    statement=st.sampled_from([1, 2]),
    repetition=st.sampled_from([1, 2]),
    actor=st.integers(1, 24),
)


@st.composite
def tables(draw, min_size=6):
    """Any part of a corpus, in any order."""
    stems = draw(st.lists(NAMES, min_size=min_size, max_size=80, unique=True))
    return pd.DataFrame([{"stem": stem, **corpus.parse_name(stem)} for stem in stems])


def sides(split):
    return [split.train, split.validation, split.test]


@FEW
@given(tables(), st.sampled_from(["actors", "emobox", "loso"]))
def test_no_voice_is_on_two_sides_whatever_the_table(table, protocol):
    for split in splits.make_splits(protocol, table):
        voices = [set(table["actor"].iloc[side]) for side in sides(split)]
        assert not (voices[0] & voices[1] or voices[0] & voices[2] or voices[1] & voices[2])
        assert evaluate.check_leaks(table, split) == []


@FEW
@given(tables(), st.sampled_from(["actors", "emobox", "loso"]))
def test_every_spoken_clip_is_tested_once_whatever_the_table(table, protocol):
    tested = np.concatenate([np.zeros(0, int), *(split.test for split in splits.make_splits(protocol, table))])
    assert sorted(tested) == list(np.flatnonzero(table["channel"] == "speech"))


@FEW
@given(tables(), st.integers(0, 2**31))
def test_random_splits_hold_every_clip_once_whatever_the_table(table, seed):
    (split,) = splits.make_splits("random", table, seed=seed)
    assert sorted(np.concatenate(sides(split))) == list(range(len(table)))
    groups = corpus.twin_groups(table)
    parts = [set(groups[side]) for side in sides(split)]
    assert sum(map(len, parts)) == len(set().union(*parts))
    (seeds,) = splits.make_splits("student", table, seed=seed)
    assert sorted([*seeds.train, *seeds.validation]) == list(range(len(table)))
    assert sorted([*seeds.test, *seeds.extra["other_half"]]) == sorted(seeds.validation)
    assert (split.fold, split.protocol, seeds.fold, seeds.protocol) == (1, "random", 1, "student")


@FEW
@given(tables(), st.sampled_from(splits.PROTOCOLS), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_no_side(table, protocol, random):
    places = list(range(len(table)))
    random.shuffle(places)
    other = table.iloc[places].reset_index(drop=True)
    for mine, theirs in zip(splits.make_splits(protocol, table), splits.make_splits(protocol, other), strict=True):
        for one, two in zip(sides(mine), sides(theirs)):
            assert set(table["stem"].iloc[one]) == set(other["stem"].iloc[two])


# ------------------------------------------------------------------------------------------------ sound and picture

SIGNALS = st.builds(
    lambda seed, n, level_db: (10 ** (level_db / 20) * np.random.default_rng(seed).normal(size=n)).astype(np.float32),
    st.integers(0, 999),
    st.integers(1, 90_000),
    st.floats(-60, 0),
)


@FEW
@given(SIGNALS)
def test_trimming_gives_a_piece_of_the_signal(signal):
    kept = audio.trim_silence(signal)
    assert kept.dtype == np.float32 and 0 < len(kept) <= len(signal)
    start = next(i for i in range(len(signal) - len(kept) + 1) if np.array_equal(signal[i : i + len(kept)], kept))
    assert np.abs(signal).max() == np.abs(signal[start : start + len(kept)]).max()


@FEW
@given(SIGNALS, st.floats(0.1, 4.0))
def test_fitting_keeps_every_sample_it_has_room_for(signal, seconds):
    settings_ = config.AudioConfig(seconds=seconds)
    fitted = audio.fit_length(signal, config=settings_)
    assert fitted.shape == (settings_.n_samples,) and fitted.dtype == np.float32
    missing = settings_.n_samples - len(signal)
    left = max(0, missing // 2)
    length = min(len(signal), settings_.n_samples)
    assert np.array_equal(fitted[left : left + length], signal[:length])
    assert not fitted[:left].any() and not fitted[left + length :].any()
    assert np.array_equal(audio.fit_length(fitted, config=settings_), fitted)


@FEW
@given(SIGNALS)
def test_a_picture_relative_to_its_maximum_does_not_know_loudness(signal):
    """Louder is the same picture, but for the smallest power of 1e-10, which hides less of it."""
    fitted = audio.fit_length(signal)
    louder = (fitted * np.float32(1024)).astype(np.float32)  # a power of two: no rounding
    quiet, loud = features.log_mel(fitted), features.log_mel(louder)
    assert quiet.shape == loud.shape == (128, 130) and quiet.max() == loud.max() == 0
    assert quiet.min() >= -80 and loud.min() >= -80
    assert (loud - quiet).max() <= 1e-3 or np.mean(fitted**2) < 1e-6


@FEW
@given(st.floats(-20, 60), st.integers(0, 999), st.integers(200, 40_000))
def test_the_noise_has_its_ratio_for_any_length(snr_db, seed, n_samples):
    signal = voice()[:n_samples]
    noise = augment.add_noise(signal, snr_db, np.random.default_rng(seed)).astype(float) - signal
    measured = 10 * np.log10(np.mean(signal.astype(float) ** 2) / np.mean(noise**2))
    assert measured == pytest.approx(snr_db, abs=0.1)


@FEW
@given(st.binary(max_size=50), st.binary(max_size=50))
def test_two_files_share_a_cache_key_only_if_their_bytes_agree(tmp_path_factory, one, two):
    folder = tmp_path_factory.getbasetemp()
    paths = [folder / "one.bin", folder / "two.bin"]
    for path, content in zip(paths, (one, two)):
        path.write_bytes(content)
    options = {"kind": "test", "recipe": None, "sources": (), "cache": folder / uuid.uuid4().hex}
    cache.fill(np.empty(2), paths, lambda path, digest: 0, **options)
    assert len(list(options["cache"].iterdir())) == 2 - (one == two)


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
    except errors.BadLesson as error:
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


@FEW
@given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(0, 5))
def test_a_solution_line_that_leaks_is_found(digits, place):
    secrets = [f"value_{digit} = compute({digit}) + {i}" for i, digit in enumerate(digits)]
    text = "\n".join(["print('a lesson')", *secrets[place : place + 1], "done = True"])
    if place < len(secrets):
        with pytest.raises(errors.BadLesson, match="also in the learner's version"):
            lessons.refuse_leaks("lesson", secrets, text)
    else:
        lessons.refuse_leaks("lesson", secrets, text)
