"""A trained net that cannot be misused: weights, labels, audio settings, calibration and proof in one folder.

| file | holds |
|---|---|
| bundle.json | format, labels, AudioConfig, temperature, threshold, versions, numbers, self-test, SHA-256 of the rest |
| model.tflite | the net for the light runtime: what a prediction uses |
| model.keras | the same net for Keras: the reference, for class activation, export and further training |
| card.md | the model card: data, protocol, results, limits, licence |

The digests notice damage and mixed-up files; they are no signature. A bundle from a stranger
is still a stranger's: nothing in it is ever unpickled, and Keras loads it in safe mode.
Lesson: 07_live_inference.
"""

import dataclasses
import functools
import hashlib
import json
import pathlib

import numpy as np

from . import litert, selftest
from .config import EMOTIONS, AudioConfig
from .errors import BadBundle

FORMAT = 1
FILES = ("model.keras", "model.tflite", "card.md")
REFERENCE = pathlib.Path(__file__).parent / "reference" / "bundle"
LARGEST_FILE = 64 * 2**20
FLOOR = 1e-7
"""Probabilities below this count as this, as in `evaluate.calibration`."""

_AGAIN = "get it again with `git checkout` or export it again"


@dataclasses.dataclass(frozen=True)
class Bundle:
    """A loaded bundle; made by `load`.

    Attributes
    ----------
    folder : path
    labels : tuple of str, the eight emotion names
    audio : AudioConfig of the front end
    temperature : float > 0; divides the log-probabilities before the last softmax
    threshold : float in [0, 1]; below this confidence the model abstains
    card : str, Markdown
    facts : dict, all of bundle.json: `headline`, `corpus`, `protocol`, `versions`, `weights`, ...
    runtime : "LiteRT" or "Keras"
    """

    folder: pathlib.Path
    labels: tuple
    audio: AudioConfig
    temperature: float
    threshold: float
    card: str
    facts: dict
    runtime: str
    _content: dict = dataclasses.field(repr=False, compare=False)

    @property
    def headline(self):
        """The numbers this model was published with, a dict."""
        return self.facts["headline"]

    def log_probabilities(self, batch):
        """What the net says before calibration: float32, shape (n, 8), natural logarithms, each <= 0.

        `batch`: pictures (dB) of `features.log_mel`, shape (n, 128, 130, 1), or one of (128, 130).
        Raises `BadBundle` for another shape.
        """
        return np.log(np.maximum(self._answer(self._check_batch(batch)), FLOOR))

    def probabilities(self, batch):
        """Calibrated probabilities, float64, shape (n, 8), each row sums to 1; `batch` as in `log_probabilities`.

        softmax(log p / temperature). Source: Guo et al. (2017). Lesson: 07_live_inference.
        """
        scaled = self.log_probabilities(batch).astype(float) / self.temperature
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def class_activation(self, picture, label=None):
        """Where in the picture the net found a label: float32, shape (128, 130), in [0, 1].

        `picture` (dB), shape (128, 130) or (128, 130, 1); `label` an emotion name, default the
        most probable one. Loads Keras. Source: Grad-CAM, Selvaraju et al. (2017), on the last
        convolution map, the mean over nets for an ensemble. All zero where nothing speaks for
        the label. Raises `BadBundle` for another shape or label. Lesson: 04_gap_cnn.
        """
        from . import activation

        batch = self._check_batch(picture)[:1]
        index = int(np.argmax(self._answer(batch))) if label is None else self._index(label)
        return activation.grad_cam(self.keras_model, batch, index)

    @functools.cached_property
    def keras_model(self):
        """The net as a Keras model (imports TensorFlow on first use)."""
        from . import bundle_files

        return bundle_files.load_keras(self._content["model.keras"])

    @functools.cached_property
    def _answer(self):
        """The function from pictures (n, 128, 130, 1) to uncalibrated probabilities (n, 8)."""
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

    def _index(self, label):
        if label not in self.labels:
            raise BadBundle(f"this net does not know the label {label!r}: choose one of {', '.join(self.labels)}.")
        return self.labels.index(label)


def load(folder=None, *, audio=None, runtime=None):
    """Load a bundle after checking every byte of it, and ask it the test sound.

    Parameters
    ----------
    folder : path; default: the bundle that comes with the course
    audio : AudioConfig, or None; when given, a bundle made for other settings is refused
    runtime : "LiteRT", "Keras" or None (the light runtime where it is installed)

    Returns
    -------
    Bundle

    Raises
    ------
    BadBundle : a file is missing, changed or too large; another format version; other labels or
        audio settings; or the self-test gives other numbers. The message says what differs.

    Lesson: 07_live_inference.
    """
    folder = pathlib.Path(folder) if folder is not None else REFERENCE
    facts = _read_facts(folder)
    content = {name: _read_file(folder, name, facts["files"][name]) for name in FILES}
    config = _read_config(folder, facts)
    if audio is not None and audio != config:
        raise BadBundle(f"{_name(folder)} was made for other audio settings ({_differences(config, audio)}).")
    runtime = runtime or ("LiteRT" if litert.available() else "Keras")
    bundle = Bundle(
        folder=folder,
        labels=tuple(facts["labels"]),
        audio=config,
        temperature=float(facts["temperature"]),
        threshold=float(facts["threshold"]),
        card=content["card.md"].decode("utf-8", "replace"),
        facts=facts,
        runtime=runtime,
        _content=content,
    )
    _self_test(bundle)
    return bundle


