"""Change one thing of the course's net at a time: which tricks help on voices it never heard?

    python benchmarks/ablation.py [--only FACTOR ...] [--folds 1 3 5] [--epochs 24] [--cluster ADDRESS]

Every run is the baseline but for one factor, with fewer epochs than the final recipe, and is judged on the
validation actors of each `actors` fold; no test actor is looked at. Runs lie in runs/ and go on after a kill.
With `--cluster` the workers of a Dask scheduler share the runs; book/cluster.md says how. reports/ablation.json is
written after each run, with all factors that are finished so far.
"""

import argparse
import dataclasses
import functools
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import render

BASELINE = "baseline"


def factors(net):
    """Name of each factor: what it changes in words, and the changed net."""
    from benchmarks.systems import course_variants
    from ser_lessons import config
    from ser_lessons.sound import augment

    def build(**options):
        return dataclasses.replace(net, build=functools.partial(course_variants.course_variant, **options))

    def recipe(**options):
        return dataclasses.replace(net, recipe=dataclasses.replace(net.recipe, **options))

    def copies(strength):
        return dataclasses.replace(net, augment=functools.partial(augment.fresh_copies, strength=strength))

    return {
        BASELINE: ("the course's net", net),
        "unchanged-copies": ("no augmentation", dataclasses.replace(net, augment=None)),
        "half-copies": ("augmentation half as strong", copies(0.5)),
        "double-copies": ("augmentation twice as strong", copies(2.0)),
        "speech-alone": ("trained on speech alone, no song", net),
        "levels-alone": ("no view relative to each band's mean", build(views=("levels",))),
        "relative-alone": ("no view of absolute levels", build(views=("relative",))),
        "peak-reference": (
            "levels below the clip's peak, as the student project",
            dataclasses.replace(net, audio=config.AudioConfig()),
        ),
        "mean-pooling": ("the last map pooled by its mean alone", build(pooling=("mean",))),
        "no-shortcuts": ("no second convolutions, no shortcuts", build(shortcuts=False)),
        "dropped-maps": ("whole maps dropped (0.1)", build(drop_maps=0.1)),
        "hard-labels": ("no label smoothing", recipe(label_smoothing=0.0)),
        "mixup": ("mixup, alpha 0.2", recipe(mixup=0.2)),
        "averaged-weights": ("running average of the weights (0.99)", recipe(ema=0.99)),
        "large-batches": ("batches of 32, rate 2e-3", recipe(batch_size=32, learning_rate=2e-3)),
        "twice-as-long": ("twice the epochs", recipe(epochs=2 * net.recipe.epochs)),
    }


def main():
    options, workers = parse()
    from ser_lessons import corpus
    from ser_lessons.corpus import splits
    from ser_lessons.net import experiments

    table = corpus.open_corpus(prefer="ravdess")
    net = experiments.find_net("course")
    net = dataclasses.replace(net, recipe=dataclasses.replace(net.recipe, epochs=options.epochs))
    folds = [judged_on_validation(fold) for fold in splits.make_splits("actors", table) if fold.fold in options.folds]
    changes, spoken = factors(net), table["channel"].to_numpy() == "speech"
    runs = []
    for name in options.only or changes:
        for fold in folds:
            if name == "speech-alone":
                fold = dataclasses.replace(fold, train=fold.train[spoken[fold.train]])
            runs.append((fold, changes[name][1], run_folder(options, name, fold.fold)))
    with workers:
        for _, (*_, folder) in zip(experiments.run_folds(table, runs), runs):
            print(f"finished {folder.name}", flush=True)
            write(options, changes)


def judged_on_validation(fold):
    """A fold whose test clips are its validation clips, so that nothing is ever chosen on test actors."""
    return dataclasses.replace(fold, test=fold.validation)


def run_folder(options, name, fold):
    return ROOT / "runs" / f"ablation-{options.epochs}-{name}-{fold}"


def write(options, changes):
    """Judge every factor whose folds are all finished, by this process or another, and write the report."""
    from ser_lessons import evaluate

    rows, baseline = [], None
    for name, (words, _) in changes.items():
        folders = [run_folder(options, name, fold) for fold in options.folds]
        if not all((folder / "predictions.csv").exists() for folder in folders):
            continue
        predictions = evaluate.pool([evaluate.read_predictions(folder / "predictions.csv") for folder in folders])
        baseline = predictions if name == BASELINE else baseline
        histories = [json.loads((folder / "history.json").read_text())["history"] for folder in folders]
        rows.append(judge(name, words, predictions, baseline))
        rows[-1]["cpu_seconds"] = round(sum(row["cpu_seconds"] for history in histories for row in history))
    report = {
        "title": "One factor changed at a time; UAR on validation actors, difference to the baseline",
        "corpus": "RAVDESS",
        "protocol": f"actors, folds {options.folds}, judged on their validation actors, {options.epochs} epochs",
        **render.environment(),
        "factors": rows,
    }
    print(render.write_report("ablation", report))


def judge(name, words, predictions, baseline):
    """One row: UAR and accuracy with intervals over actors, and the paired difference of UAR to the baseline."""
    from ser_lessons import evaluate

    judged = evaluate.report(predictions)
    row = {"factor": name, "change": words, "clips": judged.clips, "actors": judged.actors}
    row |= {metric: getattr(judged, metric).as_dict() for metric in ("uar", "accuracy")}
    if name != BASELINE and baseline is not None:
        row["difference"] = evaluate.compare(predictions, baseline).as_dict()
    return row


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", help="these factors; a difference needs the baseline, too")
    parser.add_argument("--folds", type=int, nargs="*", default=[1, 3, 5])
    parser.add_argument("--epochs", type=int, default=24)
    return render.workers(parser)


if __name__ == "__main__":
    try:
        main()
    except ValueError as error:
        sys.exit(str(error))
