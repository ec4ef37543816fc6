"""From a folder of sound files to a table: one row a clip, read from the RAVDESS file names.

RAVDESS is the Ryerson Audio-Visual Database of Emotional Speech and Song (Livingstone & Russo 2018,
PLoS ONE 13(5): e0196391; CC BY-NC-SA 4.0). Its names hold seven two-digit codes:
modality-channel-emotion-intensity-statement-repetition-actor. Lesson: 01_waveforms.
"""

import contextlib
import os
import pathlib
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from ..config import EMOTIONS, GENDERS, counted
from ..errors import BadCorpus, BadName, BadTable
from ..sound.audio import is_whole, sound_files
from ..system import progress_bar, quiet_stderr

CHANNELS = ("speech", "song")
INTENSITIES = ("normal", "strong")
STATEMENTS = ("Kids are talking by the door", "Dogs are sitting by the door")
ACTORS = tuple(range(1, 25))
COLUMNS = ("stem", "path", "channel", "emotion", "intensity", "statement", "repetition", "actor", "gender")
SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")
SPEECH_CLIPS = 1440
SONG_CLIPS = 1012
STEREO_STEMS = (
    "03-01-02-01-01-02-01",
    "03-01-02-01-02-02-05",
    "03-01-03-01-02-01-20",
    "03-01-06-01-01-02-20",
    "03-01-08-01-02-02-01",
    "03-02-01-01-01-01-24",
)
"""The six original wav files that have two channels."""

TWIN_STEMS = ("03-01-03-01-02-01-07", "03-01-03-01-02-02-07")
"""Two names for one recording: 2452 files hold 2451 recordings. They must never straddle a split."""

PRACTICE_MANIFEST = "practice_corpus.json"  # a folder that holds this file is the synthetic practice corpus
_CODES = re.compile(r"\d\d(-\d\d){6}", re.ASCII)
_ALLOWED = {"modality": (3, 3), "channel": (1, 2), "emotion": (1, 8), "intensity": (1, 2)}
_ALLOWED |= {"statement": (1, 2), "repetition": (1, 2), "actor": (1, 24)}
"""The seven codes of a name in their order, and the lowest and highest value of each."""


def parse_name(stem):
    """Read the seven codes of a RAVDESS file name.

    `stem` is such as "03-01-06-01-02-01-12"; the ending of a sound file is ignored. Returns a dict with `stem`,
    `channel`, `emotion`, `intensity` (str), `statement`, `repetition`, `actor` (int) and `gender` (str).

    Raises `BadName`: not seven two-digit codes, a code outside its range, or a clip that RAVDESS cannot hold. Only
    audio clips (modality 03) are accepted: 01 and 02 are videos of the same takes. Lesson: 01_waveforms.
    """
    name = str(stem)
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    if _CODES.fullmatch(name) is None:
        raise BadName(f"{stem!r} is not a RAVDESS name: expected seven two-digit codes like 03-01-06-01-02-01-12.")
    codes = [int(code) for code in name.split("-")]
    for code, (what, (lowest, highest)) in zip(codes, _ALLOWED.items()):
        if not lowest <= code <= highest:
            allowed = f"{lowest:02d} to {highest:02d}" if lowest < highest else f"{lowest:02d}"
            raise BadName(f"{stem!r} has {what} code {code:02d}; use a clip whose {what} code is {allowed}.")
    _, channel, emotion, intensity, statement, repetition, actor = codes
    if emotion == 1 and intensity == 2:
        raise BadName(f"{stem!r} claims a strong neutral clip, which RAVDESS does not have; check the file's name.")
    if channel == 2 and emotion > 6:
        raise BadName(f"{stem!r} claims a song of disgust or surprise, which RAVDESS does not have; check its name.")
    return {
        "stem": name,
        "channel": CHANNELS[channel - 1],
        "emotion": EMOTIONS[emotion - 1],
        "intensity": INTENSITIES[intensity - 1],
        "statement": statement,
        "repetition": repetition,
        "actor": actor,
        "gender": GENDERS[(actor + 1) % 2],
    }


def code_of(name, names):
    """The place of a name among names, from 1; raises `BadName` where it is none of them."""
    if name not in names:
        raise BadName(f"{name!r} is none of {', '.join(map(str, names))}: choose one of these.")
    return names.index(name) + 1


