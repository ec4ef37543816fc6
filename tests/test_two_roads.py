"""The net on two roads: its statistics are those of the linear model, its report says what its tables say."""

import json
import pathlib

import numpy as np
import pytest

from ser_lessons import evaluate
from ser_lessons.config import EMOTIONS
from ser_lessons.net import predict

REPORTS = pathlib.Path(__file__).resolve().parents[1] / "reports"
REFERENCE = pathlib.Path(evaluate.__file__).parents[1] / "reference"
REPORT = json.loads((REPORTS / "two_roads.json").read_text())
CORPORA = ("ravdess", "emodb", "emovo", "nemo")


@pytest.fixture(scope="module")
def pictures():
    """Three pictures: speech-like, with a pause in it, and almost silent; digital silence around the sound."""
    rng = np.random.default_rng(0)
    some = rng.normal(0, 12, (3, 128, 130)).cumsum(axis=2) / np.sqrt(np.arange(1, 131)) - 40
    some[1, :, 60:75] = some[2] = -80
    some[2, 20:30, 50:70] = rng.normal(-60, 5, (10, 20))
    some[:, 112:], some[:, :, :9], some[:, :, 120:] = -80, -80, -80
    return np.clip(some, -80, 0).astype(np.float32)


def test_the_net_computes_the_statistics_of_the_linear_model(pictures):
    from benchmarks.systems import baselines, two_roads

    wanted = np.stack([baselines.clip_functionals(picture, np.full(130, np.nan)) for picture in pictures])
    found, order = two_roads.describe(pictures), np.r_[0:52, 56, 52:56, 57]
    contours = np.r_[order, 58 + order, 116:136]
    by_statistic = wanted[:, : 12 * 142].reshape(3, 12, 142)[:, :, contours]
    ours = found[:, : 12 * 136].reshape(3, 136, 12).swapaxes(1, 2)
    gaps = np.abs(ours - by_statistic) / (1 + np.abs(by_statistic))
    gaps[:, 2] /= 100  # skew: the net keeps its divisor away from 0
    gaps[1, 11] = 0  # restlessness: the net does not step over a pause
    assert gaps.max() < 0.02, np.unravel_index(gaps.argmax(), gaps.shape)
    assert found[:, -3:] == pytest.approx(wanted[:, -3:], abs=1e-5)


def test_the_net_adds_up_its_two_roads_also_in_the_light_runtime(pictures):
    from benchmarks.systems import two_roads
    from ser_lessons.net import litert, models

    rng, convolutions = np.random.default_rng(1), models.course_cnn()
    values = two_roads.describe(pictures)
    mean, spread, kernel = values.mean(axis=0), values.std(axis=0) + 1, rng.normal(0, 0.01, (1751, 8))
    bias = rng.normal(size=8)
    net = two_roads.build(convolutions, mean, spread, kernel, bias, 0.5)
    assert net.count_params() < 1_500_000
    said = np.asarray(convolutions(np.maximum(pictures, -60)[..., None], training=False))
    logits = np.clip((values - mean) / spread, -4, 4) @ kernel + bias + 0.5 * np.log(said)
    wanted = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert np.asarray(net(pictures[..., None], training=False)) == pytest.approx(wanted, abs=1e-3)
    assert litert.Runtime(litert.convert(net))(pictures[..., None]) == pytest.approx(wanted, abs=1e-3)


@pytest.mark.parametrize("mode", ("plain", "voice30"))
def test_every_figure_follows_from_its_table(mode):
    from benchmarks import two_roads

    strange = evaluate.read_predictions(REFERENCE / f"shipped_lopo_{mode}.csv")
    known = evaluate.read_predictions(REFERENCE / f"shipped_actors_{mode}.csv")
    told, found = REPORT["systems"][f"two roads, {mode}"], []
    for fold, part in strange.groupby("fold"):
        interval = evaluate.actor_bootstrap(two_roads.among_own_labels(part))
        said = told[CORPORA[fold]]
        assert part["stem"].str.startswith(CORPORA[fold]).all() and said["labels"] == part["emotion"].nunique()
        assert interval.as_dict() == pytest.approx({name: said[name] for name in interval.as_dict()})
        found.append(interval.value)
    assert told["mean of the three"]["value"] == pytest.approx(np.mean(found))
    assert len(known) == 1440 and known["actor"].nunique() == 24
    assert REPORT["actors"][mode] == pytest.approx(evaluate.actor_bootstrap(known).as_dict())
    again = json.loads(json.dumps(two_roads.sureness(strange, known)))
    assert flat(again) == pytest.approx(flat(REPORT["sureness"][mode]), abs=1e-6)


def flat(told, name=""):
    """A dict of dicts as one of numbers."""
    if not isinstance(told, dict):
        return {name: float(told)}
    return {key: value for part in told for key, value in flat(told[part], f"{name}/{part}").items()}


