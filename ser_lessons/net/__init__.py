"""Nets: how they are built, trained, kept as a bundle, and asked. Lesson: 04_gap_cnn."""


def start_keras():
    """Load TensorFlow without the remarks that it makes about this machine; call it before `import keras`.

    Raises `BadModel` where Keras is set to another backend. Lesson: 04_gap_cnn.
    """
    from . import backend

    backend.wake()
