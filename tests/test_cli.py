"""The command line: what it prints, what it returns, what it loads, and that it never shows a traceback."""

import ast
import inspect
import io
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import warnings

import numpy as np
import odd_files
import pandas as pd
import pytest
import soundfile
import typer

from benchmarks import simulation
from ser_lessons import cli, doctor, evaluate
from ser_lessons.config import EMOTIONS, counted
from ser_lessons.corpus import practice
from ser_lessons.errors import BadName, BadTable, SerError
from ser_lessons.evaluate import recorded

COMMANDS = "doctor lessons data train export evaluate bias leakage predict report bundle".split()
COMMANDS = [[], *([name] for name in COMMANDS), *(["data", name] for name in ("fetch", "adopt", "practice", "check"))]


def run(*words):
    """Run the command line here and return its exit code."""
    with pytest.raises(SystemExit) as stop:
        cli.main([str(word) for word in words])
    return stop.value.code or 0


@pytest.fixture(scope="module")
def voice(tmp_path_factory):
    """A sound file: two seconds of a voice-like tone, 22 050 Hz."""
    path = tmp_path_factory.mktemp("sound") / "voice.wav"
    soundfile.write(path, odd_files.voice(2.0), 22_050)
    return path


@pytest.fixture(scope="module")
def table_file(tmp_path_factory):
    """A predictions table of 24 simulated actors, as a CSV file."""
    path = tmp_path_factory.mktemp("table") / "predictions.csv"
    table = simulation.simulate_predictions(np.random.default_rng(7))
    evaluate.write_predictions(table, path)
    return path


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_with_an_example_of_every_option(words, capsys):
    """The examples are read by the command itself, so none can name what is not there."""
    assert run(*words, "--help") == 0
    text, command = capsys.readouterr().out, typer.main.get_command(cli.app)
    assert text.startswith("Usage: ser-lessons")
    for word in words:
        command = command.commands[word]
    shown = set()
    for line in re.findall(rf"(?m)^ *(?:Example: )?ser-lessons {' '.join(words)} (.+)$", text):
        given = shlex.split(line)
        command.make_context("example", list(given))
        shown.update(given)
    options = [option for option in command.params if option.param_type_name == "option"]
    assert [option.opts for option in options if not (option.help and shown & {*option.opts})] == []


@pytest.mark.parametrize(
    "call, sentence",
    [
        ("no-such", "No such command 'no-such'; see `ser-lessons --help`."),
        ("predit x.wav", "No such command 'predit': did you mean 'predict'; see `ser-lessons --help`."),
        ("data", "Missing command; see `ser-lessons data --help`."),
        ("predict", "Missing argument 'FILE...'; see `ser-lessons predict --help`."),
        ("evaluate", "Missing argument 'predictions'; see `ser-lessons evaluate --help`."),
        ("predict --no-such x.wav", "No such option: --no-such; see `ser-lessons predict --help`."),
        ("data fetch --only", "Option '--only' requires an argument; see `ser-lessons data fetch --help`."),
        ("leakage a b", "Got unexpected extra argument(s) (b); see `ser-lessons leakage --help`."),
        ("train --net x", "Invalid value for '--net': 'x' is not one of 'student', 'course'; see .*train --help`."),
        ("train --fold 0", "Invalid value for '--fold': it should be greater than or equal to 1; see .*`."),
        ("train --seed x", "Invalid value for '--seed': it should be a valid integer, .*; see `.* train --help`."),
        ("train --cluster x", "--cluster needs --all-folds, .*; see `ser-lessons train --help`."),
        ("bias", "Give a predictions table, or --women and --men; see `ser-lessons bias --help`."),
        ("bias --women 1/2", "Give a predictions table, or --women and --men; see `ser-lessons bias --help`."),
        ("bias --women 1 --men 2/3", "'1' is not RIGHT/CLIPS, such as 206/259; see `ser-lessons bias --help`."),
        ("predict --csv a.wav b.wav", "--csv names the .csv file to write, which a.wav is not; see .*`."),
        ("bias --html a.csv b.csv", "--html names the .html file to write, which a.csv is not; see `.* bias --help`."),
        ("export --h5 my_net.keras", "--h5 names the .h5 file to write, which .* is not; see `.* export --help`."),
        ("predict --csv a --json b", "Rows go to a file .*, not both; see `ser-lessons predict --help`."),
    ],
)
def test_a_wrong_call_is_told_in_one_sentence_and_where_help_is(call, sentence, capsys):
    assert run(*call.split()) == 2
    out, err = capsys.readouterr()
    assert out == "" and re.fullmatch(sentence.replace("(b)", r"\(b\)").replace("(s)", r"\(s\)") + "\n", err), err


