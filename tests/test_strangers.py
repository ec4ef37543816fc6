"""What reports/strangers.json says is what its tables say, and what was chosen was not chosen on what is tested."""

import itertools
import json
import pathlib

import numpy as np
import pytest

from ser_lessons import bias, evaluate

REPORTS = pathlib.Path(__file__).resolve().parents[1] / "reports"
REPORT = json.loads((REPORTS / "strangers.json").read_text())
CORPORA = ("ravdess", "emodb", "emovo", "nemo")


@pytest.mark.parametrize("name", REPORT["predictions"])
def test_every_figure_follows_from_its_table(name):
    told = REPORT["systems"][REPORT["predictions"][name]]
    table, found = evaluate.read_predictions(REPORTS / name), []
    for fold, part in table.groupby("fold"):
        said = told[CORPORA[fold]]
        interval = evaluate.actor_bootstrap(part.reset_index(drop=True))
        assert part["stem"].str.startswith(CORPORA[fold]).all() and said["labels"] == part["emotion"].nunique()
        assert interval.as_dict() == pytest.approx({name: said[name] for name in interval.as_dict()})
        found += [interval.value] * (fold > 0)
    assert told["mean of the three"]["value"] == pytest.approx(np.mean(found))


def test_emodb_by_commands_alone_says_what_its_table_says_and_the_page_too(root):
    told = json.loads((REPORTS / "emodb.json").read_text())
    table = evaluate.read_predictions(REPORTS / told["predictions"])
    report, calibrated = evaluate.report(table), evaluate.apply_temperature(table, evaluate.fit_temperature(table))
    assert (len(table), table["actor"].nunique(), report.chance["uar"]) == (535, 10, told["chance"])
    accuracy, answered = evaluate.answer_rates(calibrated, evaluate.choose_threshold(calibrated).value)
    found = {"uar": report.uar, "accuracy": report.accuracy, "answered": answered}
    for name, interval in (found | {"accuracy of what was answered": accuracy}).items():
        assert interval.as_dict() == pytest.approx(told[name]), name
    assert bias.audit(table).sentence == told["audit"]
    page = " ".join((root / "book" / "practitioners.md").read_text("utf-8").split())
    uar = "UAR {:.1f} % (95 % interval over speakers {:.1f} to {:.1f})".format(
        *(100 * told["uar"][key] for key in KEYS)
    )
    assert uar in page and f"{told['cpu_seconds']['train']:.0f} s of CPU time" in page
    assert f"answers {told['answered']['value']:.0%}".replace("%", " %") in page


KEYS = ("value", "low", "high")


def test_the_linear_models_are_chosen_without_the_left_out_corpus():
    from benchmarks import strangers

    blind = [{key: 0.5 for key in keys()}, {key: 0.4 for key in keys()}]
    for out in CORPORA:
        tempted = [one.copy() for one in blind]
        tempted[1] |= {(pair, tested): 1.0 for pair, tested in keys() if out in (*pair, tested)}
        assert strangers.choose(tempted, out) == 0


def keys():
    return [(pair, name) for pair in itertools.combinations(CORPORA, 2) for name in CORPORA if name not in pair]


def test_nobody_is_known_by_the_clip_that_is_asked_about():
    from benchmarks import strangers_net

    speakers, spoken = np.repeat(["a", "b"], 20), np.tile([True, True, False, True], 10)
    chosen = strangers_net.others(speakers, spoken, np.full(40, 2.0), 10, np.random.default_rng(0))
    for row, mates in enumerate(chosen):
        assert row not in mates and len(mates) == 5
        assert spoken[mates].all() and set(speakers[mates]) == {speakers[row]}


def test_the_results_page_shows_the_figures_of_the_report(root):
    """Every row's three corpora, mean with interval, and difference, recomputed from reports/strangers.json."""
    systems = json.loads((root / "reports" / "strangers.json").read_text(encoding="utf-8"))["systems"]
    page = (root / "reports" / "README.md").read_text(encoding="utf-8")
    rows = page.split("<!-- strangers:begin -->")[1].split("<!-- strangers:end -->")[0].strip().splitlines()[2:]
    names = ["shipped, plain", "linear, plain", "linear, voice30", "net, plain", "net, voice30"]
    for name, row in zip([*names, "net+linear, plain", "net+linear, voice30"], rows, strict=True):
        told = systems[name]
        wanted = [f"{100 * told[corpus]['value']:.1f}" for corpus in ("emodb", "emovo", "nemo")]
        wanted.append("{:.1f} [{:.1f}, {:.1f}]".format(*(100 * told["mean of the three"][k] for k in KEYS)))
        if "better than shipped" in told:
            wanted.append("{:+.1f} [{:+.1f}, {:+.1f}]".format(*(100 * told["better than shipped"][k] for k in KEYS)))
        assert [cell.strip() for cell in row.split("|")[2:]][: len(wanted)] == wanted, row
