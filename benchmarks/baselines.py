"""Classical systems and chance in the folds of our nets.

    python benchmarks/baselines.py          a few minutes on two cores, needs RAVDESS

Writes reports/baselines.json and ser_lessons/reference/actors_functionals.csv. Every system is judged under `actors`,
`emobox` and three draws of `random`; the enrolled mode, where a speaker's own clips normalize the features, apart.
"""

import os
import pathlib
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

REFERENCE = ROOT / "ser_lessons" / "reference"
KNOWN_VOICES = "these and the clip's course, each against the recognized voice, too; the same machine, copies learned"


def main():
    from ser_lessons import baselines, corpus, evaluate, experiments, known_voices, reports, splits

    table = corpus.open_corpus(prefer="ravdess")
    protocols = {
        "actors": splits.actor_folds(table),
        "emobox": splits.emobox_folds(table),
        "random": splits.random_draws(table),
    }
    rows = []
    for name, words in baselines.BASELINES.items():
        data = baselines.baseline_features(name, table)
        for protocol, folds in protocols.items():
            for enrolled in (False, True) if name == "functionals_lr" and protocol == "actors" else (False,):
                tables = [baselines.run_baseline(name, table, fold, data=data, enrolled=enrolled) for fold in folds]
                rows.append(judge(name + " (enrolled)" * enrolled, words, protocol, tables))
                if name == "functionals_lr" and protocol == "actors" and not enrolled:
                    evaluate.write_predictions(evaluate.pool(tables), REFERENCE / "actors_functionals.csv")
    data = known_voices.known_voice_features(table)
    tables = [known_voices.run_known_voices(table, fold, data=data) for fold in protocols["random"]]
    rows.append(judge("known_voices", KNOWN_VOICES, "random", tables))
    report = {
        "title": "Classical systems and chance, in the folds of our nets; intervals resample actors",
        "corpus": "RAVDESS",
        **experiments.environment(),
        "systems": rows,
    }
    reports.write_report("baselines", report)
    print("wrote reports/baselines.json; `ser-lessons report baselines` shows it")


def judge(name, words, protocol, tables):
    """One row of the report: pooled folds, or the mean of several random draws."""
    from ser_lessons import evaluate

    judged = [evaluate.report(t) for t in (tables if protocol == "random" else [evaluate.pool(tables)])]
    row = {"system": name, "what": words, "protocol": protocol, "clips": judged[0].clips, "actors": judged[0].actors}
    for metric in ("accuracy", "uar"):
        values = [getattr(one, metric) for one in judged]
        row[metric] = sum(value.value for value in values) / len(values)
        if len(values) == 1:
            row[f"{metric}_interval"] = [values[0].low, values[0].high]
        else:
            row[f"{metric}_draws"] = [value.value for value in values]
    print({key: row[key] for key in ("system", "protocol", "accuracy", "uar")}, flush=True)
    return row


if __name__ == "__main__":
    try:
        main()
    except ValueError as error:
        sys.exit(str(error))
