"""Predictions as other toolkits write them are judged with the same numbers as in our own form."""

import re

import numpy as np
import pandas as pd
import pytest

from benchmarks import simulation
from ser_lessons import bias, evaluate
from ser_lessons.errors import BadTable

NAMES = {
    "angry": "anger",
    "disgust": "disgust",
    "fearful": "fear",
    "happy": "happiness",
    "neutral": "neutral",
}
NAMES |= {"sad": "sadness", "surprised": "surprise"}


@pytest.fixture(scope="module")
def ours(root):
    """The shipped net's answers about EMOVO, its six voices and seven emotions, with four decimals."""
    table = evaluate.read_predictions(root / "reports" / "strangers_shipped.csv")
    table = table[table["stem"].str.startswith("emovo/")].reset_index(drop=True)
    shares = [f"p_{name}" for name in NAMES]
    table[shares] = table[shares].div(table[shares].sum(axis=1), axis=0).round(4)
    table[["actor", "stem", "fold"]] = table[["actor", "stem", "fold"]].replace("emovo/", "", regex=True)
    table.attrs = {}
    assert len(table) == 588 and table["actor"].nunique() == 6
    return evaluate.check_predictions(table.drop(columns="p_calm"))  # which nobody speaks there


def labels(table):
    """(spoken, predicted) under the names that other toolkits use."""
    shares = table[[f"p_{name}" for name in NAMES]]
    return table["emotion"].map(NAMES), shares.idxmax(axis=1).str[2:].map(NAMES)


def nkululeko(table, path):
    spoken, predicted = labels(table)
    rows = pd.DataFrame({"file": "audio/" + table["stem"] + ".wav", "start": "0 days", "end": "0 days 00:00:02"})
    for name, told in NAMES.items():
        rows[told] = table[f"p_{name}"]
    rows["predicted"], rows["truth"], rows["uncertainty"], rows["correct"] = predicted, spoken, 0.5, predicted == spoken
    rows["speaker"], rows["gender"] = (
        table["actor"],
        table["gender"].map({"man": "male"}).fillna("female"),
    )
    rows.to_csv(path, index=False)


def audformat(table, path):
    """No probabilities, speakers as numbers with zeros, tabs."""
    spoken, predicted = labels(table)
    rows = pd.DataFrame({"file": "C:\\db\\" + table["stem"] + ".flac", "start": "0 days", "end": "NaT"})
    rows["speaker"], rows["sex"] = (
        table["actor"].map({voice: f"{n:02d}" for n, voice in enumerate(sorted(set(table["actor"])))}),
        table["gender"].map({"man": "M", "woman": "F"}),
    )
    rows.assign(emotion=spoken.str.upper(), prediction=predicted).to_csv(path, index=False, sep="\t")


def scikit_learn(table, path):
    """Bare names of classes, the index kept, UTF-16 as Excel's "Unicode text" writes it."""
    spoken, predicted = labels(table)
    rows = pd.DataFrame({"y_true": spoken, "y_pred": predicted, "spk": table["actor"], "gender": table["gender"]})
    for name in NAMES:
        rows[f"proba_{NAMES[name]}"] = table[f"p_{name}"]
    rows.to_csv(path, encoding="utf-16")


def excel(table, path):
    """German Excel: semicolons, decimal commas, per cent, umlauts of Windows."""
    spoken, predicted = labels(table)
    rows = pd.DataFrame({"Datei": table["stem"] + ".wav", "Sprecher": table["actor"]})
    rows["Geschlecht"] = table["gender"].map({"man": "männlich", "woman": "weiblich"})
    rows["Emotion"], rows["Vorhersage"] = spoken, predicted
    for name in NAMES:
        rows[NAMES[name].capitalize()] = (100 * table[f"p_{name}"]).map("{:.2f} %".format).str.replace(".", ",")
    rows.to_csv(path, index=False, sep=";", encoding="cp1252")


def javascript(table, path):
    """Camel case, and bars between the cells."""
    spoken, predicted = labels(table)
    rows = pd.DataFrame({"fileName": table["stem"] + ".webm", "speakerID": table["actor"], "Sex": table["gender"]})
    rows["trueLabel"], rows["predictedLabel"] = spoken, predicted
    for name in NAMES:
        rows[f"prob_{NAMES[name]}"] = table[f"p_{name}"]
    rows.to_csv(path, index=False, sep="|")


@pytest.mark.parametrize("write", [nkululeko, audformat, scikit_learn, excel, javascript])
def test_another_toolkits_table_gives_the_numbers_of_our_form(write, ours, tmp_path):
    write(ours, tmp_path / "theirs.csv")
    theirs = evaluate.read_predictions(tmp_path / "theirs.csv")
    one, two = evaluate.report(ours, n_draws=200), evaluate.report(theirs, n_draws=200)
    for name in ("accuracy", "uar", "macro_f1"):
        assert getattr(two, name).as_dict() == pytest.approx(getattr(one, name).as_dict())
    pd.testing.assert_frame_equal(two.per_emotion, one.per_emotion)
    assert two.chance == one.chance and two.confusion.equals(one.confusion)
    if write is audformat:
        assert two.missing == ["probabilities"] and np.isnan(two.ece.value)
    else:
        assert two.missing == [] and two.ece.value == pytest.approx(one.ece.value, abs=1e-3)
    found, wanted = (bias.audit(table, f0=None, n_permutations=99) for table in (theirs, ours))
    assert found.gap.as_dict() == pytest.approx(wanted.gap.as_dict())
    assert (found.p_value, found.verdict) == (wanted.p_value, wanted.verdict)
    said = re.sub("<[^>]*>", "", found.to_html())  # nobody told that this corpus is acted
    assert "588 clips by 3 women and 3 men" in said and not re.search("acted|actor|actress|listeners", said)
    if write is audformat:
        assert found.calibration is None and any("confidence" in line for line in found.warnings)


