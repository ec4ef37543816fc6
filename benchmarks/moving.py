"""Measure how fast the lessons' moving pictures follow, in a real JupyterLab; results go to reports/moving.json.

    python benchmarks/moving.py            # on a quiet machine: 20 moves of each control, all lessons
    python benchmarks/moving.py 03 07      # these lessons only; the others keep what was measured before

Times run in the browser, from a key on the slider to the frame that shows the new picture, decoded. The kernel's
seconds of processor beside them are steadier where others work on the machine. Lesson: all.
"""

import argparse
import datetime
import json
import os
import pathlib
import shutil
import sys
import tempfile

import numpy as np
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "browser")]

import stage

from benchmarks.playground import kernel_of
from tools import lessons

REPORT = ROOT / "reports" / "moving.json"
MOVES = 20
MOVE = """async ([box, control]) => {
  const before = box.querySelector("img").src;
  const shown = new Promise((done) => {
    const watch = new MutationObserver(async () => {
      const image = box.querySelector("img");
      if (!image || image.src === before) return;
      watch.disconnect();
      await image.decode();
      requestAnimationFrame(() => done(performance.now()));
    });
    watch.observe(box, { subtree: true, childList: true, attributes: true });
    setTimeout(() => { watch.disconnect(); done(NaN); }, 5000); // the same picture again: no move
  });
  const began = performance.now();
  if (control.tagName === "SELECT") {
    control.selectedIndex = (control.selectedIndex + 1) % control.options.length;
    control.dispatchEvent(new Event("change", { bubbles: true }));
  } else {
    const [now, least, most] = ["now", "min", "max"].map((name) => Number(control.getAttribute(`aria-value${name}`)));
    control.dataset.back = now >= most ? "yes" : now <= least ? "" : control.dataset.back || "";
    const key = control.dataset.back ? "ArrowLeft" : "ArrowRight";
    control.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  }
  return (await shown) - began;
}"""


def measure(page, server):
    """A dict for each moving picture of an open lesson: its controls, milliseconds of a move, and of the kernel."""
    kernel, rows = kernel_of(server), []
    for box in page.locator(".ser-moving").all():
        box.scroll_into_view_if_needed()
        controls = box.locator("select, [role=slider]").all()
        for control in controls:  # warm-up
            page.evaluate(MOVE, [box.element_handle(), control.element_handle()])
        cpu = sum(kernel.cpu_times()[:2])
        times = [
            page.evaluate(MOVE, [box.element_handle(), control.element_handle()])
            for control in controls
            for _ in range(MOVES)
        ]
        cpu = sum(kernel.cpu_times()[:2]) - cpu
        rows.append(
            {
                "controls": [name.strip() for name in box.locator(".widget-label").all_inner_texts()],
                "moves": int(np.isfinite(times).sum()),
                "median_ms": round(float(np.nanmedian(times)), 1),
                "p95_ms": round(float(np.nanquantile(times, 0.95)), 1),
                "kernel_cpu_ms_per_move": round(1000 * cpu / len(times), 1),
            }
        )
    return rows


def main(words=None):
    """Open each lesson's solution, run all its cells, move, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("lessons", nargs="*", help="beginnings of lesson names; all by itself")
    asked = tuple(parser.parse_args(words).lessons) or ("",)
    found = json.loads(REPORT.read_text("utf-8"))["lessons"] if REPORT.exists() else {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=stage.find_chromium(), args=stage.browser_flags())
        for source in lessons.lesson_sources():
            if "plots.moving(" not in source.read_text("utf-8") or not source.stem.startswith(asked):
                continue
            with tempfile.TemporaryDirectory() as place:
                folder = pathlib.Path(place)
                shutil.copy(source.with_suffix(".ipynb"), folder / "lesson.ipynb")
                server = stage.start_lab(folder, env=lessons.kernel_env())
                page = browser.new_page(viewport={"width": 1280, "height": 1200})
                stage.run_lesson(page, server)
                found[source.stem] = {"load": round(os.getloadavg()[0], 1), "pictures": measure(page, server)}
                page.close()
                server.close()
            for row in found[source.stem]["pictures"]:
                print(source.stem, row)
            report = {"date": datetime.date.today().isoformat(), "processors": os.cpu_count(), "lessons": found}
            REPORT.write_text(json.dumps(report, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
