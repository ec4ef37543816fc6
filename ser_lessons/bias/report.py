"""The report object of the audit: verdict, sentence, every table; as terminal table, JSON and HTML.

Lesson: 07_gender_bias.
"""

import dataclasses

import pandas as pd

from ..evaluate.intervals import Interval
from ..evaluate.reporting import JsonReport, plain
from ..system import write_whole


@dataclasses.dataclass(frozen=True)
class BiasReport(JsonReport):
    """What the audit found; made by `audit` and `audit_counts`.

    Parameters
    ----------
    verdict : "gap", "equivalent" or "undecidable"
    metric : str, "uar", "accuracy" or "macro_f1"
    gap, gap_90 : Interval in points, women minus men, 95 % and 90 %
    p_value : float, permutation of gender over actors
    margin_points : float
    located : list of emotions whose recall gap survives Holm
    power : dict in points: `sd_man, sd_woman` (between actors), `minimal_detectable_gap` (power 80 %),
        `power_at_margin` (in [0, 1]), `actors_needed_for_margin` (of each gender; None: over 100 000)
    listeners : dict, the gap of human listeners on the same corpus, with its source; None where nobody measured it
    sentence : str, the verdict with size, interval, sample and limits: quote this, whole
    groups, emotions, actors, calibration, counterfactual : DataFrame or None (percent and points)
    pitch : dict as of `pitch_covariate`, or None
    small_cells, warnings : lists of sentences

    Lesson: 07_gender_bias.
    """

    verdict: str
    metric: str
    gap: Interval
    gap_90: Interval
    p_value: float | None
    margin_points: float
    located: list
    clips: int
    n_women: int
    n_men: int
    corpus: str
    protocol: str
    power: dict
    listeners: dict | None
    sentence: str = ""
    groups: pd.DataFrame | None = None
    emotions: pd.DataFrame | None = None
    actors: pd.DataFrame | None = None
    calibration: pd.DataFrame | None = None
    pitch: dict | None = None
    counterfactual: pd.DataFrame | None = None
    small_cells: list = dataclasses.field(default_factory=list)
    warnings: list = dataclasses.field(default_factory=list)
    seed: int | None = None

    @property
    def smallest_margin(self):
        """The smallest margin (points) within which these data would count as equivalent."""
        return max(abs(self.gap_90.low), abs(self.gap_90.high))

    def as_dict(self):
        """Everything as plain numbers, lists and dicts; `interval` is [low, high] in points; NaN becomes None."""
        ends = {"gap_points": self.gap.value, "interval": [self.gap.low, self.gap.high]}
        ends |= {"interval_90": [self.gap_90.low, self.gap_90.high], "smallest_margin": self.smallest_margin}
        fields = super().as_dict()
        del fields["gap"], fields["gap_90"]
        return fields | plain(ends)

    def to_html(self, path=None):
        """The report as one self-contained page; written whole to `path` if it is given. Returns the HTML text."""
        from .page import render_page

        text = render_page(self)
        if path is not None:
            write_whole(path, text.encode())
        return text

    def to_table(self):
        """The report as a rich object for the terminal: print it with `rich.console.Console().print(...)`."""
        from .page import render_terminal

        return render_terminal(self)
