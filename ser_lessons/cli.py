"""The `ser-lessons` command: one thin function a subcommand; the work is done in the rooms.

Everything heavy is imported inside the functions, so that `--help` and `predict` answer at once.
Exit codes: 0 done, 1 it could not be done (one sentence says why), 2 a wrong call (one sentence says what), 141 nobody
reads on.
Lesson: 00_start_here.
"""

import contextlib
import dataclasses
import enum
import errno
import functools
import itertools
import os
import pathlib
import re
import sys
import warnings
from typing import Annotated

import typer
from typer import Argument, Option, TyperException

from . import system
from .config import counted
from .errors import BadClip, SerError

app = typer.Typer(
    help="Hear emotion, and judge honestly how well a machine does.",
    rich_markup_mode=None,  # boxes leave too little room for words, and break what they hold
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    add_completion=False,
    epilog="Lessons: `make lab` in the course folder opens them; `ser-lessons lessons FOLDER` copies them.",
)
data_app = typer.Typer(help="Get, adopt, make and check the recordings.")
app.add_typer(data_app, name="data")

Protocol = enum.StrEnum("Protocol", ["student", "random", "actors", "emobox", "loso", "speakers"])
Net = enum.StrEnum("Net", ["student", "course"])
Channel = enum.StrEnum("Channel", ["speech", "song"])
Path = pathlib.Path
Json = Annotated[bool, Option("--json", help="Print JSON, for programs, instead of a table.")]
Only = Annotated[Channel | None, Option(help="Speech or song alone (both: 0.4 GB).")]
Bundle = Annotated[Path | None, Option(help="A model bundle; default: the shipped one.")]
Predictions = Annotated[list[Path] | None, Argument(help="Predictions (CSV), also of folds or of another toolkit.")]
Label = Annotated[str | None, Option(help="Column of the spoken emotion; default: emotion, label, truth ...")]
Predicted = Annotated[str | None, Option(help="Column of the predicted emotion, where there are no probabilities.")]
Speaker = Annotated[str | None, Option(help="Column of the voice; default: actor, speaker, spk, subject ...")]
Gender = Annotated[str | None, Option(help="Column of the voice's gender; default: gender, sex ...")]
File = Annotated[str | None, Option(help="Column of the clip's name or path; default: stem, file, path ...")]
DATA = Path("data/ravdess")
NOT_SEARCHED = 3
"""Exit code of a search for leaks that could not look everywhere."""
OPTIONS = {"emotion": "--label"} | {name: f"--{name}" for name in ("file", "label", "predicted", "side", "speaker")}
"""How the command line calls those parameters of Python calls that an error may name."""


def main(argv=None):
    """Run the command line; print one sentence, not a traceback, when something cannot be done."""
    words = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: print(" ".join(str(message).split()), file=sys.stderr)
            raise SystemExit(app(args=words, prog_name="ser-lessons", standalone_mode=False) or 0)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # who read has read enough, as `head` does
            raise SystemExit(141) from None
        raise
    except TyperException as error:
        context = getattr(error, "ctx", None)
        path = context.command_path if context else " ".join(["ser-lessons", *words[: 1 + (words[0] == "data")]])
        sentence = re.sub(r"Value error, |[.?]$", "", error.format_message())
        sentence = sentence.replace(": Input should", ": it should").replace(". Did", ": did")
        fail(f"{sentence}; see `{path} --help`.", code=2)
    except SerError as error:
        fail(in_options(error))
    except OSError as error:
        full = "free some space, or write to another disk"
        way_out = full if error.errno == errno.ENOSPC else "name a place that is there and that you may use"
        fail(f"{error.strerror or error}{': ' + os.fspath(error.filename) if error.filename else ''}; {way_out}.")
    except Exception as error:
        if os.environ.get("SER_DEBUG"):
            raise
        where = "This is a fault of ser-lessons, not yours; SER_DEBUG=1 shows where, `ser-lessons doctor` may know why."
        fail(f"{type(error).__name__}: {error}. {where}")


def in_options(error):
    """The sentence of an error, with the words of a call in Python as options."""
    return re.sub(rf"\b({'|'.join(OPTIONS)})=(?!\w)", lambda found: OPTIONS[found[1]], str(error))


