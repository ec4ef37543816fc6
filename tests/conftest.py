"""What every test may rely on: quiet TensorFlow, no display, a cache of its own, and the corpora."""

import hashlib
import os
import pathlib
import shutil

ROOT = pathlib.Path(__file__).resolve().parents[1]

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "agg")
os.environ.setdefault("JUPYTER_PLATFORM_DIRS", "1")
os.environ.setdefault("SER_CACHE", str(ROOT / ".cache" / "tests"))

import pytest


@pytest.fixture(scope="session")
def root():
    """The course folder."""
    return ROOT


@pytest.fixture(scope="session")
def practice():
    """Table of the practice corpus, which is made once and kept in the tests' own cache."""
    from ser_lessons import corpus
    from ser_lessons.corpus import practice as module

    return corpus.scan(module.ensure())


@pytest.fixture(scope="session")
def shipped():
    """The bundle that comes with the course."""
    from ser_lessons.net import bundle

    if not (ROOT / "ser_lessons" / "reference" / "bundle" / "bundle.json").is_file():
        pytest.skip("the reference bundle is not there yet")
    return bundle.load()


@pytest.fixture(scope="session")
def ravdess():
    """Table of the real corpus; a test that asks for it is skipped where there is none."""
    from ser_lessons import corpus

    folder = corpus.find_ravdess()
    if folder is None:
        pytest.skip("no RAVDESS here: set SER_RAVDESS to its folder")
    return corpus.scan(folder)


@pytest.fixture(scope="session")
def ravdess_original():
    """Folder of untouched 48 kHz files of RAVDESS; a test that asks for it is skipped where there is none."""
    folder = os.environ.get("SER_RAVDESS_ORIGINAL")
    if not folder or not pathlib.Path(folder).is_dir():
        pytest.skip("no original RAVDESS files here: set SER_RAVDESS_ORIGINAL to their folder")
    return pathlib.Path(folder)


@pytest.fixture(scope="session")
def bundle_folder():
    """A small bundle around the student's net with random weights: it answers nonsense, but fast and always the same.

    It is made once for a state of the sources and kept in the tests' cache, so that most runs need no TensorFlow.
    """
    from ser_lessons.net import bundle

    package = ROOT / "ser_lessons"
    sources = [*package.glob("net/*.py"), *package.glob("sound/*.py"), package / "config.py", ROOT / "requirements.txt"]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources))).hexdigest()
    folder = pathlib.Path(os.environ["SER_CACHE"]) / "bundles" / digest[:16]
    if not folder.exists():
        import keras

        from ser_lessons.net import models

        keras.utils.set_random_seed(7)
        options = {"temperature": 1.5, "threshold": 0.3, "card": "# A net that knows nothing"}
        draft = folder.with_name(f"{folder.name}_{os.getpid()}")
        bundle.save(draft, models.student_cnn(), overwrite=True, **options)
        try:
            draft.rename(folder)
        except OSError:  # another worker was faster, and its tests may be reading already
            shutil.rmtree(draft)
    return folder


@pytest.fixture
def copy(bundle_folder, tmp_path):
    """A bundle of one's own, to be overwritten or damaged."""
    return pathlib.Path(shutil.copytree(bundle_folder, tmp_path / "copy"))


def pytest_collection_modifyitems(items):
    """Files with slow tests first: of two workers, none may be left alone with a long file at the end."""
    slow = {item.path for item in items if any(map(item.get_closest_marker, ("slow", "browser")))}
    items.sort(key=lambda item: item.path not in slow)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """In CI a browser test that was skipped has failed: nothing may go untested there unnoticed."""
    outcome = yield
    report = outcome.get_result()
    if (
        os.environ.get("CI")
        and report.skipped
        and not hasattr(report, "wasxfail")
        and item.get_closest_marker("browser")
    ):
        report.outcome = "failed"
        report.longrepr = f"a browser test was skipped in CI: {report.longrepr}"
