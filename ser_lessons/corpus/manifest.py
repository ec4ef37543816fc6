"""Other corpora than RAVDESS: a folder of known file names, or a CSV manifest, becomes a table of clips.

The file names that are understood, each as its owners document it: EMO-DB (Burkhardt et al. 2005), EMOVO (Costantini et
al. 2014), nEMO (Christop 2024), SAVEE (Haq & Jackson 2009), TESS (Pichora-Fuller & Dupuis 2020), CREMA-D (Cao et al.
2014), RAVDESS. Anything else is told by a manifest: file, speaker, emotion, and gender, language, sentence if known.
Lesson: 09_full_model.
"""

import contextlib
import os
import pathlib
import re

import pandas as pd

from ..config import GENDERS, counted
from ..errors import BadCorpus, BadName, BadTable
from ..sound.audio import sound_files
from .csvs import find_column, path_of, read_table
from .ravdess import scan, try_name

COLUMNS = ("stem", "path", "corpus", "channel", "emotion", "actor", "gender", "language", "sentence")
"""What every table of `read_corpus` holds; `actor` and `stem` begin with the corpus, so that tables can be joined."""

NEEDED, OPTIONAL = ("file", "speaker", "emotion"), ("gender", "language", "sentence")
MEANT = {"file": "path", "speaker": "actor", "emotion": "emotion", "gender": "gender"}
"""Columns of a manifest that may have another common name (`csvs.MEANINGS`)."""

SYNONYMS = {
    "anger": "angry",
    "disgusted": "disgust",
    "fear": "fearful",
    "happiness": "happy",
    "joy": "happy",
    "neutrality": "neutral",
    "pleasant surprise": "surprised",
    "sadness": "sad",
    "surprise": "surprised",
}
"""Names that other corpora give to our emotions; a name that is neither here nor ours (boredom) stays as it is."""

GENDER_NAMES = dict.fromkeys(("m", "male", "männlich", "mann", "man"), "man")
GENDER_NAMES |= dict.fromkeys(("f", "w", "female", "weiblich", "frau", "woman"), "woman")


def our_names(cells, names):
    """Cells (a Series) in lower case, under the names that `names` has for them; empty ones stay empty."""
    plain = cells.map(lambda name: str(name).strip().lower(), na_action="ignore")
    return plain.map(lambda name: names.get(name, name), na_action="ignore")


_EMODB_WOMEN = {"08", "09", "13", "14", "16"}
_NEMO_WOMEN = {"EB0", "IC0", "KD0", "MK0"}
_ADAPTERS = {
    "emodb": (
        r"(?P<speaker>03|08|09|1[0-6])(?P<sentence>[ab]\d\d)(?P<emotion>[WLEAFTN])[a-z]",
        dict(zip("WLEAFTN", ("angry", "boredom", "disgust", "fearful", "happy", "sad", "neutral"))),
        "de",
        lambda speaker: GENDERS[speaker in _EMODB_WOMEN],
    ),
    "emovo": (
        r"(?P<emotion>dis|gio|neu|pau|rab|sor|tri)-(?P<speaker>[fm][1-3])-(?P<sentence>[bdln]\d)",
        {"dis": "disgust", "gio": "happy", "neu": "neutral", "pau": "fearful"}
        | {"rab": "angry", "sor": "surprised", "tri": "sad"},
        "it",
        lambda speaker: GENDERS[speaker[0] == "f"],
    ),
    "nemo": (
        r"(?P<speaker>[A-Z]{2}0)_(?P<emotion>anger|fear|happiness|neutral|sadness|surprised?)_(?P<sentence>\d+)",
        SYNONYMS,
        "pl",
        lambda speaker: GENDERS[speaker in _NEMO_WOMEN],
    ),
    "savee": (
        r"(?P<speaker>DC|JE|JK|KL)[_/](?P<emotion>sa|su|a|d|f|h|n)(?P<sentence>\d\d)",
        {"a": "angry", "d": "disgust", "f": "fearful", "h": "happy", "n": "neutral", "sa": "sad", "su": "surprised"},
        "en",
        lambda speaker: "man",
    ),
    "tess": (
        r"(?P<speaker>OA|YA)F?_(?P<sentence>[a-z]+)_(?P<emotion>angry|disgust|fear|happy|neutral|ps|sad)",
        {**SYNONYMS, "ps": "surprised"},
        "en",
        lambda speaker: "woman",
    ),
    "cremad": (
        r"(?P<speaker>10[0-8]\d|109[01])_(?P<sentence>[A-Z]{3})_(?P<emotion>ANG|DIS|FEA|HAP|NEU|SAD)_(?:LO|MD|HI|XX|X)",
        {"ANG": "angry", "DIS": "disgust", "FEA": "fearful", "HAP": "happy", "NEU": "neutral", "SAD": "sad"},
        "en",
        lambda speaker: None,
    ),
}
"""Name of each corpus: form of its file names, its names of emotions, its language, and who is a man or a woman."""

