"""bias: the verdict on data whose truth is known, and the statistics under it against slow or exact ones."""

import html
import html.parser
import io
import json
import math
import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from benchmarks import simulation
from ser_lessons import bias, evaluate
from ser_lessons.bias.audit import judge
from ser_lessons.bias.inference import GenderCounts
from ser_lessons.config import EMOTIONS
from ser_lessons.errors import BadTable


def simulate(seed=0, **options):
    return simulation.simulate_predictions(np.random.default_rng(seed), **options)


@pytest.fixture(scope="module")
def small_gap():
    return simulate(1, accuracy=0.6, gap=0.02, actor_sd=0.08)


@pytest.fixture(scope="module")
def report(small_gap):
    return bias.audit(small_gap, f0=None)


# --- verdicts ---


def test_a_planted_gap_is_found_and_points_the_right_way():
    found = bias.audit(simulate(2, accuracy=0.6, gap=-0.25, actor_sd=0.05), f0=None)
    assert found.verdict == "gap" and found.gap.high < 0 and found.p_value < 0.01
    assert found.sentence.startswith("Gap found") and "lower on recordings by women" in found.sentence
    mirrored = bias.audit(simulate(2, accuracy=0.6, gap=0.25, actor_sd=0.05), f0=None)
    assert mirrored.verdict == "gap" and "higher on recordings by women" in mirrored.sentence


def test_alike_groups_with_alike_actors_are_equivalent():
    rates = np.full(200, 0.7)
    found = bias.audit(simulate(3, rates=rates), metric="accuracy", f0=None)
    assert found.verdict == "equivalent"
    assert -5 < found.gap_90.low < found.gap_90.high < 5 and found.smallest_margin < 5
    assert "Equivalent within 5 points" in found.sentence


def test_twenty_four_uneven_actors_are_undecidable(report):
    assert report.verdict == "undecidable"
    for words in ("12 women and 12 men", "1440", "neither bias nor balance", "simulated", "not about women"):
        assert words in report.sentence


def test_a_gap_in_one_emotion_is_located_and_blocks_equivalent():
    rng = np.random.default_rng(5)
    rates = np.full((60, 8), 0.7)
    women = np.arange(60) % 2 == 1
    rates[women, EMOTIONS.index("sad")] = 0.30
    rates[~women, EMOTIONS.index("sad")] = 0.95
    rates[women, EMOTIONS.index("angry")] = 0.95
    rates[~women, EMOTIONS.index("angry")] = 0.30
    found = bias.audit(simulation.simulate_predictions(rng, rates=rates), f0=None)
    assert set(found.located) == {"sad", "angry"}
    assert abs(found.gap.value) < 5 and found.verdict == "gap"
    assert "single emotions" in found.sentence and "sad" in found.sentence


def pitched(seed, harm, n_actors=24):
    """Predictions and F0 of voices; `harm` is how much accuracy clips above 190 Hz lose."""
    rng = np.random.default_rng(seed)
    women = np.arange(n_actors) % 2 == 1
    voice = np.where(women, 205, 125) * 2 ** (rng.normal(0, 2.0, n_actors) / 12)
    table = simulation.simulate_predictions(rng, rates=np.full(n_actors, 0.95))
    hertz = voice[table["actor"] - 1] * 2 ** (rng.normal(0, 2.5, len(table)) / 12)
    wrong = (hertz > 190) & (rng.random(len(table)) < harm)
    values = evaluate.probabilities(table)
    values[wrong] = np.roll(values[wrong], 1, axis=1)
    table[evaluate.PROBABILITY_COLUMNS] = values
    return table, pd.DataFrame({"stem": table["stem"], "f0_hz": hertz})


