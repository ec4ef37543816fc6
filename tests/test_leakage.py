"""The leakage meter measures what a planted memory of voices is worth, and nothing where there is none."""

import json

import numpy as np
import pandas as pd
import pytest
import soundfile
import soxr

from ser_lessons import evaluate
from ser_lessons.corpus import splits
from ser_lessons.errors import BadTable
from ser_lessons.evaluate.leakage import fold_at_random, fold_by_speaker, svm


def corpus(seed=0, *, memory, n_speakers=12, clips=24, n_labels=4):
    """A table of any corpus with its own column names, and features in which speakers label their own way.

    With `memory` each speaker says each label in a private place of the feature space; without it all alike.
    """
    rng = np.random.default_rng(seed)
    rows = [(f"{s}_{k}.wav", f"voice{s}", f"mood{k % n_labels}") for s in range(n_speakers) for k in range(clips)]
    table = pd.DataFrame(rows, columns=["file", "who", "mood"])
    label = table["mood"].str[-1].astype(int).to_numpy()
    speaker = table["who"].str[5:].astype(int).to_numpy()
    shared = rng.normal(0, 1, (n_labels, 10))[label]
    private = rng.normal(0, 3, (n_speakers, n_labels, 10))[speaker, label]
    return table, (private if memory else shared) + rng.normal(0, 1, (len(table), 10))


def remembering(*, memory):
    """The table of `corpus`, and a support vector machine on its features."""
    table, features = corpus(memory=memory)
    return table, svm(features, table["mood"].to_numpy())


NAMES = {"file": "file", "speaker": "who", "label": "mood"}


def test_a_model_that_remembers_voices_is_flattered_and_one_that_does_not_is_not():
    table, model = remembering(memory=True)
    found = evaluate.leakage(table, model=model, **NAMES)
    assert found.gap.low > 20 and found.known_voices.value > 80
    assert "flatters it by" in found.sentence and "12 speakers" in found.sentence and found.chance == 25
    assert json.loads(found.to_json())["gap"]["low"] == found.gap.low
    table, model = remembering(memory=False)
    fair = evaluate.leakage(table, model=model, **NAMES)
    assert fair.gap.low < 2 and abs(fair.gap.value) < 8


def test_both_splits_have_the_same_sizes_and_labels_and_only_one_keeps_voices_apart():
    rng = np.random.default_rng(0)
    speakers, labels = np.repeat(np.arange(10), 12), np.tile(np.arange(4), 30)
    apart = fold_by_speaker(speakers, 5, rng)
    mixed = fold_at_random(labels, apart, np.arange(120), rng)
    for fold in range(5):
        assert (np.bincount(labels[apart == fold]) == np.bincount(labels[mixed == fold])).all()
    assert pd.Series(apart).groupby(speakers).nunique().max() == 1
    assert pd.Series(mixed).groupby(speakers).nunique().min() > 1


def test_twins_stay_together_in_the_random_split():
    labels, groups = np.zeros(40, dtype=int), np.repeat(np.arange(20), 2)
    mixed = fold_at_random(labels, np.arange(40) % 4, groups, np.random.default_rng(0))
    assert (mixed[::2] == mixed[1::2]).all()


def test_any_model_can_be_measured():
    table, _ = corpus(memory=True)
    calls = []

    def majority(train, test):
        assert not set(train) & set(test)
        calls.append(len(test))
        return [table["mood"].iloc[train].mode()[0]] * len(test)

    found = evaluate.leakage(table, model=majority, n_folds=4, **NAMES)
    assert len(calls) == 8 and sum(calls) == 2 * len(table)
    assert found.known_voices.value == pytest.approx(25) and found.model == "majority"
    with pytest.raises(BadTable, match="one a clip"):
        evaluate.leakage(table, model=lambda train, test: [], **NAMES)


def test_wrong_tables_give_one_clear_sentence():
    table, model = remembering(memory=True)
    for broken, options, words in (
        (table.drop(columns="who"), {}, "lacks the column 'who'"),
        (table[table["who"].isin(["voice1", "voice2"])], {}, "2 speakers"),
        (table.assign(mood="same"), {}, "same label"),
        (table, {"n_folds": 13}, "12 speakers"),
        (table.assign(mood=[None, *table["mood"][1:]]), {}, "no label"),
        (table, {"model": "oracle"}, "oracle"),
    ):
        with pytest.raises(BadTable) as caught:
            evaluate.leakage(broken, **{"model": model, **NAMES, **options})
        assert words in str(caught.value) and "\n" not in str(caught.value)


COPIES = {
    "24 bit": lambda x, rate: ("copy.wav", x, rate, "PCM_24"),
    "stereo": lambda x, rate: ("copy.wav", np.stack([x, x], axis=1), rate),
    "flac": lambda x, rate: ("copy.flac", x, rate),
    "8000 Hz": lambda x, rate: ("copy.wav", soxr.resample(x, rate, 8000), 8000),
    "quieter": lambda x, rate: ("copy.wav", 0.05 * x, rate),
    "cut": lambda x, rate: ("copy.wav", x[rate // 3 :], rate),
    "mp3": lambda x, rate: ("copy.mp3", x, rate),
    "all of it": lambda x, rate: ("copy.ogg", 0.1 * soxr.resample(x[rate // 3 :], rate, 16_000), 16_000),
}


@pytest.mark.parametrize("changed", COPIES)
def test_copies_in_another_form_are_found_and_other_takes_are_not(changed, tmp_path, practice):
    speech = practice[(practice["channel"] == "speech") & (practice["emotion"] == "angry")]
    one = speech[(speech["actor"] == 1) & (speech["statement"] == 1)].sort_values("repetition")
    name, *written = COPIES[changed](*soundfile.read(one["path"].iloc[0]))
    soundfile.write(tmp_path / name, *written)
    paths = [*one["path"], *speech[speech["actor"] == 2]["path"], str(tmp_path / name)]
    names = [*(f"clip {n}" for n in range(len(paths) - 1)), "copy"]
    table = pd.DataFrame({"file": paths, "name": names, "speaker": range(len(paths))})
    rows = np.arange(len(paths))
    split = splits.Split("own", 1, rows[:1], rows[:0], rows[1:])
    search = evaluate.search_leaks(table, split)
    (leak,) = search.leaks
    assert leak.kind == ("recording" if changed in ("24 bit", "stereo", "flac") else "copy")
    assert leak.stems == ("copy",) and search.complete
    assert evaluate.check_leaks(table[:-1], splits.Split("own", 1, rows[:1], rows[:0], rows[1:-1])) == []