_DESCRIBE = "describe your clips in a manifest.csv with the columns file, speaker, emotion"


def parse_foreign(path, *, name=None):
    """Read speaker, emotion and sentence from a file name of a corpus other than RAVDESS.

    The path is such as "03a01Fa.wav" or "DC/a01.wav" (SAVEE needs the folder, which is its speaker), `name` one of
    "emodb", "emovo", "nemo", "savee", "tess", "cremad"; None tries all of them.

    Returns a dict with `corpus`, `speaker`, `emotion`, `gender` (None where the name does not tell), `language`,
    `sentence`. Raises `BadName` where no corpus names its files like this, `BadCorpus` for an unknown `name`.
    Lesson: 09_full_model.
    """
    if name is not None and name not in _ADAPTERS:
        raise BadCorpus(f"there is no adapter for {name!r}: choose one of {', '.join(_ADAPTERS)}, or write a manifest.")
    path = pathlib.Path(path)
    for corpus_name in [name] if name else _ADAPTERS:
        form, emotions, language, gender_of = _ADAPTERS[corpus_name]
        for told in (path.stem, f"{path.parent.name}/{path.stem}"):
            match = re.fullmatch(form, told, re.ASCII)
            if match:
                found = match.groupdict()
                found["emotion"] = emotions.get(found["emotion"], found["emotion"])
                return found | {"corpus": corpus_name, "gender": gender_of(found["speaker"]), "language": language}
    tried = ", ".join([name] if name else _ADAPTERS)
    raise BadName(f"{path.name!r} is not named like a clip of {tried}: {_DESCRIBE}.")


def read_corpus(source, *, name=None):
    """Make a table of a corpus: from its manifest if there is one, else from its file names.

    `source` is the path of a CSV manifest, or of a folder, with or without manifest.csv in it. A manifest has the
    columns file, speaker, emotion, and may have gender, language, sentence (common other names are understood); files
    are named relative to it. `name` is how the corpus is called; None takes the adapter's name or the folder's.

    Returns a DataFrame with the columns of `COLUMNS`, sorted by stem; emotions under our names where they have one.
    `attrs["corpus"]` is the name, `attrs["foreign"]` counts the sound files that were left out.

    Raises `BadCorpus`: no such folder or file, no clip in it, a column, a cell or a file missing, a file or speaker
    told in two ways. Lesson: 09_full_model.
    """
    source = pathlib.Path(source)
    manifest = source / "manifest.csv" if source.is_dir() else source
    if manifest.is_file():
        return _finish(_rows_told(manifest), name or manifest.resolve().parent.name)
    if not source.is_dir():
        raise BadCorpus(f"{source} is neither a folder nor a CSV manifest: give the folder that holds the clips.")
    paths = sorted(sound_files(source))
    if not paths:
        raise BadCorpus(f"{source} holds no sound file: give the folder that holds the clips.")
    rows = []
    for path in paths:
        with contextlib.suppress(BadName):
            rows.append(parse_foreign(path, name=name if name in _ADAPTERS else None) | {"path": path})
    if not rows:
        return _ravdess(source, name, paths)
    kinds = sorted({row["corpus"] for row in rows})
    if len(kinds) > 1:
        raise BadCorpus(f"{source} mixes clips of {' and '.join(kinds)}: read one folder a corpus.")
    return _finish(pd.DataFrame(rows), name or kinds[0], len(paths) - len(rows))