def fail(sentence, code=1):
    """Print one sentence on the error stream and exit."""
    print(" ".join(sentence.split()), file=sys.stderr)
    raise SystemExit(code)


def check_ending(option, path, *endings):
    """Refuse to write a file whose name says that it is something else: an input that follows the option, say."""
    if path is not None and path.suffix.lower() not in endings:
        raise TyperException(f"{option} names the {endings[0]} file to write, which {path} is not")


def console():
    """A rich console on standard output: as wide as the terminal, 120 columns when piped."""
    import rich.console

    return rich.console.Console(highlight=False, width=None if sys.stdout.isatty() else 120)


def show_table(title, columns, rows, right=()):
    """Print rows of text as a table; the columns named in `right` are aligned to the right."""
    import rich.markup
    import rich.table

    table = rich.table.Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(rich.markup.escape(str(cell)) for cell in row))
    console().print(table)


def show_json(thing):
    """Print an object as one line of strict JSON (no NaN), at once."""
    import json

    print(json.dumps(thing, allow_nan=False), flush=True)


def show_report(report, json):
    """Print a report of ours as JSON or as its table."""
    print(report.to_json()) if json else console().print(report.to_table())


@app.command()
def doctor(json: Json = False):
    """Examine this computer, and name the fix for each problem.

    Example: ser-lessons doctor --json
    """
    from . import doctor as checkup

    findings = checkup.examine()
    healthy = checkup.is_healthy(findings)
    if json:
        show_json({"healthy": healthy, "findings": [dataclasses.asdict(finding) for finding in findings]})
    else:
        rows = [dataclasses.astuple(finding) for finding in findings]
        show_table("This computer", ["what", "state", "found", "what to do"], rows)
    raise typer.Exit(0 if healthy else 1)


@app.command()
def lessons(folder: Annotated[Path, Argument(help="Where to put the notebooks.")]):
    """Copy the lessons into a folder of yours; a notebook that you changed is never overwritten.

    Example: ser-lessons lessons my_lessons
    """
    notebooks = sorted(system.course_folder("lessons", "notebooks").glob("[0-9][0-9]_*.ipynb"))
    places = {folder / path.name: path.read_bytes() for path in notebooks}
    changed = [place.name for place, content in places.items() if place.exists() and place.read_bytes() != content]
    if changed:
        raise SerError(f"{folder} holds your changes to {', '.join(changed)}: name another folder, or move them.")
    for place, content in places.items():
        system.write_whole(place, content)
    print(f"{len(places)} lessons in {folder}; open them with: jupyter lab {folder}")


def report_corpus(folder=None):
    """Say what lies in a folder, or in the corpus of the lessons, and what is wrong with it; True when nothing is."""
    from . import corpus

    table = corpus.open_folder(folder) if folder else corpus.open_corpus()
    title, clips = corpus.corpus_title(table), counted(len(table), "clip")
    voices = counted(table["actor"].nunique(), "voice")
    print(f"{title}: {clips} of {voices} in {folder or os.path.commonpath(list(table['path']))}")
    faults = corpus.check_ravdess(table) if "intensity" in table else list(corpus.check_sound(table))
    print(*faults or ["Nothing missing, nothing odd."], *corpus.remarks_on(table), sep="\n")
    return not faults or table.attrs["corpus"] == "practice"


@data_app.command()
def fetch(folder: Annotated[Path, Argument(help="Where to put RAVDESS.")] = DATA, only: Only = None):
    """Download RAVDESS from Zenodo, verify it and unpack it; a broken transfer is resumed.

    Example: ser-lessons data fetch data/ravdess --only speech
    """
    from .corpus import fetch

    report_corpus(fetch.fetch(folder, channels=(str(only),) if only else tuple(map(str, Channel))))


@data_app.command()
def adopt(
    path: Annotated[Path, Argument(help="A folder or zip file that holds RAVDESS.")],
    folder: Annotated[Path, Argument(help="Where to put it.")] = DATA,
):
    """Use a copy of RAVDESS that you already have.

    Example: ser-lessons data adopt Downloads/ravdess
    """
    from .corpus import fetch

    report_corpus(fetch.adopt(path, folder))


