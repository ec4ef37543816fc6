"""One object that says how good a model is, with every number's interval. Lesson: 06_evaluation."""

import dataclasses
import json

import numpy as np
import pandas as pd

from ..config import EMOTIONS, SEED
from . import metrics
from .calibration import ece_interval
from .intervals import Interval, actor_bootstrap
from .predictions import check_predictions, stated_labels


@dataclasses.dataclass(frozen=True)
class Report:
    """How good a model is on these clips; made by `report`.

    Parameters
    ----------
    corpus, protocol : str, "not stated" when the table does not say
    clips, actors : int
    chance : dict, what guessing scores: `uar` (1 / emotions) and `accuracy` (the most frequent emotion)
    accuracy, uar, macro_f1, ece : Interval, resampling actors within gender
    per_emotion : DataFrame indexed by emotion: `clips, recall, low, high, precision, f1, false_positive_rate`
    confusion : DataFrame, clips, shape (8, 8)
    per_actor : DataFrame: `actor, gender, clips, value` (accuracy)

    Lesson: 06_evaluation.
    """

    corpus: str
    protocol: str
    clips: int
    actors: int
    chance: dict
    accuracy: Interval
    uar: Interval
    macro_f1: Interval
    ece: Interval
    per_emotion: pd.DataFrame
    confusion: pd.DataFrame
    per_actor: pd.DataFrame

    @property
    def sentence(self):
        """The result in one sentence that names corpus, protocol, clips, actors, chance and interval."""
        u = self.uar.scaled(100)
        spread = f" (95 % interval over actors {u.low:.1f} to {u.high:.1f})" if np.isfinite(u.low) else ""
        return (
            f"UAR {u.value:.1f} %{spread} on {self.clips} clips of {self.actors} actors, corpus {self.corpus}, "
            f"protocol {self.protocol}; guessing scores {100 * self.chance['uar']:.1f} %."
        )

    def as_dict(self):
        """Everything as plain numbers, lists and dicts; NaN becomes None."""
        plain = {name: getattr(self, name) for name in ("corpus", "protocol", "clips", "actors", "chance")}
        plain |= {name: getattr(self, name).as_dict() for name in ("accuracy", "uar", "macro_f1", "ece")}
        emotions = self.per_emotion.astype(object).where(self.per_emotion.notna(), None)
        plain["per_emotion"] = emotions.to_dict(orient="index")
        plain["confusion"] = {"labels": list(EMOTIONS), "clips": self.confusion.to_numpy().tolist()}
        plain["per_actor"] = self.per_actor.to_dict(orient="records")
        plain["sentence"] = self.sentence
        return plain

    def to_json(self):
        """`as_dict` as a JSON text with two-space indentation."""
        return json.dumps(self.as_dict(), indent=2, default=_plain)

    def to_table(self):
        """The report as a rich table for the terminal."""
        from rich.table import Table

        table = Table(title=self.sentence, title_justify="left")
        for column in ("", "clips", "value", "95 % over actors"):
            table.add_column(column, justify="left" if column == "" else "right")
        for name, around in (
            ("accuracy", self.accuracy),
            ("UAR", self.uar),
            ("macro F1", self.macro_f1),
            ("ECE", self.ece),
        ):
            table.add_row(name, str(self.clips), f"{around.value:.3f}", f"{around.low:.3f} - {around.high:.3f}")
        table.add_section()
        for emotion, row in self.per_emotion.iterrows():
            table.add_row(
                f"recall {emotion}",
                str(int(row["clips"])),
                f"{row['recall']:.3f}",
                f"{row['low']:.3f} - {row['high']:.3f}",
            )
        return table


def _plain(value):
    """Turn NumPy scalars into Python ones for JSON."""
    return value.item() if hasattr(value, "item") else str(value)


def report(predictions, *, n_draws=2000, seed=SEED):
    """Judge a model: accuracy, UAR, macro F1, ECE and recall by emotion, each with an interval over actors.

    Parameters
    ----------
    predictions : predictions table, one out-of-fold row a clip
    n_draws : int, bootstrap draws
    seed : int

    Returns
    -------
    Report

    Raises
    ------
    BadTable : see `check_predictions`

    With a single actor the intervals are NaN: one voice says nothing about others.
    Lesson: 06_evaluation.
    """
    predictions = check_predictions(predictions)
    spoken = metrics.confusion_counts(predictions).sum(axis=1)
    interval = {name: actor_bootstrap(predictions, name, n_draws, seed) for name in ("accuracy", "uar", "macro_f1")}
    return Report(
        **stated_labels(predictions),
        clips=len(predictions),
        actors=predictions["actor"].nunique(),
        chance={"uar": 1 / int((spoken > 0).sum()), "accuracy": float(spoken.max() / spoken.sum())},
        ece=ece_interval(predictions, n_draws=n_draws, seed=seed),
        per_emotion=recall_intervals(predictions, n_draws=n_draws, seed=seed),
        confusion=metrics.confusion(predictions),
        per_actor=metrics.per_actor(predictions),
        **interval,
    )


def recall_intervals(predictions, *, n_draws=2000, seed=SEED):
    """The table of `per_emotion` with the interval of each recall, `low` and `high`, resampling actors."""
    table = metrics.per_emotion(predictions)
    around = [actor_bootstrap(predictions, f"recall:{name}", n_draws, seed) for name in table.index]
    table.insert(2, "low", [interval.low for interval in around])
    table.insert(3, "high", [interval.high for interval in around])
    return table
