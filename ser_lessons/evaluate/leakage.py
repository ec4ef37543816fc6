"""Leakage: a search for everything that leaks in a split, and a meter of what knowing the voice is worth.

Both work on any table with a file and a speaker column. Lesson: 06_evaluation.
"""

import dataclasses
import json
import os
import pathlib
import re

import numpy as np
import pandas as pd

from .. import corpus
from ..config import SEED
from ..corpus import parse_name, recording_digest
from ..errors import BadName, BadTable
from .intervals import Interval, interval_of
from .metrics import divide, nanmean

_TAKE = ("channel", "emotion", "intensity", "statement")
_RAVDESS = re.compile(r"^(\d\d(?:-\d\d){6})\D.*$", re.ASCII | re.DOTALL)
_SIDES = (("train", "test"), ("train", "validation"), ("validation", "test"))


@dataclasses.dataclass(frozen=True)
class Leak:
    """One way in which the test clips are known before the test.

    Parameters
    ----------
    kind : "overlap", "actor", "repetition", "recording", "doubled" or "augmentation"
    message : str, one sentence that says what leaks and what to do
    stems : tuple of str, the clips at fault on the later side (validation or test), sorted
    sides : tuple of two str, such as ("train", "test")

    Lesson: 06_evaluation.
    """

    kind: str
    message: str
    stems: tuple
    sides: tuple = ()


def check_leaks(table, split, *, file="path", stem="stem", speaker="actor", source="source", audio=True):
    """Search a split for everything that makes the test known before the test.

    Parameters
    ----------
    table : DataFrame of any corpus; a missing column only switches off the searches that need it
    split : Split, or any object with int arrays `train`, `validation` and `test` of row positions
    file, stem, speaker : str, columns of the path, the clip's name (default: the file's), and the voice
    source : str, column that names the clip from which a row was made. Without it, what follows a
        RAVDESS name (`_noise`, `+2st`) is taken as the mark of an augmented copy
    audio : compare the sound in the files too, where the files are there

    Returns
    -------
    list of Leak, each naming the clips at fault; empty means that none was found. The kinds: "overlap" (a row on
    two sides), "doubled" (two rows of one name), "augmentation" (copies made before splitting), "recording" (two
    names for one sound), "repetition" (the same sentence, said again the same way by the same voice), "actor"

    Raises
    ------
    BadTable : neither name nor path in the table, or positions outside it

    An honest random split still shows "repetition" and "actor": that is what it hides. Lesson: 06_evaluation.
    """
    facts = _leak_keys(table, file=file, stem=stem, speaker=speaker, source=source, audio=audio)
    sides = {name: _positions(split, name, len(table)) for name in ("train", "validation", "test")}
    leaks = []
    for kind, (keys, finer) in facts.items():
        for early, late in _SIDES:
            seen = {}
            for place in sides[early]:
                seen.setdefault(keys[place], set()).add(finer[place])
            if kind == "overlap":
                fault = np.intersect1d(sides[early], sides[late])
            else:
                fault = [p for p in sides[late] if keys[p] is not None and seen.get(keys[p], set()) - {finer[p]}]
            if len(fault):
                stems = tuple(sorted({facts["doubled"][0][place] for place in fault}))
                voices = [str(voice) for voice in sorted({facts["actor"][0][place] for place in fault}, key=_numeric)]
                leaks.append(Leak(kind, _leak_message(kind, early, late, stems, voices), stems, (early, late)))
    return leaks


def _leak_keys(table, *, file, stem, speaker, source, audio):
    """For each kind of leak, two values a row: rows leak into each other if the first agrees and the second differs."""
    if stem not in table and file not in table:
        raise BadTable(f"The table has neither a column {stem!r} nor {file!r}; name one of them in the call.")
    rows = np.arange(len(table))
    names = [str(name) for name in table[stem]] if stem in table else [pathlib.Path(path).stem for path in table[file]]
    bases = [str(name) for name in table[source]] if source in table else [_RAVDESS.sub(r"\1", name) for name in names]
    parsed = [_parse_or_none(base) for base in bases]
    voices = list(table[speaker]) if speaker in table else [row and row["actor"] for row in parsed]
    takes = [row and tuple(row[part] for part in (*_TAKE, "actor")) for row in parsed]
    if not any(takes) and {"emotion", "statement"} <= set(table.columns):
        columns = [table[part] for part in _TAKE if part in table]
        takes = list(zip(voices, *columns))
    sounds = [None] * len(rows)
    if audio and file in table:
        sounds = [recording_digest(path) if os.path.isfile(path) else None for path in table[file]]
    return {
        "overlap": (rows, rows),
        "doubled": (names, rows),
        "augmentation": (bases, names),
        "recording": (sounds, bases),
        "repetition": (takes, bases),
        "actor": (voices, rows),
    }


def _numeric(voice):
    return (0, voice, "") if isinstance(voice, (int, np.integer)) else (1, 0, str(voice))


def _parse_or_none(name):
    try:
        return parse_name(name)
    except BadName:
        return None


