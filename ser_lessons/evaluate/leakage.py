"""Leakage: a search for everything that leaks in a split, and a meter of what knowing the voice is worth.

Both work on any table with a file and a speaker column. Lesson: 06_evaluation.
"""

import dataclasses
import pathlib
import re

import numpy as np
import pandas as pd

from .. import corpus
from ..config import SEED, counted
from ..corpus import try_name
from ..corpus.csvs import find_column, path_of
from ..corpus.splits import Split
from ..errors import BadTable
from . import copies
from .intervals import Interval, interval_of
from .metrics import divide, nanmean
from .reporting import JsonReport

_TAKE = ("channel", "emotion", "intensity", "statement")
_RAVDESS = re.compile(r"^(\d\d(?:-\d\d){6})\D.*$", re.ASCII | re.DOTALL)
_SIDES = (("train", "test"), ("train", "validation"), ("validation", "test"))
_SIDE_WORDS = {"train": "training trn", "validation": "val valid dev devel development", "test": "tst eval testing"}
_KINDS = {
    "overlap": ("row", "row", "are in both {0} and {1}; {1} measures nothing new, set other clips apart for it"),
    "doubled": ("name", "row", "of {1} lie a second time in {0} under the same name; scan the folder with corpus.scan"),
    "augmentation": ("base", "name", "of {1} have augmented relatives in {0}; split first, then augment training only"),
    "recording": ("sound", "base", "of {1} are the same sound as a clip of another name in {0}; keep them together"),
    "copy": ("print", "base", "of {1} sound like a clip of {0}, resampled, quieter, cut or coded; keep them together"),
    "repetition": ("take", "base", "of {1} have their other repetition in {0}; split by actor instead"),
    "actor": ("voice", "row", "of {1} come from {heard} also heard in {0}; split by actor instead"),
}
"""How a clip may be known: rows of two sides leak where the first fact agrees and the second differs; what is said."""


@dataclasses.dataclass(frozen=True)
class Leak:
    """One way in which the test clips are known before the test.

    `kind` is "overlap", "actor", "repetition", "recording", "copy", "doubled" or "augmentation"; `message` one sentence
    that says what leaks and what to do; `stems` the clips at fault on the later of the two `sides`, sorted.
    """

    kind: str
    message: str
    stems: tuple
    sides: tuple = ()


@dataclasses.dataclass(frozen=True)
class LeakSearch:
    """What `search_leaks` found, what it compared, and what it could not compare, a phrase each.

    `complete` tells whether voices and sound of all clips were compared, and whether there is a test side.
    """

    leaks: list
    clips: int
    compared: list
    not_compared: list
    complete: bool

    @property
    def sentence(self):
        """What was found and what was looked for, in words."""
        kinds = ", ".join(dict.fromkeys(leak.kind for leak in self.leaks))
        found = f"{counted(len(self.leaks), 'leak')} found ({kinds})" if self.leaks else "no leak found"
        missed = f" Not compared: {'; '.join(self.not_compared)}." if self.not_compared else ""
        return f"{counted(self.clips, 'clip')}, {found}. Compared: {'; '.join(self.compared) or 'nothing'}.{missed}"


def check_leaks(table, split, **options):
    """The leaks that `search_leaks` finds, a list.

    An honest random split still shows "repetition" and "actor": that is what it hides. Lesson: 06_evaluation.
    """
    return search_leaks(table, split, **options).leaks


