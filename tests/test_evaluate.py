"""evaluate: every number against scikit-learn or a hand calculation, every bad table one sentence."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sklearn_metrics

from benchmarks import simulation
from ser_lessons import evaluate
from ser_lessons.config import EMOTIONS
from ser_lessons.errors import BadTable
from ser_lessons.evaluate.intervals import expanded_interval


@pytest.fixture
def table():
    return simulation.simulate_predictions(np.random.default_rng(3), accuracy=0.6, gap=0.05, actor_sd=0.1)


def tiny(truth, guess, actors=None, confidence=0.9):
    """A predictions table with the given true and predicted emotions."""
    values = np.full((len(truth), 8), (1 - confidence) / 7)
    values[np.arange(len(truth)), [EMOTIONS.index(name) for name in guess]] = confidence
    actors = list(range(len(truth))) if actors is None else actors
    frame = pd.DataFrame(
        {
            "stem": [f"c{i}" for i in range(len(truth))],
            "actor": actors,
            "gender": ["man" if actor % 2 else "woman" for actor in actors],
            "fold": [actor % 2 for actor in actors],
            "emotion": truth,
        }
    )
    frame[evaluate.PROBABILITY_COLUMNS] = values
    return frame


def test_numbers_by_emotion_agree_with_scikit_learn(table):
    truth, guess = evaluate.true_labels(table), evaluate.predicted_labels(table)
    precision, recall, f1, support = sklearn_metrics.precision_recall_fscore_support(truth, guess)
    mine = evaluate.per_emotion(table)
    np.testing.assert_allclose(
        mine[["precision", "recall", "f1", "clips"]].to_numpy().T, [precision, recall, f1, support]
    )


def test_false_positive_rate_by_hand():
    mine = evaluate.per_emotion(tiny(["sad", "happy", "happy", "calm"], ["sad", "sad", "happy", "sad"]))
    assert mine.loc["sad", "false_positive_rate"] == pytest.approx(2 / 3)
    assert mine.loc["happy", "false_positive_rate"] == 0
    assert np.isnan(mine.loc["calm", "precision"])
    assert list(mine.index) == ["calm", "happy", "sad"]


def test_bootstrap_is_seeded_and_matches_a_slow_resampling_of_actors(table):
    fast = evaluate.actor_bootstrap(table, "accuracy")
    assert fast == evaluate.actor_bootstrap(table, "accuracy")
    assert fast != evaluate.actor_bootstrap(table, "accuracy", seed=8)
    means = evaluate.per_actor(table).groupby("gender")["value"].apply(list)
    rng = np.random.default_rng(0)
    slow = [np.mean([rng.choice(group, len(group)).mean() for group in means]) for _ in range(4000)]
    around = expanded_interval(evaluate.accuracy(table), slow, group_sizes=[12, 12])
    assert fast.low == pytest.approx(around.low, abs=0.006)
    assert fast.high == pytest.approx(around.high, abs=0.006)
    assert fast.low < fast.value < fast.high and fast.n_clusters == 24


def test_single_actor_gets_a_value_and_no_interval():
    alone = simulation.simulate_predictions(np.random.default_rng(1), rates=[0.7])
    report = evaluate.report(alone)
    assert 0.4 < report.uar.value < 1 and np.isnan(report.uar.low) and np.isnan(report.ece.high)
    assert "interval" not in report.sentence
    assert json.loads(report.to_json())["uar"]["low"] is None


def test_report_holds_everything_and_says_it(table):
    report = evaluate.report(table)
    assert report.clips == 1440 and report.actors == 24 and report.chance["uar"] == 1 / 8
    assert report.chance["accuracy"] == pytest.approx(192 / 1440)
    assert "guessing scores 12.5 %" in report.sentence and "interval" in report.sentence
    rows = report.per_emotion
    assert ((rows["low"] <= rows["recall"]) & (rows["recall"] <= rows["high"])).all()
    loaded = json.loads(report.to_json())
    assert loaded["confusion"]["clips"] == report.confusion.to_numpy().tolist()
    assert report.to_table().row_count == 12


@pytest.mark.parametrize(
    "attrs, said",
    [
        ({"corpus": "ravdess", "protocol": "actors"}, "24 actors, corpus RAVDESS, protocol actors"),
        ({"corpus": "practice"}, "corpus practice corpus (synthetic), protocol not stated"),
        ({"corpus": "simulated", "protocol": "x"}, "1440 clips of 24 speakers, corpus simulated, protocol x"),
    ],
)
def test_corpus_names_are_printed_as_their_owners_write_them(table, attrs, said):
    table.attrs = attrs
    assert said in evaluate.report(table, n_draws=50).sentence


def test_compare_of_a_table_with_itself_is_exactly_zero(table):
    same = evaluate.compare(table, table)
    assert (same.value, same.low, same.high) == (0, 0, 0)
    worse = simulation.simulate_predictions(np.random.default_rng(4), accuracy=0.3)
    assert evaluate.compare(table, worse).low > 0.1


BAD_CALLS = {
    'no metric "f7"': lambda t: evaluate.actor_bootstrap(t, "f7"),
    "different actors": lambda t: evaluate.compare(t, t[t["actor"] > 2]),
    "two folds": lambda t: evaluate.cross_fit_temperature(t.assign(fold=1)),
    "positive": lambda t: evaluate.apply_temperature(t, 0),
    "between 0 and 1": lambda t: evaluate.choose_threshold(t, target_accuracy=80),
    "shape": lambda t: evaluate.make_predictions(t, evaluate.probabilities(t)[1:]),
    "clips occur twice": lambda t: evaluate.pool([t, t[t["fold"] == 1]]),
    "nothing to pool": lambda t: evaluate.pool([]),
}


@pytest.mark.parametrize("words, call", BAD_CALLS.items(), ids=BAD_CALLS)
def test_a_wrong_call_is_one_sentence(table, words, call):
    with pytest.raises(BadTable, match=words):
        call(table)


# --- calibration ---


def test_ece_by_hand():
    predictions = tiny(["sad"] * 10, ["sad"] * 5 + ["calm"] * 5, confidence=0.9)
    assert evaluate.ece(predictions) == pytest.approx(0.4)


def test_ece_in_bins_of_equally_many_clips_agrees_with_a_loop(table):
    confidence = evaluate.probabilities(table).max(axis=1)
    hits = evaluate.predicted_labels(table) == evaluate.true_labels(table)
    parts = np.array_split(np.argsort(confidence), 15)  # 1440 clips: 96 in each
    gaps = [abs(confidence[part].mean() - hits[part].mean()) for part in parts]
    assert len(set(map(len, parts))) == 1 and evaluate.ece(table) == pytest.approx(np.mean(gaps))


def test_temperature_is_recovered_and_never_changes_the_answer(table):
    rng = np.random.default_rng(0)
    honest = table.copy()
    values = evaluate.probabilities(honest)
    drawn = (values.cumsum(axis=1) > rng.random((len(values), 1))).argmax(axis=1)
    honest["emotion"] = np.asarray(EMOTIONS)[drawn]  # labels drawn from the probabilities: calibrated by construction
    assert evaluate.fit_temperature(honest) == pytest.approx(1, abs=0.08)
    overconfident = evaluate.apply_temperature(honest, 0.5)
    assert evaluate.fit_temperature(overconfident) == pytest.approx(2, abs=0.15)
    assert (evaluate.predicted_labels(overconfident) == evaluate.predicted_labels(honest)).all()
    np.testing.assert_allclose(overconfident[evaluate.PROBABILITY_COLUMNS].sum(axis=1), 1)
    calibrated, fitted = evaluate.cross_fit_temperature(overconfident)
    assert evaluate.ece(calibrated) < evaluate.ece(overconfident) / 2
    losses = [
        sklearn_metrics.log_loss(evaluate.true_labels(t), evaluate.probabilities(t)) for t in (calibrated, honest)
    ]
    assert losses[0] == pytest.approx(losses[1], rel=0.01)
    assert len(fitted) == 6


def test_cross_fitting_never_looks_at_the_fold_it_calibrates(table):
    _, before = evaluate.cross_fit_temperature(table)
    changed = table.copy()
    inside = changed["fold"] == 0
    changed.loc[inside, "emotion"] = "sad"
    _, after = evaluate.cross_fit_temperature(changed)
    assert after[0] == before[0]
    assert after[1] != before[1]


def test_reliability_adds_up(table):
    bins = evaluate.reliability(table)
    assert bins["clips"].sum() == len(table) and len(bins) == 10
    assert np.average(bins["accuracy"], weights=bins["clips"]) == pytest.approx(evaluate.accuracy(table))
    assert ((bins["low"] <= bins["accuracy"]) & (bins["accuracy"] <= bins["high"])).all()


def test_risk_coverage_keeps_ties_together():
    curve = evaluate.risk_coverage(tiny(["sad"] * 4, ["sad", "sad", "calm", "calm"]))
    assert len(curve) == 1 and curve["risk"][0] == 0.5


def test_threshold_reaches_its_target_or_says_that_it_cannot():
    rng = np.random.default_rng(2)
    predictions = simulation.simulate_predictions(rng, accuracy=0.5)
    values = evaluate.probabilities(predictions)
    predictions["emotion"] = np.asarray(EMOTIONS)[(values.cumsum(axis=1) > rng.random((len(values), 1))).argmax(axis=1)]
    chosen = evaluate.choose_threshold(predictions, target_accuracy=0.85)
    assert chosen.reached and chosen.accuracy.value >= 0.85
    confidence = values.max(axis=1)
    hits = evaluate.predicted_labels(predictions) == evaluate.true_labels(predictions)
    assert chosen.accuracy.value == pytest.approx(hits[confidence >= chosen.value].mean())
    assert chosen.coverage.value == pytest.approx((confidence >= chosen.value).mean())
    laxer = np.unique(confidence[confidence < chosen.value])
    assert max(hits[confidence >= limit].mean() for limit in laxer) < 0.85, "a lower threshold would do"
    hopeless = evaluate.choose_threshold(tiny(["sad"] * 4, ["calm"] * 4), target_accuracy=0.8)
    assert not hopeless.reached and hopeless.accuracy.value == 0


def test_answering_everything_has_the_interval_of_the_accuracy(table):
    """With the same draws of actors. Found by a mutant that multiplied where a share divides."""
    accuracy, coverage = evaluate.answer_rates(table, 0.0)
    plain = evaluate.actor_bootstrap(table, "accuracy")
    assert (accuracy.value, accuracy.low, accuracy.high) == pytest.approx((plain.value, plain.low, plain.high))
    assert (coverage.value, coverage.low, coverage.high) == (1, 1, 1)
    stricter, _ = evaluate.answer_rates(table, float(evaluate.probabilities(table).max(axis=1).mean()))
    assert 0 <= stricter.low < stricter.value < stricter.high <= 1


# --- tables ---


def test_round_trip_keeps_values_labels_and_attrs(table, tmp_path):
    path = evaluate.write_predictions(table, tmp_path / "deep" / "run.csv")
    back = evaluate.read_predictions(path)
    assert back.attrs == {"corpus": "simulated", "protocol": "actors"}
    assert list(back.columns) == evaluate.COLUMNS
    np.testing.assert_allclose(evaluate.probabilities(back), evaluate.probabilities(table), atol=1e-6)
    assert evaluate.uar(back) == evaluate.uar(table)


BROKEN = {
    "missing column": (lambda t: t.drop(columns=["gender", "p_calm"]), '"gender", "p_calm"'),
    "empty": (lambda t: t.iloc[:0], "empty"),
    "unknown label": (lambda t: t.assign(emotion=t["emotion"].replace("sad", "sadness")), 'lacks "p_sadness"'),
    "two genders": (lambda t: t.assign(gender=np.where(np.arange(len(t)) == 0, "woman", t["gender"])), "two genders"),
    "doubled rows": (lambda t: pd.concat([t, t.iloc[:3]]), "3 clips occur twice"),
    "not a distribution": (lambda t: t.assign(p_sad=t["p_sad"] + 0.5), "do not add up to 1"),
    "percent": (lambda t: t.assign(**{c: 100 * t[c] for c in evaluate.PROBABILITY_COLUMNS}), "do not add up to 1"),
    "negative": (lambda t: t.assign(p_sad=-0.1), "negative"),
    "not finite": (lambda t: t.assign(p_sad=np.nan), "finite"),
    "text": (lambda t: t.assign(p_sad="much"), "not a number"),
    "hole": (lambda t: t.assign(emotion=[None, *t["emotion"][1:]]), "Column emotion is empty in row 1"),
    "not a table": (lambda t: t.to_numpy(), "DataFrame"),
    "same column twice": (lambda t: pd.concat([t, t[["fold"]]], axis=1), '"fold" twice'),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_wrong_table_gives_one_clear_sentence(table, name):
    break_it, words = BROKEN[name]
    with pytest.raises(BadTable) as caught:
        evaluate.report(break_it(table))
    assert words in str(caught.value)
    assert len(str(caught.value)) < 300 and "\n" not in str(caught.value)


@pytest.mark.parametrize("content, words", [(None, "no file"), (b"\xff\xfe\x00\x01", "x.csv"), (b"", "CSV")])
def test_files_that_are_no_predictions(tmp_path, content, words):
    if content is not None:
        (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(BadTable, match=words):
        evaluate.read_predictions(tmp_path / "x.csv")


def test_two_protocols_in_one_file_are_refused(table, tmp_path):
    path = tmp_path / "mixed.csv"
    table.assign(protocol=np.where(table["actor"] > 3, "actors", "random")).to_csv(path, index=False)
    with pytest.raises(BadTable, match="mixes protocol"):
        evaluate.read_predictions(path)


def test_predictions_are_made_of_a_table_and_probabilities(table):
    values = evaluate.probabilities(table)
    made = evaluate.make_predictions(table, values, fold=table["fold"].to_numpy(), protocol="random")
    assert made.attrs == {"corpus": "simulated", "protocol": "random"}
    assert evaluate.uar(made) == evaluate.uar(table)


def test_the_human_ceiling_is_the_accuracy_on_seven_options_in_every_part(table):
    """Counted clip by clip, of a net that guesses. Found by a mutant that summed over emotions instead of actors."""
    table[evaluate.PROBABILITY_COLUMNS] = np.random.default_rng(5).dirichlet(np.ones(8), len(table))
    codes = table["emotion"].map(EMOTIONS.index) + 1
    table["strong"] = np.arange(len(table)) % 3 == 0
    rows = zip(codes, table["strong"], table["actor"])
    names = [f"03-01-{code:02d}-{1 + strong:02d}-01-01-{actor:02d}" for code, strong, actor in rows]
    table["stem"] = [f"{name}-{number}" for number, name in enumerate(names)]
    seven = table[evaluate.PROBABILITY_COLUMNS].to_numpy().copy()
    seven[:, 0] += seven[:, 1]
    truth = np.where(codes - 1 == 1, 0, codes - 1)
    right = np.delete(np.arange(8), 1)[np.delete(seven, 1, axis=1).argmax(axis=1)] == truth
    parts = {("overall", "all"): truth >= 0, ("emotion", "neutral/calm"): truth == 0}
    parts |= {("emotion", name): table["emotion"] == name for name in EMOTIONS[2:]}
    parts |= {("gender", name): table["gender"] == name for name in ("man", "woman")}
    parts |= {("intensity", "strong"): table["strong"], ("intensity", "normal"): ~table["strong"]}
    ceiling = evaluate.human_ceiling(table.drop(columns="strong")).set_index(["by", "group"])
    assert set(parts) == set(ceiling.index)
    for part, clips in parts.items():
        row = ceiling.loc[part]
        assert (row["model"], row["clips"]) == (pytest.approx(right[clips].mean()), clips.sum())
        assert 0 <= row["low"] < row["model"] < row["high"] <= 1


def test_listeners_name_their_sources_and_what_is_second_hand():
    table = evaluate.listeners()
    assert table["source"].str.contains("Livingstone & Russo 2018").all()
    assert table.loc[table["by"] == "emotion", "second_hand"].all()
    assert not table.loc[table["by"] == "overall", "second_hand"].any()
    assert table["accuracy"].between(1 / 8, 1).all()
    assert evaluate.listeners_gap()["gap_points"] == 7.5


def test_pooled_folds_are_the_whole_again(table):
    table.attrs["protocol"] = "actors"
    folds = [part for _, part in table.groupby("fold")]
    pooled = evaluate.pool(folds)
    assert len(pooled) == len(table) and pooled.attrs == table.attrs
    assert evaluate.uar(pooled) == pytest.approx(evaluate.uar(table))


def test_two_actors_of_each_gender_are_still_drawn_within_their_gender():
    """A gain that differs between genders and not within: no draw can differ from another."""
    table = simulation.simulate_predictions(np.random.default_rng(0))
    table = table[table["actor"] <= 4].reset_index(drop=True)
    right = np.eye(8)[table["emotion"].map(EMOTIONS.index)]
    wrong = np.roll(right, 1, axis=1)
    worse = np.where((table["gender"] == "woman").to_numpy()[:, None], wrong, right)
    columns = evaluate.PROBABILITY_COLUMNS
    gain = evaluate.compare(table.assign(**dict(zip(columns, right.T))), table.assign(**dict(zip(columns, worse.T))))
    assert gain.value == pytest.approx(0.5) and gain.low == pytest.approx(0.5) and gain.high == pytest.approx(0.5)
