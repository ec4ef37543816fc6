"""The practitioners' page: every command on it does what the page says, in a folder of practice clips."""

import re
import shlex

import numpy as np
import pandas as pd
import pytest
import soundfile
import typer

from ser_lessons import cli
from ser_lessons.corpus import practice
from tools import lessons

PAGE = (lessons.repository() / "book" / "practitioners.md").read_text("utf-8")
LEAKS = dict.fromkeys(re.findall(r"^\$ (ser-lessons leakage split.csv.*)$", PAGE, re.M), 1)
"""Commands that end with another code than 0 here, since they find what they look for."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder as the page supposes it: recordings, a long talk, a corpus, a table and a split of somebody else's."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "recordings").mkdir()
    (folder / "mine").mkdir()
    manifest, voices = [], []
    for speaker in (1, 2, 3, 4):
        for emotion in ("calm", "angry"):
            for sentence in (1, 2):
                signal = practice.synthesize(emotion, speaker, sentence, 1)
                voices.append(signal)
                name = f"{speaker}_{emotion}_{sentence}.wav"
                soundfile.write(folder / "mine" / name, signal, practice.SAMPLE_RATE)
                manifest.append(
                    {"file": name, "speaker": f"s{speaker}", "emotion": emotion, "gender": "mw"[speaker % 2]}
                )
    for row in manifest[:2]:
        (folder / "recordings" / row["file"]).write_bytes((folder / "mine" / row["file"]).read_bytes())
    pd.DataFrame(manifest).to_csv(folder / "mine" / "manifest.csv", index=False)
    pd.DataFrame(manifest).assign(file=lambda clips: "mine/" + clips["file"]).to_csv(folder / "clips.csv", index=False)
    soundfile.write(folder / "talk.wav", np.concatenate(voices[:4]), practice.SAMPLE_RATE)
    theirs = [
        {"file": f"{spk}_{truth}.wav", "spk": spk, "gender": "FM"[spk % 2], "truth": truth, "prediction": "calm"}
        for spk in range(6)
        for truth in ("calm", "angry")
    ]
    pd.DataFrame(theirs).to_csv(folder / "theirs.csv", index=False)
    sides = [
        {**row, "file": f"mine/{row['file']}", "split": ("train", "test")[n % 2]} for n, row in enumerate(manifest)
    ]
    pd.DataFrame(sides).to_csv(folder / "split.csv", index=False)
    return folder


@pytest.mark.parametrize("name", ["predict", "evaluate", "bundle", "leakage", "bias", "train"])
def test_the_page_shows_every_option(name):
    command = typer.main.get_command(cli.app).commands[name]
    options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    assert [option for option in options if option not in PAGE] == []


def test_every_command_of_the_page_runs(desk, monkeypatch):
    monkeypatch.chdir(desk)
    monkeypatch.setenv("SER_CACHE", str(desk / "cache"))
    commands = re.findall(r"^\$ (ser-lessons .+)$", PAGE, re.M)
    assert len(commands) >= 9
    for line in commands:
        words = [word for part in shlex.split(line)[1:] for word in sorted(map(str, desk.glob(part))) or [part]]
        if "*" not in line:
            words = shlex.split(line)[1:]
        with pytest.raises(SystemExit) as end:
            cli.main(words)
        assert end.value.code == LEAKS.get(line, 0), line
    for made in ("answers.csv", "talk.csv", "talk.png", "my_net", "audit.html"):
        assert (desk / made).exists(), made
    assert len((desk / "answers.csv").read_text().splitlines()) == 3
