"""Kill our writers at random moments, run them again, and compare with a run that nobody disturbed.

`python crash.py SUBJECT KILLS [SEED]` prints one JSON object. A subject is one thing that writes: the caches, the
practice corpus, a training, an export, the learner notebooks, each as small as it can be. Everything is imported once,
then each run is a fork, so that a kill costs a fraction of a second. Half of the kills strike after a random share of
the time that an undisturbed run takes; the other half at a random file operation (before the k-th opening, renaming,
removing below the run's folder), which no speed of the machine can move. Two kills in a row strike the same folder
before a run may finish. That run must end without error and without a warning (a warning would mean that half a file
had its final name), with the same result, byte for byte. At the end three processes do the same work in one folder.
"""

import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
import zipfile

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0")
os.environ.update(CUDA_VISIBLE_DEVICES="-1", OMP_NUM_THREADS="1", TF_NUM_INTRAOP_THREADS="1")

import numpy as np
import pandas as pd

WATCHED = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "os.symlink")
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
EMPTY = hashlib.sha256(b"").hexdigest()


class Subject:
    """Something that writes below a folder. `run(place)` does it; `result(place)` says what came of it."""

    def prepare(self, folder):
        """Make what all runs read, and import what they need; it must not start TensorFlow, which cannot be forked."""

    def run(self, place):
        raise NotImplementedError

    def result(self, place):
        """{name: digest} of the files that count; drafts that a killed process left do not."""
        files = sorted(path for path in place.rglob("*") if path.is_file() and self.counts(path.relative_to(place)))
        return {str(path.relative_to(place)): hashlib.sha256(self.content(path)).hexdigest() for path in files}

    def counts(self, path):
        return True

    def content(self, path):
        return path.read_bytes()


class Caches(Subject):
    """The kept spectrograms."""

    def prepare(self, folder):
        import joblib  # noqa: F401
        import platformdirs  # noqa: F401
        import soundfile

        from ser_lessons.sound import hearing  # noqa: F401

        rng, paths = np.random.default_rng(7), []
        for number in range(6):
            paths.append(folder / f"clip_{number}.wav")
            tone = np.sin(np.arange(8000) * (0.05 + number / 100)) + rng.normal(0, 0.01, 8000)
            soundfile.write(paths[-1], 0.3 * tone, 22_050)
        self.table = pd.DataFrame({"stem": [path.stem for path in paths], "path": [str(path) for path in paths]})

    def run(self, place):
        from ser_lessons.sound import hearing

        batch = hearing.corpus_features(self.table, cache=place / "features", n_jobs=1)
        return hashlib.sha256(batch.tobytes()).hexdigest()

    def counts(self, path):
        return len(path.stem) == 64


class Practice(Subject):
    """The practice corpus: three clips of each of two voices."""

    def prepare(self, folder):
        from ser_lessons.corpus import practice

        stems = [stem for stem in practice.plan() if stem[-2:] in ("01", "24") and stem[8:17] == "-01-01-01"]
        practice.plan = lambda: stems[:3] + stems[-3:]

    def run(self, place):
        from ser_lessons.corpus import practice

        practice.make(place / "corpus", n_jobs=1)
        return EMPTY

    def counts(self, path):
        return path.suffix != ".part"


class Training(Subject):
    """A net with dropout, momentum, mixup and a running average, trained for five epochs on 24 pictures."""

    def prepare(self, folder):
        import keras  # noqa: F401
        import tensorflow  # noqa: F401

        from ser_lessons.net import models, training  # noqa: F401

    def run(self, place):
        import keras
        from keras import layers

        from ser_lessons import errors
        from ser_lessons.net import training

        rng = np.random.default_rng(0)
        data = rng.normal(size=(24, 8, 8, 1)).astype("float32"), rng.integers(0, 3, 24)
        keras.utils.set_random_seed(5)
        net = [keras.Input((8, 8, 1)), layers.Conv2D(4, 3), layers.BatchNormalization(), layers.Flatten()]
        net = keras.Sequential([*net, layers.Dropout(0.3), layers.Dense(3, activation="softmax")])
        recipe = training.Recipe(epochs=5, batch_size=12, mixup=0.2, patience=4, plateau=2)
        options = {"recipe": recipe, "run_dir": place / "run"}
        while True:
            try:
                net, history = training.train(net, data, (data[0][:9], data[1][:9]), **options)
                break
            except errors.BadModel as error:  # one at a time: a second process is told to wait, and does
                if "another training is at work" not in str(error):
                    raise
                time.sleep(0.05)
        numbers = [[row[name] for name in ("loss", "accuracy", "val_loss", "learning_rate")] for row in history]
        weights = b"".join(np.ascontiguousarray(weight).tobytes() for weight in net.get_weights())
        return hashlib.sha256(weights + json.dumps(numbers).encode()).hexdigest()

    def counts(self, path):
        return False  # the folder holds times; what training returns is what counts


