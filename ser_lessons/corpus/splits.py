"""Who is trained on, who is tested: six protocols.

A random split lets every test voice be heard in training; an actor split does not. Each protocol here is
deterministic in its seed and does not depend on the order of the table's rows. Lesson: 06_evaluation.
"""

import dataclasses

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from ..config import SEED, counted
from ..errors import BadTable
from .ravdess import ACTORS, demand, twin_groups

PROTOCOLS = ("student", "random", "actors", "emobox", "loso", "speakers")

ACTOR_FOLDS = tuple((2 * k - 1, 2 * k, 2 * k + 11, 2 * k + 12) for k in range(1, 7))
"""Two men and two women in each fold: fold k tests actors 2k-1, 2k, 2k+11, 2k+12."""

EMOBOX_FOLDS = ((1, 11, 20, 21), (4, 10, 12, 14), (8, 9, 19, 23), (3, 5, 7, 24), (2, 15, 16, 18), (6, 13, 17, 22))
"""The folds of the EmoBox benchmark (Ma et al. 2024); fold 2 holds no man, so no bias audit may use them."""

_FOLDS = {"actors": ACTOR_FOLDS, "emobox": EMOBOX_FOLDS, "loso": tuple((actor,) for actor in ACTORS)}


@dataclasses.dataclass(frozen=True, eq=False)
class Split:
    """One division of a table: int arrays, positions (0-based) of its rows, ascending, for each side.

    `protocol` is one of `PROTOCOLS`, or a name of your own; `fold` counts from 1. Lesson: 06_evaluation.
    """

    protocol: str
    fold: int
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def student_split(table, seed=SEED):
    """Split as the student project did: 80/20 at random by file, validating on everything that is tested.

    `table` has `stem` and at least 6 rows. Of 2452 clips 1961 train, 491 validate (all held-out clips), and 246 of
    those are the test; the published number left out the other 245. Optimistic by construction: it is here to be
    reproduced and doubted. Raises `BadTable`: no `stem`, a stem twice, too few rows.
    Lesson: 06_evaluation, 09_full_model.
    """
    order = _stem_order(table, at_least=6)
    train, held_out = train_test_split(order, test_size=0.2, random_state=seed)
    _, published = train_test_split(held_out, test_size=0.5, random_state=seed)
    return _split("student", 1, train, held_out, published)


def random_split(table, seed=SEED):
    """Split 80/10/10 at random, stratified by emotion; voices still leak, files of the same recording stay together.

    `table` has `stem`, `emotion` and at least 5 rows; raises `BadTable` otherwise, or for a stem twice.
    scikit-learn's `StratifiedGroupKFold` keeps groups together, too, but draws other clips: the results recorded in
    `reports/` are bound to these draws. Lesson: 06_evaluation.
    """
    order = _stem_order(table, at_least=5, columns=("emotion",))
    rng = np.random.default_rng(seed)
    clips = pd.Series(order).groupby(twin_groups(table)[order]).agg(list)
    label_of = table["emotion"].astype(str).to_numpy()[clips.str[0].to_numpy(int)]
    parts = {"test": [], "validation": [], "train": []}
    for emotion in np.unique(label_of):
        members = clips.index[label_of == emotion]
        quota = int(0.1 * sum(map(len, clips[members])) + 0.5)
        room = {"test": quota, "validation": quota, "train": len(table)}
        for group in rng.permutation(members):
            side = next(name for name in room if room[name] >= len(clips[group]))
            room[side] -= len(clips[group])
            parts[side] += clips[group]
    return _split("random", 1, parts["train"], parts["validation"], parts["test"])


