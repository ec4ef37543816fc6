"""Judge a model honestly: report, confusion, actor bootstrap, calibration, leakage, human ceiling.

Front door: `evaluate.report(predictions)`. Every interval resamples actors. Lesson: 06_evaluation.
"""

from .calibration import (
    answer_rates,
    apply_temperature,
    choose_threshold,
    cross_fit_temperature,
    ece,
    fit_temperature,
    reliability,
    risk_coverage,
)
from .intervals import Interval, actor_bootstrap, compare
from .leakage import check_leaks, leakage, search_leaks, sides_of
from .listeners import human_ceiling, listeners, listeners_gap
from .metrics import METRICS, accuracy, confusion, macro_f1, per_actor, per_emotion, uar
from .predictions import (
    COLUMNS,
    PROBABILITY_COLUMNS,
    check_predictions,
    make_predictions,
    pool,
    predicted_labels,
    probabilities,
    read_predictions,
    stated_labels,
    true_labels,
    voice_words,
    write_predictions,
)
from .reporting import report