def search_leaks(table, split, *, file=None, stem=None, speaker=None, source=None, audio=True, folder=None):
    """Search a split for everything that makes the test known before the test, and say what was compared.

    The table is of any corpus, the split a Split, or any object with int arrays `train`, `validation` and `test` of row
    positions. `file`, `stem` and `speaker` are the columns of the path, the clip's name (default: the file's), and the
    voice; None finds those with a common name (`csvs.MEANINGS`). The column `source` names the clip from which a
    row was made; without it, what follows a RAVDESS name (`_noise`, `+2st`) is taken as the mark of an augmented copy.
    With `audio` the sound in the files is compared, too, exactly and by fingerprint (`copies`); paths in the table may
    be relative to `folder`.

    Returns a LeakSearch. Each of its leaks names the clips at fault; the kinds: "overlap" (a row on two sides),
    "doubled" (two rows of one name), "augmentation" (copies made before splitting), "recording" (two names for one
    sound), "copy" (the same sound resampled, quieter, cut or coded), "repetition" (the same sentence, said again the
    same way by the same voice), "actor".

    Raises BadTable when there is neither name nor path, no clip, no column that was asked for, or a position outside.
    """
    sides = {name: _positions(split, name, len(table)) for name in ("train", "validation", "test")}
    if sum(map(len, sides.values())) == 0:
        raise BadTable("There is no clip to search: the table is empty, or no row is on a side of the split.")
    columns = {"path": file, "stem": stem, "actor": speaker}
    columns = {meaning: find_column(table, meaning, asked) for meaning, asked in columns.items()}
    facts, compared, missed = _facts(table, columns, source, folder, audio)
    leaks = []
    for kind, (_, _, message) in _KINDS.items():
        for early, late in _SIDES:
            fault = _at_fault(kind, facts, sides[early], sides[late])
            if len(fault):
                stems = tuple(sorted({facts["name"][row] for row in fault}))
                voices = sorted(str(voice) for voice in {facts["voice"][row] for row in fault})
                voices.sort(key=lambda voice: len(voice) if voice.isdecimal() else 99)  # 2 before 10
                heard = f"{len(voices)} voices" if len(voices) > 6 else "voices " + ", ".join(voices)
                some = f"the first is {stems[0]}" if len(stems) > 3 else ", ".join(stems)
                told = f"{counted(len(stems), 'clip')} {message.format(early, late, heard=heard)}"
                leaks.append(Leak(kind, f"{told} ({some}).", stems, (early, late)))
    empty = [side for side in ("train", "test") if len(sides[side]) == 0]
    missed = [f"the {side} side, which has no clip" for side in empty] + missed
    complete = not empty and None not in facts["voice"] and None not in facts["sound"]
    return LeakSearch(leaks, len(table), compared, missed, complete)


def _at_fault(kind, facts, early, late):
    """Rows of the later side that are known from the earlier one in one way."""
    keys, finer = (facts[name] for name in _KINDS[kind][:2])
    if kind == "overlap":
        return np.intersect1d(early, late)
    if kind == "copy":
        found = copies.find_copies([keys[row] for row in early], [keys[row] for row in late])
        pairs, sounds = [(late[one], early[other]) for one, other in found], facts["sound"]
        return [one for one, other in pairs if sounds[one] != sounds[other] and finer[one] != finer[other]]
    seen = {}
    for row in early:
        seen.setdefault(keys[row], set()).add(finer[row])
    return [row for row in late if keys[row] is not None and seen.get(keys[row], set()) - {finer[row]}]


def _facts(table, columns, source, folder, audio):
    """What a table tells of its clips, {fact: a value a row, or None}; what was compared; what was not."""
    stem, path, voice = columns["stem"], columns["path"], columns["actor"]
    if stem is None and path is None:
        raise BadTable("The table has a column neither of the clips' names nor of their files; name one: file=.")
    names = [str(name) if stem else pathlib.PureWindowsPath(str(name)).stem for name in table[stem or path]]
    source = source or "source"
    bases = [str(name) for name in table[source]] if source in table else [_RAVDESS.sub(r"\1", name) for name in names]
    parsed = [try_name(base) for base in bases]
    voices = [row and row["actor"] for row in parsed]
    if voice is not None:
        voices = [None if pd.isna(name) else name for name in table[voice]]
    takes = [row and tuple(row[part] for part in (*_TAKE, "actor")) for row in parsed]
    said = next((column for column in ("statement", "sentence", "text") if column in table), None)
    if not any(takes) and said and "emotion" in table:
        takes = list(zip(voices, table[said], *(table[part] for part in _TAKE[:3] if part in table)))
        takes = [None if take[0] is None else take for take in takes]
    paths = [path_of(name, folder) for name in table[path]] if path and audio else [None] * len(table)
    heard = [(None, np.zeros(0, np.uint32)) if there is None else copies.fingerprint(there) for there in paths]
    sounds, prints = [sound for sound, _ in heard], [one for _, one in heard]
    no_file = "no file is where the table says" if path else "no column of the files"
    compared, missed = ["names"], []
    for what, values, lacking in (
        ("voices", voices, "no column of the voices"),
        ("sound", sounds, no_file if audio else "not asked"),
        (
            "changed copies (resampled, quieter, cut, coded)",
            [None if len(one) < copies.LEAST_FRAMES else one for one in prints],
            "no half a second of sound",
        ),
        ("takes of one sentence", takes, "no column of the sentence, or of the voices"),
    ):
        lost = sum(value is None for value in values)
        if lost < len(values):
            compared.append(what)
        if lost:
            missed.append(f"{what} ({lacking})" if lost == len(values) else f"{what} of {counted(lost, 'clip')}")
    facts = {"row": range(len(table)), "name": names, "base": bases, "voice": voices}
    return facts | {"take": takes, "sound": sounds, "print": prints}, compared, missed


