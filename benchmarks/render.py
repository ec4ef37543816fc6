"""What every measuring script writes beside its numbers, and where it writes them."""

import json
import os
import pathlib

from ser_lessons import system

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "reports"


def write_report(name, report):
    """Write a report, a dict, to `reports/NAME.json`, whole or not at all; returns its path."""
    path = FOLDER / f"{name}.json"
    system.write_whole(path, (json.dumps(report, indent=1) + "\n").encode())
    return path


def workers(parser):
    """Parse a script's options, `--cluster` among them: (options, a context in which joblib works there)."""
    from ser_lessons.net import cluster

    parser.add_argument("--cluster", metavar="ADDRESS", help="the Dask scheduler whose workers share the work")
    options = parser.parse_args()
    return options, cluster.workers(options.cluster)


def environment():
    """Date, versions and machine, to be written beside every measured result."""
    import datetime
    import importlib.metadata
    import platform

    packages = ("tensorflow", "keras", "numpy", "librosa", "scikit-learn")
    return {
        "date": datetime.date.today().isoformat(),
        "versions": {"python": platform.python_version()}
        | {name: importlib.metadata.version(name) for name in packages},
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, no GPU",
    }
