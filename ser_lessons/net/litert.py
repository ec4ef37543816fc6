"""TensorFlow's light runtime: load a net in milliseconds, without loading TensorFlow.

A net is converted once, when a bundle is saved. Where `ai-edge-litert` has no wheel, `bundle` falls back to Keras.
"""

import contextlib
import importlib.util
import io
import os
import threading

import numpy as np

from ..errors import BadBundle
from ..system import quiet_stderr
from .backend import wake

N_THREADS = min(4, os.cpu_count() or 1)
LARGEST_BATCH = 16


def available():
    """True when the light runtime is installed here."""
    return importlib.util.find_spec("ai_edge_litert") is not None


class Runtime:
    """A converted net, the bytes of a `.tflite` file, ready to answer. Raises `BadBundle` where it cannot run here."""

    def __init__(self, content):
        from ai_edge_litert.interpreter import Interpreter

        self._lock = threading.Lock()
        self._batch_size = 1
        try:
            with quiet_stderr():
                self._interpreter = Interpreter(model_content=content, num_threads=N_THREADS)
                self._interpreter.allocate_tensors()
            (self._input,) = self._interpreter.get_input_details()
            (self._output,) = self._interpreter.get_output_details()
        except (ValueError, RuntimeError) as error:
            told = f"the light runtime cannot load this net ({' '.join(str(error).split())[:120]})"
            raise BadBundle(f"{told}: install the versions of requirements.txt, or export it again.") from None

    @property
    def input_shape(self):
        """Shape of one picture, such as (128, 130, 1)."""
        return tuple(int(n) for n in self._input["shape"][1:])

    @property
    def n_labels(self):
        """Length of one answer, such as 8."""
        return int(self._output["shape"][-1])

    def __call__(self, batch):
        """Probabilities, float32, shape (n, labels), of pictures (dB), shape (n, bands, frames, 1)."""
        batch = np.ascontiguousarray(batch, np.float32)
        answers = np.empty((len(batch), self.n_labels), np.float32)
        with self._lock:
            for start in range(0, len(batch), LARGEST_BATCH):
                part = batch[start : start + LARGEST_BATCH]
                answers[start : start + len(part)] = self._answer(part)
        return answers

    def _answer(self, part):
        if len(part) != self._batch_size:
            with quiet_stderr():
                self._interpreter.resize_tensor_input(self._input["index"], part.shape)
                self._interpreter.allocate_tensors()
            self._batch_size = len(part)
        self._interpreter.set_tensor(self._input["index"], part)
        self._interpreter.invoke()
        return self._interpreter.get_tensor(self._output["index"])


def convert(model):
    """The bytes of a `.tflite` file of a Keras model; `BadBundle` when the light runtime lacks an operation of it."""
    wake()
    import tensorflow as tf

    try:
        with contextlib.redirect_stdout(io.StringIO()), quiet_stderr():
            return tf.lite.TFLiteConverter.from_keras_model(model).convert()
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise BadBundle(f"this net cannot be converted for the light runtime ({reason}): use plain layers.") from error
