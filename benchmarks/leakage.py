"""What is knowing the voices worth to a net? Train it under a random and under an actor split, and report the gap.

    SER_RAVDESS=... python benchmarks/leakage.py [--net course] [--epochs 20] [--folds 3]

Speech only; the net is trained twice for each fold. Writes reports/leakage_NET.json. Lesson: 06_evaluation.
"""

import argparse
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import render


def main():
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--net", choices=("student", "course"), default="course")
    parser.add_argument("--epochs", type=int, help="a fold; default: those of the net's recipe")
    parser.add_argument("--folds", type=int, default=6)
    parser.add_argument("--output", type=pathlib.Path)
    options = parser.parse_args()
    from benchmarks.systems import leakage_net
    from ser_lessons import corpus, evaluate, system
    from ser_lessons.config import SEED

    table = corpus.open_corpus()
    net = leakage_net.answers_of(table, net=options.net, epochs=options.epochs, log=say)
    measured = evaluate.leakage(table, model=net, n_folds=options.folds)
    report = {
        "what": f"leakage meter: {measured.model}, under a random and an actor split of equal size, UAR in percent",
        "seed": SEED,
        "protocol": f"{options.folds} folds, random against actors, speech only, no validation clips",
        **render.environment(),
        **json.loads(measured.to_json()),
    }
    output = options.output or ROOT / "reports" / f"leakage_{options.net}.json"
    system.write_whole(output, (json.dumps(report, indent=2) + "\n").encode())
    print(measured.sentence)


def say(row):
    """Tell each epoch on the error stream: a fold takes minutes."""
    print(f"epoch {row['epoch']}  loss {row['loss']:.3f}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