def sides_of(table, column=None):
    """The Split that a column of a table describes by words such as train, dev and test; None finds the column.

    Raises BadTable when it is not there, or holds other words.
    """
    column = find_column(table, "side", column)
    if column is None:
        raise BadTable("The table lacks a column that says train or test; call it split, or name it with side=.")
    words = table[column].astype(str).str.strip().str.lower()
    for side, others in _SIDE_WORDS.items():
        words = words.replace(dict.fromkeys(others.split(), side))
    unknown = sorted(set(words) - set(_SIDE_WORDS))
    if unknown:
        raise BadTable(f"Column {column!r} holds {unknown[0]!r}; use train, validation or test.")
    return Split("yours", 1, *(np.flatnonzero(words == name) for name in _SIDE_WORDS))


def _positions(split, side, n_rows):
    """The rows of one side, checked."""
    positions = np.asarray(getattr(split, side), dtype=int)
    if len(positions) and not 0 <= positions.min() <= positions.max() < n_rows:
        raise BadTable(f"The split's {side} names rows outside the table of {n_rows}; split this table, not another.")
    return positions


@dataclasses.dataclass(frozen=True)
class LeakageReport(JsonReport):
    """What knowing the voice is worth; made by `leakage`.

    `known_voices`, `new_voices` and `gap` are `Interval`s over speakers, in percent and points (UAR); the gap is known
    minus new: how much a random split flatters this net on this corpus. `chance` is in percent.
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
            f"With voices that it knows the model scores UAR {known.value:.1f} % [{known.low:.1f}, {known.high:.1f}], "
            f"with new voices {new.value:.1f} % [{new.low:.1f}, {new.high:.1f}]: a random split flatters it by "
            f"{gap.value:.1f} points [{gap.low:.1f}, {gap.high:.1f}] ({self.model}, corpus {self.corpus}, "
            f"{self.clips} clips of {self.speakers} speakers, {self.folds} folds of equal size, "
            f"chance {self.chance:.1f} %, 95 % intervals over speakers)."
        )


def leakage(
    table, *, model="svm", file=None, speaker=None, label=None, folder=None, n_folds=6, n_draws=2000, seed=SEED
):
    """Train the same model under a random and a speaker split of equal size, and report the difference.

    The table has columns of the speaker, the label, and for "svm" the file, found as in `search_leaks`; song is left
    out where a column `channel` tells it.

    The model is "svm" (of log-mel statistics; seconds of CPU), or a function (train, test) -> predicted labels of the
    test rows, where `train` and `test` are int arrays of positions in the table: train whatever you like in it. There
    are at most as many folds as speakers.

    Both splits test every clip once, in folds of the same sizes with as many clips of each label, so that nothing but
    the voices differs. Returns a LeakageReport; raises BadTable when a column is missing, for fewer than four speakers,
    a single label, or a model that does not answer each clip. Lesson: 06_evaluation.
    """
    if not (callable(model) or model == "svm"):
        raise BadTable(f'There is no model "{model}"; use "svm" or a function (train, test) -> labels.')
    columns = {"path": file, "actor": speaker, "emotion": label}
    file, speaker, label = (find_column(table, meaning, asked) for meaning, asked in columns.items())
    if speaker is None or label is None or (file is None and model == "svm"):
        raise BadTable("The table lacks a column of file, voice or emotion; name them: file=, speaker=, label=.")
    positions = np.arange(len(table))
    if "channel" in table and (table["channel"] == "speech").any():
        positions = np.flatnonzero(table["channel"] == "speech")
    used = table.iloc[positions]
    if used[speaker].isna().any() or used[label].isna().any():
        raise BadTable("Some clips have no speaker or no label; fill them in or leave them out.")
    labels, names = pd.factorize(used[label], sort=True)
    speakers, voices = pd.factorize(used[speaker], sort=True)
    if len(voices) < max(4, n_folds) or n_folds < 2:
        told = f"{counted(len(voices), 'speaker')} cannot be dealt to {n_folds} folds"
        raise BadTable(f"{told}; use at least four speakers, and at most as many folds as speakers.")
    if len(names) < 2:
        raise BadTable("All clips have the same label; there is nothing to tell apart.")
    rng = np.random.default_rng(seed)
    apart = fold_by_speaker(speakers, n_folds, rng)
    mixed = fold_at_random(labels, apart, corpus.twin_groups(used) if "stem" in used else positions, rng)
    answer = model
    if not callable(model):
        paths = [path_of(name, folder) or name for name in table[file]]
        answer = svm(clip_statistics(paths), table[label].to_numpy())
    counts = []
    for folds in (mixed, apart):
        right = np.zeros(len(used))
        for fold in range(n_folds):
            test = np.flatnonzero(folds == fold)
            guess = np.asarray(answer(positions[folds != fold], positions[test]))
            if len(guess) != len(test):
                raise BadTable(f"The model gave {len(guess)} labels for {len(test)} test clips; give one a clip.")
            right[test] = guess == used[label].to_numpy()[test]
        hits = np.zeros((len(voices), len(names), 2))
        np.add.at(hits, (speakers, labels), np.stack([right, np.ones(len(right))], axis=-1))
        counts.append(hits)
    both, together = np.stack(counts, axis=1), np.zeros(len(voices))
    statistics = (lambda s: _uar(s)[..., 0], lambda s: _uar(s)[..., 1], lambda s: _uar(s)[..., 0] - _uar(s)[..., 1])
    known, new, gap = (interval_of(one, both, together, n_draws=n_draws, seed=seed) for one in statistics)
    return LeakageReport(
        known_voices=known,
        new_voices=new,
        gap=gap,
        clips=len(used),
        speakers=len(voices),
        labels=len(names),
        folds=n_folds,
        model=model if isinstance(model, str) else getattr(model, "__name__", "a function"),
        corpus=str(table.attrs.get("corpus", "not stated")),
        chance=100 / len(names),
    )


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
    return pd.Series(folds).groupby(groups).transform("first").to_numpy()


def clip_statistics(paths):
    """Mean and spread of cepstral coefficients, and of their changes, of each file: float array, shape (clips, 80).

    Computed from the course's log-mel spectrograms, cached with them.
    """
    from scipy.fft import dct

    from ..sound.hearing import corpus_features

    pictures = corpus_features(pd.DataFrame({"path": list(paths)}))[..., 0]
    cepstra = dct(pictures, axis=1, norm="ortho")[:, :20].astype(np.float64)
    changes = np.diff(cepstra, axis=2)
    return np.concatenate([part for x in (cepstra, changes) for part in (x.mean(axis=2), x.std(axis=2))], axis=1)


def svm(features, labels):
    """A support vector machine with standardized features, as `leakage` wants a model."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    def answer(train, test):
        net = make_pipeline(StandardScaler(), SVC(C=10.0, gamma="scale"))
        return net.fit(features[train], labels[train]).predict(features[test])

    return answer


def _uar(parts):
    """UAR (%) of sums (..., labels, 2); labels without clips are left out."""
    return 100 * nanmean(divide(parts[..., 0], parts[..., 1]))