def format_name(*, channel="speech", emotion, intensity="normal", statement, repetition, actor):
    """Write the stem of a clip, such as "03-01-06-01-02-01-12": the inverse of `parse_name`.

    Raises `BadName` for a value that RAVDESS does not have. Lesson: 01_waveforms.
    """
    codes = [code_of(channel, CHANNELS), code_of(emotion, EMOTIONS), code_of(intensity, INTENSITIES)]
    stem = "-".join(f"{code:02d}" for code in (3, *codes, statement, repetition, actor))
    return parse_name(stem)["stem"]


def try_name(stem):
    """What `parse_name` says of a file name without its ending, or None where it is none of RAVDESS."""
    with contextlib.suppress(BadName):
        return parse_name(stem)
    return None


def scan(folder):
    """Find every RAVDESS clip under a folder and make the table that the whole course works with.

    The folder is searched recursively, through links, too, for .wav, .flac, .ogg and .mp3 files. Returns a DataFrame,
    one row a clip, sorted by stem: `stem`, `path`, `channel`, `emotion`, `intensity`, `statement`, `repetition`,
    `actor`, `gender`. `attrs["corpus"]` is "ravdess" or "practice"; `attrs["doubled"]` counts the
    second copies left out, `attrs["foreign"]` the sound files whose names are not RAVDESS names.

    Raises `BadCorpus`: no such folder, no clip in it, or two different files of the same name. Kaggle's copy nests the
    whole corpus in itself a second time; the copy nearest to `folder` is kept. Lesson: 01_waveforms.
    """
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise BadCorpus(f"{folder} is not a folder; give the folder that holds Actor_01 to Actor_24.")
    kept, doubled, foreign = {}, 0, 0
    for path in sorted(sound_files(folder), key=lambda path: (len(path.parts), str(path))):
        try:
            row = parse_name(path.stem) if path.suffix.lower() in SUFFIXES else None
        except BadName:
            row = None
        if row is None:
            foreign += 1
        elif path.stem in kept:
            first = pathlib.Path(kept[path.stem]["path"])
            if first.suffix.lower() == path.suffix.lower() and first.stat().st_size != path.stat().st_size:
                raise BadCorpus(f"{first} and {path} have the same name but differ; delete the damaged one.")
            doubled += 1
        else:
            kept[path.stem] = row | {"path": str(path)}
    if not kept:
        raise BadCorpus(f"{folder} holds no RAVDESS clip (foreign sound files: {foreign}); see data/README.md.")
    table = pd.DataFrame([kept[stem] for stem in sorted(kept)], columns=list(COLUMNS))
    places = (folder.resolve(), *folder.resolve().parents[:2])
    synthetic = any((place / PRACTICE_MANIFEST).is_file() for place in places)
    table.attrs |= {"corpus": "practice" if synthetic else "ravdess", "doubled": doubled, "foreign": foreign}
    return table


def twin_groups(table):
    """Number the recordings of a table with `stem`: int array (n,); clips known to be one recording share a number.

    Numbers count from 0 in the order of the stems, whatever the order of the rows. It goes by name (`TWIN_STEMS`);
    `evaluate.check_leaks` compares the sound itself. Raises `BadTable` without `stem`. Lesson: 06_evaluation.
    """
    demand(table, ["stem"])
    names = table["stem"].astype(str).to_numpy()
    if table.attrs.get("corpus") != "practice":
        names = np.where(names == TWIN_STEMS[1], TWIN_STEMS[0], names)
    return np.unique(names, return_inverse=True)[1].astype(int)


def demand(table, columns):
    """Raise `BadTable`, which names the first column that a table lacks."""
    missing = [column for column in columns if column not in table]
    if missing:
        raise BadTable(f"The table lacks the column {missing[0]!r}; make it with corpus.scan.")


def check_ravdess(table, *, decode=True):
    """Compare a table as from `scan` with what RAVDESS holds: a list of sentences, empty for a whole corpus.

    Speech alone is whole, and song alone is. Checked are the counts, names against labels, whether each clip can be
    read to its end (`decode`: takes seconds), the six stereo files (original wavs only: the converted FLACs are mono)
    and the pair of names for one recording; sound files are opened only if they are there. Raises `BadTable` where a
    column is missing. Lesson: 01_waveforms.
    """
    demand(table, COLUMNS)
    if table.attrs.get("corpus") == "practice":
        return ["This is the practice corpus (synthetic), not RAVDESS; set SER_RAVDESS to the folder of RAVDESS."]
    damaged = check_sound(table) if decode else ()
    return [*_count_findings(table), *_label_findings(table), *damaged, *_sound_findings(table)]