@data_app.command()
def practice(folder: Annotated[Path | None, Argument(help="Where to write it; default: the cache.")] = None):
    """Make the synthetic practice corpus (24 voices, under a minute); the lessons do it on first use."""
    from .corpus import practice

    report_corpus(practice.make(folder) if folder else practice.ensure())


@data_app.command()
def check(folder: Annotated[Path | None, Argument(help="A folder or manifest; default: the lessons' corpus.")] = None):
    """Check a corpus: damaged, doubled and foreign files; of RAVDESS also counts, labels and known oddities.

    That a file is cut is not seen in raw AAC and AMR, and in MP3, WAV and webm that do not tell their length.

    Example: ser-lessons data check mine/manifest.csv
    """
    raise typer.Exit(0 if report_corpus(folder) else 1)


@app.command()
def train(
    protocol: Annotated[Protocol | None, Option(help="How clips are split (lesson 06); default: by voice.")] = None,
    net: Annotated[Net, Option(help="The net of the student project, or the course's own.")] = Net.course,
    corpus: Annotated[Path | None, Option(help="Your own recordings: a folder, or a CSV manifest.")] = None,
    fold: Annotated[int, Option(min=1, help="Which fold of the protocol is tested.")] = 1,
    all_folds: Annotated[bool, Option("--all-folds", help="All folds side by side; the report pools them.")] = False,
    cluster: Annotated[str | None, Option(help="With --all-folds: the Dask scheduler whose workers train.")] = None,
    epochs: Annotated[int | None, Option(min=1, help="Epochs, fewer or more than the net's own recipe has.")] = None,
    seed: Annotated[int, Option(help="Seed of weights, order and dropout.")] = 7,
    out: Annotated[Path | None, Option(help="Run folder; default: runs/PROTOCOL-NET-FOLD.")] = None,
):
    """Train a net on one fold or on all, then judge it; started again after a kill, it goes on where it was.

    \b
    Examples:
      ser-lessons train --corpus manifest.csv --all-folds
      ser-lessons train --protocol loso --fold 3 --net student --out runs/third
      ser-lessons train --all-folds --epochs 5 --seed 1
      ser-lessons train --all-folds --cluster tcp://head:8786
    """
    from . import corpus as corpora
    from . import evaluate
    from .corpus import splits
    from .net import cluster as machines
    from .net import experiments
    from .sound import audio

    if cluster and not all_folds:
        raise TyperException("--cluster needs --all-folds, since one fold is no work for several")
    table = corpora.read_corpus(corpus) if corpus else corpora.open_corpus()
    if cut := [path for path in table["path"] if audio.is_shorter_than_told(path)]:
        clips = counted(len(cut), "clip is cut off and counts", "clips are cut off and count")
        say(f"{clips} as far as heard, {shown(cut[0])} first: `ser-lessons data check` finds such files.")
    protocol = str(protocol or (Protocol.speakers if corpus else Protocol.actors))
    found = {split.fold: split for split in splits.make_splits(protocol, table, seed)}
    if fold not in found:
        raise TyperException(f"--fold {fold} is none of protocol {protocol}, which has {', '.join(map(str, found))}")
    name = "-".join([*([table.attrs["corpus"]] if corpus else []), protocol, net])
    chosen = experiments.find_net(str(net))
    if epochs:
        chosen = dataclasses.replace(chosen, recipe=dataclasses.replace(chosen.recipe, epochs=epochs))
    runs = []
    for number in found if all_folds else [fold]:
        split = found[number]
        run = (out / str(number) if all_folds else out) if out else Path("runs", f"{name}-{number}")
        sizes = f"{counted(len(split.train), 'clip')} to train on, {len(split.test)} to test"
        say(f"{corpora.corpus_title(table)}, fold {number}: {sizes}; state in {run}")
        runs.append((split, chosen, run))
    try:
        if all_folds:
            with machines.workers(cluster):
                answers = [done[0] for done in experiments.run_folds(table, runs, seed=seed, log=say_epoch)]
        else:
            log = functools.partial(say_epoch, fold)
            answers = [experiments.run_fold(table, split, net=chosen, run_dir=run, seed=seed, log=log)[0]]
    except KeyboardInterrupt as stop:
        say(str(stop) or "Stopped: run the same again, and it goes on after the last whole epoch.")
        raise typer.Exit(130) from None
    show_report(evaluate.report(evaluate.pool(answers)), json=False)


