"""A corpus of one's own, end to end by commands alone: trained by speaker, pooled, judged, bundled, asked again."""

import json

import pandas as pd
import pytest
import soundfile

from ser_lessons import bias, cli, evaluate
from ser_lessons.corpus import practice
from ser_lessons.errors import BadBundle, BadTable
from ser_lessons.net import bundle, experiments

EMOTIONS = {"bored": "calm", "joy": "happy", "rage": "angry"}
"""What the manifest calls them, and which practice voice they are."""


def command(*words):
    """Run one ser-lessons command that must succeed."""
    with pytest.raises(SystemExit) as end:
        cli.main([str(word) for word in words])
    assert end.value.code == 0


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    """Three speakers, three emotions under names of their own, two sentences: 18 clips and a manifest."""
    folder = tmp_path_factory.mktemp("mine")
    rows = []
    for speaker in (1, 2, 3):
        for name, emotion in EMOTIONS.items():
            for sentence in (1, 2):
                file = f"{speaker}_{name}_{sentence}.wav"
                soundfile.write(folder / file, practice.synthesize(emotion, speaker, sentence, 1), practice.SAMPLE_RATE)
                rows.append({"file": file, "speaker": f"s{speaker}", "emotion": name})
    pd.DataFrame(rows).to_csv(folder / "manifest.csv", index=False)
    return folder / "manifest.csv"


@pytest.fixture(scope="module")
def runs(manifest, tmp_path_factory):
    """The run folders of all three folds, one epoch each."""
    out = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SER_CACHE", str(out / "cache"))
        command("train", "--corpus", manifest, "--all-folds", "--net", "student", "--epochs", "1", "--out", out)
    return sorted(path.parent for path in out.glob("*/run.json"))


@pytest.fixture(scope="module")
def made(runs, tmp_path_factory):
    """The folder of the bundle of all three runs."""
    folder = tmp_path_factory.mktemp("bundle") / "net"
    command("bundle", *runs, "--out", folder)
    return folder


def test_all_folds_are_trained_and_their_tables_pool(runs):
    assert len(runs) == 3
    pooled = evaluate.read_predictions(*(run / "predictions.csv" for run in runs))
    assert len(pooled) == 18 and pooled["actor"].nunique() == 3
    assert [name for name in pooled if name.startswith("p_")] == ["p_happy", "p_bored", "p_rage"]
    assert all(len(run_table["actor"].unique()) == 1 for _, run_table in pooled.groupby("fold"))


def test_cut_recordings_are_named_before_they_are_learned(manifest, tmp_path, monkeypatch, capsys):
    for path in manifest.parent.iterdir():
        content = path.read_bytes()
        (tmp_path / path.name).write_bytes(content[:-9000] if path.name.startswith("2_joy") else content)
    monkeypatch.setattr(experiments, "run_fold", lambda *_, **__: raise_stop())
    with pytest.raises(SystemExit):
        cli.main(["train", "--corpus", str(tmp_path)])
    first = capsys.readouterr().err.splitlines()[0]
    assert first.startswith("2 clips are cut off and count as far as heard, ") and "2_joy_1.wav first" in first


def raise_stop():
    raise KeyboardInterrupt


def test_an_audit_says_that_the_manifest_told_no_gender(runs):
    table = evaluate.read_predictions(*(run / "predictions.csv" for run in runs))
    with pytest.raises(BadTable, match="does not tell the gender"):
        bias.audit(table)


def test_a_bundle_of_the_runs_answers_with_its_own_emotions(made, manifest, capsys):
    loaded = bundle.load(made)
    assert loaded.labels == ("happy", "bored", "rage") and 0 < loaded.threshold <= 1
    capsys.readouterr()
    command("predict", "--json", "--bundle", made, manifest.with_name("1_rage_1.wav"))
    answer = json.loads(capsys.readouterr().out)
    assert set((answer[0] if isinstance(answer, list) else answer)["probabilities"]) == {"happy", "bored", "rage"}


def test_a_net_of_three_emotions_is_asked_about_shifted_clips(made, manifest, tmp_path, capsys):
    """The table names its clips as another toolkit does, without the corpus."""
    told = pd.read_csv(manifest)
    told["speaker"] += told["file"].str[-5]  # two sentences, two voices
    told["gender"] = ["fm"[int(file[-5]) - 1] for file in told["file"]]
    told.to_csv(manifest.with_name("told.csv"), index=False)
    told.assign(predicted="joy").to_csv(tmp_path / "theirs.csv", index=False)
    words = ("--flips", 1, "--audio", manifest.with_name("told.csv"), "--bundle", made, "--json")
    capsys.readouterr()
    command("bias", tmp_path / "theirs.csv", *words)
    flips = json.loads(capsys.readouterr().out)["counterfactual"]
    assert len(flips) == 14 and {row["clips"] for row in flips} == {3}


def test_an_unfinished_run_and_runs_of_two_nets_are_not_bundled(runs, tmp_path):
    with pytest.raises(BadBundle, match="no finished run"):
        bundle.from_runs(tmp_path / "net", [tmp_path])
    other = tmp_path / "other"
    other.mkdir()
    facts = json.loads((runs[0] / "run.json").read_text())
    (other / "run.json").write_text(json.dumps({**facts, "protocol": "random"}))
    with pytest.raises(BadBundle, match="another corpus, protocol or net"):
        bundle.from_runs(tmp_path / "net", [runs[0], other])