def remarks_on(table):
    """What is worth knowing about a corpus, but no fault of it: a list of sentences about its table."""
    lossy = int(table["path"].str.lower().str.endswith((".mp3", ".ogg")).sum())
    doubled, foreign = table.attrs.get("doubled"), table.attrs.get("foreign")
    alone = table["channel"].nunique() == 1 and "intensity" in table
    remarks = [f"It holds {table['channel'].iloc[0]} alone."] if alone else []
    if doubled:
        nested = "Kaggle's copy nests audio_speech_actors_01-24 in itself"
        remarks.append(f"Second copies of clips, left out: {doubled} ({nested}).")
    if foreign:
        remarks.append(f"Sound files that bear no name of this corpus, left out: {foreign}.")
    if lossy:
        remarks.append(f"Lossy copies (mp3, ogg), which sound a little different: {lossy} of {len(table)} clips.")
    return remarks


def _count_findings(table):
    """Sentences about a wrong number of clips, naming the actors who are incomplete, and about stems listed twice."""
    for channel, total, each, absent in (("speech", SPEECH_CLIPS, 60, ()), ("song", SONG_CLIPS, 44, (18,))):
        counts = table.loc[table["channel"] == channel, "actor"].value_counts()
        odd = [f"{actor:02d}" for actor in ACTORS if counts.get(actor, 0) != each * (actor not in absent)]
        if len(counts) and odd:
            yield f"{counted(counts.sum(), f'{channel} clip')} instead of {total}; look at actors {', '.join(odd)}."
    twice = sorted(set(table.loc[table["stem"].duplicated(), "stem"]))
    if twice:
        yield f"Clips that are listed more than once: {len(twice)}, {twice[0]} first; scan the folder again."


def check_sound(table):
    """A sentence about the clips of any corpus that cannot be read to the end that their headers promise, if any."""
    paths, damaged = [path for path in table["path"] if os.path.isfile(path)], []
    with progress_bar("Reading every clip", len(paths)) as advance, quiet_stderr(), ThreadPoolExecutor() as pool:
        for n_read, (path, whole) in enumerate(zip(paths, pool.map(is_whole, paths)), start=1):
            damaged += [] if whole else [path]
            advance(n_read)
    if damaged:
        yield f"Damaged clips: {len(damaged)} of {len(table)}, {damaged[0]} first; put whole ones in their place."


def _sound_findings(table):
    """Sentences about the six stereo files (wav only) and the twin pair, for those files that are there."""
    import soundfile

    paths = {stem: path for stem, path in zip(table["stem"], table["path"]) if os.path.isfile(path)}
    odd = []
    for stem, path in sorted(paths.items()):
        with contextlib.suppress(soundfile.LibsndfileError, RuntimeError):
            if path.lower().endswith(".wav") and (soundfile.info(path).channels == 2) != (stem in STEREO_STEMS):
                odd.append(stem)
    if odd:
        yield f"Not the originals: files that should be mono are stereo, or the other way round ({', '.join(odd)})."
    with contextlib.suppress(KeyError, soundfile.LibsndfileError, RuntimeError):
        one, other = (soundfile.read(paths[stem], dtype="int16")[0] for stem in TWIN_STEMS)
        if not np.array_equal(one, other):
            yield f"{' and '.join(TWIN_STEMS)} should be one recording but differ; these are not the originals."


def _label_findings(table):
    """A sentence for each column that disagrees with the codes in the file names."""
    parsed = pd.DataFrame(map(parse_name, table["stem"]))
    for column in (name for name in COLUMNS if name not in ("stem", "path")):
        wrong = [pair for pair in zip(table["stem"], parsed[column], table[column]) if pair[1] != pair[2]]
        if wrong:
            stem, name, told = wrong[0]
            yield (
                f"Labels in column {column!r} that contradict the file names: {len(wrong)}; {stem} is {name!r}, "
                f"the table says {told!r}."
            )