def test_settings_are_chosen_without_what_is_left_out():
    from benchmarks import two_roads

    tests = [f"ravdess+{own} -> {tested}" for own in CORPORA[1:] for tested in CORPORA[1:] if own != tested]
    folds = [f"fold {number}" for number in range(1, 7)]
    for out in (*CORPORA[1:], *folds):
        tempting = {name: 1.0 if out in name else 0.4 for name in (*tests, *folds)}
        assert two_roads.choose({"better": dict.fromkeys(tempting, 0.5), "tempting": tempting}, out) == "better"
    names = ("penalty", "weight", "silent")
    inner = {tuple(row[name] for name in names): row["mean of the modes"] for row in REPORT["inner"]}
    settings = REPORT["settings"]
    assert settings["lopo"] == {out: list(two_roads.choose(inner, out)) for out in CORPORA[1:]}
    assert settings["actors"] == {fold: list(two_roads.choose(inner, fold)) for fold in folds}
    assert settings["shipped"] == list(two_roads.choose(inner, None))
    assert settings["shipped"][-1] == predict.SILENT, "what ships takes as many silent pieces as were chosen"


def test_labels_of_other_corpora_are_set_aside():
    from benchmarks import two_roads

    table = evaluate.read_predictions(REFERENCE / "shipped_lopo_plain.csv")
    scored = two_roads.among_own_labels(table[table["fold"] == 3])
    assert set(evaluate.probabilities(scored).argmax(axis=1)) <= {EMOTIONS.index(one) for one in set(scored["emotion"])}
    assert evaluate.probabilities(scored).sum(axis=1) == pytest.approx(1)
    assert (scored["p_disgust"] == 0).all()


def test_the_results_page_shows_the_figures_of_the_report(root):
    page = (root / "reports" / "README.md").read_text(encoding="utf-8")
    rows = page.split("<!-- two-roads:begin -->")[1].split("<!-- two-roads:end -->")[0].strip().splitlines()[2:]
    for told, row in zip(REPORT["systems"].values(), rows, strict=True):
        wanted = [f"{100 * told[corpus]['value']:.1f}" for corpus in CORPORA[1:]]
        wanted += [written(told["mean of the three"], "{:.1f} [{:.1f}, {:.1f}]")]
        wanted += [written(told["better than shipped"], "{:+.1f} [{:+.1f}, {:+.1f}]")]
        assert [cell.strip() for cell in row.split("|")[2:-1]] == wanted, row
    page, actors, sure = " ".join(page.split()), REPORT["actors"], REPORT["sureness"]["plain"]
    assert f"it reaches UAR {written(actors['plain'], '{:.1f} % [{:.1f}, {:.1f}]')}, " in page
    assert f"{written(actors['better than shipped'], '{:+.1f} points [{:+.1f}, {:+.1f}]')} against the bold row" in page
    assert f"{written(actors['voice30'], '{:.1f} % [{:.1f}, {:.1f}]')} where 30 s of the voice are known" in page
    error, right, answered = (part["value"] for part in sure["strangers"].values())
    assert f"calibration error is {error:.3f}; it answers {100 * answered:.1f} % of their clips" in page
    assert f"{100 * right:.0f} % of these right" in page
    error, right, answered = (part["value"] for part in sure["RAVDESS voices"].values())
    assert f"answers {100 * answered:.0f} %, {100 * right:.0f} % right (calibration error {error:.3f})" in page


def test_card_and_bundle_quote_the_report():
    from benchmarks.systems import two_roads

    facts = json.loads((REFERENCE / "bundle" / "bundle.json").read_text())
    assert (REFERENCE / "bundle" / "card.md").read_text("utf-8") == two_roads.card(REPORT)
    assert facts["headline"] == pytest.approx(two_roads.headline(REPORT))
    for told, mode in ((facts, "plain"), (facts["known_voice"], "voice30")):
        sure = REPORT["sureness"][mode]
        assert (told["temperature"], told["threshold"]) == (sure["temperature"], sure["threshold"])


def test_a_picture_from_another_room_is_another_and_the_batch_stays():
    from benchmarks.systems import rooms_net

    batch = np.full((40, 128, 130, 1), -60, np.float32)
    batch[:, 20:60, 30:90] = np.random.default_rng(0).uniform(-30, 0, (40, 40, 60, 1))
    given = batch.copy()
    found = rooms_net.change_rooms(batch, np.random.default_rng(1))
    assert (batch == given).all() and found.shape == batch.shape and np.isfinite(found).all()
    same = np.mean([np.array_equal(one, other) for one, other in zip(found, batch)])
    assert 0.2 < same < 0.6 and found.min() >= -60
    assert np.array_equal(found, rooms_net.change_rooms(batch, np.random.default_rng(1)))


def written(interval, form):
    return form.format(*(100 * interval[key] for key in ("value", "low", "high")))
