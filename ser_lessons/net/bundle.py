"""A trained net that cannot be misused: weights, labels, audio settings, calibration and proof in one folder.

* bundle.json: format, labels, AudioConfig, temperature, threshold, versions, numbers, self-test, SHA-256 of the rest
* model.tflite: the net for the light runtime, which a prediction uses
* model.keras: the same net for Keras, the reference for class activation, export and further training
* card.md: the model card with data, protocol, results, limits, licence

The digests notice damage and mixed-up files; they are no signature. Nothing in a bundle is ever unpickled, and Keras
loads it in its safe mode, which runs no code and takes no objects but its own. Lesson: 08_live_inference.
"""

import contextlib
import dataclasses
import datetime
import errno
import functools
import hashlib
import io
import json
import os
import pathlib
import platform
import re
import tempfile
import uuid
import zipfile
from importlib import metadata

import numpy as np

from .. import system
from ..config import EMOTIONS, AudioConfig
from ..errors import BadBundle
from . import litert, selftest
from .backend import wake

FORMAT = 1
FILES = ("model.keras", "model.tflite", "card.md")
REFERENCE = pathlib.Path(__file__).parents[1] / "reference" / "bundle"
FLOOR = 1e-7  # probabilities below this count as this, as in `evaluate.calibration`
_LARGEST_FILE = 64 * 2**20
_LARGEST_BUNDLE = 10 * 10**6
_LARGEST_DRIFT = 1e-5
_REGISTERED = re.compile(rb'"registered_name": "([^"]*>[^"]*)"')


@dataclasses.dataclass(frozen=True)
class Bundle:
    """A loaded bundle; made by `load`."""

    folder: pathlib.Path
    labels: tuple  # the emotion names, in the order of the net's answers
    audio: AudioConfig  # of the front end
    temperature: float  # divides the log-probabilities before the last softmax
    threshold: float  # below this confidence the model abstains
    known_voice: dict  # `temperature` and `threshold` for a voice that is known from other recordings
    card: str  # Markdown
    facts: dict  # all of bundle.json: `headline` (the published numbers), `corpus`, `protocol`, `versions`, ...
    runtime: str  # "LiteRT" or "Keras"
    _content: dict = dataclasses.field(repr=False, compare=False)

    def log_probabilities(self, batch):
        """What the net says before calibration: float32, shape (n, labels), natural logarithms, each <= 0.

        `batch`: pictures (dB) of `features.log_mel`, shape (n, 128, 130, 1), or one of (128, 130).
        Raises `BadBundle` for another shape.
        """
        return np.log(np.maximum(self._answer(self._check_batch(batch)), FLOOR))

    def probabilities(self, batch):
        """Calibrated probabilities, float64, shape (n, labels), each row sums to 1; `batch` as in `log_probabilities`.

        Lesson: 08_live_inference.
        """
        return self.calibrate(self.log_probabilities(batch))

    def calibrate(self, log_probabilities, voice=None):
        """softmax(log p / temperature), float64, shape (n, labels), of what `log_probabilities` returned.

        `voice`: float (labels,), the mean log-probabilities of other recordings of the same voice, which is taken away
        first; the temperature is then that of known voices. Source: Guo et al. (2017). Lesson: 08_live_inference.
        """
        temperature = self.temperature if voice is None else self.known_voice["temperature"]
        scaled = (np.asarray(log_probabilities, dtype=float) - (0 if voice is None else voice)) / temperature
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def class_activation(self, picture, label=None):
        """Where in the picture the net found a label: float32, shape (128, 130), in [0, 1].

        `picture` (dB), shape (128, 130) or (128, 130, 1); `label` an emotion name, default the most probable one. Loads
        Keras. Source: Grad-CAM, Selvaraju et al. (2017), on the last convolution map. All zero where nothing speaks for
        the label. Raises `BadBundle` for another shape or label. Lesson: 04_gap_cnn.
        """
        from . import activation

        batch = self._check_batch(picture)[:1]
        if label not in (None, *self.labels):
            raise BadBundle(f"this net does not know the label {label!r}: choose one of {', '.join(self.labels)}.")
        index = int(np.argmax(self._answer(batch))) if label is None else self.labels.index(label)
        return activation.grad_cam(self.keras_model, batch, index)

    @functools.cached_property
    def keras_model(self):
        """The net as a Keras model (imports TensorFlow on first use)."""
        return load_keras(self._content["model.keras"])

    @functools.cached_property
    def _answer(self):
        """The function from pictures (n, 128, 130, 1) to uncalibrated probabilities (n, labels)."""
        if self.runtime == "LiteRT":
            return litert.Runtime(self._content["model.tflite"])
        return lambda batch: np.asarray(self.keras_model(batch, training=False))

    def _check_batch(self, batch):
        batch = np.asarray(batch, np.float32)
        shape = self.audio.input_shape
        if batch.shape in (shape, shape[:-1]):
            batch = batch.reshape(1, *shape)
        if batch.shape[1:] != shape:
            raise BadBundle(f"pictures of shape {batch.shape} do not fit this net: pass (clips, {str(shape)[1:]}.")
        return batch