def say(sentence):
    """Print on the error stream, at once."""
    print(sentence, file=sys.stderr, flush=True)


def say_epoch(fold, row):
    """Say how an epoch of a fold went."""
    numbers = (f"{name} {row[name]:.3f}" for name in ("loss", "accuracy", "val_loss", "val_accuracy") if name in row)
    say(f"fold {fold}  epoch {row['epoch']:>3}  " + "  ".join(numbers))


@app.command()
def bundle(
    runs: Annotated[list[Path], Argument(help="Run folders of `train`: the net of the first is bundled.")],
    out: Annotated[Path, Option(help="The folder to write.")] = Path("bundle"),
):
    """Make a bundle of a trained net, for `predict --bundle`; how sure it may be comes from the test clips of all runs.

    Example: ser-lessons bundle runs/mine-speakers-course-* --out my_net
    """
    from .net import bundle as bundles

    made = bundles.from_runs(out, runs)
    print(f'wrote {out}: {", ".join(made.labels)}; "not sure" below {made.threshold:.2f}')


@app.command()
def export(
    h5: Annotated[Path, Option(help="The file to write.")] = Path("final_emotion_model.h5"), bundle: Bundle = None
):
    """Write a net as one .h5 file, as older Keras code wants it, proven to give the same answers.

    Not the shipped net, which computes statistics that such a file cannot hold.

    Example: ser-lessons export --bundle my_net --h5 my_net.h5
    """
    from .net import bundle as bundles

    check_ending("--h5", h5, ".h5", ".hdf5")
    print(f"wrote {bundles.export_h5(h5, bundle)}")


@app.command()
def evaluate(
    predictions: Predictions,
    label: Label = None,
    predicted: Predicted = None,
    speaker: Speaker = None,
    gender: Gender = None,
    file: File = None,
    json: Json = False,
):
    """Judge predictions: accuracy, UAR and recall by emotion, with intervals that resample actors.

    \b
    Examples:
      ser-lessons evaluate runs/*/predictions.csv
      ser-lessons evaluate theirs.csv --label truth --predicted guess --json
      ser-lessons evaluate theirs.csv --speaker who --gender sex --file clip
    """
    from . import evaluate

    columns = {"emotion": label, "predicted": predicted, "actor": speaker, "gender": gender, "stem": file}
    show_report(evaluate.report(evaluate.read_predictions(*predictions, **columns)), json)


@app.command()
def bias(
    predictions: Predictions = None,
    json: Json = False,
    label: Label = None,
    predicted: Predicted = None,
    speaker: Speaker = None,
    gender: Gender = None,
    file: File = None,
    html: Annotated[Path | None, Option(help="Write the whole audit as one web page.")] = None,
    metric: Annotated[str, Option(help="uar, accuracy or macro_f1.")] = "uar",
    margin: Annotated[float, Option(help="Points within which groups count as equal; set it beforehand.")] = 5.0,
    women: Annotated[str | None, Option(help="Published counts instead of a table: RIGHT/CLIPS.")] = None,
    men: Annotated[str | None, Option(help="The same for men: RIGHT/CLIPS.")] = None,
    flips: Annotated[int | None, Option(min=1, help="Clips of each voice to shift in pitch; 5 take 1 min.")] = None,
    audio: Annotated[Path | None, Option(help="For --flips: folder or manifest; default: the lessons' corpus.")] = None,
    bundle: Bundle = None,
):
    """Ask whether a model is equally good on recordings by actresses and by actors: gap, equivalent, or undecidable.

    With --flips also: how many answers change when only the pitch of a recording does?

    \b
    Examples:
      ser-lessons bias predictions.csv --metric accuracy --margin 3 --html audit.html
      ser-lessons bias theirs.csv --label truth --predicted guess --json
      ser-lessons bias theirs.csv --speaker who --gender sex --file clip
      ser-lessons bias predictions.csv --flips 5 --audio recordings --bundle my_net
      ser-lessons bias --women 206/259 --men 187/232
    """
    from . import bias
    from . import evaluate as judge

    check_ending("--html", html, ".html", ".htm")
    if predictions and women is None and men is None:
        columns = {"emotion": label, "predicted": predicted, "actor": speaker, "gender": gender, "stem": file}
        table = judge.read_predictions(*predictions, **columns)
        shifted = None if flips is None else shift_and_ask(table, audio, bundle, clips_per_actor=flips)
        report = bias.audit(table, metric=metric, margin_points=margin, counterfactual=shifted)
    elif not predictions and women and men:
        counts = dict(zip(("women_right", "women_clips", "men_right", "men_clips"), (*ratio(women), *ratio(men))))
        report = bias.audit_counts(**counts, margin_points=margin)
    else:
        raise TyperException("Give a predictions table, or --women and --men")
    if html is not None:
        report.to_html(html)
    show_report(report, json)


