"""All figures of the course. Each `show_*` returns its Figure, which shows itself as the last line of a cell.

The picture carries its alt text (`describe`) into the page. One line of set-up does the same for figures that
learners draw with matplotlib, seaborn or librosa::

    plots.course_style()

Importing this package loads neither matplotlib nor Keras. Lesson: all.
"""

from .describe import describe, is_description, unlabelled, wrap
from .judging import (
    show_actor_dots,
    show_gap_intervals,
    show_human_ceiling,
    show_reliability,
    show_risk_coverage,
)
from .learning import show_activation, show_answers, show_convolution, show_kernel, show_pooled
from .listening import listen
from .moving import moving
from .spectrograms import show_mel, show_mels, show_probe, show_sliding, show_spectrum, show_two_probes
from .style import course_style, new_figure, styled, title_with_corpus
from .timeline import show_timeline
