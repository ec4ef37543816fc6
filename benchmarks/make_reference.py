"""Turn finished runs into what the package ships: `ser_lessons/reference/`.

    python benchmarks/make_reference.py      predictions, histories and headline numbers from runs/

Runs are made by `python benchmarks/reproduce_student.py --protocol actors --net course` and lie in runs/. The shipped
net and its tables come from `benchmarks/two_roads.py`.
"""

import argparse
import dataclasses
import functools
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import headline as headlines
from benchmarks import render

REFERENCE = ROOT / "ser_lessons" / "reference"
SETS = {
    "actors_course": "actors-course-*",
    "actors_functionals": None,
    "actors_both": None,
    "actors_student": "actors-student-*",
    "emobox_course": "emobox-course-*",
    "random_course": "random-course-7",
    "random_course_8": "random-course-8",
    "random_course_9": "random-course-9",
    "random_both": None,
    "random_both_8": None,
    "random_both_9": None,
    "random_student": "random-student-7",
}
"""Name of the shipped table: pattern of its run folders; None where another script writes it, or systems are joined."""

LOOKS = 9
"""The clip itself and eight changed copies; more looks helped on validation clips, where the system of each protocol
was chosen, too: logistic regression for unknown voices, the machine that recognizes the voice for known ones."""


def main():
    _, workers = render.workers(argparse.ArgumentParser(description=__doc__.splitlines()[0]))
    with workers:
        make()


def make():
    from benchmarks.systems import draws
    from ser_lessons import evaluate

    headline, histories = {}, {}
    for name, pattern in SETS.items():
        found = pattern and gather(name, pattern)
        if not found:
            if pattern:
                print(f"no finished run for {name}.csv: it stays as it is")
            continue
        predictions, histories[name] = found
        evaluate.write_predictions(predictions, REFERENCE / f"{name}.csv")
    unknown_voices()
    for seed, suffix in zip(draws.SEEDS, ("", "_8", "_9")):
        known_voices(seed, suffix)
    for name in SETS:
        if (REFERENCE / f"{name}.csv").exists():
            headline[name] = headlines.reference_headline(evaluate.read_predictions(REFERENCE / f"{name}.csv"))
            print(headline[name]["sentence"])
    write_json("headline.json", headline)
    old = json.loads((REFERENCE / "histories.json").read_text()) if (REFERENCE / "histories.json").exists() else {}
    write_json("histories.json", old | {name: old.get(name, {}) | runs for name, runs in histories.items()})


def unknown_voices():
    """Write the net, looking several times at each clip, and the linear model, for `actors`.

    Systems are joined by the mean of their log-probabilities. Nothing is fitted to test clips.
    """
    from benchmarks.systems import baselines
    from ser_lessons import evaluate
    from ser_lessons.corpus import splits

    tables = []
    for fold in splits.make_splits("actors", clips()):
        seen = looks("course", fold)
        if seen is None:
            print("no finished runs for actors_both.csv: it stays as it is")
            return
        classical = baselines.run_baseline("functionals_lr", clips(), fold, data=functionals())
        tables.append(baselines.combine([seen, classical]))
    evaluate.write_predictions(evaluate.pool(tables), REFERENCE / "actors_both.csv")


def known_voices(seed, suffix):
    """Write both nets and the machine that recognizes the voice, for one draw of `random`.

    The course's net looks once, as in its own table; its sister `course_max` several times. The machine, chosen on the
    validation clips like the rest, then learns those, too: nine tenths of the clips, where the nets learn eight.
    """
    import numpy as np

    from benchmarks.systems import baselines, draws
    from benchmarks.systems.known_voices import run_known_voices
    from ser_lessons import evaluate

    (fold,) = draws.random_draws(clips(), [seed])
    seen = looks("course_max", fold)
    if seen is None:
        print(f"no finished run for random_both{suffix}.csv: it stays as it is")
        return
    net = evaluate.read_predictions(REFERENCE / f"random_course{suffix}.csv")
    whole = dataclasses.replace(fold, train=np.union1d(fold.train, fold.validation))
    machine = run_known_voices(clips(), whole, voices())
    evaluate.write_predictions(baselines.combine([net, seen, machine]), REFERENCE / f"random_both{suffix}.csv")


def looks(name, fold):
    """A finished net's answers about the test clips and changed copies of them, drawn as in training; None without."""
    import numpy as np

    from benchmarks.systems import baselines, course_variants
    from ser_lessons import config
    from ser_lessons.net import experiments
    from ser_lessons.sound import hearing

    run = ROOT / "runs" / f"{fold.protocol}-{name}-{fold.fold}"
    if not (run / "predictions.csv").exists():
        return None
    net, rows = course_variants.find_net(name), clips().iloc[fold.test]
    rng = np.random.default_rng([config.SEED, fold.fold])
    first, _, model = experiments.run_fold(clips(), fold, net=net, run_dir=run)
    pictures, seen = hearing.corpus_features(rows, config=net.audio), [first]
    for _ in range(LOOKS - 1):
        copies = net.augment(pictures, rng)
        seen.append(experiments.predict_table(model, copies, rows, fold=fold.fold, protocol=fold.protocol))
    return baselines.combine(seen)


@functools.cache
def clips():
    """The table of all clips."""
    from ser_lessons import corpus

    return corpus.open_corpus(prefer="ravdess")


@functools.cache
def functionals():
    """What the linear model sees of every clip, computed once."""
    from benchmarks.systems import baselines

    return baselines.corpus_functionals(clips())


@functools.cache
def voices():
    """What the machine for known voices sees of every clip and its copies, computed once."""
    from benchmarks.systems import known_voices

    return known_voices.known_voice_features(clips())


def gather(name, pattern):
    """Pooled predictions of a set, and the histories of its finished runs by fold; None where no run is finished.

    Folds that were run elsewhere, and so have no folder here, stay as they are shipped.
    """
    from ser_lessons import evaluate

    tables, histories = {}, {}
    if (REFERENCE / f"{name}.csv").exists():
        shipped = evaluate.read_predictions(REFERENCE / f"{name}.csv")
        tables = {fold: shipped[shipped["fold"] == fold] for fold in shipped["fold"].unique()}
    for folder in (ROOT / "runs").glob(pattern):
        if (folder / "predictions.csv").exists():
            fold = folder.name.rsplit("-", 1)[1]
            tables[int(fold)] = evaluate.read_predictions(folder / "predictions.csv")
            histories[fold] = json.loads((folder / "history.json").read_text())["history"]
    return (evaluate.pool([tables[fold] for fold in sorted(tables)]), histories) if histories else None


def write_json(name, content):
    REFERENCE.mkdir(parents=True, exist_ok=True)
    (REFERENCE / name).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
