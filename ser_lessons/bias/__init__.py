"""Audit a model for gender bias with statistics that know there are only 24 voices.

Front door: `bias.audit(predictions)`. Its verdict is "gap", "equivalent" or "undecidable".
Lesson: 07_gender_bias.
"""

from .audit import audit, power_statement, protocol_warnings
from .counterfactual import audited_clips, counterfactual_flips, note_on_training
from .counts import audit_counts
from .inference import GenderCounts, holm, permutation_tests, relabelings
from .pitch import f0_bins, join_f0, pitch_covariate
from .power import actors_needed, minimal_detectable_gap, power_of_gap
from .report import BiasReport
from .tables import calibration_table, emotion_table, group_table, small_cells
from .verdict import FALSE_ALARM_RATE, MARGIN_POINTS, VERDICTS, decide

__all__ = [
    "FALSE_ALARM_RATE",
    "MARGIN_POINTS",
    "VERDICTS",
    "BiasReport",
    "GenderCounts",
    "actors_needed",
    "audit",
    "audit_counts",
    "audited_clips",
    "calibration_table",
    "counterfactual_flips",
    "decide",
    "emotion_table",
    "f0_bins",
    "group_table",
    "holm",
    "join_f0",
    "minimal_detectable_gap",
    "note_on_training",
    "permutation_tests",
    "pitch_covariate",
    "power_of_gap",
    "power_statement",
    "protocol_warnings",
    "relabelings",
    "small_cells",
]
