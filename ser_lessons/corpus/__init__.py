"""Tables of clips: RAVDESS, the practice corpus, and how their clips are split.

Front door: `corpus.open_corpus()`. Lesson: 01_waveforms.
"""

import os
import pathlib

from ..errors import BadCorpus, BadTable
from ..sound.audio import sound_files
from .manifest import parse_foreign, read_corpus
from .ravdess import (
    CHANNELS,
    COLUMNS,
    PRACTICE_MANIFEST,
    STATEMENTS,
    STEREO_STEMS,
    TWIN_STEMS,
    check_ravdess,
    check_sound,
    format_name,
    parse_name,
    remarks_on,
    scan,
    try_name,
    twin_groups,
)

TITLES = {"ravdess": "RAVDESS", "practice": "practice corpus (synthetic)"}
"""How our two corpora are printed. Only of them it is known here that actresses and actors speak in them."""


def find_ravdess():
    """The folder of RAVDESS: `SER_RAVDESS`, else `data/ravdess` here, one level up, or beside the package; or None.

    Raises `BadCorpus` where `SER_RAVDESS` is set but is not a folder. Lesson: 00_start_here.
    """
    named = os.environ.get("SER_RAVDESS")
    if named:
        if not pathlib.Path(named).is_dir():
            raise BadCorpus(f"SER_RAVDESS names {named}, which is not a folder; correct it or unset it.")
        return pathlib.Path(named)
    for root in (pathlib.Path.cwd(), pathlib.Path.cwd().parent, pathlib.Path(__file__).resolve().parents[2]):
        folder = root / "data" / "ravdess"
        if folder.is_dir() and next(sound_files(folder), None) is not None:
            return folder
    return None


def open_corpus(channel=None, prefer=None):
    """Open RAVDESS if it is found, else the practice corpus, which is made on first use.

    `channel` is "speech", "song" or None (both), `prefer` "ravdess", "practice" or None; the environment variable
    `SER_CORPUS` overrides it. Returns a DataFrame as from `scan`; `corpus_title(table)` says which corpus it is.

    Raises `BadCorpus` where RAVDESS was demanded and is not there, or the wish is not one of the two corpora, and
    `BadTable` where the corpus has no clip of that channel. Lesson: all.
    """
    wish = os.environ.get("SER_CORPUS") or prefer
    if wish not in (None, "ravdess", "practice"):
        raise BadCorpus(f"There is no corpus {wish!r}; set SER_CORPUS to ravdess or practice, or unset it.")
    folder = None if wish == "practice" else find_ravdess()
    if folder is None and wish == "ravdess":
        raise BadCorpus("RAVDESS was asked for but not found; run `ser-lessons data fetch`, or set SER_RAVDESS.")
    if folder is None:
        from . import practice

        folder = practice.ensure()
    table = scan(folder)
    if channel is None:
        return table
    if channel not in CHANNELS:
        raise BadTable(f"There is no vocal channel {channel!r}; use 'speech', 'song' or None.")
    chosen = table[table["channel"] == channel].reset_index(drop=True)
    if chosen.empty:
        raise BadTable(f"The {corpus_title(table)} has no {channel}; ask for another vocal channel.")
    return chosen


def open_folder(source):
    """Open a folder of RAVDESS or of the practice corpus as `scan` does, any other or a manifest as `read_corpus`."""
    told = (pathlib.Path(source) / "manifest.csv").is_file()
    ours = not told and any(try_name(path.stem) for path in sound_files(source))
    return scan(source) if ours else read_corpus(source)


def corpus_title(table):
    """How figures and tables name the corpus: "RAVDESS", "practice corpus (synthetic)", or as its own people do.

    Raises `BadTable` where the table does not say where it comes from. Lesson: all.
    """
    if "corpus" not in table.attrs:
        raise BadTable("The table does not name its corpus; make it with corpus.scan or corpus.open_corpus.")
    return TITLES.get(table.attrs["corpus"], table.attrs["corpus"])
