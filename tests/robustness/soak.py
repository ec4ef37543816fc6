"""The full counts that `make soak` tries: progress on the screen, figures in reports/robustness.json.

A test in full count opens one `Part`, tells it what became of each try, and is red when one was lost. The figures are
written in any case, except when a person stops the run.
"""

import contextlib
import datetime
import importlib.metadata
import json
import os
import pathlib
import platform
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
REPORT = ROOT / "reports" / "robustness.json"
PACKAGES = ("numpy", "pandas", "soundfile", "tensorflow", "keras", "ai-edge-litert", "jupyterlab")
PROGRESS_SECONDS = 20


class Part:
    """One part of the full run, as a context: `with Part("archives", 10_000) as part: ...`.

    `trial(name)` holds one try, survived unless something is raised in it; `add` counts many at once; `more` holds
    further figures.
    """

    def __init__(self, name, planned, report=REPORT):
        self.name, self.planned, self.report = name, planned, report
        self.tried = self.lost = 0
        self.faults, self.more = [], {}

    def __enter__(self):
        self.started, self.shown, self.cpu = time.monotonic(), 0.0, cpu_seconds()
        self.show()
        return self

    @contextlib.contextmanager
    def trial(self, name):
        try:
            yield
        except (Exception, pytest.fail.Exception) as error:
            self.add(0, 1, [f"{name}: {type(error).__name__}: {error}"])
        else:
            self.add(1)

    def add(self, survived, lost=0, faults=()):
        self.tried, self.lost = self.tried + survived + lost, self.lost + lost
        self.faults += [str(fault)[:500] for fault in faults]
        if time.monotonic() - self.shown > PROGRESS_SECONDS:
            self.show()

    def show(self):
        self.shown = time.monotonic()
        print(f"{time.strftime('%H:%M:%S')}  {self.name}: {self.tried} of {self.planned}, {self.lost} lost", flush=True)

    def __exit__(self, kind, error, trace):
        if kind is not None and not issubclass(kind, (Exception, pytest.fail.Exception)):
            return
        self.show()
        if error is not None:
            self.faults.append(f"stopped by {kind.__name__}: {error}"[:500])
        self.write()
        if error is None:
            assert self.faults == [] and self.lost == 0
            assert self.tried >= self.planned, f"only {self.tried} of {self.planned} were tried"

    def write(self):
        """Put this part into the report, beside the others."""
        report = json.loads(self.report.read_text(encoding="utf-8")) if self.report.exists() else {}
        counts = {"tried": self.tried, "survived": self.tried - self.lost, "lost": self.lost}
        took = {"seconds": round(time.monotonic() - self.started), "cpu_seconds": round(cpu_seconds() - self.cpu)}
        report[self.name] = {**about(), "planned": self.planned, **counts, **took, **self.more}
        report[self.name]["faults"] = self.faults[:20]
        self.report.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def about():
    """When, what and where: date, commit, versions, machine."""
    git = subprocess.run(["git", "describe", "--always"], cwd=ROOT, capture_output=True, text=True)
    versions = {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in PACKAGES}
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.0f}"
    today = datetime.date.today().isoformat()
    return {"date": today, "commit": git.stdout.strip() or None, "versions": versions, "machine": machine}


def cpu_seconds():
    """Processor time of this process and of those it has waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system
