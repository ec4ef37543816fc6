"""Measure the seed's way beside ours, in one run on this machine: `make bench`.

Each measurement is a process of its own; wall and CPU seconds and the peak of its memory come from
the operating system. The two ways of a pair run one after the other, so that other work on the
machine disturbs both; ratios are more trustworthy than seconds.

    python benchmarks/bench.py [--clips 60] [--files 200] [--only features prediction training]

Writes reports/benchmarks.json and prints the table. RAVDESS is used where it is found, else the practice corpus.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
REPORT = ROOT / "reports" / "benchmarks.json"
sys.path.insert(0, str(ROOT))


def measure(script, *arguments, **environment):
    """Run a script of this folder; wall and CPU seconds, peak MB, and what it printed last (JSON)."""
    command = [sys.executable, *([HERE / script] if str(script).endswith(".py") else script), *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", **environment}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=errors, env=env)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            raise SystemExit(f"{script} failed: {errors.read()[-2000:].decode(errors='replace')}")
        lines = out.read().decode().splitlines()
    said = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}
    peak = usage.ru_maxrss / 1024
    return {
        "wall_s": wall,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_mb": max(peak, said.pop("peak_mb", 0)),
        **said,
    }


def pair(name, seed, ours, target=None, *, key="cpu_s"):
    """One row: the seed's numbers, ours, and how many times we are better in wall, CPU and memory."""
    row = {"what": name, "target": target}
    for side, facts in (("seed", seed), ("ours", ours)):
        row |= {f"{side}_{unit}": round(facts[unit], 4) for unit in ("wall_s", "cpu_s", "peak_mb")}
    for unit in ("wall_s", "cpu_s", "peak_mb"):
        row[f"ratio_{unit}"] = round(seed[unit] / max(ours[unit], 1e-9), 2)
    return row


def features(options, scratch):
    """The seed's feature loop against ours: first use (numba compiles), later uses, and cached."""
    clips = options.clips
    cache, numba = scratch / "cache", {"NUMBA_CACHE_DIR": str(scratch / "numba")}
    rows = []
    for name, copies in (("with the three versions", 3), ("without augmentation", 1)):
        first = measure("features.py", "seed", clips, copies, NUMBA_CACHE_DIR=str(scratch / f"numba_{copies}"))
        ours_first = measure("features.py", "ours", clips, copies, "none", NUMBA_CACHE_DIR=str(scratch / f"n_{copies}"))
        rows.append(pair(f"features {name}, {clips} clips, first use ever", first, ours_first))
        measure("features.py", "ours", 2, copies, "none", **numba)
        later = measure("features.py", "seed", clips, copies, NUMBA_CACHE_DIR=str(scratch / f"numba_{copies}"))
        ours_later = measure("features.py", "ours", clips, copies, cache / str(copies), **numba)
        rows.append(pair(f"features {name}, {clips} clips, cold", later, ours_later, "3x"))
        cached = measure("features.py", "ours", clips, copies, cache / str(copies), **numba)
        rows.append(pair(f"features {name}, {clips} clips, cached, whole process", later, cached))
        loops = [{**facts, "wall_s": facts["loop_wall_s"], "cpu_s": facts["loop_cpu_s"]} for facts in (later, cached)]
        rows.append(pair(f"features {name}, {clips} clips, cached, the loop alone", *loops, "100x"))
    return {"features": rows}


