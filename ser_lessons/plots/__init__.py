"""All figures of the course. Each `show_*` returns its Figure; `describe` says what it shows.

A figure cell is always the same three lines::

    fig = plots.show_mel(mel_db, title="calm - practice corpus (synthetic)")
    plt.show()
    print(plots.describe(fig))

Importing this package loads neither matplotlib nor Keras. Lesson: all.
"""

from .answers import show_probabilities
from .describe import describe, is_description, printed_descriptions, wrap
from .judging import (
    show_actor_dots,
    show_confusion,
    show_gap_intervals,
    show_human_ceiling,
    show_reliability,
    show_risk_coverage,
)
from .listening import listen
from .spectrograms import show_mel, show_mel_filters, show_mels, show_spectrum, show_stft_grid
from .style import course_style, emotion_style, new_figure, styled, title_with_corpus, unlabelled
from .training import show_accuracies, show_activation, show_filter_maps, show_learning_curves
from .waveforms import show_by_emotion, show_counts, show_waveform, show_waveforms

__all__ = [
    "course_style",
    "describe",
    "emotion_style",
    "is_description",
    "listen",
    "new_figure",
    "printed_descriptions",
    "show_accuracies",
    "show_activation",
    "show_actor_dots",
    "show_by_emotion",
    "show_confusion",
    "show_counts",
    "show_filter_maps",
    "show_gap_intervals",
    "show_human_ceiling",
    "show_learning_curves",
    "show_mel",
    "show_mel_filters",
    "show_mels",
    "show_probabilities",
    "show_reliability",
    "show_risk_coverage",
    "show_spectrum",
    "show_stft_grid",
    "show_waveform",
    "show_waveforms",
    "styled",
    "title_with_corpus",
    "unlabelled",
    "wrap",
]
