"""Figures: labelled with units, described in one sentence that follows the data, legible without color."""

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from ser_lessons import plots
from ser_lessons.config import EMOTIONS, GENDER_PALETTE, PALETTE
from ser_lessons.errors import BadClip
from ser_lessons.sound import features

TONE = (0.1 * np.sin(2 * np.pi * 440 * np.arange(66_150) / 22_050)).astype(np.float32)
MEL = features.log_mel(TONE)
TABLE = pd.DataFrame(
    {
        "emotion": list(EMOTIONS) * 2,
        "channel": ["speech"] * 8 + ["song"] * 8,
        "gender": ["man", "woman"] * 8,
    }
)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


FIGURES = {
    "waveform": lambda: plots.show_waveform(TONE, kept=(0.5, 1.5), title="tone"),
    "waveforms": lambda: plots.show_waveforms({"calm": TONE, "angry": 2 * TONE}),
    "counts": lambda: plots.show_counts(TABLE),
    "by emotion": lambda: plots.show_by_emotion(TABLE, np.arange(16.0), label="duration (s)"),
    "mel": lambda: plots.show_mel(MEL),
    "mels": lambda: plots.show_mels({"one": MEL, "two": MEL - 1, "three": MEL - 2}),
    "stft": lambda: plots.show_stft_grid({"short": (np.full((129, 20), -9.0), 256, 64)}),
    "spectrum": lambda: plots.show_spectrum(np.arange(10.0), -np.arange(10.0), marks_hz=[3]),
    "filters": lambda: plots.show_mel_filters(),
    "probabilities": lambda: plots.show_probabilities(np.full(8, 0.125), truth="sad"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_says_its_units_and_is_described_in_one_line(name):
    figure = FIGURES[name]()
    assert plots.unlabelled(figure) == []
    sentence = plots.describe(figure)
    assert plots.is_description(sentence) and "\n" not in sentence and sentence.endswith(".")
    printed = str(sentence)  # no line is so long that JupyterLab breaks it inside a word
    assert all(len(line) <= 78 for line in printed.splitlines())
    assert plots.printed_descriptions(f"before\n{printed}\nafter") == [sentence]


@pytest.mark.parametrize("name", FIGURES)
def test_text_is_large_enough_to_read(name):
    figure = FIGURES[name]()
    figure.canvas.draw()
    small = [
        t.get_text() for t in figure.findobj(matplotlib.text.Text) if t.get_text().strip() and t.get_fontsize() < 11
    ]
    assert small == []


def test_an_axis_without_label_or_unit_is_named():
    figure, ax = plt.subplots()
    ax.plot([0, 1, 2], [0, 1, 4])
    ax.set_xlabel("time")
    assert plots.unlabelled(figure) == [
        "axes 1: the x axis label 'time' names no unit; end it with '(unit)'.",
        "axes 1: the y axis has no label.",
    ]


def test_words_on_an_axis_are_their_own_unit():
    figure, ax = plt.subplots()
    ax.bar(["calm", "angry"], [1, 2])
    ax.set(xlabel="emotion", ylabel="clips (count)")
    assert plots.unlabelled(figure) == []


def test_an_unlabelled_color_bar_is_named():
    figure, ax = plt.subplots()
    figure.colorbar(ax.imshow(np.eye(3)), ax=ax)
    ax.set(xlabel="time (s)", ylabel="band (number)")
    assert plots.unlabelled(figure) == ["axes 2: the y axis has no label."]


def test_the_description_follows_the_data():
    louder = TONE.copy()
    louder[100] = 0.9
    assert plots.describe(plots.show_waveform(TONE)) != plots.describe(plots.show_waveform(louder))
    shifted = np.roll(MEL, 20, axis=0)
    assert plots.describe(plots.show_mel(MEL)) != plots.describe(plots.show_mel(shifted))
    assert plots.describe(plots.show_counts(TABLE)) != plots.describe(plots.show_counts(TABLE[1:]))
    one, two = np.arange(16.0), np.arange(16.0)
    two[3] += 5
    draw = [plots.describe(plots.show_by_emotion(TABLE, v, label="duration (s)")) for v in (one, two)]
    assert draw[0] != draw[1]


def test_the_peak_of_a_mel_picture_is_named_in_hertz():
    sentence = plots.describe(plots.show_mel(MEL))
    peak_hz = float(sentence.rsplit(", ", 1)[1].split()[0])
    assert peak_hz == pytest.approx(440, abs=15)


def test_the_description_of_a_matrix_of_words_names_its_peak():
    figure, ax = plt.subplots()
    picture = ax.imshow([[1, 2], [9, 3]])
    ax.set_xticks([0, 1], ["calm", "angry"])
    ax.set_yticks([0, 1], ["calm", "angry"])
    ax.set(xlabel="predicted", ylabel="true")
    figure.colorbar(picture, label="clips (count)")
    assert plots.describe(figure).endswith("clips (count) 1 to 9, mean 3.75; peak at calm, angry.")


def test_dots_on_rows_of_words_are_described_row_by_row():
    figure, ax = plt.subplots()
    ax.errorbar([0.2, 0.9], [0, 1], xerr=[[0.1, 0.1], [0.1, 0.1]], fmt="o", capsize=3, label="model")
    ax.plot([0.5], [1], "D", label="listeners")
    ax.set_yticks([0, 1], ["calm", "angry"])
    ax.set(xlabel="recall (fraction)", ylabel="clips")
    sentence = plots.describe(figure)
    assert sentence.startswith("Dot plot: recall (fraction)")
    assert "model: 2 dots, lowest 0.2 at calm, highest 0.9 at angry, mean 0.55" in sentence
    assert sentence.endswith("listeners: 0.5 at angry.")


def test_a_place_is_named_as_people_say_it():
    figure, ax = plt.subplots()
    ax.plot([1, 2, 3], [0.1, 0.9, 0.4])
    for label, place in (("epoch (number)", "epoch 2"), ("confidence (fraction)", "confidence 2"), ("time (s)", "2 s")):
        ax.set(xlabel=label, ylabel="accuracy (fraction)")
        assert f"highest 0.9 at {place}," in plots.describe(figure)


def test_a_scatter_over_words_tells_means_and_no_correlation():
    sentence = plots.describe(plots.show_by_emotion(TABLE, np.arange(16.0), label="duration (s)", title="few"))
    assert sentence.startswith("Scatter plot: few; emotion:") and "man: 8 points with mean 7;" in sentence
    assert "correlation" not in sentence


def test_time_starts_at_zero_and_epochs_are_whole():
    for figure in (plots.show_waveform(TONE), plots.show_waveforms({"calm": TONE})):
        assert figure.axes[0].get_xlim() == (0, 3.0)
    history = [{"epoch": n, "loss": 1.0, "accuracy": 0.5} for n in range(1, 11)]
    ticks = plots.show_learning_curves(history).axes[0].get_xticks()
    assert all(tick == int(tick) for tick in ticks)


def test_the_word_chance_covers_no_number():
    figure = plots.show_probabilities(np.full(8, 0.125))
    figure.canvas.draw()
    boxes = {t.get_text(): t.get_window_extent() for t in figure.axes[0].texts}
    numbers = [t.get_window_extent() for t in figure.axes[0].texts if t.get_text() != "chance"]
    assert len(numbers) == 8 and not any(boxes["chance"].overlaps(box) for box in numbers)


def test_an_empty_figure_is_described_as_empty():
    assert plots.describe(plt.figure()) == "Picture: nothing is drawn."


def luminance(color):
    rgb = np.array(matplotlib.colors.to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_every_emotion_keeps_its_color_and_has_a_second_cue():
    styles = [plots.emotion_style(emotion) for emotion in EMOTIONS]
    assert [s["color"] for s in styles] == [PALETTE[e] for e in EMOTIONS]
    assert len({s["marker"] for s in styles}) == len({s["color"] for s in styles}) == 8


def test_the_two_genders_differ_in_grayscale():
    man, woman = (luminance(GENDER_PALETTE[g]) for g in ("man", "woman"))
    assert abs(man - woman) > 0.05


def test_a_player_is_small_and_its_caption_says_what_is_heard():
    player = plots.listen(TONE, title="a tone")
    assert repr(player) == "Player: a tone; 3.0 s, -23 dB re full scale"
    assert len(player._repr_html_()) < 60_000 and 'aria-label="Player: a tone' in player._repr_html_()


def test_a_player_refuses_what_is_no_signal():
    with pytest.raises(BadClip):
        plots.listen(np.zeros((2, 3)))


def test_course_style_leaves_the_learners_own_figures_alone():
    before = dict(matplotlib.rcParams)
    plots.show_waveform(TONE)
    assert dict(matplotlib.rcParams) == before


def test_a_title_over_several_panels_is_told():
    figure, axes = plt.subplots(1, 2)
    for ax in axes:
        ax.plot([0, 1, 2], [0, 1, 4])
    figure.suptitle("before and after · RAVDESS")
    sentence = plots.describe(figure)
    assert sentence.startswith("2 panels, before and after · RAVDESS: Line plot: ")
    assert plots.is_description(sentence)