def prediction(options, scratch):
    """One prediction from a cold start, and many in one process."""
    from ser_lessons import bundle

    folder = options.bundle or bundle.REFERENCE
    h5 = scratch / "final_emotion_model.h5"
    measure(["-m", "ser_lessons"], "export", "--h5", h5, "--bundle", folder)
    paths = sound_files(options.files)
    numba = {"NUMBA_CACHE_DIR": str(scratch / "numba_predict")}
    ours = ("predict", paths[0], "--json", "--bundle", folder)
    rows = []
    for name, target in (("first use ever", None), ("cold start", "8x time, 4x memory"), ("cold start, again", None)):
        seed = measure("seed_way.py", h5, paths[0], **numba)
        rows.append(pair(f"one prediction, {name}", seed, measure(["-m", "ser_lessons"], *ours), target))
    seed = measure("seed_way.py", h5, *paths[: min(60, len(paths))], **numba)
    many = measure("prediction.py", folder, *paths)
    rates = [facts["clips_per_s"] for facts in (seed, many)]
    warm = {"what": f"clips per second, warm, {len(paths)} files", "target": "100/s"}
    warm |= {"seed_clips_per_s": round(rates[0], 1), "ours_clips_per_s": round(rates[1], 1)}
    warm |= {"ours_clips_per_cpu_s": round(many["clips_per_cpu_s"], 1), "ratio": round(rates[1] / rates[0], 1)}
    warm |= {"seed_peak_mb": round(seed["peak_mb"]), "ours_peak_mb": round(many["peak_mb"])}
    return {"prediction": rows, "prediction_warm": [warm]}


def training(options, scratch):
    """Training throughput of the seed's net in plain Keras, and of ours; and the way to the seed's accuracy."""
    rows = []
    for name in ("seed_plain", "seed_ours", "course"):
        facts = measure("training.py", name, options.steps)
        if facts.get("clips_per_s"):
            numbers = {k: round(facts[k], 1) for k in ("clips_per_s", "clips_per_cpu_s", "peak_mb")}
            rows.append({"net": facts["net"], **numbers})
    return {"training": rows, "training_to_accuracy": to_accuracy()}


def to_accuracy(goal=0.8045):
    """CPU seconds until a recorded run under protocol `seed` first reached the seed's accuracy, if it did."""
    rows = []
    for path in sorted((ROOT / "reports").glob("*.json")):
        report = json.loads(path.read_text())
        history = report.get("history") if isinstance(report, dict) and report.get("protocol") == "seed" else None
        spent = 0.0
        for row in history or []:
            spent += row["cpu_seconds"]
            if row.get("val_accuracy", 0) >= goal:
                rows.append({"run": path.stem, "goal": goal, "epoch": row["epoch"], "cpu_s": round(spent)})
                break
    return rows


def sound_files(n):
    """Up to `n` files of the corpus, evenly spaced."""
    from ser_lessons import corpus

    table = corpus.open_corpus()
    step = max(1, len(table) // n)
    return list(table["path"].iloc[::step][:n])


def corpus_name():
    """The corpus that is measured on."""
    from ser_lessons import corpus

    return corpus.corpus_title(corpus.open_corpus())


def show(report):
    """Print the report as tables."""
    from rich.console import Console
    from rich.table import Table

    for name, rows in report.items():
        if isinstance(rows, list) and rows:
            table = Table(*dict.fromkeys(key for row in rows for key in row), title=name)
            for row in rows:
                table.add_row(*("" if row.get(c.header) is None else str(row[c.header]) for c in table.columns))
            Console(width=200).print(table)


def main():
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--bundle", type=pathlib.Path)
    parser.add_argument("--output", type=pathlib.Path, default=REPORT)
    parts = {"features": features, "prediction": prediction, "training": training}
    parser.add_argument("--only", nargs="*", choices=parts, default=list(parts))
    options = parser.parse_args()
    report = json.loads(options.output.read_text()) if options.output.exists() else {}
    report |= {
        "date": datetime.date.today().isoformat(),
        "corpus": corpus_name(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}",
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 1),
    }
    for name in options.only:
        with tempfile.TemporaryDirectory() as scratch:
            report |= parts[name](options, pathlib.Path(scratch))
        options.output.parent.mkdir(exist_ok=True)
        options.output.write_text(json.dumps(report, indent=1) + "\n")
    show(report)


if __name__ == "__main__":
    main()
