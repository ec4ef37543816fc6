"""Six protocols on the documented design of RAVDESS, properties on any table, and every leak planted once."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from test_corpus import design

from ser_lessons import corpus, evaluate
from ser_lessons.corpus import splits
from ser_lessons.errors import BadTable

TABLE = design()
SMALL = design((1, 2, 3, 4, 13, 14), ("speech",))
BY_VOICE = ("actors", "emobox", "loso")


def actors_of(table, rows):
    return set(table["actor"].to_numpy()[rows])


def stems_of(table, split):
    """The division by name: what must not depend on the order of the rows."""
    return [sorted(table["stem"].to_numpy()[getattr(split, side)]) for side in ("train", "validation", "test")]


def assert_each_row_at_most_once(split, n_rows):
    rows = np.concatenate([split.train, split.validation, split.test])
    assert len(set(rows)) == len(rows)
    assert rows.dtype.kind == "i" and (not len(rows) or 0 <= rows.min() <= rows.max() < n_rows)


def test_seed_protocol_is_the_seeds():
    split = splits.student_split(TABLE, seed=7)
    assert [len(part) for part in (split.train, split.validation, split.test)] == [1961, 491, 246]
    assert set(split.test) <= set(split.validation)
    assert sorted([*split.train, *split.validation]) == list(range(2452))
    repeated = next(leak for leak in evaluate.check_leaks(TABLE, split) if leak.sides == ("train", "validation"))
    assert repeated.kind == "repetition" and 0.74 < len(repeated.stems) / 491 < 0.86


@pytest.mark.parametrize("seed", range(5))
def test_random_protocol_is_stratified_and_keeps_twins_together(seed):
    split = splits.random_split(TABLE, seed=seed)
    assert sorted([*split.train, *split.validation, *split.test]) == list(range(2452))
    for part, share in ((split.train, 0.8), (split.validation, 0.1), (split.test, 0.1)):
        counts = TABLE["emotion"].iloc[part].value_counts()
        assert (abs(counts - share * TABLE["emotion"].value_counts()) <= 1.5).all()
    assert sum(set(corpus.TWIN_STEMS) <= set(part) for part in stems_of(TABLE, split)) == 1


def test_actor_folds_are_the_headline_protocol():
    folds = splits.voice_folds(TABLE)
    assert [split.fold for split in folds] == [1, 2, 3, 4, 5, 6]
    for k, split in enumerate(folds, start=1):
        following = k % 6 + 1
        tested, validated = {2 * k - 1, 2 * k, 2 * k + 11, 2 * k + 12}, {2 * following - 1, 2 * following}
        assert actors_of(TABLE, split.test) == tested
        assert actors_of(TABLE, split.validation) == validated
        assert actors_of(TABLE, split.train) == set(range(1, 25)) - tested - validated
        assert set(TABLE["channel"].iloc[[*split.test, *split.validation]]) == {"speech"}
        assert len(split.test) == 240 and len(split.validation) == 120
        assert len(split.train) == 18 * 60 + (18 - (18 not in tested | validated)) * 44
        assert_each_row_at_most_once(split, 2452)
    tested = np.concatenate([split.test for split in folds])
    assert sorted(tested) == list(np.flatnonzero(TABLE["channel"] == "speech"))


def test_emobox_folds_are_those_of_the_benchmark():
    folds = splits.voice_folds(TABLE, "emobox")
    sets = [{1, 11, 20, 21}, {4, 10, 12, 14}, {8, 9, 19, 23}, {3, 5, 7, 24}, {2, 15, 16, 18}, {6, 13, 17, 22}]
    assert [actors_of(TABLE, split.test) for split in folds] == sets
    assert sorted(np.concatenate([split.test for split in folds])) == list(np.flatnonzero(TABLE["channel"] == "speech"))
    for split in folds:
        assert set(TABLE["channel"].iloc[split.train]) == {"speech"}
        assert len(actors_of(TABLE, split.validation)) == 2


def test_loso_leaves_one_speaker_out():
    folds = splits.voice_folds(TABLE, "loso")
    assert [actors_of(TABLE, split.test) for split in folds] == [{actor} for actor in range(1, 25)]
    for split in folds:
        validated = actors_of(TABLE, split.validation)
        assert len(validated) == 2 and {actor % 2 for actor in validated} == {0, 1}
        assert len(split.train) == 21 * 60


@pytest.mark.parametrize("protocol", splits.PROTOCOLS)
def test_row_order_does_not_matter_and_the_seed_does(protocol):
    shuffled = TABLE.sample(frac=1, random_state=11).reset_index(drop=True)
    first, again = splits.make_splits(protocol, TABLE, seed=5), splits.make_splits(protocol, shuffled, seed=5)
    assert [stems_of(TABLE, split) for split in first] == [stems_of(shuffled, split) for split in again]
    other = splits.make_splits(protocol, TABLE, seed=6)
    changed = [stems_of(TABLE, split) for split in other] != [stems_of(TABLE, split) for split in first]
    assert changed == (protocol in ("student", "random", "speakers"))
    assert {split.protocol for split in first} == {protocol}


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.integers(0, len(TABLE) - 1), min_size=6, max_size=80, unique=True),
    protocol=st.sampled_from(splits.PROTOCOLS),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_table_is_divided_without_reuse(rows, protocol, seed):
    table = TABLE.iloc[rows].reset_index(drop=True)
    division = splits.make_splits(protocol, table, seed=seed)
    ordered = table.sort_values("stem", ignore_index=True)
    again = splits.make_splits(protocol, ordered, seed=seed)
    assert [stems_of(table, split) for split in division] == [stems_of(ordered, split) for split in again]
    for split in division:
        if protocol == "student":
            assert_each_row_at_most_once(dataclasses.replace(split, validation=split.validation[:0]), len(table))
            assert set(split.test) <= set(split.validation)
            continue
        assert_each_row_at_most_once(split, len(table))
        sides = [actors_of(table, part) for part in (split.train, split.validation, split.test)]
        if protocol == "random":
            assert sum(map(len, (split.train, split.validation, split.test))) == len(table)
            assert sum(len(set(names) & set(corpus.TWIN_STEMS)) > 0 for names in stems_of(table, split)) <= 1
        else:
            assert not sides[0] & sides[1] and not sides[0] & sides[2] and not sides[1] & sides[2]
            assert evaluate.check_leaks(table, split) == []
    if protocol in (*BY_VOICE, "speakers"):
        tested = np.concatenate([split.test for split in division]) if division else []
        assert sorted(tested) == list(np.flatnonzero((table["channel"] == "speech") | (protocol == "speakers")))


@pytest.mark.parametrize(
    "protocol, table, words",
    [
        ("random", TABLE.drop(columns="emotion"), "lacks the column 'emotion'"),
        ("actors", TABLE.drop(columns="actor"), "lacks the column 'actor'"),
        ("student", pd.concat([TABLE, TABLE.iloc[:1]]), "twice"),
        ("random", TABLE.iloc[:4], "has 4 clips; this split needs at least 5"),
        ("student", TABLE.iloc[:5], "has 5 clips; this split needs at least 6"),
        ("loso", TABLE.iloc[:0], "has 0 clips; this split needs at least 1"),
        ("kfold", TABLE, "no protocol 'kfold'; use one of student"),
        ("actors", TABLE.assign(actor=25), "actor 25"),
        ("speakers", TABLE.iloc[:2], "folds by speaker need three"),
    ],
)
def test_bad_tables_are_refused(protocol, table, words):
    with pytest.raises(BadTable, match=words):
        splits.make_splits(protocol, table)


def test_the_smallest_tables():
    """One clip is a test without training, and six are enough for the student project's split."""
    for protocol in BY_VOICE:
        (split,) = splits.make_splits(protocol, TABLE.iloc[:1])
        assert (list(split.train), list(split.validation), list(split.test)) == ([], [], [0])
    (split,) = splits.make_splits("student", TABLE.iloc[:6])
    assert (len(split.train), len(split.validation), len(split.test)) == (4, 2, 1)


