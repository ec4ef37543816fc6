"""Measure the student's way beside ours, in one run on this machine: `make bench`.

Each measurement is a process of its own; wall and CPU seconds and the peak of its memory come from
the operating system. The two ways of a pair run one after the other, so that other work on the
machine disturbs both; ratios are more trustworthy than seconds.

Python's own compiled files go to a fresh folder for each part, also where the environment forbids them, so that
"first use ever" compiles and later uses do not, on both sides.

    python benchmarks/bench.py [--clips 60] [--files 200] [--only features prediction streams training]

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
GOAL = 0.8045
"""Accuracy of the student project on its 491 held-out clips."""
sys.path.insert(0, str(ROOT))


CHILDREN = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
"""Environment of the measured processes; `main` adds the folder of their compiled files."""


def measure(script, *arguments, **environment):
    """Run a script of this folder; wall and CPU seconds, peak MB, and what it printed last (JSON).

    `rows` are the lines that it printed, the first of them `first_row_s` after the start.
    """
    command = [sys.executable, *([HERE / script] if str(script).endswith(".py") else script), *map(str, arguments)]
    env = {**CHILDREN, **environment}
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=env)
        lines = [(time.perf_counter() - start, line.decode()) for line in process.stdout]
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
        errors.seek(0)
        if process.returncode != 0:
            raise SystemExit(f"{script} failed: {errors.read()[-2000:].decode(errors='replace')}")
    said = json.loads(lines[-1][1]) if lines and lines[-1][1].startswith("{") else {}
    peak = usage.ru_maxrss / 1024
    return {
        "wall_s": wall,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_mb": max(peak, said.pop("peak_mb", 0)),
        "rows": len(lines),
        "first_row_s": lines[0][0] if lines else None,
        **said,
    }


def pair(name, student, ours, target=None, *, key="cpu_s"):
    """One row: the student's numbers, ours, and how many times we are better in wall, CPU and memory."""
    row = {"what": name, "target": target}
    for side, facts in (("student", student), ("ours", ours)):
        row |= {f"{side}_{unit}": round(facts[unit], 4) for unit in ("wall_s", "cpu_s", "peak_mb")}
    for unit in ("wall_s", "cpu_s", "peak_mb"):
        row[f"ratio_{unit}"] = round(student[unit] / max(ours[unit], 1e-9), 2)
    return row


def features(options, scratch):
    """The student's feature loop against ours: first use (numba compiles), later uses, and cached."""
    clips = options.clips
    cache, numba = scratch / "cache", {"NUMBA_CACHE_DIR": str(scratch / "numba")}
    rows = []
    first = measure("features.py", "student", clips, 3, NUMBA_CACHE_DIR=str(scratch / "numba_student"))
    ours_first = measure("features.py", "ours", clips, 3, "none", **numba)
    rows.append(pair(f"features with the three versions, {clips} clips, first use ever", first, ours_first))
    for name, copies in (("with the three versions", 3), ("without augmentation", 1)):
        later = measure("features.py", "student", clips, copies, NUMBA_CACHE_DIR=str(scratch / "numba_student"))
        ours_later = measure("features.py", "ours", clips, copies, cache / str(copies), **numba)
        rows.append(pair(f"features {name}, {clips} clips, cold, whole process", later, ours_later, "3x"))
        rows.append(pair(f"features {name}, {clips} clips, cold, the loop alone", *map(loop, (later, ours_later))))
        cached = measure("features.py", "ours", clips, copies, cache / str(copies), **numba)
        rows.append(pair(f"features {name}, {clips} clips, cached, whole process", later, cached))
        rows.append(pair(f"features {name}, {clips} clips, cached, the loop alone", loop(later), loop(cached), "100x"))
    return {"features": rows}


def loop(facts):
    """The seconds of the loop in place of those of the whole process."""
    return {**facts, "wall_s": facts["loop_wall_s"], "cpu_s": facts["loop_cpu_s"]}


def prediction(options, scratch):
    """One prediction from a cold start, and many in one process."""
    from ser_lessons.net import bundle

    folder = options.bundle or bundle.REFERENCE
    h5 = scratch / "final_emotion_model.h5"
    measure(["-m", "ser_lessons"], "export", "--h5", h5, "--bundle", folder)
    paths = sound_files(options.files)
    numba = {"NUMBA_CACHE_DIR": str(scratch / "numba_predict")}
    ours = ("predict", paths[0], "--json", "--bundle", folder)
    rows = []
    for name, target in (("first use ever", None), ("cold start", "8x time, 4x memory"), ("cold start, again", None)):
        student = measure("student_way.py", h5, paths[0], **numba)
        rows.append(pair(f"one prediction, {name}", student, measure(["-m", "ser_lessons"], *ours), target))
    student = measure("student_way.py", h5, *paths[: min(60, len(paths))], **numba)
    many = measure("prediction.py", folder, *paths)
    rates = [facts["clips_per_s"] for facts in (student, many)]
    warm = {"what": f"clips per second, warm, {len(paths)} files", "target": "100/s"}
    warm |= {"student_clips_per_s": round(rates[0], 1), "ours_clips_per_s": round(rates[1], 1)}
    warm |= {"ours_clips_per_cpu_s": round(many["clips_per_cpu_s"], 1), "ratio": round(rates[1] / rates[0], 1)}
    warm |= {"student_peak_mb": round(student["peak_mb"]), "ours_peak_mb": round(many["peak_mb"])}
    return {"prediction": rows, "prediction_warm": [warm]}