def shift_and_ask(predictions, folder, bundle, **options):
    """Shift recordings of a predictions table in pitch, ask a bundle about them, and count the answers that change."""
    from . import bias, corpus
    from .net import bundle as bundles
    from .net import predict

    clips = corpus.open_folder(folder) if folder else corpus.open_corpus()
    net = bundles.load(bundle)
    ask = functools.partial(predict.ask, bundle=net)
    flips = bias.counterfactual_flips(ask, bias.audited_clips(predictions, clips), **options)
    flips.attrs["note"] = bias.note_on_training(corpus.corpus_title(clips), net.facts)
    return flips


def ratio(text):
    """Two whole numbers written as RIGHT/CLIPS."""
    right, slash, clips = text.partition("/")
    if not (slash and right.isdecimal() and clips.isdecimal()):
        raise TyperException(f"{text!r} is not RIGHT/CLIPS, such as 206/259")
    return int(right), int(clips)


@app.command()
def leakage(
    table: Annotated[Path | None, Argument(help="Your table of clips (CSV); default: the corpus.")] = None,
    side: Annotated[str | None, Option(help="Column that says train or test; default: split, set ...")] = None,
    file: Annotated[str | None, Option(help="Column with the path of each sound file; default: path, file ...")] = None,
    stem: Annotated[str | None, Option(help="Column with the name of each clip; default: stem, name ...")] = None,
    speaker: Speaker = None,
    label: Label = None,
    meter: Annotated[bool, Option("--meter", help="Measure what knowing the voices is worth.")] = False,
    folds: Annotated[int, Option(min=2, help="Folds of the meter.")] = 6,
    json: Json = False,
):
    """Search a split for leaks, or measure them.

    With a TABLE that says which side each clip is on: shared voices, twins, copies (also resampled, quieter, cut or
    coded), identical sound. Exit code 0: everything was compared, and there is no leak; 1: there are leaks; 3: none was
    found, but voices or sound were not compared, or nothing could be. With --meter, or without a table: train the same
    model under a random and a speaker split of equal size, and report the gap with its interval.

    \b
    Examples:
      ser-lessons leakage split.csv --json
      ser-lessons leakage split.csv --side subset --speaker who --file sound --stem clip
      ser-lessons leakage clips.csv --meter --label truth --folds 5
    """
    from . import corpus
    from . import evaluate as judge
    from .corpus.csvs import read_table

    if meter or table is None:
        clips = corpus.open_corpus() if table is None else read_table(table)
        columns = {"file": file, "speaker": speaker, "label": label, "folder": table and table.parent}
        report = judge.leakage(clips, n_folds=folds, **columns)
        print(report.to_json() if json else report.sentence)
        return
    try:
        clips = read_table(table)
        columns = {"file": file, "stem": stem, "speaker": speaker, "folder": table.parent}
        search = judge.search_leaks(clips, judge.sides_of(clips, side), **columns)
    except SerError as error:
        fail(in_options(error), code=NOT_SEARCHED)
    if json:
        show_json(dataclasses.asdict(search))
    else:
        rows = [(leak.kind, " -> ".join(leak.sides), len(leak.stems), leak.message) for leak in search.leaks]
        if rows:
            show_table(table.name, ["leak", "between", "clips", "what"], rows, right=("clips",))
        print(f"{table.name}: {search.sentence}")
    raise typer.Exit(1 if search.leaks else 0 if search.complete else NOT_SEARCHED)