class Export(Subject):
    """A bundle that replaces an older one, and the same net as one .h5 file."""

    def prepare(self, folder):
        import h5py  # noqa: F401
        import keras  # noqa: F401
        import tensorflow  # noqa: F401

        from ser_lessons.net import bundle, litert, models  # noqa: F401

        assert fork(lambda: (folder / "net.tflite").write_bytes(litert.convert(self.net())) and EMPTY).wait() == 0
        converted = (folder / "net.tflite").read_bytes()
        litert.convert = lambda model, **options: converted

    def net(self):
        import keras
        from keras import layers

        keras.utils.set_random_seed(3)
        net = [keras.Input((128, 130, 1)), layers.Conv2D(4, 9, 8), layers.GlobalAveragePooling2D()]
        return keras.Sequential([*net, layers.Dense(8, activation="softmax")])

    def run(self, place):
        from ser_lessons.net import bundle

        bundle.save(place / "bundle", self.net(), temperature=2.0, overwrite=True)
        bundle.export_h5(place / "net.h5", place / "bundle")
        return EMPTY

    def counts(self, path):
        return str(path) == "net.h5" or path.parts[0] == "bundle"

    def content(self, path):
        """What counts of a file: no dates; of model.keras the net and its numbers, since HDF5 may place them anew."""
        if path.name == "bundle.json":
            facts = json.loads(path.read_text(encoding="utf-8"))
            facts["files"].pop("model.keras")
            return json.dumps({name: facts[name] for name in facts if name not in ("made", "seal")}).encode()
        if path.name != "model.keras":
            return path.read_bytes()
        import h5py

        with zipfile.ZipFile(path) as archive:
            config, weights = archive.read("config.json"), io.BytesIO(archive.read("model.weights.h5"))
        arrays = []
        with h5py.File(weights) as file:
            file.visititems(lambda name, item: arrays.append((name, item)) if isinstance(item, h5py.Dataset) else None)
            config = re.sub(rb'("shared_object_id": )\d+', rb"\1", config)  # an address in memory
            return config + b"".join(name.encode() + item[()].tobytes() for name, item in sorted(arrays))


class Notebooks(Subject):
    """The learner's side of a lesson."""

    def prepare(self, folder):
        import jupytext.config  # noqa: F401
        import nbformat.v4  # noqa: F401

        from tools import lessons

        self.sources = folder / "course"
        (self.sources / "solutions").mkdir(parents=True)
        shutil.copy(ROOT / "jupytext.toml", self.sources)
        for path in lessons.lesson_sources(ROOT)[:1]:
            shutil.copy(path, self.sources / "solutions")
        (self.sources / "notebooks").mkdir()
        for name in ("00_left_over.py", "99_gone.ipynb"):  # of lessons that were renamed: to be deleted
            (self.sources / "notebooks" / name).write_text("old")
        assert fork(lambda: lessons.learner_files(self.sources) and EMPTY).wait() == 0

    def run(self, place):
        from tools import lessons

        course = place / "course"
        if not course.exists():  # a copy that others may read half done would be this test's fault, not the builder's
            draft = shutil.copytree(self.sources, place / f"draft_{os.getpid()}")
            try:
                draft.rename(course)
            except OSError:  # another process was faster
                shutil.rmtree(draft)
        lessons.build(course)
        stale = [finding for finding in lessons.check(course) if finding.startswith("notebooks/")]
        assert stale == [], stale
        return EMPTY

    def counts(self, path):
        return path.parts[:2] == ("course", "notebooks") and path.suffix != ".part"


class Predictions(Subject):
    """A table of predictions, written again over an older one."""

    def prepare(self, folder):
        from ser_lessons import evaluate  # noqa: F401

    def run(self, place):
        from ser_lessons import evaluate

        evaluate.write_predictions(predictions_table(), place / "run.csv")
        return hashlib.sha256(evaluate.read_predictions(place / "run.csv").to_csv().encode()).hexdigest()

    def counts(self, path):
        return path.name == "run.csv"


def predictions_table(n_clips=60):
    """A small table of predictions, always the same."""
    from ser_lessons.config import EMOTIONS

    rng = np.random.default_rng(11)
    values = rng.dirichlet(np.ones(8), n_clips)
    rows = {"stem": [f"clip-{number:03d}" for number in range(n_clips)], "actor": 1 + np.arange(n_clips) % 24}
    rows |= {"gender": np.where(np.arange(n_clips) % 2, "woman", "man"), "fold": 1}
    rows |= {"emotion": [EMOTIONS[number % 8] for number in range(n_clips)]}
    return pd.DataFrame(rows).assign(**{f"p_{name}": values[:, place] for place, name in enumerate(EMOTIONS)})