def streams(options, scratch):
    """A long recording window by window, without and with its picture, and a folder of many files."""
    talk, folder, paths = scratch / "talk.wav", scratch / "many", sound_files(options.many)
    seconds = join(paths, talk, 3600 * options.hours)
    folder.mkdir()
    for number in range(options.many):
        path = pathlib.Path(paths[number % len(paths)])
        (folder / f"{number}{path.suffix}").symlink_to(path)
    windows, picture = (talk, "--every", 1.5), ("--plot", scratch / "talk.png")
    asked = "100 times real time, 200 MB, first row 2 s"
    rows = []
    for what, arguments, target, unit, amount in (
        (f"{options.hours:g} hours, every 1.5 s", windows, asked, "times_real_time", seconds),
        (f"{options.hours:g} hours, with --plot", (*windows, *picture), asked, "times_real_time", seconds),
        (f"{options.many} files", [folder], "200 MB, first row 2 s", "files_per_s", options.many),
    ):
        facts = measure(["-m", "ser_lessons"], "predict", *arguments, "--json")
        rows.append({"what": what, "target": target, "times_real_time": None, "files_per_s": None})
        rows[-1] |= {unit: round(amount / facts["wall_s"], 1)}
        rows[-1] |= {name: round(facts[name], 2) for name in ("wall_s", "cpu_s", "peak_mb", "rows", "first_row_s")}
    return {"streams": rows}


def join(paths, talk, seconds):
    """Write the files one after the other, again and again, as one mono recording; the seconds that it lasts."""
    import itertools

    import soundfile

    rate = soundfile.info(paths[0]).samplerate
    with soundfile.SoundFile(talk, "w", rate, 1) as file:
        for path in itertools.cycle(paths):
            if file.frames >= seconds * rate:
                return file.frames / rate
            file.write(soundfile.read(path, always_2d=True)[0].mean(axis=1))


def training(options, scratch):
    """Training throughput of the student's net in plain Keras, and of ours; and the way to the student's accuracy."""
    del scratch
    rows = []
    for name in ("student_plain", "student_ours", "course"):
        facts = measure("training.py", name, options.steps)
        if facts.get("clips_per_s"):
            numbers = {k: round(facts[k], 1) for k in ("clips_per_s", "clips_per_cpu_s", "peak_mb")}
            rows.append({"net": facts["net"], **numbers})
    return {"training": rows, "training_to_accuracy": to_accuracy(options.epochs)}


def to_accuracy(epochs, goal=GOAL):
    """CPU seconds of training until the held-out clips of the student's split are answered as well as the student says.

    The student's side is its recorded run in reports/student_reproduction.json; ours is trained here until then.
    """
    recorded = json.loads((ROOT / "reports" / "student_reproduction.json").read_text())["history"]
    ours = measure("training.py", "to_accuracy", goal, *([epochs] if epochs else []))["history"]
    rows = [reach("the student's net (recorded)", recorded, goal), reach("the course's net", ours, goal)]
    if all(row["cpu_s"] for row in rows):
        rows[1]["ratio_cpu_s"] = round(rows[0]["cpu_s"] / rows[1]["cpu_s"], 2)
    return rows


def reach(name, history, goal):
    """When a history first reached the goal: epoch and CPU seconds, or None for both; and its best accuracy."""
    row = {"net": name, "goal": goal, "epoch": None, "cpu_s": None, "epochs_run": len(history)}
    row["best"] = round(max(epoch["val_accuracy"] for epoch in history), 4)
    for last, epoch in enumerate(history, 1):
        if epoch["val_accuracy"] >= goal:
            return row | {"epoch": last, "cpu_s": round(sum(past["cpu_seconds"] for past in history[:last]), 1)}
    return row


def sound_files(n):
    """Up to `n` files of the corpus, evenly spaced."""
    from ser_lessons import corpus

    table = corpus.open_corpus()
    step = max(1, len(table) // n)
    return list(table["path"].iloc[::step][:n])


def conditions():
    """When, where and on what a part was measured."""
    from ser_lessons import corpus

    return {
        "date": datetime.date.today().isoformat(),
        "corpus": corpus.corpus_title(corpus.open_corpus()),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}",
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 1),
    }


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
    parser.add_argument("--hours", type=float, default=2.0, help="length of the long recording")
    parser.add_argument("--many", type=int, default=10_000, help="files in the folder of many")
    parser.add_argument("--epochs", type=int, help="of the run to the student's accuracy; default: 36")
    parser.add_argument("--bundle", type=pathlib.Path)
    parser.add_argument("--output", type=pathlib.Path, default=REPORT)
    parts = {"features": features, "prediction": prediction, "streams": streams, "training": training}
    parser.add_argument("--only", nargs="*", choices=parts, default=list(parts))
    options = parser.parse_args()
    report = json.loads(options.output.read_text()) if options.output.exists() else {}
    for stale in ("date", "corpus", "machine", "python", "load_average", "note"):
        report.pop(stale, None)
    for name in options.only:
        with tempfile.TemporaryDirectory() as scratch:
            CHILDREN.pop("PYTHONDONTWRITEBYTECODE", None)
            CHILDREN["PYTHONPYCACHEPREFIX"] = str(pathlib.Path(scratch) / "compiled")
            report |= parts[name](options, pathlib.Path(scratch))
        report[f"{name}_measured"] = conditions()
        options.output.parent.mkdir(exist_ok=True)
        options.output.write_text(json.dumps(report, indent=1) + "\n")
    show(report)


if __name__ == "__main__":
    main()