@app.command()
def report(
    names: Annotated[list[str] | None, Argument(help="Reports by name or file; default: all.")] = None,
    folder: Annotated[Path | None, Option(help="Where the JSON files are; default: reports/.")] = None,
    json: Json = False,
):
    """Show recorded results (reports/*.json) as tables with their intervals.

    Example: ser-lessons report baselines --folder reports --json
    """
    from .evaluate import recorded

    base = folder or recorded.FOLDER
    paths = [base / f"{name}.json" if "." not in name else Path(name) for name in names or []]
    for path in paths or recorded.find_reports(base):
        content = recorded.read_report(path)
        if json:
            show_json({"report": path.stem, **content})
        else:
            facts, tables = recorded.parts_of(content)
            show_table(path.stem, ["fact", "value"], facts)
            for title, columns, rows in tables:
                show_table(f"{path.stem}: {title}", columns, rows)


@app.command()
def predict(
    files: Annotated[list[str], Argument(help="Files, folders, quoted patterns; - reads a list.", metavar="FILE...")],
    json: Annotated[bool, Option("--json", help="Print one JSON object a line and answer.")] = False,
    csv: Annotated[Path | None, Option(help="Write the rows to this file instead.")] = None,
    every: Annotated[float | None, Option(min=0.1, help="Long recordings: judge 3 s every so many seconds.")] = None,
    plot: Annotated[Path | None, Option(help="With --every, of one file: draw it, as .png or .svg.")] = None,
    one_voice: Annotated[bool, Option("--one-voice", help="One person, several moods: first know the voice.")] = False,
    bundle: Bundle = None,
):
    """Say which emotion the voice in each file shows, how sure that is, or that it is not sure.

    Rows come as soon as they are known; Ctrl-C keeps them. Silence in a long recording is left out. With --one-voice
    each file is judged against the others, from 10 s of them on.

    Exit code 0: every file was answered; 1: at least one was not, and the others were; 130: stopped by Ctrl-C.

    \b
    Examples:
      ser-lessons predict recordings --csv answers.csv
      ser-lessons predict ann/*.wav --one-voice
      ser-lessons predict talk.wav --every 1.5 --plot talk.png
      ser-lessons predict a.wav b.m4a --bundle my_net --json
    """
    from .net import bundle as bundles

    if csv is not None and json:
        raise TyperException("Rows go to a file (--csv) or are JSON (--json), not both")
    check_ending("--csv", csv, ".csv", ".txt", "")
    if plot is not None and (every is None or len(files) > 1 or plot.suffix not in (".png", ".svg")):
        raise TyperException("--plot needs --every, one recording, and the name of a .png or .svg file")
    if one_voice and every is not None:
        raise TyperException("--one-voice judges whole files, so leave out --every")
    if plot is not None:
        plot.parent.mkdir(parents=True, exist_ok=True)
    net, known = bundles.load(bundle), "-" not in files or one_voice
    paths = list(sound_paths(files)) if known else sound_paths(files)
    names = [len(shown(path)) for path in paths] if known else [40]
    answers, drawn = answers_about(paths, every, net, one_voice), []
    with contextlib.ExitStack() as stack:
        if csv is not None:
            show = stack.enter_context(csv_rows(csv, net.labels, every))
        else:
            show = functools.partial(show_answer, json=json, width=min(60, max(names) + (18 if every else 0)))
            show(None)
        total = len(paths) if known and every is None else None
        quiet = sys.stdout.isatty() and csv is None  # the rows themselves are the progress
        bar = contextlib.nullcontext(id) if quiet else system.progress_bar("Listening", total)
        advance, n_done, n_unsure, n_failed = stack.enter_context(bar), 0, 0, 0
        try:
            for answer in answers:
                with system.undisturbed():
                    show(answer)
                    n_done += 1
                    n_failed += answer.error is not None
                    n_unsure += answer.abstained and answer.error is None
                advance(n_done)
                drawn += [answer] if plot else []
        except KeyboardInterrupt:
            done = counted(n_done, "answer, which is", "answers, which are")
            done = f"{n_done} of {total} answers, which are" if total else done
            say(f"Stopped after {done} complete and kept.")
            raise typer.Exit(130) from None
    if csv is not None:
        told = counted(n_done, "window" if every else "recording")
        say(f"{told}, {n_unsure} not sure, {n_failed} without an answer: the rows are in {csv}.")
    if plot is not None and not n_failed:
        os.environ.setdefault("MPLBACKEND", "agg")
        from . import plots

        if not drawn:
            raise SerError(f"There is only silence, so {plot} was not drawn.")
        plots.show_timeline(drawn).savefig(plot)
        say(f"drew {plot}")
    raise typer.Exit(1 if n_failed else 0)