def test_no_words_at_all_show_what_there_is(capsys):
    assert run() == 0
    assert "Commands:" in capsys.readouterr().out


def test_our_errors_are_one_sentence_on_the_error_stream(monkeypatch, capsys):
    def break_down():
        raise SerError("The table lacks 'stem';\n  make it with corpus.scan.")

    monkeypatch.setattr(doctor, "examine", break_down)
    assert run("doctor") == 1
    out, err = capsys.readouterr()
    assert (out, err) == ("", "The table lacks 'stem'; make it with corpus.scan.\n")


def test_other_errors_show_no_traceback_unless_asked_for(monkeypatch, capsys):
    def break_down():
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(doctor, "examine", break_down)
    monkeypatch.delenv("SER_DEBUG", raising=False)
    assert run("doctor") == 1
    assert capsys.readouterr().err.startswith("ZeroDivisionError: by zero. This is a fault of ser-lessons")
    monkeypatch.setenv("SER_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        cli.main(["doctor"])


# ------------------------------------------------------------------------------------------------- predict


def test_predict_prints_one_json_object_a_file(shipped, voice, tmp_path, capsys):
    bad = tmp_path / "empty.wav"
    bad.touch()
    assert run("predict", voice, bad, voice, "--json") == 1
    first, second, third = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    fields = ["file", "label", "confidence", "probabilities", "abstained", "warnings", "error"]
    assert list(first) == fields == list(second)
    assert first == third
    assert list(first["probabilities"]) == list(EMOTIONS)
    assert sum(first["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert first["confidence"] == pytest.approx(max(first["probabilities"].values()), abs=1e-6)
    assert first["file"] == str(voice) and first["error"] is None
    assert "empty.wav" in second["error"] and second["label"] is None and second["warnings"] == []


def test_predict_shows_strange_names(shipped, voice, tmp_path, capsys):
    odd = tmp_path / "[bold]ä \n😀.wav"
    odd.write_bytes(voice.read_bytes())
    assert run("predict", odd) == 0
    assert "[bold]" in capsys.readouterr().out
    assert run("predict", odd, "--json") == 0
    assert json.loads(capsys.readouterr().out)["file"] == str(odd)


def test_predict_takes_folders_patterns_lists_and_writes_csv(shipped, voice, tmp_path, capsys, monkeypatch):
    """Files as people have them; rows go to a file, and what is on standard output stays empty."""
    for name in ("a.wav", "deep/b.wav", "deep/.hidden.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(voice.read_bytes())
    (tmp_path / "notes.txt").write_text("no sound")
    (tmp_path / "empty").mkdir()
    for words, found in (
        ([tmp_path], ["a.wav", "deep/b.wav"]),
        ([tmp_path / "**" / "b*"], ["deep/b.wav"]),
        (["-"], ["deep/b.wav", "a.wav"]),
    ):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{tmp_path}/deep/b.wav\n\n{tmp_path}/a.wav\r\n"))
        assert run("predict", *words, "--csv", tmp_path / "rows.csv") == 0
        table = pd.read_csv(tmp_path / "rows.csv")
        assert list(table["file"]) == [str(tmp_path / name) for name in found]
        assert np.allclose(table[[f"p_{label}" for label in EMOTIONS]].sum(axis=1), 1, atol=1e-4)
        assert set(table["label"]) <= set(EMOTIONS) and table["error"].isna().all()
        out, err = capsys.readouterr()
        told = f"{counted(len(found), 'recording')}, {table['abstained'].sum()} not sure, 0 without an answer"
        assert (out, err) == ("", f"{told}: the rows are in {tmp_path / 'rows.csv'}.\n")
    assert run("predict", tmp_path / "no.wav", "--csv", tmp_path / "rows.csv") == 1
    assert capsys.readouterr().err.startswith("1 recording, 0 not sure, 1 without an answer: the rows are in ")
    assert run("predict", tmp_path / "empty", tmp_path / "*.mp3") == 1
    out = capsys.readouterr().out
    assert "is a folder: name a sound file in it" in out and "there is no file" in out


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_full_disk_and_a_bad_place_are_told_with_a_way_out(shipped, voice, capsys):
    assert run("predict", voice, "--csv", "/dev/full") == 1
    assert capsys.readouterr().err == "No space left on device; free some space, or write to another disk.\n"
    assert run("lessons", "/proc/here") == 1
    assert capsys.readouterr().err.endswith("/proc/here; name a place that is there and that you may use.\n")


def test_predict_judges_a_long_recording_window_by_window(shipped, voice, tmp_path, capsys):
    spoken, rate = soundfile.read(voice)
    path, rows = tmp_path / "talk.flac", tmp_path / "rows.csv"
    soundfile.write(path, np.concatenate([spoken, spoken, np.zeros(10 * rate), spoken]), rate)
    assert run("predict", path, "--every", "1.5", "--json", "--plot", tmp_path / "new" / "talk.svg") == 0
    out, err = capsys.readouterr()
    windows = [json.loads(line) for line in out.splitlines()]
    starts = [window["start"] for window in windows]
    assert starts == [0, 1.5, 3, 12, 13.5] and [window["end"] for window in windows] == [3, 4.5, 6, 15, 16]
    assert "talk.flac: 5 of 10 windows are silent and were left out." in err
    assert all(sum(window["probabilities"].values()) == pytest.approx(1, abs=1e-5) for window in windows)
    assert "<svg" in (tmp_path / "new" / "talk.svg").read_text()
    assert run("predict", path, "--every", "1.5", "--csv", rows) == 0
    assert list(pd.read_csv(rows)["start"]) == starts
    assert run("predict", path, "--plot", tmp_path / "talk.svg") == 2
    assert run("predict", path, "--every", "1.5", "--plot", tmp_path / "talk.txt") == 2
    assert run("predict", tmp_path / "none.wav", "--every", "1.5") == 1


def test_top_level_predict_is_the_same_command(shipped, voice, root, tmp_path):
    """As the student project promised: python predict.py path/to.wav, from any folder, in any locale."""
    env = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0"}
    outputs = []
    for start in ([sys.executable, root / "predict.py"], [sys.executable, "-m", "ser_lessons", "predict"]):
        done = subprocess.run([*start, voice, "--json"], cwd=tmp_path, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]


def test_predict_loads_no_heavy_library(shipped, voice, root, tmp_path):
    """The way from a file to an answer, resampled, needs neither TensorFlow nor librosa, pandas or scikit-learn."""
    pytest.importorskip("ai_edge_litert", reason="no light runtime for this system: Keras answers")
    heavy = ("tensorflow", "keras", "librosa", "numba", "pandas", "sklearn", "scipy", "matplotlib", "joblib")
    soundfile.write(tmp_path / "other.flac", soundfile.read(voice)[0], 48_000)
    words = ["predict", str(voice), str(tmp_path / "other.flac"), "--json"]
    code = (
        "import sys\nfrom ser_lessons.cli import main\n"
        f"try: main({words!r})\n"
        f"except SystemExit as stop: print(stop.code or 0, *[n for n in {heavy!r} if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "0", done.stdout + done.stderr
    assert done.stderr == "", "the light runtime chatters on the terminal"


# ------------------------------------------------------------------------------------------------- judging


def test_another_toolkits_files_are_judged_together_by_named_columns(table_file, tmp_path, capsys):
    table = evaluate.read_predictions(table_file)
    names = {"emotion": "said", "actor": "who", "gender": "g", "stem": "clip"}
    for fold, rows in table.rename(columns=names).groupby("fold"):
        rows.to_csv(tmp_path / f"{fold}.csv", sep=";", index=False)
    paths, columns = (
        sorted(tmp_path.glob("*.csv")),
        ("--label", "said", "--speaker", "who", "--gender", "g", "--file", "clip"),
    )
    reports = []
    for words in (("evaluate", table_file), ("evaluate", *paths, *columns)):
        assert run(*words, "--json") == 0
        reports.append(json.loads(capsys.readouterr().out))
    assert reports[0]["uar"] == reports[1]["uar"] and reports[1]["clips"] == 1440
    assert reports[0]["uar"]["low"] <= reports[0]["uar"]["value"] <= reports[0]["uar"]["high"]
    assert run("evaluate", table_file) == 0 and "UAR" in capsys.readouterr().out
    assert run("bias", *paths, *columns) == 0
    assert "undecidable" in capsys.readouterr().out
    assert run("evaluate", *paths, *columns[:-1], "whom") == 1
    assert "'whom' that was asked for" in capsys.readouterr().err


def test_bias_shifts_recordings_and_counts_changed_answers(shipped, table_file, tmp_path, capsys):
    """Four voices with RAVDESS names; the table speaks of two clips of each, the folder holds a third that it lacks."""
    predictions = evaluate.read_predictions(table_file).assign(stem=practice.plan())
    table = predictions[predictions["actor"] <= 4].groupby("actor").head(2)
    evaluate.write_predictions(table, tmp_path / "few.csv")
    for stem in [*table["stem"], "03-01-08-02-02-02-04"]:
        soundfile.write(tmp_path / f"{stem}.wav", odd_files.voice(1.0), 22_050)
    page = tmp_path / "audit.html"
    words = ("bias", tmp_path / "few.csv", "--flips", "5", "--audio", tmp_path, "--html", page)
    assert run(*words, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    steps = {(row["gender"], row["n_semitones"]) for row in report["counterfactual"]}
    assert steps == {(gender, step) for gender in ("man", "woman") for step in (-4, -2, -1, 0, 1, 2, 4)}
    assert {row["clips"] for row in report["counterfactual"]} == {4} and "bundle of" in " ".join(report["warnings"])
    assert "Would another pitch change the answer?" in page.read_text(encoding="utf-8")
    assert run(*words) == 0
    assert "Pitch flips: answers that change" in " ".join(capsys.readouterr().out.split())
    assert run("bias", table_file, "--flips", "1", "--audio", tmp_path / "nowhere") == 1
    capsys.readouterr()
    for stem in table["stem"]:
        (tmp_path / f"{stem}.wav").unlink()
    assert run(*words) == 1
    assert "name the folder of its recordings" in capsys.readouterr().err


def test_own_recordings_are_checked_and_shifted_too(bundle_folder, tmp_path, capsys):
    """A manifest of four speakers with names of their own, and another toolkit's table about them."""
    rows = []
    for number in range(8):
        soundfile.write(tmp_path / f"{number}.wav", odd_files.voice(1 + number / 10), 22_050)
        rows.append((f"{number}.wav", f"s{number // 2}", "fm"[number % 4 // 2], ("joy", "rage")[number % 2]))
    table = pd.DataFrame(rows, columns=["file", "speaker", "gender", "emotion"])
    table.to_csv(tmp_path / "manifest.csv", index=False)
    assert run("data", "check", tmp_path) == 0
    assert "8 clips of 4 voices" in capsys.readouterr().out
    names = [f"{tmp_path.name}/{number}" for number in range(8)]
    table.assign(stem=names, predicted="joy").drop(columns="file").to_csv(tmp_path / "theirs.csv", index=False)
    words = ("--flips", "1", "--audio", tmp_path / "manifest.csv", "--bundle", bundle_folder, "--json")
    assert run("bias", tmp_path / "theirs.csv", *words) == 0
    assert {row["clips"] for row in json.loads(capsys.readouterr().out)["counterfactual"]} == {2}
    (tmp_path / "7.wav").write_bytes((tmp_path / "7.wav").read_bytes()[:999])
    assert run("data", "check", tmp_path / "manifest.csv") == 1
    assert f"Damaged clips: 1 of 8, {tmp_path / '7.wav'} first" in capsys.readouterr().out


def test_bias_judges_published_counts(capsys):
    """The student project's own counts: it said "balanced"; 491 clips of 24 actors cannot say that."""
    assert run("bias", "--women", "189/232", "--men", "206/259", "--json") == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "undecidable"


def write_split(folder, rows, header="stem,actor,split"):
    path = folder / "split.csv"
    path.write_text("\n".join([header, *rows]))
    return path


def test_leakage_names_the_shared_voice(tmp_path, capsys):
    path = write_split(tmp_path, ["a1,anna,train", "a2,anna,test", "b1,ben,train", "c1,cora,Test"])
    assert run("leakage", path, "--json") == 1
    leaks = json.loads(capsys.readouterr().out)["leaks"]
    assert [(leak["kind"], leak["stems"], leak["sides"]) for leak in leaks] == [("actor", ["a2"], ["train", "test"])]
    assert run("leakage", path) == 1
    assert "anna" in capsys.readouterr().out


def test_leakage_tells_clean_leak_and_not_searched_apart(tmp_path, capsys):
    rng = np.random.default_rng(0)
    for name in "abcd":
        noise = np.convolve(rng.standard_normal(20_000), np.ones(8) / 8)
        soundfile.write(tmp_path / f"{name}.wav", 0.2 * noise, 16_000)
    clean = ["a.wav,anna,training", "b.wav,ben,dev", "sub\\..\\c.wav,cora,Test"]
    header = "File;Speaker_ID;Subset"
    for rows, head, code, words in (
        (clean, header, 0, "no leak found. Compared: names; voices; sound; changed copies"),
        ([*clean, "d.wav,anna,test"], header, 1, "1 leak found (actor)"),
        (clean, header.replace("Speaker_ID", "who"), 3, "Not compared: voices (no column of the voices)"),
        ([*clean, "e.wav,eve,test"], header, 3, "Not compared: sound of 1 clip"),
        ([row.replace(".wav", ".ogg") for row in clean], header, 3, "sound (no file is where the table says)"),
        (clean[:2], header, 3, "the test side, which has no clip"),
        (["a.wav,hi,sad,train", "b.wav,hi,sad,test"], "file;text;emotion;split", 3, "takes of one sentence (no column"),
        ([], header, 3, "no clip to search"),
    ):
        (tmp_path / "sub").mkdir(exist_ok=True)
        path = write_split(tmp_path, [row.replace(",", ";") for row in rows], header=head)
        assert (run("leakage", path), words in "".join(capsys.readouterr())) == (code, True), words
    path = write_split(tmp_path, [row.replace(",", ";") for row in clean], header=header)
    assert run("leakage", path, "--speaker", "spk") == 3
    assert "'spk' that was asked for; it has File, Speaker_ID, Subset" in capsys.readouterr().err


@pytest.fixture
def six_voices(tmp_path):
    """A table of six voices, each of which always shows one emotion: whoever knows the voice knows the answer."""
    rng = np.random.default_rng(7)
    rows = []
    for voice in range(6):
        time = np.arange(8000) / 16_000
        for take in range(4):
            path = tmp_path / f"{voice}_{take}.wav"
            tone = np.sin(2 * np.pi * (150 + 90 * voice) * time) + 0.01 * rng.standard_normal(8000)
            soundfile.write(path, 0.3 * tone, 16_000)
            rows.append(f"{path.name},{voice},{'happy' if voice % 2 else 'sad'}")
    return write_split(tmp_path, rows, header="file,voice,mood")


def test_leakage_measures_what_a_known_voice_is_worth(six_voices, capsys):
    assert run("leakage", six_voices, "--meter", "--label", "mood", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["known_voices"]["value"] == 100 > report["new_voices"]["value"]
    assert run("leakage", six_voices, "--meter") == 1
    assert "lacks a column of file, voice or emotion; name them: --file, --" in capsys.readouterr().err


@pytest.mark.parametrize(
    "said, shown", [("It goes on after epoch 3.", "It goes on after epoch 3."), ("", "Stopped: run the same again")]
)
def test_a_training_stopped_by_hand_ends_with_its_sentence(said, shown, practice, monkeypatch, capsys, tmp_path):
    from ser_lessons.net import experiments

    def stop(*args, **options):
        raise KeyboardInterrupt(said)

    monkeypatch.setattr(experiments, "run_fold", stop)
    monkeypatch.setenv("SER_CORPUS", "practice")
    assert run("train", "--out", tmp_path) == 130
    assert shown in capsys.readouterr().err.splitlines()[-1]


def test_clips_of_other_emotions_are_named_before_a_training_begins(practice, tmp_path):
    from ser_lessons.corpus import splits, voice
    from ser_lessons.net import experiments

    table = practice.assign(emotion=practice["emotion"].replace("calm", "boredom"))
    with pytest.raises(BadTable, match="'boredom' is none of neutral, calm"):
        experiments.run_fold(table, splits.voice_folds(practice)[0])
    with pytest.raises(BadName, match="'bored' is none of neutral, calm"):
        voice.synthesize("bored", 1, 1, 1)
    with pytest.raises(BadName, match="'loud' is none of normal, strong: choose"):
        voice.synthesize("sad", 1, 1, 1, intensity="loud")


def test_an_error_of_a_call_is_told_in_the_words_of_the_command_line(tmp_path, capsys):
    assert run("leakage", write_split(tmp_path, ["a,b"], header="one,two"), "--meter") == 1
    err = capsys.readouterr().err
    assert "--file" in err and "=" not in err
    assert run("evaluate", write_split(tmp_path, ["a,b"], header="one,two")) == 1
    assert capsys.readouterr().err.endswith("name it with --label.\n")


ONLY_FROM_PYTHON = {
    "every": "the option has a lower end",
    "f0": "bias takes the shipped F0, or none",
    "top_db": "fixed",
}
ONLY_FROM_PYTHON |= {"patience": "no net's recipe needs what it lacks", "plateau": "likewise"}


def test_every_parameter_that_an_error_names_is_an_option_of_the_command_line(root):
    """Or no command can cause that error. A name in the file's own words (a=b.wav) stays as it is."""
    named = set()
    for path in (root / "ser_lessons").rglob("*.py"):
        raised = (node.exc for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Raise))
        texts = (part.value for error in raised if error for part in ast.walk(error) if isinstance(part, ast.Constant))
        named |= {name for text in texts for name in re.findall(r"\b([a-z]\w*)=", str(text))}
    assert named - set(ONLY_FROM_PYTHON) == set(cli.OPTIONS)
    assert cli.in_options("'file=a.wav' is odd; name one: file=.") == "'file=a.wav' is odd; name one: --file."
    options = {
        word for command in cli.app.registered_commands for word in inspect.signature(command.callback).parameters
    }
    assert {option[2:] for option in cli.OPTIONS.values()} <= options


def test_a_warning_is_a_sentence_without_the_line_of_the_program(monkeypatch, capsys):
    monkeypatch.setattr("ser_lessons.doctor.examine", lambda: warnings.warn("this is\n odd", stacklevel=1) or [])
    run("doctor")
    assert capsys.readouterr().err == "this is odd\n"


@pytest.mark.parametrize("content, word", [("", "CSV"), ("stem,actor\na,b", "--side"), ("stem,split\na,x", "'x'")])
def test_leakage_says_what_is_wrong_with_a_table(content, word, tmp_path, capsys):
    path = tmp_path / "odd.csv"
    path.write_text(content)
    assert run("leakage", path) == 3
    err = capsys.readouterr().err
    assert word in err and err.count("\n") == 1


@pytest.mark.parametrize("command", ["evaluate", "leakage", "data check"])
def test_what_is_no_table_is_called_so(command, voice, tmp_path, capsys):
    """A recording, or a folder; without the words of Python."""
    (tmp_path / "x.csv").mkdir()
    for path, sentence in ((voice, "bytes that are no text"), (tmp_path / "x.csv", "Is a directory|no sound file")):
        assert run(*command.split(), path) in (1, 3)
        err = capsys.readouterr().err
        assert re.search(sentence, err) and not re.search("codec|Errno", err) and err.count("\n") == 1


# ------------------------------------------------------------------------------------------------- data, reports


def test_data_check_names_what_is_missing(tmp_path, capsys):
    clip = tmp_path / "Actor_01" / "03-01-01-01-01-01-01.wav"
    clip.parent.mkdir()
    soundfile.write(clip, np.zeros(100), 22_050)
    assert run("data", "check", tmp_path) == 1
    assert "1 speech clip instead of 1440" in capsys.readouterr().out


def test_the_commonest_copy_speech_alone_and_nested_is_whole(tmp_path, monkeypatch, capsys):
    """Kaggle's: the speech part, and inside it the same once more. What is odd is said once, and nothing is amiss."""
    from ser_lessons import corpus

    kaggle = tmp_path / "archive"
    for stem in practice.plan():
        for folder in (kaggle, kaggle / "audio_speech_actors_01-24"):
            (folder / f"Actor_{stem[-2:]}").mkdir(parents=True, exist_ok=True)
            samples = np.zeros((9, 1 + (stem in corpus.STEREO_STEMS)))
            soundfile.write(folder / f"Actor_{stem[-2:]}" / f"{stem}.wav", samples, 22_050)
    assert run("data", "check", kaggle) == 0
    out = capsys.readouterr().out
    assert out.count("speech alone") == 1 and out.count("left out: 1440 ") == 1 and "look at" not in out
    assert run("data", "adopt", kaggle, tmp_path / "data") == 0
    assert "look at" not in capsys.readouterr().out
    for folder in (kaggle, tmp_path / "data"):
        monkeypatch.setenv("SER_RAVDESS", str(folder))
        assert states(doctor.look_at_corpus) == ["ok"]


def test_report_shows_intervals(tmp_path, capsys):
    content = {
        "date": "2026-11-22",
        "machine": {"cores": 2},
        "runs": [{"net": "a|b", "uar": {"value": 0.5, "low": 0.4, "high": 0.6}}, {"net": "c", "note": None}],
    }
    (tmp_path / "first.json").write_text(json.dumps(content))
    assert run("report", "--folder", tmp_path) == 0
    text = capsys.readouterr().out
    assert "0.500 [0.400, 0.600]" in text and "machine.cores" in text
    assert run("report", "first", "--folder", tmp_path, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"report": "first", **content}


@pytest.mark.parametrize("content", ["[1]", "{", None])
def test_a_report_that_is_none_is_named(content, tmp_path):
    path = tmp_path / "odd.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(BadTable, match="odd.json"):
        recorded.read_report(path)


def test_every_recorded_report_can_be_shown(root):
    for path in sorted((root / "reports").glob("*.json")):
        content = recorded.read_report(path)
        assert any(recorded.parts_of(content))


def test_lessons_are_copied_but_never_over_changes(root, tmp_path, capsys):
    folder = tmp_path / "my lessons"
    assert run("lessons", folder) == 0 and run("lessons", folder) == 0
    copied = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert copied == {path.name: path.read_bytes() for path in (root / "notebooks").glob("*.ipynb")}
    (folder / "00_start_here.ipynb").write_text("my answers")
    (folder / "01_waveforms.ipynb").unlink()
    capsys.readouterr()
    assert run("lessons", folder) == 1
    err = capsys.readouterr().err
    assert "00_start_here.ipynb" in err and err.count("\n") == 1
    assert (folder / "00_start_here.ipynb").read_text() == "my answers"


# ------------------------------------------------------------------------------------------------- doctor


def states(look, *words):
    return [state for state, *_ in look(*words)]


def test_doctor_finds_this_installation_in_order(shipped, capsys):
    assert [finding for finding in doctor.examine() if finding.state == "problem"] == []
    assert run("doctor", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    names = ["python", "packages", "disk", "cache", "corpus", "model", "jupyter"]
    assert answer["healthy"] is True and [finding["name"] for finding in answer["findings"]] == names


@pytest.fixture
def installed_as(tmp_path, monkeypatch):
    """Pretend that a course with other wishes is installed."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def install(*wishes):
        place = tmp_path / "ser_lessons-9.dist-info"
        place.mkdir(exist_ok=True)
        lines = ["Metadata-Version: 2.1", "Name: ser-lessons", "Version: 9", *(f"Requires-Dist: {w}" for w in wishes)]
        (place / "METADATA").write_text("\n".join(lines))

    return install


def test_doctor_names_each_package_at_fault(installed_as):
    installed_as("numpy<1", "no-such-package>=1", "pandas>=1")
    faults = list(doctor.look_at_packages())
    assert [(state, fix) for state, _, fix in faults] == 2 * [("problem", doctor.REINSTALL)]
    assert {name for name in ("numpy", "no-such-package", "pandas") if name in str(faults)} == {
        "numpy",
        "no-such-package",
    }
    installed_as("pandas>=1")
    assert states(doctor.look_at_packages) == ["ok"]


def test_doctor_names_a_fix_for_every_problem(tmp_path, monkeypatch):
    assert states(doctor.look_at_python, (3, 10)) == ["problem"] and states(doctor.look_at_python, (3, 12)) == ["ok"]
    assert states(doctor.look_at_disk, 1e9) == ["note"]
    (tmp_path / "file").touch()
    monkeypatch.setenv("SER_CACHE", str(tmp_path / "file" / "below"))
    monkeypatch.setenv("SER_RAVDESS", "no/such/folder")
    monkeypatch.setattr(doctor, "PYTHONS", ())
    monkeypatch.setattr(doctor, "FREE_GB", 1e9)
    findings = doctor.examine()
    assert {f.name for f in findings if f.state == "problem"} == {"python", "cache", "corpus"}
    assert all(f.fix and f.detail for f in findings if f.state != "ok") and not doctor.is_healthy(findings)
    assert run("doctor") == 1


def test_doctor_survives_its_own_breakdown(monkeypatch):
    def break_down():
        raise RuntimeError

    monkeypatch.setattr(doctor, "LOOKS", {"disk": (break_down, "mend it")})
    assert doctor.examine() == [doctor.Finding("disk", "problem", "RuntimeError", "mend it")]


@pytest.mark.skipif(os.name == "nt", reason="needs a shell with pipes")
@pytest.mark.parametrize("words", ["predict - --json", "report"])
def test_a_reader_who_stops_reading_ends_a_command_quietly(words, shipped, voice):
    """As with `| head -1`, whoever notices it: this command, Typer or rich."""
    child = subprocess.Popen(
        [sys.executable, "-m", "ser_lessons", *words.split()],
        **{stream: subprocess.PIPE for stream in ("stdin", "stdout", "stderr")},
    )
    child.stdin.write(99 * (os.fsencode(voice) + b"\n"))
    child.stdin.close()
    assert child.stdout.read(1)
    child.stdout.close()
    assert (child.wait(), child.stderr.read()) == (141, b"")


def test_one_of_anything_is_no_plural(tmp_path, capsys):
    soundfile.write(tmp_path / "1.wav", np.ones(9000) / 9, 22_050)
    (tmp_path / "manifest.csv").write_text("file,speaker,emotion\n1.wav,a,sad\n")
    (tmp_path / "theirs.csv").write_text("file,speaker,gender,label,predicted\n1.wav,a,f,sad,sad\n2.wav,b,m,sad,sad\n")
    (tmp_path / "split.csv").write_text("file,speaker,split\n1.wav,a,train\n")
    run("data", "check", tmp_path)
    run("train", "--corpus", tmp_path)
    run("evaluate", tmp_path / "theirs.csv")
    run("bias", tmp_path / "theirs.csv")
    run("leakage", tmp_path / "split.csv")
    run("leakage", tmp_path / "theirs.csv", "--meter")
    said = " ".join("".join(capsys.readouterr()).split())
    assert "1 clip of 1 voice in" in said and re.findall(r"\b1 (?:[a-z]+ )?[a-z]+s\b(?! than)", said) == []


def test_the_command_is_installed():
    """The console script that pyproject.toml declares starts, and knows its name."""
    script = pathlib.Path(sys.executable).with_name("ser-lessons.exe" if os.name == "nt" else "ser-lessons")
    done = subprocess.run([script, "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and "Usage: ser-lessons" in done.stdout
