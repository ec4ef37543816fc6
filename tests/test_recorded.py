"""What lesson 09 shows of recorded runs: counts beside the original, sentences, a clear word when there are none."""

import json

import pytest

from benchmarks import render
from ser_lessons.errors import BadTable
from ser_lessons.evaluate import recorded

RUN = {
    "corpus": "RAVDESS",
    "epochs": 30,
    "date": "2026-11-22",
    "correct_all": 380,
    "clips_all": 491,
    "correct_published_half": 190,
    "clips_published_half": 246,
    "gender": {"man": {"correct": 200, "clips": 250}, "woman": {"correct": 180, "clips": 241}},
}


def write(folder, name, content):
    (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")


def test_without_a_report_the_original_stands_alone_and_the_sentence_says_what_to_run(tmp_path):
    table = recorded.beside_published(tmp_path)
    assert list(table["original"])[:3] == ["395 of 491, 80.4 %", "204 of 246, 82.9 %", "191 of 245, 78.0 %"]
    assert set(table["ours"]) == {"-"} and "make reproduce" in table.attrs["sentence"]


def test_our_run_stands_beside_it_with_the_other_half_as_the_difference(tmp_path):
    write(tmp_path, "student_reproduction", RUN)
    table = recorded.beside_published(tmp_path)
    assert table.loc["the other half", "ours"] == "190 of 245, 77.6 %"
    assert table.loc["recordings by actresses", "ours"] == "180 of 241, 74.7 %"
    assert table.attrs["sentence"] == "Ours: RAVDESS, protocol student, 30 epochs, 2026-11-22."


def test_a_report_without_counts_is_refused_by_name(tmp_path):
    write(tmp_path, "student_reproduction", {"corpus": "RAVDESS"})
    with pytest.raises(BadTable, match="student_reproduction.json lacks counts"):
        recorded.beside_published(tmp_path)


def test_sentences_are_those_of_the_shipped_runs(tmp_path):
    assert recorded.recorded_sentences(tmp_path) == {}
    write(tmp_path, "headline", {"actors_course": {"sentence": "UAR 60 %.", "uar": {"value": 0.6}}})
    assert recorded.recorded_sentences(tmp_path) == {"actors_course": "UAR 60 %."}


def test_draws_of_one_system_share_a_sentence(tmp_path):
    facts = {"clips": 247, "actors": 24, "corpus": "RAVDESS", "protocol": "random", "chance": {"uar": 0.125}}
    draws = {"random_course": 0.9, "random_course_8": 0.85, "random_course_9": 0.92}
    write(tmp_path, "headline", {name: facts | {"uar": {"value": value}} for name, value in draws.items()})
    assert recorded.recorded_sentences(tmp_path) == {
        "random_course": "UAR 89.0 %, mean of 3 random draws (90.0, 85.0, 92.0) of 247 clips of 24 actors, "
        "corpus RAVDESS, protocol random; guessing scores 12.5 %."
    }


def test_every_recorded_run_has_a_title_in_words():
    titles = [recorded.run_title(name) for name in recorded.recorded_sentences()]
    assert titles and len(set(titles)) == len(titles)
    for title in titles:
        system, voices = title.split(", ", 1)
        assert system in recorded.SYSTEMS.values() and voices in recorded.VOICES.values(), title
    assert recorded.run_title("random_both") == "nets and statistics averaged, known voices"
    assert recorded.run_title("loso") == "loso"


def test_the_published_counts_agree_with_each_other():
    counts = recorded.PUBLISHED
    halves, groups = ("the half it published", "the other half"), ("recordings by actors", "recordings by actresses")
    for parts in (halves, groups):
        assert tuple(map(sum, zip(*(counts[part] for part in parts)))) == counts["all held-out clips"]


def test_a_written_report_is_read_again(tmp_path):
    path = render.write_report("name", {"title": "a result", "rows": [{"uar": 0.5}]}, folder=tmp_path)
    assert path == tmp_path / "name.json"
    assert recorded.read_report(path) == {"title": "a result", "rows": [{"uar": 0.5}]}


def test_every_surviving_mutant_is_justified(root):
    report = json.loads((root / "reports" / "mutation.json").read_text(encoding="utf-8"))
    assert [item for item in report["survivors"] if not item["justification"].strip()] == []
    for row in report["areas"]:
        named = sum(item["area"] == row["area"] for item in report["survivors"])
        assert (row["survived"], row["sampled"]) == (named, row["killed"] + named)


def test_the_full_counts_add_up(root):
    """Every part of `make soak` tells how much was tried, and a loss is never without its cause."""
    report = json.loads((root / "reports" / "robustness.json").read_text(encoding="utf-8"))
    parts = {name: part for name, part in report.items() if name != "coverage"}
    assert len(parts) == 8
    for name, part in parts.items():
        assert {"date", "commit", "versions", "machine"} <= set(part), name
        assert part["tried"] == part["survived"] + part["lost"] >= part["planned"], name
        assert part["lost"] == len(part["faults"]) or len(part["faults"]) == 20, name
