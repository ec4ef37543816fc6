"""Measure the playground in a real JupyterLab and browser; results go to reports/playground.json.

    python benchmarks/playground.py            # 50 timed moves, then 500 for the memory
    python benchmarks/playground.py --picture ser_lessons/playground/static/still.png     # only the still picture

Times run in the browser: from the release of a slider to the frame that shows new picture and new bars,
pictures decoded. Memory is the resident size of the kernel. Lesson: 08_live_inference.
"""

import argparse
import datetime
import importlib.metadata
import itertools
import json
import os
import pathlib
import platform
import shutil
import sys
import tempfile
import time

import numpy as np
import psutil
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "browser")]

import stage

from ser_lessons.config import SEED
from ser_lessons.playground.settings import CONTROLS, Settings
from tools import tasks

MOVE = """async ([label, place]) => {
  const slider = [...document.querySelectorAll(".ser-playground label")]
    .find((one) => one.textContent === label).parentElement.querySelector("input");
  const screen = document.querySelector(".ser-playground");
  const before = Number(screen.dataset.serial);
  const shown = new Promise((done) => {
    const watch = new MutationObserver(() => {
      if (Number(screen.dataset.serial) <= before) return;
      watch.disconnect();
      requestAnimationFrame(() => done(performance.now()));
    });
    watch.observe(screen, { attributes: true, attributeFilter: ["data-serial"] });
  });
  slider.value = place;
  const released = performance.now();
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  slider.dispatchEvent(new Event("change", { bubbles: true }));
  return (await shown) - released;
}"""


def draw_moves(rng):
    """Random moves (control, place) without end, the sliders in turn, never to the place where it stands."""
    places = {control.name: control.place(getattr(Settings(), control.name)) for control in CONTROLS}
    for control in itertools.cycle(CONTROLS):
        others = [place for place in range(len(control.positions)) if place != places[control.name]]
        places[control.name] = int(rng.choice(others))
        yield control, places[control.name]


def kernel_of(server):
    """The kernel's process."""
    children = psutil.Process(server.process.pid).children(recursive=True)
    return next(child for child in children if any("ipykernel" in word for word in child.cmdline()))


def measure(page, server, *, timed, moved):
    """Open, warm up, time, then move on and weigh the kernel; a dict of results."""
    page.goto(f"{server.url}/doc/tree/play.ipynb?token={stage.TOKEN}", timeout=stage.PATIENCE_MS, wait_until="commit")
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=stage.PATIENCE_MS)
    page.locator(".jp-CodeCell .cm-content").first.click(timeout=stage.PATIENCE_MS)
    started = time.perf_counter()
    page.keyboard.press("Control+Enter")
    page.locator(".ser-playground progress").wait_for(timeout=stage.PATIENCE_MS)
    opened = time.perf_counter() - started
    stage.wait_ready(page)
    ready = time.perf_counter() - started
    moves = draw_moves(np.random.default_rng(SEED))
    for control, place in itertools.islice(moves, 2 * len(CONTROLS)):  # warm-up: each slider twice
        page.evaluate(MOVE, [control.label, place])
    load = os.getloadavg()[0]
    kernel = kernel_of(server)
    cpu = sum(kernel.cpu_times()[:2])
    times = {control.name: [] for control in CONTROLS}
    for control, place in itertools.islice(moves, timed):
        times[control.name].append(page.evaluate(MOVE, [control.label, place]))
    cpu = sum(kernel.cpu_times()[:2]) - cpu
    weights = [kernel.memory_info().rss / 1e6]
    for i, (control, place) in enumerate(itertools.islice(moves, moved)):
        page.evaluate(MOVE, [control.label, place])
        if (i + 1) % 50 == 0:
            weights.append(kernel.memory_info().rss / 1e6)
    milliseconds = np.concatenate([np.array(times[control.name]) for control in CONTROLS])
    return {
        "first_open_seconds": round(opened, 2),
        "net_ready_seconds": round(ready, 2),
        "moves_timed": timed,
        "median_ms": round(float(np.median(milliseconds)), 1),
        "p95_ms": round(float(np.quantile(milliseconds, 0.95)), 1),
        "max_ms": round(float(milliseconds.max()), 1),
        "median_ms_by_slider": {name: round(float(np.median(ms)), 1) for name, ms in times.items() if ms},
        "kernel_cpu_ms_per_move": round(1000 * cpu / timed, 1),
        "load_average_while_timed": round(load, 1),
        "moves_for_memory": moved,
        "kernel_rss_mb": [round(weight, 1) for weight in weights],
        "kernel_growth_mb": round(weights[-1] - weights[0], 1),
    }