def test_errors_on_high_voices_only_are_found_and_located_in_pitch():
    table, f0 = pitched(6, harm=0.5)
    found = bias.audit(table, f0=f0)
    assert found.verdict == "gap" and found.gap.high < 0
    slopes, bins = found.pitch["slopes"], found.pitch["bins"]
    assert slopes.loc["between all voices", "p_holm"] < 0.01 and slopes.loc["between all voices", "slope"] < 0
    assert slopes.loc["within an actor, at the same emotion", "high"] < 0
    assert bins["accuracy"].idxmin() in (len(bins) - 1, len(bins) - 2)
    assert bins["accuracy"].iloc[0] - bins["accuracy"].iloc[-1] > 25
    assert "falls by" in found.pitch["sentence"] and "Hz" in found.pitch["sentence"]
    assert abs(found.pitch["adjusted_gap"].value) < abs(found.gap.value)


def test_unbiased_pitch_is_rarely_accused():
    accused = sum(
        (bias.pitch_covariate(*pitched(seed, harm=0.0))["slopes"]["p_holm"] <= 0.05).any() for seed in range(20)
    )
    assert accused <= stats.binom.ppf(0.995, 20, 0.05)  # 4 of 20


def test_clean_data_raises_no_alarm_beyond_the_stated_rate():
    rng = np.random.default_rng(11)
    alarms = 0
    for _ in range(100):
        table = simulation.simulate_predictions(rng, accuracy=0.6, gap=0.0, actor_sd=0.08)
        counts = GenderCounts(table, n_draws=400)
        dealt = bias.relabelings(counts.is_woman, n_permutations=499)
        alarms += judge(counts, dealt, metric="uar")[0] == "gap"
    assert bias.FALSE_ALARM_RATE == pytest.approx(0.06)
    assert alarms <= stats.binom.ppf(0.995, 100, bias.FALSE_ALARM_RATE)  # 13 of 100


# --- the student project's own counts ---


STUDENT = {"women_right": 189, "women_clips": 232, "men_right": 206, "men_clips": 259}


def test_the_student_project_could_have_shown_neither_bias_nor_balance():
    student = bias.audit_counts(**STUDENT, corpus="RAVDESS", protocol="student")
    assert student.verdict == "undecidable"
    assert student.gap.value == pytest.approx(100 * (189 / 232 - 206 / 259))
    assert "What could have been said" in student.sentence
    for words in ("by actresses 81.5 % (189/232), by actors 79.5 % (206/259)", "-5.1", "+8.9"):
        assert words in student.sentence
    assert json.loads(student.to_json())["verdict"] == "undecidable"
    assert "verdict: undecidable" in terminal(student) and "second-hand" in terminal(student)
    page = bias.audit_counts(**STUDENT).to_html()  # of a corpus that nobody named
    assert Outline(page).open == [] and "Welch" in page and "resample actors" not in page
    assert "nan" not in page.lower().replace("finance", "") and "listeners" not in page


def test_counts_without_any_actor_spread_and_large_ones():
    best = bias.audit_counts(**STUDENT, sd_points=0)
    assert best.verdict == "undecidable" and best.gap.low < -5 < 5 < best.gap.high
    gap = bias.audit_counts(women_right=5000, women_clips=10000, men_right=9000, men_clips=10000)
    assert gap.verdict == "gap" and "permutation" not in gap.sentence
    alike = {"women_right": 8000, "women_clips": 10000, "men_right": 8000, "men_clips": 10000}
    assert bias.audit_counts(**alike, n_women=500, n_men=500).verdict == "equivalent"
    with pytest.raises(BadTable, match="cannot be"):
        bias.audit_counts(**STUDENT | {"women_right": 300})
    assumed, ten, eleven = (bias.audit_counts(**STUDENT, **sd) for sd in ({}, {"sd_points": 10}, {"sd_points": 11}))
    assert assumed.to_json() == ten.to_json() != eleven.to_json()


# --- the statistics ---


def test_groups_agree_with_the_clips_of_each_gender(small_gap, report):
    for gender in ("man", "woman"):
        clips = small_gap[small_gap["gender"] == gender]
        assert report.groups.loc[gender, "accuracy"] == pytest.approx(100 * evaluate.accuracy(clips))
        assert report.groups.loc[gender, "uar"] == pytest.approx(100 * evaluate.uar(clips))
        assert report.groups.loc[gender, "macro_f1"] == pytest.approx(100 * evaluate.macro_f1(clips))
    gap = report.groups.loc["woman", "uar"] - report.groups.loc["man", "uar"]
    assert report.gap.value == pytest.approx(gap)