def test_columns_can_be_named_and_a_name_that_is_not_there_is_an_error(ours, tmp_path):
    path = tmp_path / "odd.csv"
    ours.rename(columns={"emotion": "said", "actor": "who"}).to_csv(path, index=False)
    with pytest.raises(BadTable, match="lacks a column of the spoken emotion"):
        evaluate.read_predictions(path)
    named = evaluate.read_predictions(path, emotion="said", actor="who")
    assert evaluate.report(named, n_draws=50).uar == evaluate.report(ours, n_draws=50).uar
    with pytest.raises(BadTable, match="'whom' that was asked for; it has stem, who"):
        evaluate.read_predictions(path, emotion="said", actor="whom")


def test_an_empty_cell_is_named_in_the_words_of_the_table(ours, tmp_path):
    table = ours.rename(columns={"emotion": "truth", "actor": "spk"})
    table.loc[3, "spk"] = None
    table.to_csv(tmp_path / "theirs.csv", index=False)
    with pytest.raises(BadTable, match="Column spk is empty in row 4"):
        evaluate.read_predictions(tmp_path / "theirs.csv")


def test_several_files_are_pooled(ours, tmp_path):
    for voice, rows in ours.groupby("actor"):
        rows.to_csv(tmp_path / f"{voice}.csv", index=False)
    paths = sorted(tmp_path.glob("*.csv"))
    pooled = evaluate.read_predictions(*paths)
    assert evaluate.report(pooled, n_draws=50).uar == evaluate.report(ours, n_draws=50).uar
    ours.assign(corpus="b").to_csv(tmp_path / "other.csv", index=False)
    with pytest.raises(BadTable, match='differ in corpus: "not stated", "b"'):
        evaluate.read_predictions(*paths, tmp_path / "other.csv")


def test_what_a_table_does_not_tell_is_said(ours, tmp_path):
    spoken, predicted = labels(ours)
    pd.DataFrame({"label": spoken, "pred": predicted}).to_csv(tmp_path / "bare.csv", index=False)
    read = evaluate.read_predictions(tmp_path / "bare.csv")
    bare = evaluate.report(read)
    assert set(read["gender"]) == set(read["actor"]) == {"unknown"}
    assert bare.missing == ["speaker", "gender", "probabilities"] and np.isnan(bare.uar.low)
    assert bare.uar.value == evaluate.uar(ours) and "of unknown voices" in bare.sentence
    assert bare.to_table().caption.count(".") == 3
    for dropped, word in (("actor", "speaker"), ("gender", "gender")):
        ours.drop(columns=dropped).to_csv(tmp_path / "less.csv", index=False)
        with pytest.raises(BadTable, match=f"does not tell the {word}"):
            bias.audit(evaluate.read_predictions(tmp_path / "less.csv"), f0=None)
    pd.DataFrame({"label": spoken}).to_csv(tmp_path / "nothing.csv", index=False)
    with pytest.raises(BadTable, match="neither probabilities"):
        evaluate.read_predictions(tmp_path / "nothing.csv")


def test_more_genders_are_kept_and_left_out_of_the_comparison_of_two(tmp_path):
    table = simulation.simulate_predictions(np.random.default_rng(1))
    third = table.assign(gender=table["gender"].mask(table["actor"] == 5, "Non-binary"))
    third.to_csv(tmp_path / "third.csv", index=False)
    read = evaluate.read_predictions(tmp_path / "third.csv")
    assert set(read["gender"]) == {"man", "woman", "non-binary"} and evaluate.report(read).clips == 1440
    found, wanted = (
        bias.audit(one, f0=None, n_permutations=99) for one in (read, table[table["actor"] != 5].reset_index(drop=True))
    )
    assert (found.gap, found.clips) == (wanted.gap, wanted.clips)
    assert any("60 clips of 1 voice left out" in line and "non-binary" in line for line in found.warnings)


def test_paths_of_one_name_in_two_folders_are_two_clips(tmp_path):
    rows = pd.DataFrame({"path": ["a/1.wav", "b/1.wav"], "label": ["sad", "calm"], "pred": ["sad", "sad"]})
    rows.to_csv(tmp_path / "x.csv", index=False)
    assert evaluate.read_predictions(tmp_path / "x.csv")["stem"].tolist() == ["a/1.wav", "b/1.wav"]
    rows.assign(path="long.wav", start=[0, 3]).to_csv(tmp_path / "x.csv", index=False)
    assert evaluate.read_predictions(tmp_path / "x.csv")["stem"].tolist() == ["long from 0", "long from 3"]