def load(folder=None, *, runtime=None):
    """Load a bundle after checking every byte of it, and ask it the test sound.

    Parameters
    ----------
    folder : path; default: the bundle that comes with the course
    runtime : "LiteRT", "Keras" or None (the light runtime where it is installed)

    Returns
    -------
    Bundle

    Raises `BadBundle`, which says what differs: a file is missing, changed or too large; another format version; an
    unknown runtime; or the self-test gives other numbers. Lesson: 08_live_inference.
    """
    folder = pathlib.Path(folder) if folder is not None else REFERENCE
    facts = _read_facts(folder)
    content = {name: _read_file(folder, name, facts["files"][name]) for name in FILES}
    runtime = runtime or ("LiteRT" if litert.available() else "Keras")
    if runtime not in ("LiteRT", "Keras"):
        raise BadBundle(f'there is no runtime {runtime!r}: choose "LiteRT" or "Keras".')
    bundle = Bundle(
        folder=folder,
        labels=tuple(facts["labels"]),
        audio=_read_config(folder, facts),
        temperature=float(facts["temperature"]),
        threshold=float(facts["threshold"]),
        known_voice=facts.get("known_voice", {key: float(facts[key]) for key in ("temperature", "threshold")}),
        card=content["card.md"].decode("utf-8", "replace"),
        facts=facts,
        runtime=runtime,
        _content=content,
    )
    _self_test(bundle)
    return bundle


def save(
    folder,
    model,
    *,
    labels=EMOTIONS,
    audio=AudioConfig(),
    temperature=1.0,
    threshold=0.0,
    known_voice=None,
    card="",
    headline=None,
    corpus="",
    protocol="",
    overwrite=False,
):
    """Write a trained net as a bundle, all or nothing: the folder appears whole under its name or not at all.

    Parameters
    ----------
    folder : path of the bundle
    model : Keras model, float32 (n, 128, 130, 1) dB -> softmax (n, labels), standard layers only
    labels : two or more different names, in the order of the net's answers
    audio : AudioConfig it was trained with
    temperature, threshold : floats, from out-of-fold predictions
    known_voice : dict of the same two for voices known from other recordings (`predict.Voice`), or None for the same
    card : str, the model card in Markdown
    headline : dict of plain numbers, what the model was published with
    corpus, protocol : str, what it was trained on and how the numbers were measured
    overwrite : bool; False refuses to replace a folder

    Returns the Bundle, loaded again from the disk and tested before the folder got its name. Raises `BadBundle`: the
    folder exists, the net does not fit, or the light runtime answers otherwise than Keras. Lesson: 08_live_inference.
    """
    folder = pathlib.Path(folder)
    if folder.exists() and not overwrite:
        raise BadBundle(f"{str(folder)!r} exists already: choose another folder, or delete that one.")
    if not _are_labels(labels):
        raise BadBundle(f"labels are two or more different names, not {labels!r}.")
    maps = model.input_shape, model.output_shape
    need = (None, *audio.input_shape), (None, len(labels))
    if maps != need:
        raise BadBundle(f"this net maps {maps[0]} to {maps[1]}; audio settings and labels need {need[0]} to {need[1]}.")
    content = {"model.keras": keras_bytes(model), "model.tflite": litert.convert(model), "card.md": card.encode()}
    facts = {
        "format": FORMAT,
        "labels": list(labels),
        "audio": dataclasses.asdict(audio),
        "input": "log-mel levels (dB) of features.log_mel; normalization is part of the net",
        "temperature": float(temperature),
        "threshold": float(threshold),
        **({"known_voice": known_voice} if known_voice else {}),
        "parameters": int(model.count_params()),
        "corpus": corpus,
        "protocol": protocol,
        "headline": headline or {},
        "made": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": _versions(),
        "self_test": _ask_test_sound(model, content["model.tflite"], audio),
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in content.items()},
    }
    facts["seal"] = seal(facts)
    content["bundle.json"] = (json.dumps(facts, indent=1) + "\n").encode()
    return _put(folder, content)