# ---- every leak, planted once -------------------------------------------------------------------------------------


def plant(train, test, validation=()):
    return splits.Split("mine", 1, np.array(train, int), np.array(validation, int), np.array(test, int))


def rows_of(table, **values):
    return list(np.flatnonzero(np.all([table[column] == value for column, value in values.items()], axis=0)))


def rows(**values):
    return rows_of(SMALL, **values)


def kinds(leaks):
    return [leak.kind for leak in leaks]


HELD_OUT = rows(actor=2)
PLANTED = {
    "nothing": (rows(actor=1), [], HELD_OUT, []),
    "voices": (
        rows(actor=1, statement=1),
        [],
        rows(actor=1, statement=2) + HELD_OUT,
        [("actor", ("train", "test"), rows(actor=1, statement=2), "30 clips of test come from voices 1 also heard in")],
    ),
    "the other repetition": (
        rows(actor=1, repetition=1, emotion="sad"),
        [],
        rows(actor=1, repetition=2),
        [
            ("repetition", ("train", "test"), rows(actor=1, repetition=2, emotion="sad"), "split by actor instead"),
            ("actor", ("train", "test"), rows(actor=1, repetition=2), "split by actor instead"),
        ],
    ),
    "validation that is the test": (
        rows(actor=1),
        HELD_OUT[:1],
        HELD_OUT[:1],
        [("overlap", ("validation", "test"), HELD_OUT[:1], "measures nothing new")],
    ),
    "training that is the test": ([0], [], [0], [("overlap", ("train", "test"), [0], "set other clips apart")]),
}


