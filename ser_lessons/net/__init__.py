"""Nets: how they are built, trained, kept as a bundle, and asked. Lesson: 04_gap_cnn."""

import sys


def start_keras():
    """Load TensorFlow, and let it look for devices, without the remarks that it makes about this machine.

    Call it once, before `import keras`. Does nothing when TensorFlow is loaded already. Lesson: 04_gap_cnn.
    """
    import os

    from ..system import quiet_stderr

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if "tensorflow" not in sys.modules:
        with quiet_stderr():
            import tensorflow as tf

            tf.zeros([1])
