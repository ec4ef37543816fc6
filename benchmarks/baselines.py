"""Classical systems and chance in the folds of our nets.

    python benchmarks/baselines.py [--cluster ADDRESS]      a few minutes on two cores, needs RAVDESS

Writes reports/baselines.json and ser_lessons/reference/actors_functionals.csv. Every system is judged under `actors`,
`emobox` and three draws of `random`; the enrolled mode, where a speaker's own clips normalize the features, apart.
"""

import argparse
import os
import pathlib
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import render

REFERENCE = ROOT / "ser_lessons" / "reference"
KNOWN_VOICES = (
    "the statistics and the clip's trajectory, each also against the recognized voice, and copies at two speeds"
)


def main():
    _, workers = render.workers(argparse.ArgumentParser(description=__doc__.splitlines()[0]))
    with workers:
        measure()


def measure():
    from benchmarks.systems import baselines, draws, known_voices
    from ser_lessons import corpus, evaluate
    from ser_lessons.corpus import splits

    table = corpus.open_corpus(prefer="ravdess")
    protocols = {
        "actors": splits.make_splits("actors", table),
        "emobox": splits.make_splits("emobox", table),
        "random": draws.random_draws(table),
    }
    rows = []
    for name in baselines.BASELINES:
        data = baselines.baseline_features(name, table)
        for protocol, folds in protocols.items():
            for enrolled in (False, True) if name == "functionals_lr" and protocol == "actors" else (False,):
                tables = [baselines.run_baseline(name, table, fold, data=data, enrolled=enrolled) for fold in folds]
                rows.append(judge(name + " (enrolled)" * enrolled, protocol, tables))
                if name == "functionals_lr" and protocol == "actors" and not enrolled:
                    evaluate.write_predictions(evaluate.pool(tables), REFERENCE / "actors_functionals.csv")
    data = known_voices.known_voice_features(table)
    tables = [known_voices.run_known_voices(table, fold, data) for fold in protocols["random"]]
    rows.append(judge("known_voices", "random", tables))
    report = {
        "title": "Classical systems and chance, in the folds of our nets; intervals resample actors",
        "corpus": "RAVDESS",
        **render.environment(),
        "what": baselines.BASELINES | {"known_voices": KNOWN_VOICES},
        "systems": rows,
    }
    render.write_report("baselines", report)
    print("wrote reports/baselines.json; `ser-lessons report baselines` shows it")


def judge(name, protocol, tables):
    """One row of the report: pooled folds with intervals, or the mean of several random draws and each of them."""
    from ser_lessons import evaluate

    judged = [evaluate.report(t) for t in (tables if protocol == "random" else [evaluate.pool(tables)])]
    row = {"system": name, "protocol": protocol, "clips": judged[0].clips, "actors": judged[0].actors}
    for metric in ("accuracy", "uar"):
        values = [getattr(one, metric) for one in judged]
        if protocol == "random":
            draws = [value.value for value in values]
            row |= {metric: sum(draws) / len(draws), f"{metric}_draws": draws}
        else:
            row[metric] = values[0].as_dict()
    print(row, flush=True)
    return row


if __name__ == "__main__":
    try:
        main()
    except ValueError as error:
        sys.exit(str(error))