def test_equalized_odds_agree_with_fairlearn(small_gap, report):
    from fairlearn.metrics import false_positive_rate, true_positive_rate

    truth, guess = evaluate.true_labels(small_gap), evaluate.predicted_labels(small_gap)
    woman = (small_gap["gender"] == "woman").to_numpy()
    for k, emotion in enumerate(EMOTIONS):
        for measure, column in ((true_positive_rate, "recall_gap"), (false_positive_rate, "fpr_gap")):
            sides = [
                100 * measure((truth == k)[side].astype(int), (guess == k)[side].astype(int))
                for side in (woman, ~woman)
            ]
            assert report.emotions.loc[emotion, column] == pytest.approx(sides[0] - sides[1])


def test_permutation_of_means_agrees_with_scipy(small_gap):
    counts = GenderCounts(small_gap)
    dealt = bias.relabelings(counts.is_woman)
    assert len(dealt) == 5000 and (dealt[0] == counts.is_woman).all() and (dealt.sum(axis=1) == 12).all()
    mine = bias.permutation_tests(counts.counts, dealt, ["accuracy"])[0]
    dots = evaluate.per_actor(small_gap)
    sides = [dots.loc[dots["gender"] == gender, "value"] for gender in ("woman", "man")]
    theirs = stats.permutation_test(sides, lambda a, b: np.mean(a) - np.mean(b), n_resamples=9999, rng=1).pvalue
    assert mine == pytest.approx(theirs, abs=0.025)


def test_few_actors_are_permuted_exactly():
    dealt = bias.relabelings([True, False, True, False, False])
    assert len(dealt) == math.comb(5, 2) == len(np.unique(dealt, axis=0))
    assert dealt[0].tolist() == [True, False, True, False, False]


def test_holm_by_hand_and_never_below_the_raw_p():
    np.testing.assert_allclose(bias.holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06])
    np.testing.assert_allclose(bias.holm([0.5, 0.9]), [1.0, 1.0])
    p_values = np.random.default_rng(0).random(8)
    assert (bias.holm(p_values) >= p_values).all()


def test_power_against_published_values_and_monte_carlo():
    assert bias.minimal_detectable_gap(sd_points=10, n_women=12, n_men=12) == pytest.approx(11.99, abs=0.1)
    assert bias.actors_needed(5, sd_points=10) == 64  # Cohen's d = 0.5, alpha .05, power .80: 64 a group
    assert bias.power_of_gap(0, sd_points=10, n_women=12, n_men=12) == pytest.approx(0.05)
    rng = np.random.default_rng(0)
    samples = rng.normal(0, 10, (4000, 2, 12)) + np.array([[[8.0], [0.0]]])
    found = stats.ttest_ind(samples[:, 0], samples[:, 1], axis=1).pvalue < 0.05
    assert bias.power_of_gap(8, sd_points=10, n_women=12, n_men=12) == pytest.approx(found.mean(), abs=0.03)
    with pytest.raises(BadTable, match="two actors"):
        bias.power_of_gap(8, sd_points=10, n_women=1, n_men=12)
    assert bias.minimal_detectable_gap(sd_points=0, n_women=12, n_men=12) == 0
    assert bias.power_of_gap(3, sd_points=0, n_women=12, n_men=12) == 1


@pytest.mark.parametrize(
    "low, high, p, located, verdict",
    [
        (-3, 3, 0.9, [], "equivalent"),
        (-8, 3, 0.9, [], "undecidable"),
        (1, 9, 0.01, [], "gap"),
        (1, 9, 0.20, [], "undecidable"),
        (-1, 9, 0.01, [], "undecidable"),
        (1, 4, 0.01, [], "equivalent"),
        (-3, 3, 0.9, ["sad"], "gap"),
        (float("nan"), float("nan"), 1.0, [], "undecidable"),
    ],
)
def test_verdict_rules(low, high, p, located, verdict):
    around = evaluate.Interval((low + high) / 2, low, high)
    assert bias.decide(around, around, p, margin_points=5, located=located) == verdict


