"""Predict many files in one process, our way: `prediction.py BUNDLE FILE...`; prints clips per second, warm."""

import json
import sys
import time

from ser_lessons.net import bundle, predict


def main(folder, *paths):
    """Print the rates over all files, after one to warm up."""
    net = bundle.load(folder)
    predict.predict_file(paths[0], bundle=net)
    wall, cpu = time.perf_counter(), time.process_time()
    answers = list(predict.predict_files(paths, bundle=net))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert all(answer.error is None for answer in answers)
    print(json.dumps({"clips_per_s": len(paths) / wall, "clips_per_cpu_s": len(paths) / cpu}))


if __name__ == "__main__":
    main(*sys.argv[1:])
