"""Real servers and a real browser for the tests in this folder.

Without Chromium these tests are skipped with a message; in CI (`CI=true`) a missing browser is a failure.
"""

import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
for folder in (ROOT / "tests", pathlib.Path(__file__).parent):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


@pytest.fixture(scope="session")
def chromium():
    """Path of a Chromium, or a skip with a message; with CI=true a missing one is a failure."""
    from stage import find_chromium

    path = find_chromium()
    if path is None:
        message = "no Chromium found (apt-get install chromium): browser tests need one"
        if os.environ.get("CI", "").lower() in ("true", "1"):
            pytest.fail(message)
        pytest.skip(message)
    return path


@pytest.fixture(scope="module")
def launch(chromium):
    """Function (wav=None, fake=True) -> browser, whose microphone plays that wav; closed with the module."""
    from playwright.sync_api import sync_playwright
    from stage import browser_flags

    with sync_playwright() as playwright:
        opened = []

        def launch_(*, wav=None, fake=True):
            flags = browser_flags(wav=wav, fake=fake)
            opened.append(playwright.chromium.launch(executable_path=chromium, args=flags))
            return opened[-1]

        yield launch_
        for browser in opened:
            browser.close()


@pytest.fixture(scope="session")
def clips(tmp_path_factory):
    """A folder with sixteen practice clips: two voices, eight emotions; made in a moment."""
    import stage

    return stage.make_clips(tmp_path_factory.mktemp("clips"))