def sound_paths(words):
    """The files that words of the command line mean: files, folders, patterns, and for - a list on standard input."""
    import glob

    from .sound import audio

    for word in words:
        if word == "-":
            yield from filter(None, (line.rstrip("\r\n") for line in sys.stdin))
        elif os.path.isdir(word):
            found = audio.sound_files(word)
            yield from map(str, itertools.chain([next(found, word)], found))
        else:
            yield from (not os.path.exists(word) and sorted(glob.glob(word, recursive=True))) or [word]


def answers_about(paths, every, net, one_voice=False):
    """One answer a file, or one a window of each; what is silent is left out, and said so on the error stream."""
    from .net import predict

    if every is None:
        voice = predict.Voice(paths, bundle=net) if one_voice else None
        yield from voice.answers() if voice else predict.predict_files(paths, bundle=net)
        return
    for path in paths:
        n_windows = n_silent = 0
        try:
            for window in predict.predict_windows(path, every=every, bundle=net):
                n_windows += 1
                if window.label is None:
                    n_silent += 1
                else:
                    yield window
        except BadClip as error:
            yield predict.Prediction(path, error=str(error))
        if n_silent:
            of = f"of {counted(n_windows, 'window')}"
            say(f"{shown(path)}: {counted(n_silent, f'{of} is silent and was', f'{of} are silent and were')} left out.")


def shown(name):
    """A file name in one line."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in str(name))


def show_answer(answer, *, json, width):
    """Print an answer, or for None the head of the table, as a row of the terminal or a line of JSON, at once."""
    if json:
        return answer and show_json(answer.to_json())
    if answer is None:
        row = "file", "emotion", "sure", "remarks"
    elif answer.error is not None:
        row = shown(answer.file), "-", "-", answer.error
    else:
        first, second = sorted(answer.probabilities.items(), key=lambda item: -item[1])[:2]
        label = f"not sure ({first[0]} or {second[0]})" if answer.abstained else answer.label
        time = f" {answer.start:.1f}-{answer.end:.1f} s" if hasattr(answer, "start") else ""
        row = shown(answer.file) + time, label, f"{answer.confidence:.0%}", "; ".join(answer.warnings)
    print(f"{row[0]:<{width}}  {row[1]:<31}  {row[2]:>4}  {row[3]}".rstrip(), flush=True)


@contextlib.contextmanager
def csv_rows(path, labels, every):
    """A CSV file with its head; yields the function that writes an answer as a whole row."""
    import csv

    times = ["start", "end"] if every else []
    names = ["file", *times, "label", "confidence", "abstained", *(f"p_{label}" for label in labels)]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*names, "warnings", "error"], extrasaction="ignore", restval="")
        writer.writeheader()

        def write(answer):
            facts = answer.to_json()
            chances = {f"p_{label}": round(p, 6) for label, p in answer.probabilities.items()}
            writer.writerow(facts | chances | {"warnings": "; ".join(answer.warnings)})
            file.flush()

        yield write


if __name__ == "__main__":
    main()