def test_overconfidence_on_one_gender_shows_in_calibration():
    table = simulate(8, accuracy=0.6, gap=0.0, actor_sd=0.02)
    values = evaluate.probabilities(table)
    women = (table["gender"] == "woman").to_numpy()
    sharp = values[women] ** 6
    values[women] = sharp / sharp.sum(axis=1, keepdims=True)
    table[evaluate.PROBABILITY_COLUMNS] = values
    found = bias.calibration_table(table)
    assert found.loc["woman", "overconfidence_low"] > found.loc["man", "overconfidence_high"]
    assert found.loc["woman", "ece"] > found.loc["man", "ece"]


# --- what to mind ---


def test_small_cells_are_named(small_gap):
    assert bias.small_cells(small_gap) == []
    few = small_gap[~((small_gap["emotion"] == "disgust") & (small_gap["actor"] > 6))]
    assert any(line.startswith("disgust by women: 24 clips of 3 women") for line in bias.small_cells(few))
    assert any("only 3 men" in line for line in bias.small_cells(small_gap[small_gap["actor"] <= 6]))


def test_voices_heard_in_training_and_unbalanced_folds_are_called_out(small_gap):
    assert bias.protocol_warnings(small_gap) == []
    one = small_gap["actor"] == 3
    twice = small_gap.assign(fold=np.where(one, np.arange(len(small_gap)) % 2, small_gap["fold"]))
    assert "several folds" in bias.protocol_warnings(twice)[0]
    leaky = small_gap.assign(fold=0)
    leaky.attrs = {"protocol": "random"}
    assert "heard in training" in bias.protocol_warnings(leaky)[0]
    uneven = small_gap.assign(fold=np.where(small_gap["actor"] % 2, 0, 1))
    assert "as many women" in bias.protocol_warnings(uneven)[0]
    sung = small_gap.copy()
    sung.loc[0, "stem"] = "03-02-01-01-01-01-01"
    assert "Song: 1 of the clips" in bias.protocol_warnings(sung)[0]
    sung.loc[0, "stem"] = "03-02-another-corpus"
    assert bias.protocol_warnings(sung) == [] and not any("RAVDESS" in said for said in bias.protocol_warnings(uneven))


def terminal(found, width=160):
    from rich.console import Console

    console = Console(width=width, record=True, file=io.StringIO())
    console.print(found.to_table())
    return console.export_text()


def test_terminal_json_and_object_say_the_same(report):
    text, loaded = terminal(report), json.loads(report.to_json())
    assert loaded["verdict"] == report.verdict and loaded["verdict"] in bias.VERDICTS
    assert loaded["gap_points"] == report.gap.value and loaded["interval"] == [report.gap.low, report.gap.high]
    for words in ("verdict: undecidable", "Equalized odds", "surprised", "Power:"):
        assert words in text
    row = report.groups.loc["woman"]
    assert f"{row['uar']:.1f} [{row['uar_low']:.1f}, {row['uar_high']:.1f}]" in terminal(report, width=80)
    assert len(loaded["emotions"]) == 8 and loaded["emotions"][0]["emotion"] == "neutral"
    assert len(loaded["actors"]) == 24


# --- wrong tables ---

WRONG = {
    "one gender only": (lambda t: bias.audit(t[t["gender"] == "man"]), "All recordings are by men"),
    "other gender only": (lambda t: bias.audit(t[t["gender"] == "woman"]), "All recordings are by women"),
    "one actress": (lambda t: bias.audit(t[(t["gender"] == "man") | (t["actor"] == 2)]), "single voice"),
    "missing column": (lambda t: bias.audit(t.drop(columns="p_sad")), "p_sad"),
    "unknown metric": (lambda t: bias.audit(t, metric="recall:sad"), "recall:sad"),
    "no margin": (lambda t: bias.audit(t, margin_points=0), "not positive"),
    "F0 without hertz": (lambda t: bias.audit(t, f0=t[["stem"]]), "lacks the column"),
    "F0 twice": (lambda t: bias.audit(t, f0=pd.concat([f0_of(t), f0_of(t)])), "twice"),
    "F0 of 0 Hz": (lambda t: bias.audit(t, f0=f0_of(t, f0_hz=0.0)), "0 Hz"),
    "F0 of others": (lambda t: bias.audit(t, f0=f0_of(t, stem="x" + t["stem"])), "Only 0 of 1440"),
}


