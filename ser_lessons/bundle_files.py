"""Write bundles: convert, prove, seal, and put them in place in one step.

Behind the front doors `bundle.save`, `bundle.merge` and `bundle.export_h5`; everything here
needs Keras and imports it inside the functions. Lesson: 07_live_inference.
"""

import contextlib
import dataclasses
import datetime
import errno
import hashlib
import io
import itertools
import json
import os
import pathlib
import platform
import re
import tempfile
import zipfile
import zlib
from importlib import metadata

import numpy as np

from . import bundle, files, litert, selftest
from .config import EMOTIONS, AudioConfig
from .errors import BadBundle

LARGEST_BUNDLE = 10 * 10**6
_SHARED = re.compile(rb'("shared_object_id": )(\d+)')
_LARGEST_DRIFT = {"float32": 1e-5, "float16": 1e-2}


def save(
    folder,
    model,
    *,
    audio=AudioConfig(),
    temperature=1.0,
    threshold=0.0,
    card="",
    headline=None,
    corpus="",
    protocol="",
    weights="float32",
    overwrite=False,
):
    """Write a trained net as a bundle, all or nothing.

    Parameters
    ----------
    folder : path of the bundle
    model : Keras model, float32 (n, 128, 130, 1) dB -> softmax (n, 8), standard layers only
    audio : AudioConfig it was trained with
    temperature, threshold : floats, from out-of-fold predictions
    card : str, the model card in Markdown
    headline : dict of plain numbers, what the model was published with
    corpus, protocol : str, what it was trained on and how the numbers were measured
    weights : "float32" or "float16", of the light runtime's copy
    overwrite : bool; False refuses to replace a folder

    Returns
    -------
    Bundle, loaded again from the disk and tested before the folder got its name

    Raises
    ------
    BadBundle : the folder exists, the net does not fit, or the light runtime answers otherwise than Keras

    The folder appears whole under its name or not at all. Lesson: 07_live_inference.
    """
    folder = pathlib.Path(folder)
    if weights not in _LARGEST_DRIFT:
        raise BadBundle(f"weights can be 'float32' or 'float16', not {weights!r}.")
    if folder.exists() and not overwrite:
        raise BadBundle(f"{str(folder)!r} exists already: choose another folder, or pass overwrite=True.")
    _check_model(model, audio)
    content = {
        "model.keras": _keras_bytes(model),
        "model.tflite": litert.convert(model, half=weights == "float16"),
        "card.md": card.encode(),
    }
    facts = {
        "format": bundle.FORMAT,
        "labels": list(EMOTIONS),
        "audio": audio.as_dict(),
        "input": "log-mel levels (dB) of features.log_mel; normalization is part of the net",
        "temperature": float(temperature),
        "threshold": float(threshold),
        "parameters": int(model.count_params()),
        "corpus": corpus,
        "protocol": protocol,
        "headline": headline or {},
        "weights": weights,
        "made": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "self_test": _ask_test_sound(model, content["model.tflite"], audio, _LARGEST_DRIFT[weights]),
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in content.items()},
    }
    facts["seal"] = bundle.seal(facts)
    content["bundle.json"] = (json.dumps(facts, indent=1) + "\n").encode()
    return _put(folder, content)


def merge(models):
    """Average the probabilities of several nets in one Keras model: the same input, the same output.

    `models`: Keras models of one input shape. One model is returned as it is. Raises `BadBundle`
    for an empty list or different shapes. The nets are copied; training them further changes nothing here.
    """
    import keras

    models = list(models)
    if not models or len({(m.input_shape, m.output_shape) for m in models}) != 1:
        raise BadBundle("only nets of one input and one output shape can be merged: pass at least one such net.")
    if len(models) == 1:
        return models[0]
    picture = keras.Input(models[0].input_shape[1:], name="picture")
    members = []
    for i, model in enumerate(models):
        member = keras.models.clone_model(model)
        member.set_weights(model.get_weights())
        member.name = f"member_{i + 1}"
        member.trainable = False
        members.append(member(picture))
    return keras.Model(picture, keras.layers.Average(name="average")(members), name="ensemble")


def export_h5(path, source):
    """Write the net of a loaded bundle as one `.h5` file, proven equal on the test sound, all or nothing.

    Labels, audio settings and temperature go along as attributes of the file (`ser_lessons`, JSON):
    the file alone forgets them otherwise. Returns the path. Raises `BadBundle` when it cannot be written or differs.
    """
    import h5py
    import keras

    path = pathlib.Path(path)
    facts = {key: source.facts[key] for key in ("labels", "audio", "temperature", "threshold", "versions", "corpus")}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as scratch:
            draft = pathlib.Path(scratch) / "model.h5"
            _save_h5(source.keras_model, draft)
            with h5py.File(draft, "a") as file:
                file.attrs["ser_lessons"] = json.dumps(facts)
            picture = selftest.make_picture(source.audio)[None, ..., None]
            found = np.asarray(keras.saving.load_model(draft, compile=False)(picture, training=False))
            selftest.check_probabilities(found, source.facts["self_test"]["Keras"], runtime="the exported file")
            files.put_in_place(draft, path)
    except OSError as error:
        raise BadBundle(
            f"{str(path)!r} cannot be written ({error.strerror or error}): choose another folder."
        ) from None
    return path


