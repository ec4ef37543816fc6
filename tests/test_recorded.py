"""What recorded results say of themselves adds up."""

import json


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