def take_picture(page, server, path):
    """A screenshot of the playground as a page, after three changes; prints what it shows, for its alt text."""
    page.goto(f"{server.url}/?token={stage.TOKEN}", timeout=stage.PATIENCE_MS, wait_until="commit")
    stage.wait_ready(page)
    for label, place in (("Pitch", 22), ("Noise (SNR)", 8), ("Hide bands", 6)):
        stage.after(page, lambda label=label, place=place: stage.slide(page, label, place))
    page.locator(".ser-playground").screenshot(path=path)
    with Image.open(path) as picture:  # 256 colors: notebooks store it
        picture.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE).save(path, optimize=True)
    seen = stage.seen(page)
    print(seen["subject"], seen["headline"], *seen["warnings"], *seen["alts"], sep="\n")


def print_table(report):
    """The figures beside what they have to be."""
    rows = [
        ("first open, progress bar on the page (s)", report["first_open_seconds"], "< 5"),
        ("net has answered (s)", report["net_ready_seconds"], ""),
        (f"slider to picture and bars, median of {report['moves_timed']} (ms)", report["median_ms"], "<= 250"),
        ("95th percentile (ms)", report["p95_ms"], "<= 600"),
        (f"kernel growth over {report['moves_for_memory']} moves (MB)", report["kernel_growth_mb"], "within 100"),
        ("load average", report["load_average_while_timed"], ""),
    ]
    for what, value, wanted in rows:
        print(f"{what:<55}{value:>9}  {wanted}")


def main():
    """Run the measurement and write the report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--timed", type=int, default=50)
    parser.add_argument("--moved", type=int, default=500)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "reports" / "playground.json")
    parser.add_argument("--picture", type=pathlib.Path, help="take this screenshot, and measure nothing")
    parser.add_argument("--cell", default="from ser_lessons import playground\nplayground.open()")
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        folder = pathlib.Path(folder)
        stage.write_notebook(folder / "play.ipynb", options.cell)
        (folder / "clips").mkdir()
        clips = stage.make_clips(folder / "clips")
        env = {"SER_CORPUS": "ravdess", "SER_RAVDESS": str(clips)}
        app = shutil.copy(ROOT / tasks.PLAYGROUND, folder)
        server = stage.start_voila(folder, app, env=env) if options.picture else stage.start_lab(folder, env=env)
        browser = playwright.chromium.launch(executable_path=stage.find_chromium(), args=stage.browser_flags())
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 1200 if options.picture else 900})
            if options.picture:
                return take_picture(page, server, options.picture)
            found = measure(page, server, timed=options.timed, moved=options.moved)
            chromium = browser.version
        finally:
            browser.close()
            server.close()
    packages = ("jupyterlab", "ipywidgets", "anywidget", "matplotlib", "numpy")
    report = {
        "what": "playground in JupyterLab: from slider release to new picture and bars, in the browser",
        "corpus": "16 clips of the practice corpus (synthetic)",
        "date": datetime.date.today().isoformat(),
        "seed": SEED,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "versions": {"python": platform.python_version(), "chromium": chromium}
        | {name: importlib.metadata.version(name) for name in packages},
        **found,
    }
    options.output.write_text(json.dumps(report, indent=2) + "\n")
    print_table(report)


if __name__ == "__main__":
    main()
