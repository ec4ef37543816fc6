"""What was tried, as a table; and the game of guessing before the net does. Lesson: 08_live_inference."""

import dataclasses

from ..config import EMOTIONS
from ..errors import SerError
from .settings import CONTROL_NAMES, say_changes
from .words import ranked

LONGEST_HISTORY = 1000


class History:
    """Rows of what was tried, oldest dropped after 1000, so that an hour of play stays small."""

    def __init__(self):
        self._rows = []
        self.n_tried = 0

    def add(self, analysis, answer):
        """Append one row: the sound, the settings, the answer."""
        self.n_tried += 1
        first, second = ranked(answer)[:2]
        row = {"try": self.n_tried, "sound": analysis.sound.name, "acted": analysis.sound.truth or ""}
        row |= {"change": say_changes(analysis.settings)}
        row |= {name: getattr(analysis.settings, name) for name in CONTROL_NAMES}
        row |= {"answer": "not sure" if answer.abstained else first, "top": first, "second": second}
        row |= {f"p_{label}": round(float(p), 4) for label, p in answer.probabilities.items()}
        self._rows = [*self._rows[-(LONGEST_HISTORY - 1) :], row]

    def table(self):
        """All rows as a DataFrame: `try, sound, acted, change`, one column a setting, `answer, top, second, p_...`."""
        import pandas as pd

        return pd.DataFrame(self._rows)

    def csv(self):
        """The table as CSV text; nothing when nothing was tried."""
        return self.table().to_csv(index=False) if self._rows else ""

    def latest(self, count=6):
        """The newest rows first, short, for the page: a list of dicts of text."""
        rows = []
        for row in reversed(self._rows[-count:]):
            top, then = (f"{row[place]} {row['p_' + row[place]]:.0%}" for place in ("top", "second"))
            net = f"not sure ({top})" if row["answer"] == "not sure" else top
            rows.append({"Try": row["try"], "Sound": row["sound"], "Change": row["change"], "Net": net, "Then": then})
        return rows


@dataclasses.dataclass(frozen=True)
class Score:
    """Guesses so far: `n` clips, `own` and `net` right, `listeners` expected right (a sum of shares)."""

    n: int = 0
    own: int = 0
    net: int = 0
    listeners: float = 0.0

    def guess(self, *, truth, own, net):
        """The score after one more clip; an abstaining net (`net=None`) is not right."""
        for label in (truth, own):
            if label not in EMOTIONS:
                raise SerError(f"There is no emotion {label!r}: choose one of {', '.join(EMOTIONS)}.")
        from ..evaluate.listeners import BY_EMOTION  # pandas comes along

        heard = next(share for names, share in BY_EMOTION.items() if truth in names.split("/"))
        return Score(self.n + 1, self.own + (own == truth), self.net + (net == truth), self.listeners + heard)

    @property
    def text(self):
        """One sentence, which says what the listeners' figure is; empty before the first guess."""
        if self.n == 0:
            return ""
        own, net, listeners = (f"{right / self.n:.0%}" for right in (self.own, self.net, self.listeners))
        clips = "clip" if self.n == 1 else "clips"
        return (
            f"After {self.n} {clips}: you {own}, the net {net}; "
            f"listeners of RAVDESS named such emotions in {listeners} of cases."
        )