def from_runs(folder, runs):
    """Bundle the net of a finished run; temperature and threshold come from the test clips of all runs given.

    Parameters
    ----------
    folder : path of the bundle; it must not exist yet
    runs : folders of `experiments.run_fold`, folds of one protocol; the net of the first is bundled

    Returns the Bundle. Raises `BadBundle`: a run is not finished, or the runs do not belong together; `BadTable` where
    two of them answer one clip. Lesson: 09_full_model.
    """
    from .. import evaluate

    told = [_read_run(run) for run in runs]
    parts = ("labels", "audio", "corpus", "protocol")
    odd = next((str(run) for run, facts in zip(runs, told) if any(facts[p] != told[0][p] for p in parts)), None)
    if odd:
        raise BadBundle(f"the run {odd!r} has another corpus, protocol or net than the first: bundle one of both.")
    answers = evaluate.pool([evaluate.read_predictions(pathlib.Path(run) / "predictions.csv") for run in runs])
    temperature = evaluate.fit_temperature(answers)
    threshold = evaluate.choose_threshold(evaluate.apply_temperature(answers, temperature)).value
    card = f"# A net for {told[0]['corpus'] or 'speech'}\n\n{evaluate.report(answers).sentence}\n"
    return save(
        folder,
        load_keras((pathlib.Path(runs[0]) / "model.keras").read_bytes()),
        labels=told[0]["labels"],
        audio=AudioConfig(**told[0]["audio"]),
        temperature=temperature,
        threshold=threshold,
        card=card,
        headline={"uar": round(float(evaluate.uar(answers)), 4), "clips": len(answers)},
        corpus=told[0]["corpus"],
        protocol=told[0]["protocol"],
    )


def _read_run(run):
    """What a finished run says of itself."""
    path = pathlib.Path(run) / "run.json"
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        raise BadBundle(f"{str(run)!r} is no finished run: train it to its end, `ser-lessons train`.") from None


def export_h5(path, source=None):
    """Write the net of a bundle (a Bundle, its folder, or None for the course's own) as one `.h5` file, all or nothing.

    It is proven equal on the test sound. Labels, audio settings and temperature go along as attributes of the file
    (`ser_lessons`, JSON): the file alone forgets them otherwise. Returns the path. Raises `BadBundle` when it cannot be
    written, differs, or holds more than layers, as the shipped net does. Loads Keras. Lesson: 09_full_model.
    """
    import h5py

    source = source if isinstance(source, Bundle) else load(source)
    path = pathlib.Path(path)
    facts = {key: source.facts[key] for key in ("labels", "audio", "temperature", "threshold", "versions", "corpus")}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as scratch:
            draft = pathlib.Path(scratch) / "model.h5"
            with contextlib.redirect_stdout(io.StringIO()):
                source.keras_model.save(draft, include_optimizer=False)
            with h5py.File(draft, "a") as file:
                file.attrs["ser_lessons"] = json.dumps(facts)
            picture = selftest.make_picture(source.audio)[None, ..., None]
            try:
                loaded = wake().saving.load_model(draft, compile=False)
            except (TypeError, ValueError):
                place = source.folder / "model.keras"
                raise BadBundle(
                    f"an .h5 file cannot hold this net, which computes statistics of its own: use {place} as it is."
                ) from None
            found = np.asarray(loaded(picture, training=False))
            selftest.check_probabilities(found, source.facts["self_test"]["Keras"], runtime="the exported file")
            system.put_in_place(draft, path)
    except OSError as error:
        raise BadBundle(f"{str(path)!r} cannot be written ({error.strerror or error}): use another folder.") from None
    return path


