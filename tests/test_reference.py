"""Every headline number can be recomputed from the shipped predictions; a lost row is noticed."""

import json
import pathlib
import re

import pytest

from benchmarks import headline
from ser_lessons import evaluate
from ser_lessons.evaluate.recorded import recorded

REFERENCE = pathlib.Path(evaluate.__file__).parents[1] / "reference"
RESULTS = REFERENCE.parents[1] / "reports" / "README.md"
HEADLINE = json.loads((REFERENCE / "headline.json").read_text())


def _plain(numbers):
    """As JSON keeps them, to nine digits: the last bits of a sum differ between processors."""
    return json.loads(json.dumps(numbers), parse_float=lambda text: round(float(text), 9))


@pytest.mark.parametrize("name", sorted(HEADLINE))
def test_headline_numbers_follow_from_the_rows(name):
    predictions = evaluate.read_predictions(REFERENCE / f"{name}.csv")
    assert _plain(headline.reference_headline(predictions)) == _plain(HEADLINE[name])


def test_a_lost_row_changes_the_headline():
    predictions = evaluate.read_predictions(REFERENCE / "actors_course.csv")
    lost = predictions.drop(index=100).reset_index(drop=True)
    assert _plain(headline.reference_headline(lost))["sentence"] != HEADLINE["actors_course"]["sentence"]


def test_the_headline_set_is_every_speech_clip_once_out_of_fold():
    predictions = evaluate.read_predictions(REFERENCE / "actors_course.csv")
    assert len(predictions) == 1440
    assert predictions["stem"].str.startswith("03-01").all()
    assert predictions["actor"].nunique() == 24
    assert (predictions.groupby("actor")["fold"].nunique() == 1).all()


def test_the_results_page_quotes_what_was_measured():
    page = RESULTS.read_text("utf-8")
    for name in HEADLINE:
        if name.startswith("random"):
            continue
        uar = HEADLINE[name]["uar"]
        assert f"UAR {100 * uar['value']:.1f} % [{100 * uar['low']:.1f}, {100 * uar['high']:.1f}]" in page, name
    for system in ("random_course", "random_both"):
        scores = [100 * HEADLINE[name]["accuracy"]["value"] for name in HEADLINE if name.startswith(system)]
        each = ", ".join(f"{score:.1f}" for score in scores)
        assert f"accuracy {sum(scores) / len(scores):.1f} % ({each})" in page
    machine = next(row for row in recorded("baselines")["systems"] if row["system"] == "known_voices")
    assert f"Alone it is right for {100 * machine['accuracy']:.1f} % of the test clips" in page
    enrolled = next(row for row in recorded("baselines")["systems"] if "enrolled" in row["system"])
    assert f"the linear model reaches UAR {100 * enrolled['uar']['value']:.1f} %" in page
    unknown, known = recorded("student_actors")["accuracy"]["value"], recorded("student_reproduction")["accuracy_all"]
    assert f"right for {100 * unknown:.1f} % of the clips: {100 * (known - unknown):.0f} points" in page
    theirs, ours = (evaluate.read_predictions(REFERENCE / f"actors_{net}.csv") for net in ("student", "course"))
    gain = evaluate.compare(ours[ours["stem"].isin(theirs["stem"])], theirs).scaled(100)
    assert f"ours is {gain.value:.1f} points of UAR better [{gain.low:.1f}, {gain.high:.1f}]" in page
    assert ("both intervals lie above 0" in " ".join(page.split())) == (gain.low > 0)
    ships = evaluate.read_predictions(REFERENCE / "shipped_actors_plain.csv")
    gain = evaluate.compare(ships, theirs).scaled(100)
    assert (
        f"the net that ships (below) {gain.value:.1f} points [{gain.low:.1f}, {gain.high:.1f}]" in page and gain.low > 0
    )
    draw = 100 * HEADLINE["random_student"]["accuracy"]["value"]
    assert f"24 known voices | accuracy {draw:.1f} %" in page and f"project's net reaches {draw:.1f} %" in page
    assert f"{theirs['actor'].nunique()} voices it never heard" in page
    assert f"{len(theirs)} speech clips, {theirs['actor'].nunique()} unknown voices" in page
    assert f"and {100 * recorded('course_max_random')['mean_accuracy']:.1f} % of the clips, means of three" in page
    own = HEADLINE["actors_course"]
    assert f"{100 * own['answered_accuracy']['value']:.0f} % are right" in page
    assert f"calibration error {own['ece_calibrated']['value']:.3f}" in page
    assert f"answers {100 * HEADLINE['actors_course']['coverage']['value']:.0f} % of unknown" in page
    rerun = json.loads((REFERENCE.parents[1] / "reports" / "student_reproduction.json").read_text("utf-8"))
    assert f"accuracy {100 * rerun['accuracy_all']:.1f} % ({rerun['correct_all']} of {rerun['clips_all']})" in page
    for half in ("published", "other"):
        assert f"{100 * rerun[f'accuracy_{half}_half']:.1f} %" in page
    for group in rerun["gender"].values():
        assert f"{100 * group['accuracy']:.1f} % ({group['correct']} of {group['clips']})" in page.replace("\n", " ")


def test_the_readme_says_the_same_in_four_rows():
    readme = (REFERENCE.parents[1] / "README.md").read_text("utf-8")
    known = [100 * row["accuracy"]["value"] for name, row in HEADLINE.items() if name.startswith("random_course")]
    shipped, rerun = recorded("two_roads"), recorded("student_reproduction")["accuracy_all"]
    strange = [shipped["systems"][f"two roads, {mode}"]["mean of the three"] for mode in ("plain", "voice30")]
    rows = re.findall(r"^\| .+ \| (\**\d.+) \|$", readme, flags=re.MULTILINE)
    assert rows[0] == f"{100 * rerun:.1f} % of the clips right"
    assert rows[1] == f"{sum(known) / len(known):.1f} % of the clips right"
    own = "**{:.1f} %** [{:.1f}, {:.1f}]".format(
        *(100 * shipped["actors"]["plain"][k] for k in ("value", "low", "high"))
    )
    assert rows[2].startswith(own)
    told = [f"{100 * strange[0][key]:.1f}" for key in ("value", "low", "high")]
    assert rows[3] == f"{told[0]} % [{told[1]}, {told[2]}]; {100 * strange[1]['value']:.1f} % after 30 s of the voice"


def test_the_results_page_says_which_tricks_helped_and_which_did_nothing():
    page = " ".join(RESULTS.read_text("utf-8").split())
    factors = {row["factor"]: row for row in recorded("ablation")["factors"]}
    helped = {"mean-pooling", "peak-reference"}
    for name, row in factors.items():
        if name == "baseline":
            continue
        value, low, high = (100 * row["difference"][key] for key in ("value", "low", "high"))
        if name in helped:
            assert f"(UAR {value:+.1f} points [{low:+.1f}, {high:+.1f}])" in page, name
        else:
            assert low <= 0 <= high, f"{name} did something: say so in reports/README.md"
    cheap, whole = factors["no-shortcuts"]["cpu_seconds"], factors["baseline"]["cpu_seconds"]
    assert f"without its shortcuts the net needs {100 * cheap / whole:.0f} % of the time" in page