def _positions(split, side, n_rows):
    """The rows of one side, checked."""
    positions = np.asarray(getattr(split, side), dtype=int)
    if len(positions) and not 0 <= positions.min() <= positions.max() < n_rows:
        raise BadTable(f"The split's {side} names rows outside the table of {n_rows}; split this table, not another.")
    return positions


def _leak_message(kind, early, late, stems, voices):
    """One sentence: what leaks from where to where, how much, the first clips at fault, and what to do."""
    some = f"the first is {stems[0]}" if len(stems) > 3 else ", ".join(stems)
    heard = f"{len(voices)} voices" if len(voices) > 6 else "voices " + ", ".join(voices)
    what = {
        "overlap": f"are in both {early} and {late}; {late} measures nothing new, set other clips apart for it",
        "doubled": f"of {late} lie a second time in {early} under the same name; scan the folder with corpus.scan",
        "augmentation": f"of {late} have augmented relatives in {early}; split first, then augment training only",
        "recording": f"of {late} are the same sound as a clip of another name in {early}; keep such twins together",
        "repetition": f"of {late} have their other repetition in {early}; split by actor instead",
        "actor": f"of {late} come from {heard} also heard in {early}; split by actor instead",
    }[kind]
    return f"{len(stems)} {'clip' if len(stems) == 1 else 'clips'} {what} ({some})."


@dataclasses.dataclass(frozen=True)
class LeakageReport:
    """What knowing the voice is worth; made by `leakage`.

    Parameters
    ----------
    known_voices, new_voices, gap : Interval in percent and points (UAR), resampling speakers; the gap is
        known minus new: how much a random split flatters this net on this corpus
    clips, speakers, labels, folds : int
    model, corpus : str
    chance : float, percent

    Lesson: 06_evaluation.
    """

    known_voices: Interval
    new_voices: Interval
    gap: Interval
    clips: int
    speakers: int
    labels: int
    folds: int
    model: str
    corpus: str
    chance: float

    @property
    def sentence(self):
        """The result in words, with sample, chance and intervals."""
        known, new, gap = self.known_voices, self.new_voices, self.gap
        return (
            f"With voices that it knows the model scores UAR {known.value:.1f} % [{known.low:.1f}, "
            f"{known.high:.1f}], with new "
            f"voices {new.value:.1f} % [{new.low:.1f}, {new.high:.1f}]: a random split flatters it by "
            f"{gap.value:.1f} points "
            f"[{gap.low:.1f}, {gap.high:.1f}] ({self.model}, corpus {self.corpus}, {self.clips} clips of "
            f"{self.speakers} "
            f"speakers, {self.folds} folds of equal size, chance {self.chance:.1f} %, 95 % intervals over speakers)."
        )

    def to_json(self):
        """All fields and the sentence as a JSON text."""
        plain = dataclasses.asdict(self) | {"sentence": self.sentence}
        plain |= {name: getattr(self, name).as_dict() for name in ("known_voices", "new_voices", "gap")}
        return json.dumps(plain, indent=2)


def leakage(
    table,
    *,
    model="svm",
    features=None,
    file="path",
    speaker="actor",
    label="emotion",
    n_folds=6,
    n_draws=2000,
    seed=SEED,
):
    """Train the same model under a random and a speaker split of equal size, and report the difference.

    Parameters
    ----------
    table : DataFrame with columns of the file, the speaker and the label; song is left out where a column
        `channel` tells it
    model : "svm" (seconds of CPU), or a function (train, test) -> predicted labels of the test rows, where
        `train` and `test` are int arrays of positions in the table: train whatever you like in it
    features : float array, shape (clips, n), for "svm"; None computes log-mel statistics of the files
    file, speaker, label : str, names of the columns
    n_folds : int, at most the number of speakers
    n_draws : int, bootstrap draws over speakers
    seed : int

    Returns
    -------
    LeakageReport

    Raises
    ------
    BadTable : a column is missing, fewer than four speakers, a single label, or wrong shapes

    Both splits test every clip once, in folds of the same sizes with as many clips of each label, so that
    nothing but the voices differs. Lesson: 06_evaluation.
    """
    table = _check(table, file, speaker, label, n_folds, features, model)
    if features is not None and len(features) != table.attrs["rows_before"]:
        raise BadTable(
            f"There are {len(features)} rows of features for {table.attrs['rows_before']} clips; pass one a clip."
        )
    labels, names = pd.factorize(table[label], sort=True)
    speakers, voices = pd.factorize(table[speaker], sort=True)
    rng = np.random.default_rng(seed)
    apart = fold_by_speaker(speakers, n_folds, rng)
    mixed = fold_at_random(labels, apart, table["_group"].to_numpy(), rng)
    positions = table["_row"].to_numpy()
    if model == "svm":
        given = clip_statistics(table[file]) if features is None else np.asarray(features, float)[positions]

        def answer(train, test):
            return names[_svm(given[train], labels[train], given[test])]

    else:

        def answer(train, test):
            return np.asarray(model(positions[train], positions[test]))

    truth = table[label].to_numpy()
    counts = []
    for folds in (mixed, apart):
        right = np.zeros(len(table), dtype=bool)
        for fold in range(n_folds):
            test = np.flatnonzero(folds == fold)
            guess = answer(np.flatnonzero(folds != fold), test)
            if len(guess) != len(test):
                raise BadTable(f"The model gave {len(guess)} labels for {len(test)} test clips; give one a clip.")
            right[test] = guess == truth[test]
        counts.append(_recall_parts(speakers, labels, right))
    both = np.stack(counts, axis=1)
    statistics = (
        lambda sums: _uar(sums[..., 0, :, :]),
        lambda sums: _uar(sums[..., 1, :, :]),
        lambda sums: _uar(sums[..., 0, :, :]) - _uar(sums[..., 1, :, :]),
    )
    together = np.zeros(len(voices))
    known, new, gap = (interval_of(one, both, together, n_draws=n_draws, seed=seed) for one in statistics)
    return LeakageReport(
        known_voices=known,
        new_voices=new,
        gap=gap,
        clips=len(table),
        speakers=len(voices),
        labels=len(names),
        folds=n_folds,
        model=model if isinstance(model, str) else getattr(model, "__name__", "a function"),
        corpus=str(table.attrs.get("corpus", "not stated")),
        chance=100 / len(names),
    )