def save(folder, model, **options):
    """Write a bundle; see `bundle_files.save`. Loads Keras."""
    from . import bundle_files

    return bundle_files.save(folder, model, **options)


def merge(models):
    """Average several nets into one Keras model; see `bundle_files.merge`. Loads Keras."""
    from . import bundle_files

    return bundle_files.merge(models)


def export_h5(path, folder=None):
    """Write the net of a bundle as one `.h5` file; see `bundle_files.export_h5`. Loads Keras."""
    from . import bundle_files

    return bundle_files.export_h5(path, load(folder))


def seal(facts):
    """SHA-256 of all of bundle.json but the seal itself."""
    text = json.dumps({key: facts[key] for key in facts if key != "seal"}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _read_facts(folder):
    """bundle.json as a dict, after checking format, seal, labels and ranges."""
    name = _name(folder)
    try:
        facts = json.loads(_read_file(folder, "bundle.json", None))
    except (ValueError, RecursionError):
        raise BadBundle(f"bundle.json of {name} is damaged: {_AGAIN}.") from None
    if not isinstance(facts, dict) or "format" not in facts:
        raise BadBundle(f"bundle.json of {name} does not describe a bundle: {_AGAIN}.")
    if facts["format"] != FORMAT:
        raise BadBundle(
            f"{name} has format version {facts['format']!r}, but this package reads version {FORMAT}: "
            "install the package version it was made with, or export it again."
        )
    if facts.get("seal") != seal(facts):
        raise BadBundle(f"bundle.json of {name} was changed after it was written: {_AGAIN}.")
    if facts.get("labels") != list(EMOTIONS):
        raise BadBundle(
            f"{name} was trained for other labels: {facts.get('labels')} instead of {list(EMOTIONS)}; "
            "use a net trained on these."
        )
    if not _is_number(facts.get("temperature"), 1e-3, 1e3) or not _is_number(facts.get("threshold"), 0, 1):
        raise BadBundle(f"{name} has no usable temperature and threshold: export it again.")
    asked = facts.get("self_test")
    if not isinstance(asked, dict) or not all(isinstance(asked.get(k), list) for k in ("picture", "Keras", "LiteRT")):
        raise BadBundle(f"{name} has no self-test, so it cannot be trusted: export it again.")
    if not isinstance(facts.get("headline"), dict):
        raise BadBundle(f"{name} does not say how good it is (no headline): export it again.")
    if not isinstance(facts.get("files"), dict) or sorted(facts["files"]) != sorted(FILES):
        raise BadBundle(f"{name} must list exactly the files {', '.join(FILES)}: export it again.")
    return facts


def _read_file(folder, name, digest):
    """Content of one file of the bundle, checked against its digest before anyone parses it."""
    path = folder / name
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise BadBundle(f"{_name(folder)} has no readable {name} ({error.strerror}): {_AGAIN}.") from None
    if len(content) > LARGEST_FILE:
        raise BadBundle(f"{name} of {_name(folder)} is larger than any net of this course: {_AGAIN}.")
    if digest is not None and hashlib.sha256(content).hexdigest() != digest:
        raise BadBundle(f"{name} of {_name(folder)} was changed or damaged (its SHA-256 differs): {_AGAIN}.")
    return content


def _read_config(folder, facts):
    fields, known = facts.get("audio"), AudioConfig().as_dict()
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
    if bundle.runtime == "LiteRT" and (bundle._answer.input_shape, bundle._answer.n_labels) != (shape, len(EMOTIONS)):
        raise BadBundle(
            f"the net of {name} takes pictures of {bundle._answer.input_shape} and answers {bundle._answer.n_labels} "
            f"labels, but its settings say {shape} and {len(EMOTIONS)}: export it again."
        )
    picture = selftest.make_picture(bundle.audio)
    try:
        selftest.check_picture(picture, expected["picture"])
        answer = bundle._answer(bundle._check_batch(picture))
        selftest.check_probabilities(answer, expected[bundle.runtime], runtime=bundle.runtime)
    except BadBundle as error:
        raise BadBundle(f"{name} was refused: {error}") from None


def _differences(found, wanted):
    found, wanted = found.as_dict(), wanted.as_dict()
    return ", ".join(f"{key} {found[key]} instead of {wanted[key]}" for key in found if found[key] != wanted[key])


def _is_number(value, low, high):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high


def _name(folder):
    return f"the bundle {str(folder)!r}"