def f0_of(table, **changes):
    return table[["stem"]].assign(**{"f0_hz": 150.0} | changes)


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_in_one_clear_sentence(small_gap, name):
    audit, words = WRONG[name]
    with pytest.raises(BadTable) as caught:
        audit(small_gap)
    assert words in str(caught.value) and "\n" not in str(caught.value) and len(str(caught.value)) < 300


def test_a_perfect_model_and_a_constant_model_get_an_answer():
    table = simulate(9, rates=np.full(24, 0.99))
    table[evaluate.PROBABILITY_COLUMNS] = np.eye(8)[evaluate.true_labels(table)]
    perfect = bias.audit(table, f0=None)
    assert perfect.verdict == "equivalent" and perfect.gap.value == 0
    json.loads(perfect.to_json())
    table[evaluate.PROBABILITY_COLUMNS] = np.eye(8)[np.zeros(len(table), dtype=int)]
    assert bias.audit(table, f0=None).verdict == "equivalent"


def test_an_emotion_that_one_gender_never_speaks_is_left_out(small_gap):
    table = small_gap[~((small_gap["gender"] == "man") & (small_gap["emotion"] == "calm"))]
    found = bias.audit(table, f0=None)
    assert "calm" not in found.emotions.index and len(found.emotions) == 7
    assert any("calm by men: 0 clips" in line for line in found.small_cells)


def test_a_hundred_thousand_rows_get_an_answer():
    rng = np.random.default_rng(0)
    rates = np.clip(rng.normal(0.6, 0.1, 1668) - 0.06 * (np.arange(1668) % 2), 0.05, 0.95)
    found = bias.audit(simulation.simulate_predictions(rng, rates=rates), f0=None, n_permutations=999)
    assert found.verdict == "gap" and found.gap.low < -6 < found.gap.high and found.clips == 100_080


# --- counterfactual pitch ---


def test_a_pitch_listener_flips_and_a_deaf_model_does_not():
    time = np.arange(11025) / 22050
    table = pd.DataFrame({"actor": [1, 2, 3, 4], "gender": ["man", "woman"] * 2, "path": ["120", "210", "110", "230"]})
    load = lambda hertz: np.sin(2 * np.pi * float(hertz) * time).astype(np.float32)  # noqa: E731

    def hears_pitch(signals):
        peaks = [np.abs(np.fft.rfft(signal)).argmax() * 22050 / len(signal) for signal in signals]
        return np.eye(8)[[int(peak > 200) for peak in peaks]]

    flips = bias.counterfactual_flips(hears_pitch, table, n_semitones=(-4, 4), load=load)
    cell = flips.set_index(["gender", "n_semitones"])["flips"]
    assert cell["woman", -4] == 100 and cell["man", -4] == 0 and cell["woman", 0] == 0
    deaf = bias.counterfactual_flips(lambda s: np.eye(8)[[0] * len(s)], table, n_semitones=(2,), load=load)
    assert (deaf["flips"] == 0).all()
    with pytest.raises(BadTable, match="shape"):
        bias.counterfactual_flips(lambda s: np.ones((1, 8)), table, load=load)
    with pytest.raises(BadTable, match="0 semitones"):
        bias.counterfactual_flips(hears_pitch, table, n_semitones=(0, 1), load=load)
    with pytest.raises(BadTable, match="path"):
        bias.counterfactual_flips(hears_pitch, table.drop(columns="path"))
    with pytest.raises(BadTable, match="All recordings are by men"):
        bias.counterfactual_flips(hears_pitch, table[::2], load=lambda path: pytest.fail("read a clip"))


