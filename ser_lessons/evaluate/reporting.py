"""One object that says how good a model is, with every number's interval. Lesson: 06_evaluation."""

import dataclasses
import json
import math

import numpy as np
import pandas as pd

from ..config import counted
from . import metrics
from .calibration import ece_interval
from .intervals import Interval, actor_bootstrap
from .predictions import check_predictions, stated_labels, voice_words


def plain(value):
    """Turn tables, intervals and NumPy numbers into what JSON knows; NaN and infinity become None."""
    if isinstance(value, Interval):
        return value.as_dict()
    if isinstance(value, pd.DataFrame):
        named = value.reset_index() if value.index.name or value.index.dtype == object else value
        return [plain(row) for row in named.to_dict(orient="records")]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


class JsonReport:
    """What the dataclasses of results share: their fields and their sentence as plain numbers, lists and dicts."""

    def as_dict(self):
        """Everything as plain numbers, lists and dicts; NaN becomes None."""
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return plain(fields | {"sentence": self.sentence})

    def to_json(self):
        """`as_dict` as a JSON text with two-space indentation."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)


@dataclasses.dataclass(frozen=True)
class Report(JsonReport):
    """How good a model is on these clips; made by `report`.

    `accuracy, uar, macro_f1, ece` are `Interval`s over actors; `chance` is what guessing scores, `{"uar", "accuracy"}`;
    `per_emotion` has `clips, recall, low, high, precision, f1, false_positive_rate`, `confusion` counts clips,
    `per_actor` holds `actor, gender, clips, value` (accuracy), `missing` what the table does not tell.
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
    missing: list = dataclasses.field(default_factory=list)

    @property
    def sentence(self):
        """The result in one sentence that names corpus, protocol, clips, actors, chance and interval."""
        u, words = self.uar.scaled(100), voice_words(self.corpus)["all"]
        spread = f" (95 % interval over {words} {u.low:.1f} to {u.high:.1f})" if np.isfinite(u.low) else ""
        voices = "unknown voices" if "speaker" in self.missing else counted(self.actors, words[:-1])
        return (
            f"UAR {u.value:.1f} %{spread} on {counted(self.clips, 'clip')} of {voices}, corpus {self.corpus}, "
            f"protocol {self.protocol}; guessing scores {100 * self.chance['uar']:.1f} %."
        )

    def as_dict(self):
        """Everything as plain numbers, lists and dicts; NaN becomes None."""
        emotions = plain(self.per_emotion.to_dict(orient="index"))
        confusion = {"labels": list(self.confusion.index), "clips": self.confusion.to_numpy().tolist()}
        return super().as_dict() | {"per_emotion": emotions, "confusion": confusion}

    def to_table(self):
        """The report as a rich table for the terminal."""
        from rich.table import Table

        notes = " ".join(missing_sentences(self.missing)) or None
        table = Table(title=self.sentence, title_justify="left", caption=notes, caption_justify="left")
        for column in ("", "clips", "value", f"95 % over {voice_words(self.corpus)['all']}"):
            table.add_column(column, justify="left" if column == "" else "right")
        overall = {"accuracy": self.accuracy, "UAR": self.uar, "macro F1": self.macro_f1, "ECE": self.ece}
        rows = [(name, self.clips, around.value, around.low, around.high) for name, around in overall.items()]
        emotions = self.per_emotion[["clips", "recall", "low", "high"]]
        rows += [(f"recall {name}", int(clips), *numbers) for name, clips, *numbers in emotions.itertuples()]
        for place, (name, clips, value, low, high) in enumerate(rows):
            numbers = [f"{number:.3f}" if np.isfinite(number) else "-" for number in (value, low, high)]
            around = f"{numbers[1]} - {numbers[2]}" if np.isfinite(low) else "-"
            table.add_row(name, str(clips), numbers[0], around, end_section=place == 3)
        return table


def missing_sentences(missing):
    """What cannot be said because a table does not tell it, a sentence each; `missing` as in `attrs` of the table."""
    told = {
        "speaker": "The table does not tell the voices, so there is no interval.",
        "gender": "The table does not tell the genders of the voices.",
        "probabilities": "The table holds predicted emotions alone, so nothing is said about confidence (ECE).",
    }
    return [told[name] for name in missing]


def report(predictions, *, n_draws=2000):
    """Judge a predictions table (one out-of-fold row a clip): accuracy, UAR, macro F1, ECE and recall by emotion.

    Each stands with an interval over actors, from `n_draws` bootstrap draws; with a single actor it is NaN: one voice
    says nothing about others. Returns a `Report`; raises `BadTable` as `check_predictions` does. Lesson: 06_evaluation.
    """
    predictions = check_predictions(predictions)
    spoken = metrics.confusion_counts(predictions).sum(axis=1)
    interval = {name: actor_bootstrap(predictions, name, n_draws) for name in ("accuracy", "uar", "macro_f1")}
    missing = list(predictions.attrs.get("missing", ()))
    unknown = Interval(np.nan, np.nan, np.nan)
    per_emotion = metrics.per_emotion(predictions)
    around = [actor_bootstrap(predictions, f"recall:{name}", n_draws) for name in per_emotion.index]
    per_emotion.insert(2, "low", [recall.low for recall in around])
    per_emotion.insert(3, "high", [recall.high for recall in around])
    return Report(
        **stated_labels(predictions),
        clips=len(predictions),
        actors=predictions["actor"].nunique(),
        chance={"uar": 1 / int((spoken > 0).sum()), "accuracy": float(spoken.max() / spoken.sum())},
        ece=unknown if "probabilities" in missing else ece_interval(predictions, n_draws=n_draws),
        per_emotion=per_emotion,
        confusion=metrics.confusion(predictions),
        per_actor=metrics.per_actor(predictions),
        missing=missing,
        **interval,
    )