@pytest.mark.parametrize("train, validation, test, found", PLANTED.values(), ids=PLANTED)
def test_what_was_planted_is_found(train, validation, test, found):
    leaks = evaluate.check_leaks(SMALL, plant(train, test, validation))
    expected = [(kind, sides, tuple(SMALL["stem"].iloc[at_fault])) for kind, sides, at_fault, _ in found]
    assert [(leak.kind, leak.sides, leak.stems) for leak in leaks] == expected
    assert all(words in leak.message for leak, (*_, words) in zip(leaks, found))


def test_doubled_copies_are_found():
    doubled = pd.concat([SMALL, SMALL.assign(path="audio_speech_actors_01-24/" + SMALL["path"])], ignore_index=True)
    leaks = evaluate.check_leaks(doubled, plant([3], [3 + len(SMALL)]))
    assert kinds(leaks) == ["doubled", "actor"]
    assert leaks[0].stems == (SMALL["stem"][3],)
    without_stems = evaluate.check_leaks(doubled.drop(columns="stem"), plant([3], [3 + len(SMALL)]))
    assert kinds(without_stems) == ["doubled", "actor"]


def test_augmenting_before_splitting_is_found():
    stems = [SMALL["stem"][0], SMALL["stem"][0] + "_noise", SMALL["stem"][0] + "+2st", SMALL["stem"][40]]
    table = pd.DataFrame({"stem": stems})
    leaks = evaluate.check_leaks(table, plant([0, 3], [1, 2]))
    assert kinds(leaks) == ["augmentation", "actor"]
    assert leaks[0].stems == tuple(sorted(stems[1:3]))
    assert "split first, then augment training only" in leaks[0].message


def test_a_source_column_tells_relatives_of_any_name():
    table = pd.DataFrame({"stem": ["a", "b", "c"], "made_from": ["x", "x", "y"]})
    (leak,) = evaluate.check_leaks(table, plant([0], [1, 2]), source="made_from")
    assert (leak.kind, leak.stems) == ("augmentation", ("b",))
    assert evaluate.check_leaks(table, plant([0], [1, 2])) == []


