"""The audit's page in a real browser: an accessibility checker finds nothing, and nothing is loaded from outside."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import simulation
from ser_lessons import bias

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def full_report():
    """An audit with every section that the page can have."""
    rng = np.random.default_rng(0)
    table = simulation.simulate_predictions(rng, accuracy=0.6, gap=-0.2, actor_sd=0.05)
    voice = np.where(np.arange(24) % 2, 200, 120) * 2 ** (rng.normal(0, 2, 24) / 12)
    f0 = pd.DataFrame(
        {"stem": table["stem"], "f0_hz": voice[table["actor"] - 1] * 2 ** (rng.normal(0, 0.1, len(table)))}
    )
    steps = [(gender, step, 60, 10.0, 4.0, 18.0) for gender in ("man", "woman") for step in (-2, 0, 2)]
    flips = pd.DataFrame(steps, columns=["gender", "n_semitones", "clips", "flips", "low", "high"])
    return bias.audit(table[table["actor"] != 3], f0=f0, counterfactual=flips)


def counts_report():
    return bias.audit_counts(women_right=189, women_clips=232, men_right=206, men_clips=259)


@pytest.mark.parametrize("kind", ["full", "counts"])
def test_the_accessibility_checker_finds_nothing(kind, full_report, chromium, tmp_path):
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright
    from stage import browser_flags

    page_file = tmp_path / "audit.html"
    (full_report if kind == "full" else counts_report()).to_html(page_file)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=browser_flags(fake=False))
        page = browser.new_page(viewport={"width": 800, "height": 900})
        asked, errors = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(page_file.as_uri())
        width = page.evaluate("document.documentElement.scrollWidth")
        found = Axe().run(page)
        page.set_viewport_size({"width": 360, "height": 800})
        narrow = page.evaluate("document.documentElement.scrollWidth")
        browser.close()
    assert found.violations_count == 0, found.generate_report()
    assert asked == [page_file.as_uri()] and errors == []
    assert width <= 800 and narrow <= 360