def load_keras(content):
    """A Keras model from the bytes of a `.keras` file: safe mode, no code, no objects from outside Keras."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            n_bytes = sum(item.file_size for item in archive.infolist())
    except zipfile.BadZipFile:
        raise BadBundle("the net of this bundle is not a .keras file: export it again.") from None
    if n_bytes > _LARGEST_FILE:
        raise BadBundle("the net of this bundle unpacks to more than any net of this course: export it again.")
    keras = wake()
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "model.keras"
        path.write_bytes(content)
        try:
            model = keras.saving.load_model(path, compile=False, safe_mode=True)
            if not isinstance(model, keras.Model):
                raise TypeError("it holds no model")
            return model
        except Exception as error:
            reason = " ".join(str(error).split())[:160]
            raise BadBundle(
                f"Keras refuses the net of this bundle ({reason}): build it from Keras' own layers and export it again."
            ) from None


def _versions():
    """Versions of what a prediction depends on, a dict."""
    names = ("ser-lessons", "keras", "tensorflow", "ai-edge-litert", "numpy", "soundfile", "soxr")
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def seal(facts):
    """SHA-256 of all of bundle.json but the seal itself."""
    text = json.dumps({key: facts[key] for key in facts if key != "seal"}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _read_facts(folder):
    """bundle.json as a dict, after checking format, seal, labels and ranges."""
    name = _name(folder)
    if not folder.is_dir():
        raise BadBundle(f"{str(folder)!r} is no folder: name the folder that holds bundle.json.")
    if not (folder / "bundle.json").exists():
        is_run = (folder / "history.json").exists()
        fault = "is the folder of a training, not a bundle" if is_run else "holds no bundle.json"
        raise BadBundle(f"{str(folder)!r} {fault}: name the folder of an exported net, or none for the course's own.")
    content = _read_file(folder, "bundle.json", None)
    try:
        facts = json.loads(content)
    except (ValueError, RecursionError):
        raise BadBundle(f"bundle.json of {name} is damaged: {_again(folder)}.") from None
    if not isinstance(facts, dict) or "format" not in facts:
        raise BadBundle(f"bundle.json of {name} does not describe a bundle: {_again(folder)}.")
    if facts["format"] != FORMAT:
        told = f"{name} has format version {facts['format']!r}, but this package reads version {FORMAT}"
        raise BadBundle(f"{told}: install the package version it was made with, or export it again.")
    if facts.get("seal") != seal(facts):
        raise BadBundle(f"bundle.json of {name} was changed after it was written: {_again(folder)}.")
    sure = facts, facts.get("known_voice", facts)
    scaled = all(isinstance(one, dict) for one in sure) and all(
        _is_number(one.get("temperature"), 1e-3, 1e3) and _is_number(one.get("threshold"), 0, 1) for one in sure
    )
    asked, files = facts.get("self_test"), facts.get("files")
    tested = isinstance(asked, dict) and all(isinstance(asked.get(k), list) for k in ("picture", "Keras", "LiteRT"))
    listed = isinstance(files, dict) and sorted(files) == sorted(FILES)
    for fine, fault in (
        (_are_labels(facts.get("labels")), f"has no two usable labels ({facts.get('labels')!r})"),
        (scaled, "has no usable temperature and threshold"),
        (tested, "has no self-test, so it cannot be trusted"),
        (isinstance(facts.get("headline"), dict), "does not say how good it is (no headline)"),
        (listed, f"must list exactly the files {', '.join(FILES)}"),
    ):
        if not fine:
            raise BadBundle(f"{name} {fault}: export it again.")
    return facts


def _read_file(folder, name, digest):
    """Content of one file of the bundle, checked against its digest before anyone parses it."""
    path = folder / name
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise BadBundle(f"{_name(folder)} has no readable {name} ({error.strerror}): {_again(folder)}.") from None
    if len(content) > _LARGEST_FILE:
        raise BadBundle(f"{name} of {_name(folder)} is larger than any net of this course: {_again(folder)}.")
    if digest is not None and hashlib.sha256(content).hexdigest() != digest:
        raise BadBundle(f"{name} of {_name(folder)} was changed or damaged (its SHA-256 differs): {_again(folder)}.")
    return content


def _read_config(folder, facts):
    fields, known = facts.get("audio"), dataclasses.asdict(AudioConfig())
    if not isinstance(fields, dict) or sorted(fields) != sorted(known):
        raise BadBundle(f"the audio settings of {_name(folder)} are not those this package knows: export it again.")
    for key, value in known.items():
        largest = 4096 if key == "n_mels" else 1e6
        fine = fields[key] in ("max", "full_scale") if key == "reference" else _is_number(fields[key], 1e-3, largest)
        if not fine or isinstance(value, int) != isinstance(fields[key], int):
            raise BadBundle(f"{_name(folder)} has an impossible {key} ({fields[key]!r}): export it again.")
    return AudioConfig(**fields)


def _self_test(bundle):
    """Raise `BadBundle` unless front end and net say about the test sound what they said at export."""
    name, expected = _name(bundle.folder), bundle.facts["self_test"]
    shape = bundle.audio.input_shape
    if bundle.runtime == "LiteRT":
        takes, answers = bundle._answer.input_shape, bundle._answer.n_labels
    else:
        takes, answers = bundle.keras_model.input_shape[1:], bundle.keras_model.output_shape[-1]
    if (takes, answers) != (shape, len(bundle.labels)):
        told = f"the net of {name} takes pictures of {takes} and answers {answers} labels"
        raise BadBundle(f"{told}, but its settings say {shape} and {len(bundle.labels)}: export it again.")
    picture = selftest.make_picture(bundle.audio)
    try:
        selftest.check_picture(picture, expected["picture"])
        answer = bundle._answer(bundle._check_batch(picture))
        selftest.check_probabilities(answer, expected[bundle.runtime], runtime=bundle.runtime)
    except BadBundle as error:
        raise BadBundle(f"{name} was refused: {error}") from None


def _is_number(value, low, high):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high


def _are_labels(names):
    names = list(names) if isinstance(names, (list, tuple)) else []
    return all(isinstance(name, str) and name for name in names) and len(set(names)) == len(names) >= 2


def _name(folder):
    return f"the bundle {str(folder)!r}"


def _again(folder):
    return "get it by `git checkout`, or install ser-lessons again" if folder == REFERENCE else "export it again"


def keras_bytes(model):
    """A `.keras` file as bytes, without optimizer state, which Keras' safe mode takes back anywhere."""
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "model.keras"
        model.save(path, include_optimizer=False)
        content = path.read_bytes()
        with zipfile.ZipFile(path) as archive:
            registered = _REGISTERED.findall(archive.read("config.json"))
    if registered:
        raise BadBundle(f"the net holds {registered[0].decode()}, not Keras' own: build it from Keras' layers.")
    load_keras(content)
    return content