@pytest.mark.parametrize("kind", ["bytes", "samples"])
def test_one_sound_under_two_names_is_found(tmp_path, kind):
    samples = np.linspace(-0.5, 0.5, 400)
    paths = [tmp_path / name for name in ("a.flac", "b.flac", "c.flac")]
    soundfile.write(paths[0], samples, 8000)
    if kind == "bytes":
        paths[1].write_bytes(paths[0].read_bytes())
    else:
        with soundfile.SoundFile(paths[1], "w", 8000, 1) as file:
            file.title = "other bytes"
            file.write(samples)
        assert paths[0].read_bytes() != paths[1].read_bytes()
    soundfile.write(paths[2], samples[::-1], 8000)
    table = pd.DataFrame({"path": [str(path) for path in paths]})
    (leak,) = evaluate.check_leaks(table, plant([0], [1, 2]))
    assert (leak.kind, leak.stems) == ("recording", ("b",))
    assert evaluate.check_leaks(table, plant([0], [1, 2]), audio=False) == []


def test_other_corpora_name_their_columns():
    table = pd.DataFrame(
        {
            "wav": ["s1/kids_joy_1.wav", "s1/kids_joy_2.wav", "s2/kids_joy_1_b.wav"],
            "speaker": ["Ann", "Ann", "Bob"],
            "emotion": "joy",
            "statement": "kids",
        }
    )
    leaks = evaluate.check_leaks(table, plant([0], [1, 2]), file="wav", speaker="speaker")
    assert kinds(leaks) == ["repetition", "actor"]
    assert leaks[0].stems == leaks[1].stems == ("kids_joy_2",)
    assert "voices Ann" in leaks[1].message
    other = table.rename(columns={"statement": "sentence"}).assign(intensity=[1, 2, 1])
    assert kinds(evaluate.check_leaks(other, plant([0], [1, 2]))) == ["actor"]
    assert kinds(evaluate.check_leaks(other.assign(intensity=1), plant([0], [1, 2]))) == ["repetition", "actor"]
    with pytest.raises(BadTable, match="neither"):
        evaluate.check_leaks(table.drop(columns="wav"), plant([0], [1]))


def test_positions_of_another_table_are_refused():
    with pytest.raises(BadTable, match="outside the table of 360"):
        evaluate.check_leaks(SMALL, plant([0], [360]))
    with pytest.raises(BadTable, match="outside"):
        evaluate.check_leaks(SMALL, plant([-1], [2]))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_the_search_agrees_with_plain_sets(data):
    rows = data.draw(st.lists(st.integers(0, len(SMALL) - 1), min_size=2, max_size=40, unique=True))
    cut = data.draw(st.integers(1, len(rows) - 1))
    split = plant(rows[:cut], rows[cut:])
    leaks = {leak.kind: set(leak.stems) for leak in evaluate.check_leaks(SMALL, split)}
    heard = actors_of(SMALL, split.train)
    shared = {SMALL["stem"][row] for row in split.test if SMALL["actor"][row] in heard}
    said = {(SMALL["stem"][row][:14], SMALL["actor"][row]) for row in split.train}
    again = {SMALL["stem"][row] for row in split.test if (SMALL["stem"][row][:14], SMALL["actor"][row]) in said}
    assert leaks == {kind: stems for kind, stems in (("actor", shared), ("repetition", again)) if stems}


@pytest.mark.ravdess
def test_the_real_corpus_leaks_as_its_protocols_say(ravdess):
    for protocol in BY_VOICE:
        for split in splits.make_splits(protocol, ravdess):
            assert evaluate.check_leaks(ravdess, split) == []
    leaks = evaluate.check_leaks(ravdess, splits.random_split(ravdess))
    assert set(kinds(leaks)) == {"repetition", "actor"}


@pytest.mark.parametrize("n_voices, said", [(6, "voices 1, 2, 3, 4, 5, 6 also"), (7, "come from 7 voices also")])
def test_up_to_six_voices_are_named_and_more_are_counted(n_voices, said):
    table = design(range(1, n_voices + 1), ("speech",))
    train = [row for actor in range(1, n_voices + 1) for row in rows_of(table, actor=actor, statement=1)]
    test = [row for actor in range(1, n_voices + 1) for row in rows_of(table, actor=actor, statement=2)]
    (leak,) = evaluate.check_leaks(table, plant(train, test))
    assert said in leak.message


def test_a_split_cannot_be_changed_by_accident():
    with pytest.raises(dataclasses.FrozenInstanceError):
        splits.student_split(TABLE, seed=7).test = []
