"""The `ser-lessons` command: one thin function a subcommand; the work is done in the modules.

Everything heavy is imported inside the functions, so that `--help` and `predict` answer at once.
Exit codes: 0 done, 1 it could not be done (one sentence says why), 2 the command was misspelled.
Lesson: 00_start_here.
"""

import enum
import os
import pathlib
import sys
from typing import Annotated

import typer

from .errors import SerError

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
app = typer.Typer(
    help="Hear emotion, and judge honestly how well a machine does.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings=CONTEXT,
    add_completion=False,
    epilog="Lessons: open notebooks/00_start_here.ipynb, or run `make lab`.",
)
data_app = typer.Typer(help="Get, adopt, make and check the recordings.", no_args_is_help=True)
notebooks_app = typer.Typer(help="Make the learner notebooks from the solutions, or check them.", no_args_is_help=True)
app.add_typer(data_app, name="data")
app.add_typer(notebooks_app, name="notebooks")

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs, instead of a table.")]
Protocol = enum.StrEnum("Protocol", ["seed", "random", "actors", "emobox", "loso"])
Net = enum.StrEnum("Net", ["seed", "course"])
Channel = enum.StrEnum("Channel", ["speech", "song"])
DATA = pathlib.Path("data/ravdess")


def main(argv=None):
    """Run the command line; print one sentence, not a traceback, when something cannot be done."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        app(args=argv, prog_name="ser-lessons")
    except SerError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.strerror or error}{': ' + os.fspath(error.filename) if error.filename else ''}.")
    except Exception as error:
        if os.environ.get("SER_DEBUG"):
            raise
        where = "This is a fault of ser-lessons, not yours; SER_DEBUG=1 shows where, `ser-lessons doctor` may know why."
        fail(f"{type(error).__name__}: {error}. {where}")


def fail(sentence):
    """Print one sentence on the error stream and exit with 1."""
    print(" ".join(sentence.split()), file=sys.stderr)
    raise SystemExit(1)


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
    """Print an object as one line of strict JSON (no NaN)."""
    import json

    print(json.dumps(thing, allow_nan=False))


# ------------------------------------------------------------------------------------------------ this computer


@app.command()
def doctor(json: Json = False):
    """Examine this computer, and name the fix for each problem."""
    import dataclasses

    from . import doctor as module

    findings = module.examine()
    if json:
        show_json({"healthy": module.is_healthy(findings), "findings": [dataclasses.asdict(f) for f in findings]})
    else:
        rows = [dataclasses.astuple(finding) for finding in findings]
        show_table("This computer", ["what", "state", "found", "what to do"], rows)
    raise typer.Exit(0 if module.is_healthy(findings) else 1)


# ------------------------------------------------------------------------------------------------ recordings


@data_app.command()
def fetch(
    folder: Annotated[pathlib.Path, typer.Argument(help="Where to put RAVDESS.")] = DATA,
    only: Annotated[Channel | None, typer.Option(help="Fetch speech or song alone (both: 0.4 GB).")] = None,
):
    """Download RAVDESS from Zenodo, verify it and unpack it; a broken transfer is resumed."""
    from . import download

    channels = (str(only),) if only else ("speech", "song")
    report_corpus(download.fetch(folder, channels=channels), channels)


@data_app.command()
def adopt(
    path: Annotated[pathlib.Path, typer.Argument(help="A folder or zip file that holds RAVDESS.")],
    folder: Annotated[pathlib.Path, typer.Argument(help="Where to put it.")] = DATA,
):
    """Use a copy of RAVDESS that you already have."""
    from . import download

    report_corpus(download.adopt(path, folder))


@data_app.command()
def practice(
    folder: Annotated[pathlib.Path | None, typer.Argument(help="Where to write it; default: the cache.")] = None,
):
    """Make the synthetic practice corpus (24 voices, under a minute); the lessons do it on first use."""
    from . import practice as module

    report_corpus(module.make(folder) if folder else module.ensure())


@data_app.command()
def check(
    folder: Annotated[pathlib.Path | None, typer.Argument(help="A corpus; default: the one lessons use.")] = None,
    only: Annotated[Channel | None, typer.Option(help="Only speech, or only song, was fetched.")] = None,
):
    """Check a corpus: counts, labels, doubled and foreign files, the known oddities of RAVDESS."""
    from . import corpus

    table = corpus.scan(folder) if folder else corpus.open_corpus()
    faults = corpus.check_ravdess(table, channels=(str(only),) if only else ("speech", "song"))
    practice_only = table.attrs.get("corpus") == "practice"
    for fault in faults:
        print(fault)
    if not faults:
        print(f"{corpus.corpus_title(table)}: {len(table)} clips, nothing missing, nothing odd.")
    raise typer.Exit(1 if faults and not practice_only else 0)


def report_corpus(folder, channels=("speech", "song")):
    """Say what now lies in a folder, and what is wrong with it."""
    from . import corpus

    table = corpus.scan(folder)
    print(f"{corpus.corpus_title(table)}: {len(table)} clips of {table['actor'].nunique()} voices in {folder}")
    if table.attrs.get("corpus") != "practice":
        for fault in corpus.check_ravdess(table, channels=channels):
            print(fault)


# ------------------------------------------------------------------------------------------------ judging

Predictions = Annotated[pathlib.Path, typer.Argument(help="A predictions table (CSV): one row a clip.")]


@app.command()
def evaluate(predictions: Predictions, json: Json = False):
    """Judge predictions: accuracy, UAR and recall by emotion, with intervals that resample actors."""
    from . import evaluate as module

    report = module.report(module.read_predictions(predictions))
    if json:
        print(report.to_json())
    else:
        console().print(report.to_table())


# ------------------------------------------------------------------------------------------------ predicting


@app.command(context_settings=CONTEXT | {"allow_interspersed_args": True})
def predict(
    files: Annotated[list[str], typer.Argument(help="Sound files: wav, flac, ogg, mp3.", metavar="FILE...")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line and file.")] = False,
    bundle: Annotated[pathlib.Path | None, typer.Option(help="A model bundle; default: the shipped one.")] = None,
):
    """Say which emotion the voice in each file shows, how sure that is, or that it is not sure.

    Exit code 0: every file was answered; 1: at least one was not, and the others were.
    """
    from . import bundle as bundles
    from . import predict as module

    answers = module.predict_files(files, bundle=bundles.load(bundle))
    failed = 0
    rows = []
    for answer in answers:
        failed += answer.error is not None
        if json:
            show_json(as_record(answer))
        else:
            rows.append(as_row(answer))
    if rows:
        show_table(None, ["file", "emotion", "sure", "remarks"], rows, right=("sure",))
    raise typer.Exit(1 if failed else 0)


FIELDS = ("file", "label", "confidence", "probabilities", "abstained", "warnings", "error")


def as_record(answer):
    """A prediction as the dict that `--json` prints, its numbers rounded to 6 places."""
    record = {name: getattr(answer, name) for name in FIELDS}
    record["file"] = os.fspath(answer.file)
    record["warnings"] = list(answer.warnings)
    if answer.confidence is not None:
        record["confidence"] = round(float(answer.confidence), 6)
    record["probabilities"] = {name: round(float(p), 6) for name, p in (answer.probabilities or {}).items()}
    return record


def as_row(answer):
    """A prediction as a row of the terminal table."""
    if answer.error is not None:
        return answer.file, "-", "-", answer.error
    first, second = sorted(answer.probabilities.items(), key=lambda item: -item[1])[:2]
    label = f"not sure ({first[0]} or {second[0]})" if answer.abstained else answer.label
    return answer.file, label, f"{answer.confidence:.0%}", " ".join(answer.warnings)


# ------------------------------------------------------------------------------------------------ the course


@notebooks_app.command()
def build():
    """Write the learner notebooks from the solutions."""
    from . import authoring

    raise typer.Exit(authoring.main(["build"]))


@notebooks_app.command("check")
def check_notebooks():
    """Compare every learner notebook with what the solutions would give, byte by byte."""
    from . import authoring

    raise typer.Exit(authoring.main(["check"]))


@notebooks_app.command()
def execute(lessons: Annotated[list[str] | None, typer.Argument(help="Lesson numbers; default: all.")] = None):
    """Run the solutions and store their outputs."""
    from . import authoring

    raise typer.Exit(authoring.main(["execute", *(lessons or [])]))


if __name__ == "__main__":
    main()