def load_keras(content):
    """A Keras model from the bytes of a `.keras` file: safe mode, no code, no objects from outside Keras."""
    import keras

    _refuse_foreign_objects(content)
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "model.keras"
        path.write_bytes(content)
        try:
            return keras.saving.load_model(path, compile=False, safe_mode=True)
        except Exception as error:
            reason = " ".join(str(error).split())[:160]
            raise BadBundle(f"Keras refuses the net of this bundle ({reason}): export it again.") from None


def versions():
    """Versions of what a prediction depends on, a dict."""
    names = ("ser-lessons", "keras", "tensorflow", "ai-edge-litert", "numpy", "soundfile", "soxr")
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def _check_model(model, audio):
    wanted = ((None, *audio.input_shape), (None, len(EMOTIONS)))
    if (model.input_shape, model.output_shape) != wanted:
        raise BadBundle(
            f"this net maps {model.input_shape} to {model.output_shape}, but the audio settings and labels need "
            f"{wanted[0]} to {wanted[1]}."
        )


def _keras_bytes(model):
    """A `.keras` file as bytes, compressed, without optimizer state, times or anything but Keras' own objects."""
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "model.keras"
        model.save(path, include_optimizer=False)
        packed, seen = io.BytesIO(), {}
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
            for name in sorted(old.namelist()):
                data = old.read(name)
                if name == "metadata.json":  # Keras writes the time into it
                    data = json.dumps({**json.loads(data), "date_saved": ""}).encode()
                if name == "config.json":  # and addresses of its memory: the same net must give the same bytes
                    data = _SHARED.sub(lambda match: b"%s%d" % (match[1], seen.setdefault(match[2], len(seen))), data)
                new.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    content = packed.getvalue()
    _refuse_foreign_objects(content)
    return content


def _refuse_foreign_objects(content):
    """Raise `BadBundle` unless the net consists of Keras' own objects, none of which carries code."""
    for item in _objects(_keras_config(content)):
        module = item.get("module") or "keras"
        foreign = module not in ("keras", "builtins") and not module.startswith("keras.")
        if foreign or item["class_name"] in ("Lambda", "__lambda__", "function") or item.get("registered_name"):
            if module.startswith("keras.src.models") and item["class_name"] in ("Functional", "Sequential"):
                continue
            raise BadBundle(
                f"the net holds an object that is not Keras' own ({module}.{item['class_name']}), which could carry "
                "code: build it from standard layers."
            )


def _keras_config(content):
    """The configuration inside the bytes of a `.keras` file; refuses archives that unpack to too much."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            n_bytes = sum(item.file_size for item in archive.infolist())
            config = json.loads(archive.read("config.json")) if n_bytes <= bundle.LARGEST_FILE else None
    except (KeyError, ValueError, RecursionError, zipfile.BadZipFile, zlib.error):
        raise BadBundle("the net of this bundle is not a .keras file: export it again.") from None
    if n_bytes > bundle.LARGEST_FILE:
        raise BadBundle("the net of this bundle unpacks to more than any net of this course: export it again.")
    return config


def _objects(config):
    """All serialized objects inside a Keras configuration, outermost first."""
    if isinstance(config, dict):
        if isinstance(config.get("class_name"), str):
            yield config
        config = list(config.values())
    if isinstance(config, list):
        for item in config:
            yield from _objects(item)


def _ask_test_sound(model, converted, audio, largest_drift):
    """What front end, Keras and the light runtime say about the test sound; both runtimes must agree."""
    picture = selftest.make_picture(audio)
    batch = picture[None, ..., None]
    by_keras = np.asarray(model(batch, training=False))[0]
    by_litert = litert.Runtime(converted)(batch)[0] if litert.available() else by_keras
    drift = float(np.abs(by_keras - by_litert).max())
    if not drift <= largest_drift:
        raise BadBundle(
            f"Keras and the light runtime differ by {drift:.1e} on the test sound; allowed: {largest_drift}."
        )
    answers = {"Keras": by_keras, "LiteRT": by_litert}
    return {
        "picture": selftest.sample_picture(picture),
        **{k: [round(float(p), 7) for p in v] for k, v in answers.items()},
    }


def _put(folder, content):
    """Write the files into a folder beside the final one, load them from there, then rename it into place."""
    size = sum(map(len, content.values()))
    if size > LARGEST_BUNDLE:
        raise BadBundle(
            f"this bundle would take {size / 1e6:.1f} MB, more than 10: use weights='float16' or fewer nets."
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
            draft = pathlib.Path(scratch) / "new"
            draft.mkdir()
            for name, data in content.items():
                files.write_whole(draft / name, data)
            made = bundle.load(draft)
            _swap(draft, folder, pathlib.Path(scratch))
    except OSError as error:
        raise BadBundle(f"{str(folder)!r} cannot be written ({error.strerror}): choose another folder.") from None
    return dataclasses.replace(made, folder=folder)


def _swap(draft, folder, scratch):
    """Rename `draft` to `folder`, what is there to `scratch` first; others may do the same at this moment."""
    for turn in itertools.count():
        with contextlib.suppress(FileNotFoundError):
            os.rename(folder, scratch / f"old_{turn}")
        try:
            return os.rename(draft, folder)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise


def _save_h5(model, path):
    import logging

    logger = logging.getLogger("absl")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            model.save(path, include_optimizer=False)
    finally:
        logger.setLevel(level)