def voice_folds(table, protocol="actors"):
    """Make folds of whole actors of RAVDESS: no voice is on two sides.

    `table` has `stem`, `actor`, and `channel` if it holds song. `protocol` is "actors", the six gender-balanced folds
    of the headline (`ACTOR_FOLDS`); "emobox", for comparison with the figures of Ma et al. (2024) only, not balanced by
    gender; or "loso", one actor a fold.

    Test and validation are speech. Validated is on the next two actors of the protocol's own order (cyclic): for
    "actors" the first man and woman of the next fold. Training takes all others: for "actors" their song, too. Folds
    whose actors are not in the table are left out. Raises `BadTable`: a column is missing, a stem twice, or an actor
    outside 1 to 24. Lesson: 06_evaluation.
    """
    _stem_order(table, columns=("actor",))
    actors, folds = table["actor"].to_numpy(), _FOLDS[protocol]
    if not np.isin(actors, ACTORS).all():
        other = actors[~np.isin(actors, ACTORS)][0]
        told = f"Protocol {protocol} has folds of RAVDESS' actors 1 to 24, and the table has actor {other}"
        raise BadTable(f"{told}: choose protocol speakers.")
    speech = (table["channel"] == "speech").to_numpy() if "channel" in table else np.ones(len(table), bool)
    splits = []
    for fold, tested in enumerate(folds):
        following = (*folds[(fold + 1) % len(folds)], *folds[(fold + 2) % len(folds)])[:2]
        in_test, in_validation = np.isin(actors, tested), np.isin(actors, following)
        in_training = ~in_test & ~in_validation & (speech | (protocol == "actors"))
        sides = (np.flatnonzero(side) for side in (in_training, in_validation & speech, in_test & speech))
        splits.append(_split(protocol, fold + 1, *sides))
    return [split for split in splits if len(split.test)]


def speaker_folds(table, seed=SEED):
    """Make folds of whole speakers for any corpus: six, or one a speaker where there are fewer.

    `table` has `stem` and `actor`, three or more of them; where it has `gender`, each gender is dealt out evenly.
    Validation is the first speaker of the next fold, who is not trained on. Raises `BadTable`: a column is missing, a
    stem twice, or fewer than three speakers. Lesson: 06_evaluation.
    """
    _stem_order(table, columns=("actor",))
    actors = table["actor"].astype(str).to_numpy()
    genders = table["gender"].astype(str) if "gender" in table else pd.Series("", table.index)
    gender_of = dict(zip(actors, genders))
    speakers = np.random.default_rng(seed).permutation(np.unique(actors))
    speakers = sorted(speakers, key=gender_of.get)
    n_folds = min(6, len(speakers))
    if n_folds < 3:
        raise BadTable(f"{counted(n_folds, 'speaker')} here; folds by speaker need three: train, validate, test.")
    splits = []
    for fold in range(n_folds):
        test = np.isin(actors, speakers[fold::n_folds])
        validation = actors == speakers[(fold + 1) % n_folds]
        sides = (np.flatnonzero(side) for side in (~test & ~validation, validation, test))
        splits.append(_split("speakers", fold + 1, *sides))
    return splits


def make_splits(protocol, table, seed=SEED):
    """Make the splits of a protocol by its name, a list: one for "student" and "random", one a fold for the others.

    `seed` is used by "student", "random" and "speakers". Raises `BadTable` for an unknown protocol, or a table that
    does not fit it. Lesson: 06_evaluation.
    """
    if protocol not in PROTOCOLS:
        raise BadTable(f"There is no protocol {protocol!r}; use one of {', '.join(PROTOCOLS)}.")
    if protocol in _FOLDS:
        return voice_folds(table, protocol)
    made = {"student": student_split, "random": random_split, "speakers": speaker_folds}[protocol](table, seed)
    return made if protocol == "speakers" else [made]


def _split(protocol, fold, *sides):
    return Split(protocol, fold, *(np.sort(np.asarray(side, dtype=int)) for side in sides))


def _stem_order(table, *, at_least=1, columns=()):
    """Positions of the rows in the order of their stems, so that the order of the rows does not matter."""
    demand(table, ("stem", *columns))
    stems = table["stem"].astype(str).to_numpy()
    if len(stems) < at_least:
        raise BadTable(f"The table has {counted(len(stems), 'clip')}; this split needs at least {at_least}.")
    names, counts = np.unique(stems, return_counts=True)
    if (counts > 1).any():
        raise BadTable(f"The table lists {names[counts > 1][0]} twice; scan the folder again with corpus.scan.")
    return np.argsort(stems, kind="stable")
