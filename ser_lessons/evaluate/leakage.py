"""The leakage meter: the same net, judged once on voices it knows and once on voices it does not.

The static search for leaks in a split is `splits.check_leaks`; this module measures what they are worth.
Works on any table with a file and a speaker column. Lesson: 06_evaluation.
"""

import dataclasses
import json

import numpy as np
import pandas as pd

from .. import corpus
from ..config import SEED
from ..errors import BadTable
from .intervals import Interval, cluster_weights, expanded_interval


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
    known, new, gap = _intervals(*counts, n_draws=n_draws, seed=seed)
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
    shape = (speakers.max() + 1, labels.max() + 1)
    flat = speakers * shape[1] + labels
    parts = [np.bincount(flat, weights=w, minlength=shape[0] * shape[1]) for w in (right.astype(float), None)]
    return np.stack(parts, axis=-1).reshape(*shape, 2)


def _uar(parts):
    """UAR (%) of sums (..., labels, 2); labels without clips are left out."""
    hits, clips = parts[..., 0], parts[..., 1]
    recall = np.divide(hits, clips, out=np.zeros_like(hits), where=clips > 0)
    return 100 * recall.sum(axis=-1) / np.maximum((clips > 0).sum(axis=-1), 1)


def _intervals(known, new, *, n_draws, seed):
    """UAR with known voices, with new ones, and the difference, resampling the same speakers for both."""
    n = len(known)
    weights = cluster_weights(np.zeros(n), n_draws=n_draws, seed=seed)
    draws = [_uar(np.tensordot(weights, parts, axes=1)) for parts in (known, new)]
    values = [float(_uar(parts.sum(axis=0))) for parts in (known, new)]
    pairs = [(values[0], draws[0]), (values[1], draws[1]), (values[0] - values[1], draws[0] - draws[1])]
    return [expanded_interval(value, drawn, group_sizes=[n]) for value, drawn in pairs]
