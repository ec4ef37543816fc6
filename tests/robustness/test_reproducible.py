"""Same seed, same numbers: in two fresh processes, any locale, time zone, folder, hash seed, file order.

The locales de_DE and tr_TR are compiled for the test with `localedef` where their sources are installed (Debian's
package `locales`); elsewhere C stands in for them, and the decimal comma goes untested. The number of threads may
change a training in the last digits, since TensorFlow adds in another order: allowed is 1e-3 of a loss after two
epochs. Everything before the net does not change by a bit.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

SCRIPT = pathlib.Path(__file__).with_name("same.py")
LOCALES = {"de_DE": ",", "tr_TR": ","}
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


@pytest.fixture(scope="module")
def locales(tmp_path_factory):
    """Environment that offers the locales, and whether they are real."""
    folder = tmp_path_factory.mktemp("locales")
    if shutil.which("localedef") and all(pathlib.Path("/usr/share/i18n/locales", name).exists() for name in LOCALES):
        for name in LOCALES:
            command = ["localedef", "-i", name, "-f", "UTF-8", str(folder / f"{name}.UTF-8")]
            subprocess.run(command, check=False, capture_output=True, timeout=300)
        if all((folder / f"{name}.UTF-8").exists() for name in LOCALES):
            return {"LOCPATH": str(folder)}
    return None


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Run the road in a process of its own; its numbers."""

    def run(*words, threads=1, cwd=None, **env):
        folder = tmp_path_factory.mktemp("same")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "SER_", "TZ", "PYTHON"))}
        kept |= {name: str(threads) for name in THREADS} | {"CUDA_VISIBLE_DEVICES": "-1", "PYTHONPATH": str(ROOT)}
        command = [sys.executable, str(SCRIPT), str(folder), *words]
        done = subprocess.run(command, env={**kept, **env}, cwd=cwd or folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout.splitlines()[-1])

    return run


ROOT = SCRIPT.parents[2]


@pytest.fixture(scope="module")
def first(ask):
    return ask("train", LC_ALL="C.UTF-8", PYTHONHASHSEED="0", TZ="UTC")


def bits(numbers):
    return {name: value for name, value in numbers.items() if name not in ("losses", "locale")}


def test_two_fresh_processes_give_the_same_numbers(ask, first):
    """The second one also has another hash seed: nothing may hang on the order of a set."""
    again = ask("train", LC_ALL="C.UTF-8", PYTHONHASHSEED="4242", TZ="UTC")
    assert again == first


def test_threads_change_a_training_within_the_stated_tolerance_and_nothing_before_it(ask, first):
    other = ask("train", threads=2, LC_ALL="C.UTF-8", PYTHONHASHSEED="0", TZ="UTC")
    assert bits(other) == bits(first)
    assert other["losses"] == pytest.approx(first["losses"], rel=1e-3)


@pytest.mark.parametrize("name, zone", [("tr_TR", "Asia/Kathmandu"), ("de_DE", "America/St_Johns")])
def test_locale_time_zone_folder_and_file_order_change_nothing(ask, first, locales, name, zone, tmp_path):
    env = {"LC_ALL": f"{name}.UTF-8", **locales} if locales else {"LC_ALL": "C.UTF-8"}
    found = ask(TZ=zone, cwd=tmp_path, SER_TEST_REVERSED="1", PYTHONHASHSEED="7", **env)
    if locales:
        assert found["locale"] == LOCALES[name], "the locale did not take effect, so nothing was tested"
    assert bits(found) == bits(first)


def test_the_locale_c_without_utf_8_changes_nothing(ask, first):
    """The oldest of servers: no UTF-8 anywhere, so a text file opened without its encoding would fail here."""
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert bits(ask(PYTHONHASHSEED="7", **env)) == bits(first)