def _ravdess(folder, name, paths):
    """The table of a folder of RAVDESS names in the form of all corpora."""
    if not any(try_name(path.stem) for path in paths):
        raise BadCorpus(f"{folder} holds {counted(len(paths), 'sound file')}, and no name tells anything: {_DESCRIBE}.")
    table = scan(folder)
    rows = table.rename(columns={"actor": "speaker", "statement": "sentence"}).assign(language="en")
    rows["speaker"] = rows["speaker"].map("{:02d}".format)
    return _finish(rows, name or "ravdess", table.attrs["foreign"])


def _rows_told(manifest):
    """Rows of a CSV manifest, checked."""
    try:
        table = read_table(manifest, text=None)
    except BadTable as error:
        raise BadCorpus(str(error)) from None
    table.columns = table.columns.str.lower()
    absent = {column: meaning for column, meaning in MEANT.items() if column not in table}
    table = table.rename(columns={find_column(table, meaning): column for column, meaning in absent.items()})
    lacking = [column for column in NEEDED if column not in table]
    if lacking:
        raise BadCorpus(f"{manifest} lacks the column {lacking[0]!r}: it needs {', '.join(NEEDED)}.")
    if table.empty:
        raise BadCorpus(f"{manifest} lists no clip: write one row for each sound file.")
    for column in NEEDED:
        empty = table[column].isna()
        if empty.any():
            raise BadCorpus(f"{manifest}, row {empty.idxmax() + 2}: {column} is empty; fill it in or delete the row.")
    table = table.reindex(columns=[*NEEDED, *OPTIONAL])
    table["path"] = [path_of(file, manifest.parent) for file in table["file"]]
    table["emotion"], table["gender"] = our_names(table["emotion"], SYNONYMS), our_names(table["gender"], GENDER_NAMES)
    for file, path, gender in zip(table["file"], table["path"], table["gender"]):
        if path is None:
            raise BadCorpus(f"{manifest} names {file!r}, which is not there: correct the name or delete the row.")
        if gender not in GENDERS and pd.notna(gender):
            raise BadCorpus(f"{manifest} says gender {gender!r} of {path.name}: write man or woman, or nothing.")
    return table


def _finish(table, name, foreign=0):
    """The table of checked rows."""
    paths = [pathlib.Path(path) for path in table["path"]]
    names = [path.stem for path in paths]
    if len(set(names)) < len(names):
        root = os.path.commonpath([os.path.abspath(path.parent) for path in paths])
        names = [pathlib.Path(os.path.relpath(path, root)).with_suffix("").as_posix() for path in paths]
    table = table.assign(
        stem=[f"{name}/{one}" for one in names],
        path=list(map(str, paths)),
        actor=f"{name}/" + table["speaker"],
        corpus=name,
        channel=table["channel"] if "channel" in table else "speech",
    )
    twice = table.loc[table["stem"].duplicated(), "path"]
    if len(twice):
        raise BadCorpus(f"{twice.iloc[0]!r} is listed twice or in two formats: keep one row and one file a clip.")
    genders = table.groupby("actor")["gender"].nunique()
    if (genders > 1).any():
        raise BadCorpus(f"speaker {genders.idxmax()!r} is both man and woman: correct the gender column.")
    table = table[list(COLUMNS)].sort_values("stem", ignore_index=True)
    table.attrs = {"corpus": name, "foreign": foreign}
    return table
