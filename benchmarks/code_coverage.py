"""Which branches of `ser_lessons` the tests run through, counted in child processes, too.

    python benchmarks/code_coverage.py [TEST_FILE...]

One process a test file, so that a crash or a slow file costs no other; `make soak ARGS=coverage` runs them all (an
hour on two cores) and puts the figures into reports/robustness.json. With files named, the figures are only printed.
It ends with 1 where a test file is not green, or fewer branches are covered than we promise.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

PROMISED_PERCENT = 90
ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "robustness"))

import soak

SETTINGS = """\
[run]
branch = true
source = ser_lessons
omit = ser_lessons/__main__.py
parallel = true
patch = subprocess
sigterm = true
data_file = {folder}/.coverage
[report]
exclude_also =
    if __name__ == .__main__.:
    raise NotImplementedError
"""
"""As in pyproject.toml, and besides: children count, and their data meet in one folder."""


def measure(files, folder):
    """Totals of a coverage report, each module's percentage, and the test files that were not green."""
    settings = folder / "settings"
    settings.write_text(SETTINGS.format(folder=folder.as_posix()), encoding="utf-8")
    coverage, rc, red = [sys.executable, "-m", "coverage"], f"--rcfile={settings}", []
    for file in files:
        started = time.monotonic()
        code = subprocess.call([*coverage, "run", rc, "-m", "pytest", "-n", "0", "-q", "--no-header", file], cwd=ROOT)
        print(f"{time.strftime('%H:%M:%S')}  {file}: code {code}, {time.monotonic() - started:.0f} s", flush=True)
        red += [file] if code else []
    subprocess.run([*coverage, "combine", rc, "-q"], cwd=ROOT, check=True)
    subprocess.run([*coverage, "json", rc, "-q", "-o", folder / "report.json"], cwd=ROOT, check=True)
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    modules = {name: module["summary"]["percent_covered"] for name, module in report["files"].items()}
    return report["totals"], modules, red


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*", help="test files or folders; default: all")
    options = parser.parse_args()
    everything = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "tests").rglob("test_*.py"))]
    with tempfile.TemporaryDirectory() as folder:
        totals, modules, red = measure(options.files or everything, pathlib.Path(folder).resolve())
    figures = {
        **soak.about(),
        "statements_percent": round(100 * totals["covered_lines"] / totals["num_statements"], 1),
        "branches_percent": round(100 * totals["covered_branches"] / totals["num_branches"], 1),
        "branches": totals["num_branches"],
        "branches_covered": totals["covered_branches"],
        "test_files": len(options.files or everything),
        "test_files_not_green": red,
        "below_80_percent": {name: round(share) for name, share in modules.items() if share < 80},
    }
    print(json.dumps(figures, indent=1))
    if not options.files:
        report = json.loads(soak.REPORT.read_text(encoding="utf-8"))
        soak.REPORT.write_text(json.dumps({**report, "coverage": figures}, indent=1) + "\n", encoding="utf-8")
    return 1 if red or figures["branches_percent"] < PROMISED_PERCENT else 0


if __name__ == "__main__":
    sys.exit(main())