def _check(table, file, speaker, label, n_folds, features, model):
    """The rows to use, with their position and a group for files of the same recording."""
    needed = [speaker, label] + ([file] if features is None and model == "svm" else [])
    missing = [column for column in needed if column not in table.columns]
    if missing:
        raise BadTable(f"The table lacks the column {', '.join(missing)}; name your columns: file=, speaker=, label=.")
    if not (callable(model) or model == "svm"):
        raise BadTable(f'There is no model "{model}"; use "svm" or a function (train, test) -> labels.')
    attrs = {**table.attrs, "rows_before": len(table)}
    used = table.assign(_row=np.arange(len(table)))
    if "channel" in used and (used["channel"] == "speech").any():
        used = used[used["channel"] == "speech"]
    used = used.reset_index(drop=True)
    if used[speaker].isna().any() or used[label].isna().any():
        raise BadTable("Some clips have no speaker or no label; fill them in or leave them out.")
    if used[speaker].nunique() < max(4, n_folds) or n_folds < 2:
        raise BadTable(
            f"{used[speaker].nunique()} speakers cannot be dealt to {n_folds} folds; use at least four speakers, "
            "and at most as many folds as speakers."
        )
    if used[label].nunique() < 2:
        raise BadTable("All clips have the same label; there is nothing to tell apart.")
    used["_group"] = corpus.twin_groups(used) if "stem" in used else np.arange(len(used))
    used.attrs = attrs
    return used


def fold_by_speaker(speakers, n_folds, rng):
    """Deal whole speakers to folds of about equal size: int array, shape (clips,)."""
    sizes = np.bincount(speakers)
    order = rng.permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    fold_of, load = np.zeros(len(sizes), dtype=int), np.zeros(n_folds)
    for speaker in order:
        fold_of[speaker] = load.argmin()
        load[fold_of[speaker]] += sizes[speaker]
    return fold_of[speakers]


def fold_at_random(labels, like, groups, rng):
    """Shuffle the folds of `like` within each label: same sizes, same labels, voices everywhere.

    Files of the same recording (same number in `groups`) go to the fold of the first of them.
    """
    folds = like.copy()
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        folds[members] = rng.permutation(folds[members])
    first = pd.Series(folds).groupby(groups).transform("first")
    return first.to_numpy()


def clip_statistics(paths):
    """Mean and spread of cepstral coefficients, and of their changes, of each file: float array, shape (clips, 80).

    Computed from the course's log-mel spectrograms, cached with them. Raises `BadClip` as `audio.load` does.
    """
    from scipy.fft import dct

    from ..sound.hearing import corpus_features

    pictures = corpus_features(pd.DataFrame({"path": list(paths)}))[..., 0]
    cepstra = dct(pictures, axis=1, norm="ortho")[:, :20].astype(np.float64)
    changes = np.diff(cepstra, axis=2)
    return np.concatenate([part for x in (cepstra, changes) for part in (x.mean(axis=2), x.std(axis=2))], axis=1)


def _svm(train, labels, test):
    """Labels of the test rows by a support vector machine with standardized features."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    return make_pipeline(StandardScaler(), SVC(C=10.0, gamma="scale")).fit(train, labels).predict(test)


def _recall_parts(speakers, labels, right):
    """Hits and clips of each speaker and label: float array, shape (speakers, labels, 2)."""
    parts = np.zeros((speakers.max() + 1, labels.max() + 1, 2))
    np.add.at(parts, (speakers, labels), np.stack([right, np.ones(len(right))], axis=-1))
    return parts


def _uar(parts):
    """UAR (%) of sums (..., labels, 2); labels without clips are left out."""
    return 100 * nanmean(divide(parts[..., 0], parts[..., 1]))
