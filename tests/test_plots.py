"""Figures: labelled with units, described in one sentence that follows the data, legible without color."""

import base64
import functools
import html
import io

import ipywidgets
import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import seaborn as sns
import soundfile
from matplotlib.layout_engine import ConstrainedLayoutEngine
from PIL import Image

from ser_lessons import plots, predict
from ser_lessons.config import EMOTIONS, GENDER_PALETTE
from ser_lessons.errors import BadClip
from ser_lessons.sound import features

TONE = (0.1 * np.sin(2 * np.pi * 440 * np.arange(66_150) / 22_050)).astype(np.float32)
MEL = features.log_mel(TONE)
TABLE = pd.DataFrame(
    {
        "emotion": ["calm", "angry", "sad"] * 8,
        "gender": ["man", "woman"] * 12,
        "level": np.sin(np.arange(24.0)),
        "seconds": np.arange(24.0) % 8,
    }
)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def drawn(kind, values, *, coarse=True):
    """A figure of a kind ("plot", "dots", "bar", "scatter") whose numbers are those of a net trained just now."""
    figure, ax = plots.new_figure()
    draw = functools.partial(ax.plot, marker="D", linestyle="") if kind == "dots" else getattr(ax, kind)
    draw(["one", "two", "three"] if kind != "plot" else [1, 2, 3], values, label="training")
    ax.coarse = coarse
    ax.set(xlabel="epoch (number)", ylabel="loss (nats)", xlim=(0, 4), ylim=(0, 4))
    return figure


def window(start, label, confidence=0.7, abstained=False):
    chances = dict.fromkeys(EMOTIONS, (1 - confidence) / 7) | {label: confidence} if label else {}
    return predict.Window("talk", label, confidence, chances, abstained, start=start, end=start + 3)


WINDOWS = [window(0, "calm"), window(1.5, "sad", 0.4, True), window(3, None), window(4.5, "calm", 0.9)]

