"""Whatever a learner feeds to `predict`: an answer, or a sentence naming the file - never a traceback or a hang."""

import json
import os
import pathlib
import re
import subprocess
import sys

import odd_files
import pytest
from soak import Part

SCRIPT = pathlib.Path(odd_files.__file__)
HANG_SECONDS = 600
"""Only a guard against a real hang; the tests judge CPU seconds, not the clock."""


def ask(arguments, paths=()):
    """Run odd_files.py in a process of its own: facts about each file, and its peak memory in bytes."""
    lines = "\n".join(os.fsencode(path).hex() for path in paths)
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    run = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=HANG_SECONDS, check=False)
    facts = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 0, f"crashed after {facts[-1:]}: {run.stderr[-500:]}"
    return facts[:-1], facts[-1]["peak_bytes"]


@pytest.fixture(scope="module")
def odd(tmp_path_factory, bundle_folder):
    """Expectations, facts and peak memory of one file of each kind."""
    expected = odd_files.make_all(tmp_path_factory.mktemp("odd"))
    facts, peak_bytes = ask([bundle_folder], expected)
    return list(expected.values()), facts, peak_bytes


def test_there_are_enough_kinds(odd):
    expected, facts, _ = odd
    assert len(expected) == len(facts) >= 100


def test_every_kind_is_answered_as_expected(odd):
    expected, facts, _ = odd
    wrong = [
        (fact["file"], want, fact["text"])
        for want, fact in zip(expected, facts)
        if fact["outcome"] not in (("answer", "sentence") if want == odd_files.EITHER else (want,))
    ]
    assert wrong == []


def test_every_refusal_is_one_sentence_that_names_the_file(odd):
    refusals = [fact for fact in odd[1] if fact["outcome"] == "sentence"]
    assert len(refusals) > 30
    for fact in refusals:
        name = os.path.basename(fact["file"]) or fact["file"]
        assert repr(name)[1:-1] in fact["text"], fact
        assert re.fullmatch(r"[^\n\r]+: [^\n\r]+\.", fact["text"]), fact
        assert not re.search(r"Traceback|[a-z]Error", fact["text"]) and len(fact["text"]) < 1000, fact


def test_no_kind_takes_long_or_much(odd):
    _, facts, peak_bytes = odd
    slow = [(fact["file"], fact["cpu"]) for fact in facts if fact["cpu"] > 5]
    assert slow == []
    assert peak_bytes < 2**30


def test_damaged_files_get_an_answer_or_a_sentence(bundle_folder):
    facts, peak_bytes = ask([bundle_folder, 0, 400])
    check_mutated(facts, peak_bytes, 400)


def check_mutated(facts, peak_bytes, n_files):
    assert len(facts) == n_files
    assert [fact for fact in facts if fact["outcome"] not in ("answer", "sentence")] == []
    assert [fact for fact in facts if fact["cpu"] > 5] == []
    assert peak_bytes < 2**30
    for kind in ("answer", "sentence"):
        assert sum(fact["outcome"] == kind for fact in facts) > n_files // 20, "the damage is too weak or too strong"


def figures(facts, peak_bytes):
    """What a full run reports of its files."""
    outcomes = [fact["outcome"] for fact in facts]
    return {
        "answered": outcomes.count("answer"),
        "refused_in_a_sentence": outcomes.count("sentence"),
        "slowest_cpu_s": round(max(fact["cpu"] for fact in facts), 2),
        "peak_mb": round(peak_bytes / 2**20),
    }


@pytest.mark.soak
def test_every_odd_file_in_full_count(request):
    """The same files as in every run of the tests: they take no longer."""
    with Part("odd_audio_files", 128) as part:
        expected, facts, peak_bytes = request.getfixturevalue("odd")
        part.more = figures(facts, peak_bytes)
        for fact, want in zip(facts, expected):
            with part.trial(fact["file"]):
                assert fact["outcome"] in (("answer", "sentence") if want == odd_files.EITHER else (want,)), fact
                assert fact["cpu"] <= 5
        assert peak_bytes < 2**30


@pytest.mark.soak
def test_ten_thousand_damaged_files(bundle_folder):
    everything, peak = [], 0
    with Part("damaged_audio_files", 10_000) as part:
        for first in range(0, part.planned, 500):
            facts, peak_bytes = ask([bundle_folder, first, first + 500])
            everything, peak = everything + facts, max(peak, peak_bytes)
            lost = [fact for fact in facts if fact["outcome"] not in ("answer", "sentence") or fact["cpu"] > 5]
            part.add(len(facts) - len(lost), len(lost), lost)
            part.more = figures(everything, peak)
        check_mutated(everything, peak, part.planned)


def test_damage_is_the_same_every_time():
    assert [odd_files.mutate(seed) for seed in range(20)] == [odd_files.mutate(seed) for seed in range(20)]
    assert len({odd_files.mutate(seed)[1] for seed in range(200)}) > 190