def _ask_test_sound(model, converted, audio):
    """What front end, Keras and the light runtime say about the test sound; both runtimes must agree."""
    picture = selftest.make_picture(audio)
    batch = picture[None, ..., None]
    by_keras = np.asarray(model(batch, training=False))[0]
    by_litert = litert.Runtime(converted)(batch)[0] if litert.available() else by_keras
    drift = float(np.abs(by_keras - by_litert).max())
    if not drift <= _LARGEST_DRIFT:
        raise BadBundle(f"Keras and LiteRT differ by {drift:.1e} on the test sound; allowed: {_LARGEST_DRIFT}.")
    answers = {"Keras": by_keras, "LiteRT": by_litert}
    rounded = {name: [round(float(p), 7) for p in row] for name, row in answers.items()}
    return {"picture": selftest.sample_picture(picture), **rounded}


def _put(folder, content):
    """Write the files into a folder beside the final one, load them from there, then rename it into place."""
    size = sum(map(len, content.values()))
    if size > _LARGEST_BUNDLE:
        raise BadBundle(f"this bundle would take {size / 1e6:.1f} MB, more than 10: use a smaller net.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
            draft = pathlib.Path(scratch) / "new"
            draft.mkdir()
            for name, data in content.items():
                system.write_whole(draft / name, data)
            made = load(draft)
            _swap(draft, folder, pathlib.Path(scratch))
    except OSError as error:
        raise BadBundle(f"{str(folder)!r} cannot be written ({error.strerror}): choose another folder.") from None
    return dataclasses.replace(made, folder=folder)


def _swap(draft, folder, scratch):
    """Rename `draft` to `folder`, what is there to `scratch` first; others may do the same at this moment."""
    while True:
        with contextlib.suppress(FileNotFoundError):
            os.rename(folder, scratch / uuid.uuid4().hex)
        try:
            return os.rename(draft, folder)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