FIGURES = {
    "activation": lambda: plots.show_activation(MEL, MEL / -80, title="angry"),
    "timeline": lambda: plots.show_timeline(WINDOWS, title="talk"),
    "mel": lambda: plots.show_mel(MEL),
    "mels": lambda: plots.show_mels({"one": MEL, "two": MEL - 1, "three": MEL - 2}),
    "probe": lambda: plots.show_probe(TONE[:441], 450),
    "two probes": lambda: plots.show_two_probes(TONE[:441], 450),
    "spectrum": lambda: plots.show_spectrum(TONE),
    "sliding": lambda: plots.show_sliding(TONE, np.full((129, 130), -9.0), 5, n_fft=256),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_says_its_units_is_described_in_one_line_and_legible(name):
    figure = FIGURES[name]()
    assert plots.unlabelled(figure) == []
    sentence = plots.describe(figure)
    assert plots.is_description(sentence) and "\n" not in sentence and sentence.endswith(".")
    words = [text for text in figure.findobj(matplotlib.text.Text) if text.get_text().strip()]
    assert [text.get_text() for text in words if text.get_fontsize() < 11] == []


def test_a_timeline_is_as_cheap_for_hours_as_for_seconds():
    """And says what it shows: a block a window, as high as the answer is sure; an empty one where it is not."""
    (short,), (long,) = (plots.show_timeline(WINDOWS * times).axes for times in (1, 500))
    assert len(long.get_children()) == len(short.get_children())
    two, unsure = plots.describe(long.figure).split("; ")[3:]
    assert two.startswith("1000 bars, lowest 0.63 at ") and ", highest 0.81 at " in two
    assert unsure.startswith("500 bars, lowest 0.36 at ")


@pytest.mark.parametrize(
    "labels, bar, said",
    [
        ({"xlabel": "time"}, "level (dB)", ["the x axis label 'time' names no unit", "the y axis has no label"]),
        ({"xlabel": "time (s)", "ylabel": "band (number)"}, "", ["axes 2: the y axis has no label"]),
        ({"xlabel": "time (s)", "ylabel": "band (number)"}, "level (dB)", []),
        (
            {"xlabel": "emotion", "ylabel": "band (number)", "xticks": [0, 1], "xticklabels": ["calm", "sad"]},
            "x (s)",
            [],
        ),
    ],
)
def test_an_axis_without_label_or_unit_is_named_unless_its_ticks_are_words(labels, bar, said):
    figure, ax = plt.subplots()
    figure.colorbar(ax.imshow(np.eye(3)), ax=ax, label=bar)
    ax.set(**labels)
    found = plots.unlabelled(figure)
    assert len(found) == len(said) and all(words in sentence for words, sentence in zip(said, found))


def test_the_description_follows_the_data():
    shifted = np.roll(MEL, 20, axis=0)
    assert plots.describe(plots.show_mel(MEL)) != plots.describe(plots.show_mel(shifted))


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


@pytest.mark.parametrize(
    "label, place", [("epoch (number)", "epoch 2"), ("confidence (fraction)", "confidence 2"), ("time (s)", "2 s")]
)
def test_a_place_is_named_as_people_say_it(label, place):
    ax = plt.plot([1, 2, 3], [0.1, 0.9, 0.4])[0].axes
    ax.set(xlabel=label, ylabel="accuracy (fraction)")
    assert f"highest 0.9 at {place}," in plots.describe(ax.figure)


def test_an_empty_figure_is_described_as_empty():
    assert plots.describe(plt.figure()) == "Picture: nothing is drawn."


def test_the_two_genders_differ_in_grayscale():
    gray = [matplotlib.colors.to_rgb(color) @ np.array([0.2126, 0.7152, 0.0722]) for color in GENDER_PALETTE.values()]
    assert abs(gray[0] - gray[1]) > 0.05


def test_a_player_is_small_and_its_caption_says_what_is_heard():
    player = plots.listen(TONE, title="a tone")
    assert repr(plots.listen((32767 * TONE).astype(np.int16), title="a tone")) == repr(player)
    assert repr(player) == "Player: a tone; 3.0 s, -23 dB re full scale"
    assert len(player._repr_html_()) < 60_000 and 'aria-label="Player: a tone' in player._repr_html_()
    with pytest.raises(BadClip):
        plots.listen(np.zeros((2, 3)))


def test_players_at_an_even_loudness_sound_alike_however_loud_the_clips_were():
    heard = []
    for level in (1.0, 0.01):
        player = plots.listen(level * TONE, title="a tone", loud=True)
        assert repr(player) == "Player: a tone; 3.0 s"  # no level: it would not be the one that is heard
        heard.append(soundfile.read(io.BytesIO(player.content))[0])
    rms = [np.sqrt(np.mean(signal**2)) for signal in heard]
    assert rms == pytest.approx([0.1, 0.1], rel=0.05)
    click = np.zeros(22_050)
    click[100] = 0.5
    assert np.abs(soundfile.read(io.BytesIO(plots.listen(click, loud=True).content))[0]).max() <= 1


def test_our_figures_leave_the_learners_own_alone_and_course_style_does_not():
    before = dict(matplotlib.rcParams)
    plots.show_mel(MEL)
    assert dict(matplotlib.rcParams) == before
    with matplotlib.rc_context():
        plots.course_style()
        assert matplotlib.rcParams["axes.labelsize"] == 12 and not matplotlib.rcParams["axes.spines.top"]


def by_emotion(draw, **options):
    return lambda table: draw(table, x="emotion", y="level", **options)


MATRIX = pd.DataFrame([[5.0, 1], [2, 4]], index=["calm", "angry"], columns=["calm", "angry"])
SEABORN = {
    "countplot": (
        lambda table: sns.countplot(table, x="emotion"),
        "Bar chart: emotion: calm, angry, sad; level (dB) 0 to 8.4; 3 bars, lowest 8 at calm",
    ),
    "countplot by gender": (
        lambda table: sns.countplot(table, x="emotion", hue="gender"),
        "man: 3 bars, lowest 4 at calm, highest 4 at calm, mean 4; woman: 3 bars,",
    ),
    "barplot": (by_emotion(sns.barplot, hue="gender", seed=7), "man: 3 bars, lowest -0.399 at angry"),
    "boxplot": (
        by_emotion(sns.boxplot),
        "Box plot: emotion: calm, angry, sad; level (dB) -1.1 to 1.09; 3 medians, lowest",
    ),
    "boxplot by gender": (by_emotion(sns.boxplot, hue="gender"), "; woman: 3 medians, lowest"),
    "pointplot": (by_emotion(sns.pointplot, hue="gender", seed=7), "Line plot: emotion: calm, angry, sad;"),
    "pointplot without line": (
        by_emotion(sns.pointplot, hue="gender", linestyle="none", seed=7),
        "Dot plot: emotion: calm, angry, sad;",
    ),
    "stripplot": (by_emotion(sns.stripplot), "Scatter plot: emotion: calm, angry, sad;"),
    "stripplot by gender": (by_emotion(sns.stripplot, hue="gender"), "; man: 12 points with mean"),
    "swarmplot": (by_emotion(sns.swarmplot, hue="gender", dodge=True), "; woman: 12 points with mean"),
    "violinplot": (by_emotion(sns.violinplot), "at angry, mean"),
    "lineplot": (lambda table: sns.lineplot(table, x="seconds", y="level", hue="gender", seed=7), "man: from"),
    "scatterplot": (
        lambda table: sns.scatterplot(table, x="seconds", y="level", hue="gender"),
        "man: 12 points around (3,",
    ),
    "histplot": (lambda table: sns.histplot(table, x="level", hue="gender", kde=True), "woman: 6 bars, lowest"),
    "histplot by steps": (lambda table: sns.histplot(table, x="level", element="step"), "filled, lowest 0 at"),
    "kdeplot": (lambda table: sns.kdeplot(table, x="level", hue="gender"), "woman: from"),
    "catplot": (
        lambda table: sns.catplot(table, x="emotion", y="level", col="gender", kind="box").axes[0, 0],
        "2 panels: Box plot: gender = man; emotion: calm, angry, sad;",
    ),
}
"""What learners draw with seaborn, and a part of what is said about it."""


@pytest.mark.parametrize("name", SEABORN)
def test_what_seaborn_draws_is_described_with_its_groups_and_follows_the_data(name):
    draw, part = SEABORN[name]
    sentences = []
    for table in (TABLE, TABLE, TABLE.assign(level=TABLE["level"] + 0.7 * (TABLE["gender"] == "man")), TABLE[1:]):
        ax = draw(table)
        for one in ax.figure.axes:
            one.set(xlabel="emotion" if ax.get_xlabel() == "emotion" else "time (s)", ylabel="level (dB)")
        assert plots.unlabelled(ax.figure) == []
        sentences.append(plots.describe(ax.figure))
        plt.close("all")
    assert plots.is_description(sentences[0]) and part in sentences[0]
    assert sentences[0] == sentences[1] != sentences[3]
    assert sentences[0] != sentences[2] or name.startswith("countplot")


def test_a_heat_map_of_seaborn_names_its_peak_in_words_and_its_color_bar():
    ax = sns.heatmap(MATRIX, annot=True, cbar_kws={"label": "share (%)"})
    ax.set(xlabel="predicted", ylabel="spoken")
    assert plots.unlabelled(ax.figure) == []
    assert plots.describe(ax.figure).endswith("share (%) 1 to 5, mean 3; peak at calm, calm.")


@pytest.mark.parametrize("samples, kind", [(66_150, "filled, lowest"), (2000, "from 0 to")])
def test_a_wave_of_librosa_tells_its_extremes(samples, kind):
    import librosa.display

    sentences = []
    for signal in (TONE, TONE * np.linspace(1, 2, len(TONE), dtype=np.float32)):
        figure, ax = plt.subplots()
        librosa.display.waveshow(signal[:samples], sr=22_050, ax=ax)
        ax.set(xlabel="time (s)", ylabel="amplitude (full scale)")
        assert plots.unlabelled(figure) == []
        sentences.append(plots.describe(figure))
    assert sentences[0].startswith("Line plot: time (s) ") and kind in sentences[0] and "0.1 at" in sentences[0]
    assert sentences[0] != sentences[1]


def test_a_spectrogram_of_librosa_names_its_peak_in_hertz():
    import librosa.display

    figure, ax = plt.subplots()
    figure.colorbar(librosa.display.specshow(MEL, x_axis="time", y_axis="mel", sr=22_050, ax=ax), label="level (dB)")
    ax.set(xlabel="time (s)", ylabel="frequency (Hz)")
    assert plots.unlabelled(figure) == []
    sentence = plots.describe(figure)
    assert sentence.startswith("Heat map: time (s) ") and "; 130 columns by 128 rows; level (dB) -80 to 0" in sentence
    assert float(sentence.rsplit(", ", 1)[1].split()[0]) == pytest.approx(420, abs=15)  # as librosa places 440 Hz


def test_a_spectrogram_is_described_without_a_path_for_every_cell(monkeypatch):
    """They would hold a quarter of a gigabyte for one of lesson 02."""
    from matplotlib.collections import QuadMesh

    figure, ax = plt.subplots()
    ax.pcolormesh(MEL)
    monkeypatch.setattr(QuadMesh, "get_paths", None)
    assert plots.describe(figure).startswith("Heat map: ")


def test_any_other_drawing_of_matplotlib_has_words_too():
    def pie():
        plt.pie([1, 2])

    def space():
        plt.subplot(projection="3d").plot([0, 1], [0, 1], [0, 1])

    drawings = [
        pie,
        space,
        lambda: plt.subplot(projection="polar").plot([0, 1, 2], [1, 2, 3]),
        lambda: plt.plot([1, 2], [np.nan, np.nan]),
        lambda: plt.plot(pd.date_range("2020-01-01", periods=3), [1, 2, 3]),
        lambda: plt.imshow(np.full((2, 2), np.nan)),
        lambda: plt.contourf(np.eye(4)),
        lambda: plt.stem([1, 2, 3]),
        lambda: plt.boxplot([[1, 2, 3]]),
        lambda: plt.axvline(1),
        lambda: sns.clustermap(np.eye(4)),
        lambda: sns.jointplot(TABLE, x="seconds", y="level"),
    ]
    for draw in drawings:
        plt.figure()
        draw()
        assert plots.is_description(plots.describe(plt.gcf()))
        plt.close("all")


def test_a_title_over_several_panels_is_told():
    figure, axes = plt.subplots(1, 2)
    for ax in axes:
        ax.plot([0, 1, 2], [0, 1, 4])
    figure.suptitle("before and after · RAVDESS")
    sentence = plots.describe(figure)
    assert sentence.startswith("2 panels, before and after · RAVDESS: Line plot: ")
    assert plots.is_description(sentence)


@pytest.fixture
def shell(monkeypatch):
    """An IPython shell that remembers what it was told to display."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    sent = []
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr("IPython.core.interactiveshell.InteractiveShell.initialized", lambda: True)
    monkeypatch.setattr("IPython.core.interactiveshell.InteractiveShell.instance", lambda: shell)
    monkeypatch.setattr(shell.display_pub, "publish", lambda data, metadata, **_: sent.append((data, metadata)))
    shell.sent = sent
    with matplotlib.rc_context():
        plots.course_style()
        yield shell


THINGS = {
    "figure": lambda: plt.plot([1, 2, 4])[0].figure,
    "axes": lambda: plt.plot([1, 2, 4])[0].axes,
    "what plot returns": lambda: plt.plot([1, 2, 4]),
    "what set returns": lambda: plt.plot([1, 2, 4])[0].axes.set(xlabel="time (s)"),
    "what hist returns": lambda: plt.hist([1, 2, 4]),
    "what subplots returns": lambda: plt.subplots(1, 2),
    "array of axes": lambda: TABLE.hist(),
    "grid of seaborn": lambda: sns.catplot(TABLE, x="emotion", y="level", col="gender", kind="strip"),
    "joint grid of seaborn": lambda: sns.jointplot(TABLE, x="seconds", y="level"),
    "pair grid of seaborn": lambda: sns.pairplot(TABLE),
    "our figure": lambda: plots.show_mel(MEL),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", THINGS)
def test_what_a_plotting_call_returns_shows_its_figure_once_with_words(name, shell):
    assert shell.display_formatter.format(THINGS[name]()) == ({}, {})  # it displayed itself
    [(data, metadata)] = shell.sent
    words = data["text/plain"]
    assert plots.is_description(words) or words == "Picture: nothing is drawn."
    assert f'<img alt="{html.escape(words)}" src="data:image/png;base64,{data["image/png"]}"' in data["text/html"]
    assert metadata["image/png"]["alt"] == words and plt.get_fignums() == []


def test_other_values_are_shown_as_ever(shell):
    for value in ([1, 2], (1, 2), np.eye(2), np.array(["a", None], dtype=object), TABLE):
        assert shell.display_formatter.format(value)[0]["text/plain"] == repr(value) and shell.sent == []


def test_an_alt_text_keeps_its_page_whole(shell):
    figure, ax = plt.subplots()
    ax.set_title('<b>"loud" & clear</b>')
    ax.plot([1, 2, 3])
    shell.display_formatter.format(figure)
    assert '<img alt="Line plot: &lt;b&gt;&quot;loud&quot; &amp; clear&lt;/b&gt;;' in shell.sent[0][0]["text/html"]


def slope(rise, dashed=False, kind="line"):
    figure, ax = plots.new_figure()
    ax.plot([0, 1, 2], [0, rise, 2 * rise], "--" if dashed else "-")
    ax.set(xlabel="time (s)", ylabel="height (m)", title=kind)
    return figure


def test_a_moving_picture_has_a_still_that_names_its_controls():
    picture = plots.moving(slope, rise=(0, 10, 2), dashed=False, kind=["line", "ramp"])
    data, metadata = picture._repr_mimebundle_()
    words = data["text/plain"]
    assert words.startswith(
        "Moving picture with rise (0 to 10), dashed (on or off), kind (line, ramp): Line plot: line;"
    )
    assert plots.is_description(words) and metadata["image/png"]["alt"] == words
    assert html.escape(words) in data["text/html"] and data["image/png"] in data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in data
    assert Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).mode == "P"  # notebooks stay small


def test_a_moving_picture_is_drawn_anew_and_leaves_no_figure_open():
    picture = plots.moving(slope, rise=(0, 10, 2), kind=ipywidgets.Dropdown(options=["a", "b"], description="Name"))
    still = picture._repr_mimebundle_()[0]["text/html"]
    assert [control.description for control in picture.controls.values()] == ["rise", "Name"]
    picture.controls["rise"].value = 10
    picture.controls["kind"].value = "b"
    shown = picture.widget.children[2].value
    assert "Line plot: b;" in shown and "highest 20 at 2 s" in shown and plt.get_fignums() == []
    assert picture._repr_mimebundle_()[0]["text/html"] == still  # what nbval compares does not depend on who played


def test_axes_of_a_moving_picture_stay_where_they_are_until_they_need_other_room():
    places, titles = [], []

    def draw(high, title):
        figure, ax = plt.subplots(layout="constrained")
        places.append(ax)
        ax.plot([0, 1], [0, 1])
        ax.set(xlabel="time (s)", ylabel="height (m)", ylim=(0, 10**high))
        titles.append(ax.set_title("a\n" * title, loc="left"))
        return figure

    picture = plots.moving(draw, high=(0, 9), title=False)
    picture.controls["title"].value = True  # two lines need more room: drawn anew, and laid out
    picture.controls["high"].value = 9  # so does an exponent, and a title that gets out of its way
    picture.controls["high"].value = 1
    first, small, lower, hit, other, kept = ((ax.get_position().bounds, ax.yaxis.label.get_position()) for ax in places)
    assert first == small and lower == hit and other == kept
    assert lower[0][3] < first[0][3] and other[0] != lower[0]
    assert [title.get_position()[1] > 1 for title in titles] == [False] * 4 + [True, False]
    laid_out = [isinstance(ax.figure.get_layout_engine(), ConstrainedLayoutEngine) for ax in places]
    assert laid_out == [True, False] * 3


def test_a_moving_picture_plays_the_sound_it_is_given():
    picture = plots.moving(lambda rise: (slope(rise), plots.listen(TONE, title=f"rise {rise}")), rise=(0, 10))
    picture.controls["rise"].value = 7
    assert "Player: rise 7;" in picture.widget.children[2].value


def test_what_goes_wrong_while_it_moves_is_said_in_its_place():
    picture = plots.moving(lambda rise: slope(1 / rise), rise=ipywidgets.IntSlider(2, 0, 4))
    picture.controls["rise"].value = 0
    assert picture.widget.children[1].value == '<p role="alert">ZeroDivisionError: division by zero</p>'
    picture.controls["rise"].value = 1
    assert "<img alt=" in picture.widget.children[1].value
    with pytest.raises(TypeError, match="rise=None is no control"):
        plots.moving(slope, rise=None)


@pytest.mark.parametrize(
    "kind, one, near, other, told",
    [
        ("plot", (2.0, 1.5, 1.0), (2.0, 1.4, 1.01), (2.0, 2.5, 3.0), "training: falls"),
        ("bar", (3, 1, 1), (2, 1, 1), (1, 2, 1), "3 bars, highest at one"),
        ("scatter", (3, 1, 1), (1, 2, 1), None, "3 points."),
        ("dots", (3, 1, 1), (1, 2, 1), None, "training: 3 dots"),
    ],
)
def test_coarse_numbers_forgive_a_digit_and_no_trend(kind, one, near, other, told):
    said = [plots.describe(drawn(kind, values)) for values in (one, near)]
    assert said[0] == said[1] and told in said[0]
    assert other is None or plots.describe(drawn(kind, other)) != said[0]
    exact = [plots.describe(drawn(kind, values, coarse=False)) for values in (one, near)]
    assert exact[0] != exact[1]


def test_a_restless_curve_is_told_without_numbers():
    restless = drawn("plot", (2.0, 1.5, 1.0))
    restless.axes[0].lines[0].restless = True
    assert "training: drawn beside it" in plots.describe(restless)