# --- the page ---


class Outline(html.parser.HTMLParser):
    """Collects the tags of a page with their attributes, and complains about tags that are not closed."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "line", "rect", "circle", "polygon"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def full(small_gap):
    """An audit with every section that the page can have."""
    f0 = np.where(small_gap["gender"] == "woman", 200.0, 120.0) + small_gap["actor"]
    rows = [(gender, step, 60, 10.0 + step, 4.0, 18.0 + step) for gender in ("man", "woman") for step in (-2, 0, 13)]
    flips = pd.DataFrame(rows, columns=["gender", "n_semitones", "clips", "flips", "low", "high"])
    labelled = small_gap.copy()
    labelled.attrs = {"corpus": "ravdess", "protocol": "actors"}
    return bias.audit(labelled, f0=f0_of(small_gap, f0_hz=f0), counterfactual=flips)


def test_the_page_is_whole_described_and_loads_nothing(full, tmp_path):
    text = full.to_html(tmp_path / "new" / "audit.html")
    assert (tmp_path / "new" / "audit.html").read_text(encoding="utf-8") == text
    outline = Outline(text)
    assert outline.open == [] and ("html", {"lang": "en"}) in outline.tags
    names = [tag for tag, _ in outline.tags]
    for landmark in ("header", "main", "footer", "h1", "title"):
        assert landmark in names
    headings = [int(tag[1]) for tag in names if tag in ("h1", "h2", "h3")]
    assert headings[0] == 1 and headings.count(1) == 1 and set(headings[1:]) == {2}
    assert (
        not {"script", "link", "img", "iframe", "image"} & set(names) and "http" not in text and "@import" not in text
    )
    assert names.count("svg") == 4 == names.count("desc") and names.count("caption") == names.count("table") == 5
    assert all(attrs["role"] == "img" for tag, attrs in outline.tags if tag == "svg")
    ids = [attrs["id"] for _, attrs in outline.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    named = [attrs[key] for _, attrs in outline.tags for key in ("aria-labelledby", "aria-describedby") if key in attrs]
    used = re.findall(r"url\(([^)]*)\)", text) + [attrs["xlink:href"] for tag, attrs in outline.tags if tag == "use"]
    assert used and {name.removeprefix("#") for name in used} | set(named) <= set(ids)
    assert "undecidable" in text and html.escape(full.sentence, quote=False) in html.unescape(text)


def test_the_figures_of_the_page_say_what_they_draw(full):
    told = dict(re.findall(r'<desc id="(\w+)-d">([^<]*)', full.to_html()))
    assert set(told) == {"gaps", "actors", "pitch", "flips"}
    low, high = full.emotions["recall_gap"].agg(["min", "max"])
    assert f"lowest {low:.3g}" in told["gaps"] and f"highest {high:.3g}" in told["gaps"]
    for words, voices in zip(("actors", "actresses"), (v for _, v in full.pitch["actors"].groupby("gender"))):
        middle = f"({voices['f0_hz'].mean():.3g}, {voices['accuracy'].mean():.3g})"
        assert f"{words}: 12 points around {middle}" in told["pitch"]
        assert f"{words}: 3 dots, lowest 8 at -2 semitones, highest 23 at +13 semitones" in told["flips"]
    assert "control" in told["flips"]


def test_audit_and_page_are_reproducible_and_leave_no_figure_behind(small_gap, report, full):
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    assert full.to_html() == full.to_html() and plt.get_fignums() == before
    assert bias.audit(small_gap, f0=None).to_json() == report.to_json()


@pytest.mark.parametrize(
    "corpus, kind, judged",
    [("ravdess", "acted ", True), ("practice", "synthetic ", False), ("emodb", "", False), (None, "", False)],
)
def test_an_audit_speaks_of_its_own_corpus(small_gap, corpus, kind, judged):
    """Only RAVDESS is called acted, and only there are its listeners quoted."""
    table = small_gap.copy()
    table.attrs = {} if corpus is None else {"corpus": corpus, "protocol": "actors"}
    found = bias.audit(table, f0=None, n_permutations=99)
    page = found.to_html()
    assert f"1440 {kind}clips" in found.sentence and f"these {kind}voices" in found.sentence
    assert ("acted" in found.sentence) == ("acted" in page) == (corpus == "ravdess")
    assert ("Listeners: human listeners" in terminal(found)) == judged == (found.listeners is not None)
    assert ("listeners" in page.lower()) == ("RAVDESS" in page) == judged


def test_what_a_table_says_is_escaped_on_the_page(small_gap):
    table = small_gap.copy()
    table.attrs = {"corpus": "<script>alert(1)</script>", "protocol": "a & b"}
    text = bias.audit(table, f0=None).to_html()
    assert "<script>" not in text and "&lt;script&gt;" in text and "a &amp; b" in text


# --- found by mutants: changes that no test had noticed ---


def test_the_numbers_of_the_report_are_those_of_the_table(small_gap):
    table = small_gap[small_gap["actor"] > 4]
    table = table[table["actor"] != 6].reset_index(drop=True)  # 9 women, 10 men
    found = bias.audit(table, metric="accuracy", f0=None)
    women, men = (table.loc[table["gender"] == gender, "actor"].nunique() for gender in ("woman", "man"))
    assert (found.n_women, found.n_men) == (women, men) == (9, 10)
    values = evaluate.per_actor(table, metric="accuracy")
    np.testing.assert_allclose(found.actors["value"], 100 * values["value"])
    for gender in ("man", "woman"):
        spread = np.std(100 * values.loc[values["gender"] == gender, "value"], ddof=1)
        assert found.power[f"sd_{gender}"] == pytest.approx(spread)


@pytest.fixture(scope="module")
def by_pitch(small_gap):
    """The audit of pitch where voices of one gender differ more than the genders do."""
    f0 = 150 + 5.0 * ((small_gap["actor"] * 7) % 24) + 80 * (small_gap["gender"] == "woman")
    return bias.pitch_covariate(small_gap, f0_of(small_gap, f0_hz=f0))


def test_the_inflation_by_pitch_is_that_of_a_regression(by_pitch, full, small_gap):
    actors = by_pitch["actors"]
    semitones = 12 * np.log2(actors["f0_hz"])
    shared = np.corrcoef(actors["gender"] == "woman", semitones)[0, 1] ** 2
    assert 0.2 < shared < 0.9
    assert by_pitch["vif"] == pytest.approx(1 / (1 - shared), rel=1e-6)
    assert by_pitch["vif"] < 5 < full.pitch["vif"]  # above 5 pitch and gender are not told apart
    assert ["to be told apart" in found["sentence"] for found in (by_pitch, full.pitch)] == [False, True]
    hits = 100 * evaluate.per_actor(small_gap, metric="accuracy").set_index("actor")["value"]
    np.testing.assert_allclose(actors["accuracy"], hits.loc[actors["actor"]])


def test_voices_of_one_pitch_say_nothing_about_pitch(small_gap):
    """Without a slope p was 0.0002, and the sentence told of "nan points a semitone"."""
    found = bias.pitch_covariate(small_gap, f0_of(small_gap))
    assert (found["slopes"]["p"] == 1).all() and found["sentence"].startswith("No relation")


def test_a_permuted_p_of_pitch_counts_the_observed_among_all(by_pitch):
    from ser_lessons.bias import pitch

    ways = 1 + pitch.N_PERMUTATIONS
    times = by_pitch["slopes"].loc["within an actor, at the same emotion", "p"] * ways
    assert times == pytest.approx(round(times), abs=1e-6) and 1 <= round(times) <= ways


@pytest.mark.parametrize("sd", [-1.0, math.inf, math.nan, (3.0, -1.0)])
def test_a_spread_that_is_none_has_no_power(sd):
    with pytest.raises(BadTable, match="a spread that is not negative"):
        bias.power_of_gap(5, sd_points=sd, n_women=12, n_men=12)
