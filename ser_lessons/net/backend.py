"""Keras on TensorFlow, woken without TensorFlow's remarks on drivers, devices and retracing. Lesson: 04_gap_cnn."""

import contextlib
import functools
import logging
import os
import random
import threading

from ..errors import BadModel
from ..system import quiet_stderr

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@functools.cache
def wake():
    """Load Keras and TensorFlow without the remarks that it makes about this machine; return the module `keras`.

    Raises `BadModel` where Keras is set to another backend than TensorFlow, or cannot be imported.
    """
    try:
        with quiet_stderr():
            import keras
            import tensorflow as tf

            tf.zeros([1])
        backend = keras.config.backend()
    except ImportError as error:
        backend = os.environ.get("KERAS_BACKEND", "tensorflow")
        if backend == "tensorflow":
            raise BadModel(f"Keras cannot be imported ({error}): install the versions of requirements.txt.") from None
    if backend != "tensorflow":
        told = f'Keras is set to the backend "{backend}" here, but these nets need TensorFlow'
        raise BadModel(f"{told}: set KERAS_BACKEND=tensorflow and start again.")
    for name in ("tensorflow", "absl"):  # retracing, folders of exported nets, the age of the .h5 format
        logging.getLogger(name).setLevel(logging.ERROR)
    return keras


@contextlib.contextmanager
def own_seeds():
    """For the time of a `with` block, keep other threads out of the random numbers that Keras takes its seeds from.

    Those are `random.seed` and `random.randint` of the whole process, and a Dask worker's threads draw there, too, when
    a connection is lost: a net that was built at that moment would begin with other weights.
    """
    from unittest import mock  # brings asyncio along, which a prediction need not wait for

    ours, here = random.Random(), threading.get_ident()

    def apart(name):
        own, shared = getattr(ours, name), getattr(random, name)
        return mock.patch.object(
            random, name, lambda *numbers: (own if threading.get_ident() == here else shared)(*numbers)
        )

    with apart("seed"), apart("randint"):
        yield