SUBJECTS = {kind.__name__.lower(): kind for kind in (Caches, Practice, Training, Export, Notebooks, Predictions)}


class Child:
    """A forked process that calls a function and leaves what it returns in a file."""

    def __init__(self, function, answer=None, watch=None, strike=None):
        self.started, self.pid, self.status = time.perf_counter(), os.fork(), None
        if self.pid == 0:
            code = 1
            try:
                warnings.simplefilter("error", UserWarning)
                count = watch_files(watch, strike)
                said = function()
                if answer is not None:
                    answer.write_text(json.dumps([said, count[0]]))
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)

    def wait(self):
        """Exit code; below zero for a signal."""
        if self.status is None:
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            self.seconds = time.perf_counter() - self.started
        return self.status

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        return self.wait()


fork = Child


def watch_files(folder, strike):
    """Count the file operations below a folder; at number `strike` this process kills itself."""
    count = [0]

    def hook(event, arguments):
        if event in WATCHED and folder is not None and str(arguments[0]).startswith(str(folder)):
            count[0] += 1
            if count[0] == strike:
                os.kill(os.getpid(), signal.SIGKILL)

    if folder is not None:
        sys.addaudithook(hook)
    return count


class Trial:
    """Kills of one subject, and what became of them."""

    def __init__(self, subject, folder, seed):
        self.subject, self.folder, self.rng = (
            subject,
            folder,
            np.random.default_rng([seed, len(type(subject).__name__)]),
        )
        self.figures = {"kills": 0, "by_time": 0, "by_file_operation": 0, "finishing_runs": 0, "survived": 0, "lost": 0}
        self.faults = []

    def whole_run(self, name):
        """An undisturbed run in a folder of that name: (result, file operations, seconds)."""
        place, answer = self.folder / name, self.folder / "answer.json"
        place.mkdir(exist_ok=True)
        answer.unlink(missing_ok=True)
        child = fork(lambda: self.subject.run(place), answer, watch=place)
        if child.wait() != 0:
            return f"ended with code {child.status}", 0, child.seconds
        said, count = json.loads(answer.read_text())
        return [said, self.subject.result(place)], count, child.seconds

    def kill(self, place, seconds, n_operations):
        """Start a run and kill it; False when it was done before."""
        place.mkdir(exist_ok=True)
        by_time = bool(self.rng.integers(2))
        if by_time:
            child = fork(lambda: self.subject.run(place))
            time.sleep(float(self.rng.random()) * seconds)
            status = child.kill()
        else:
            strike = int(self.rng.integers(1, n_operations + 1))
            status = fork(lambda: self.subject.run(place), watch=place, strike=strike).wait()
        if status not in (0, -signal.SIGKILL):
            self.faults.append(f"a run of {place.name} ended with code {status}")
        if status != -signal.SIGKILL:
            return False
        self.figures["kills"] += 1
        self.figures["by_time" if by_time else "by_file_operation"] += 1
        return True

    def go(self, n_kills):
        expected, n_operations, seconds = self.whole_run("undisturbed")
        again = self.whole_run("undisturbed twice")[0]
        if expected != again or isinstance(expected, str):
            self.faults.append(f"two undisturbed runs differ: {expected} and {again}")
            return
        for round_ in range(10 * n_kills):
            if self.figures["kills"] >= n_kills:
                break
            place = self.folder / f"round_{round_}"
            hits = sum(self.kill(place, seconds, n_operations) for _ in range(2))
            found = self.whole_run(place.name)[0]
            self.figures["finishing_runs"] += 1
            self.figures["survived" if found == expected else "lost"] += hits
            if found != expected:
                self.faults.append(f"{place.name}: {found} instead of {expected}"[:2000])
            shutil.rmtree(place)
        self.together(expected)

    def together(self, expected):
        """Three processes write into one folder, and a fourth is killed among them."""
        place = self.folder / "together"
        place.mkdir()
        children = [fork(lambda: self.subject.run(place)) for _ in range(4)]
        time.sleep(float(self.rng.random()) * 0.1)
        children.pop().kill()
        codes = [child.wait() for child in children]
        found = self.whole_run("together")[0]
        self.figures["at_once"] = len(codes)
        if codes != [0, 0, 0] or found != expected:
            self.faults.append(f"three at once ended with {codes} and {found} instead of {expected}"[:2000])


def main(name, n_kills, seed=7):
    subject, started = SUBJECTS[name](), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder).resolve()
        (folder / "inputs").mkdir()
        subject.prepare(folder / "inputs")
        trial = Trial(subject, folder, int(seed))
        trial.go(int(n_kills))
    used = os.times()
    cpu = time.process_time() - started + used.children_user + used.children_system
    print(json.dumps({"subject": name, **trial.figures, "cpu_seconds": round(cpu, 1), "faults": trial.faults}))


if __name__ == "__main__":
    main(*sys.argv[1:])
