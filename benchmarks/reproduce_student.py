"""Run the student's recipe end to end on RAVDESS and write what came out: `make reproduce`.

Features with the student's two augmented copies, its net of 423 688 parameters, its callbacks. A killed run goes on
when it is started again; on two quiet cores protocol `student` takes more than an hour.

    python benchmarks/reproduce_student.py [--protocol PROTOCOL] [--fold K ...] [--net NET] [--without-song]
        [--cluster ADDRESS]

Protocol `student` writes reports/student_reproduction.json, others reports/NET_PROTOCOL.json; runs lie in runs/.
With `--cluster ADDRESS` the workers of a Dask scheduler train the folds; book/cluster.md says how.
"""

import argparse
import dataclasses
import functools
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import render

PUBLISHED = {
    "accuracy_published_half": 0.83,
    "correct_published_half": 204,
    "accuracy_all": 0.8045,
    "correct_all": 395,
    "gender": {"man": {"correct": 206, "clips": 259}, "woman": {"correct": 189, "clips": 232}},
}
"""What the student project reports of itself."""


def main():
    options, workers = parse()
    from benchmarks.systems import course_variants, draws
    from ser_lessons import corpus
    from ser_lessons.corpus import splits
    from ser_lessons.net import experiments

    table = corpus.open_corpus(prefer="ravdess")
    if options.protocol == "random":
        folds = draws.random_draws(table, options.fold or draws.SEEDS)
    else:
        folds = [s for s in splits.make_splits(options.protocol, table) if not options.fold or s.fold in options.fold]
    if options.without_song:
        spoken = table["channel"].to_numpy() == "speech"
        folds = [dataclasses.replace(split, train=split.train[spoken[split.train]]) for split in folds]
    net, place = course_variants.find_net(options.net), ROOT / "runs" / f"{options.protocol}-{options.net}"
    print(f"{corpus.corpus_title(table)}: {place.name}, folds {[split.fold for split in folds]}", flush=True)
    jobs = [(split, net, f"{place}-{split.fold}") for split in folds]
    with workers:
        if len(jobs) == 1 and not options.cluster:  # with all cores of this machine
            log = functools.partial(show_epoch, folds[0].fold)
            done = [experiments.run_fold(table, folds[0], net=net, run_dir=jobs[0][-1], log=log)[:2]]
        else:
            done = list(experiments.run_folds(table, jobs, log=show_epoch))
    runs = [(split, *told) for split, told in zip(folds, done)]
    reports = {"student": lambda: student_report(table, *runs[0]), "random": lambda: draws_report(options, runs)}
    report = reports.get(options.protocol, lambda: folds_report(options, runs))()
    path = render.write_report(report.pop("name"), report)
    print(report["title"])
    print(f"wrote {path.relative_to(ROOT)}; `ser-lessons report {path.stem}` shows it")


def student_report(table, split, predictions, history):
    """The student's own tables from our run: all held-out clips, both halves, report of the published half, gender."""
    from sklearn.metrics import classification_report

    from ser_lessons.config import EMOTIONS
    from ser_lessons.evaluate import predicted_labels, true_labels

    right = predicted_labels(predictions) == true_labels(predictions)
    stems = table["stem"].to_numpy()
    published = predictions["stem"].isin(stems[split.test]).to_numpy()
    rows = classification_report(
        true_labels(predictions)[published],
        predicted_labels(predictions)[published],
        labels=range(8),
        target_names=EMOTIONS,
        output_dict=True,
        zero_division=0,
    )
    gender = {
        name: {"correct": int(right[group].sum()), "clips": int(group.sum()), "accuracy": float(right[group].mean())}
        for name in ("man", "woman")
        for group in [(predictions["gender"] == name).to_numpy()]
    }
    return {
        "name": "student_reproduction",
        "title": "The student's recipe, run by us; optimistic: it validates on test clips, and every voice leaks",
        **context("student", history),
        "accuracy_all": float(right.mean()),
        "correct_all": int(right.sum()),
        "clips_all": len(right),
        "accuracy_published_half": float(right[published].mean()),
        "correct_published_half": int(right[published].sum()),
        "clips_published_half": int(published.sum()),
        "accuracy_other_half": float(right[~published].mean()),
        "gender": gender,
        "student_published": PUBLISHED,
        "classification_report_published_half": [
            {"emotion": name, **{key: round(value, 4) for key, value in rows[name].items()}} for name in EMOTIONS
        ],
        "history": history,
    }


def folds_report(options, runs):
    """Accuracy and UAR of pooled out-of-fold predictions, with intervals over actors."""
    from ser_lessons import evaluate

    judged = evaluate.report(evaluate.pool([predictions for _, predictions, _ in runs]))
    return {
        "name": f"{options.net}_{options.protocol}",
        "title": judged.sentence,
        **context(options.net, [row for _, _, history in runs for row in history]),
        "protocol": options.protocol,
        "folds": [split.fold for split, _, _ in runs],
        "trained_on": "speech" if options.without_song else "speech and song",
        "clips": judged.clips,
        "actors": judged.actors,
        "chance": judged.chance,
        **{name: getattr(judged, name).as_dict() for name in ("accuracy", "uar", "macro_f1", "ece")},
        "runs": [
            {"fold": split.fold, "epochs": len(history), "cpu_seconds": round(sum(r["cpu_seconds"] for r in history))}
            for split, _, history in runs
        ],
    }


def draws_report(options, runs):
    """Accuracy and UAR of each random draw, and their means; draws share clips, so they are never pooled."""
    from ser_lessons import evaluate

    draws = []
    for split, predictions, history in runs:
        judged = evaluate.report(predictions)
        draws.append(
            {
                "seed": split.fold,
                "clips": judged.clips,
                "accuracy": judged.accuracy.as_dict(),
                "uar": judged.uar.as_dict(),
                "epochs": len(history),
                "cpu_seconds": round(sum(row["cpu_seconds"] for row in history)),
            }
        )
    means = {f"mean_{name}": sum(draw[name]["value"] for draw in draws) / len(draws) for name in ("accuracy", "uar")}
    return {
        "name": f"{options.net}_random",
        "title": f"Accuracy {100 * means['mean_accuracy']:.1f} %, mean of {len(draws)} random draws; every voice leaks",
        **context(options.net, [row for _, _, history in runs for row in history]),
        "protocol": "random",
        **means,
        "draws": draws,
    }


def context(net, history):
    """What every report says of itself: net, epochs, CPU seconds, and where it was measured."""
    from benchmarks.systems import course_variants
    from ser_lessons import config

    return {
        "corpus": "RAVDESS",
        "net": net,
        "parameters": course_variants.find_net(net).build().count_params(),
        "seed": config.SEED,
        "epochs": len(history),
        "cpu_seconds": round(sum(row["cpu_seconds"] for row in history)),
        **render.environment(),
    }


def show_epoch(fold, row):
    print(f"fold {fold}  " + "  ".join(f"{name} {value:g}" for name, value in row.items()), flush=True)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--protocol", default="student", choices=("student", "actors", "random", "emobox"))
    parser.add_argument("--fold", type=int, nargs="*", help="only these folds")
    parser.add_argument("--net", default="student", choices=("student", "course", "course_max"))
    parser.add_argument("--without-song", action="store_true", help="train on speech alone: half the time")
    return render.workers(parser)


if __name__ == "__main__":
    try:
        main()
    except ValueError as error:
        sys.exit(str(error))
