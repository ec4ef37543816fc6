"""Audit a model for gender bias with statistics that know there are only 24 voices.

Front door: `bias.audit(predictions)`. Its verdict is "gap", "equivalent" or "undecidable". Lesson: 07_gender_bias.
"""

from .audit import audit, protocol_warnings
from .inference import GenderCounts, holm, permutation_tests, relabelings
from .pitch import audited_clips, counterfactual_flips, note_on_training, pitch_covariate
from .power import actors_needed, audit_counts, minimal_detectable_gap, power_of_gap
from .report import BiasReport
from .tables import calibration_table, small_cells
from .verdict import FALSE_ALARM_RATE, MARGIN_POINTS, VERDICTS, decide
