"""Class activation: which part of a spectrogram made the net say so. Lesson: 04_gap_cnn."""

from .backend import wake


def grad_cam(model, batch, index):
    """Grad-CAM of one picture on the last convolution map of a Keras model, for the label at place `index`.

    `batch` is float32, shape (1, bands, frames, 1), dB. Returns float32, shape (bands, frames), in [0, 1]; its largest
    value is 1, or all are 0 where no channel speaks for the label. Source: Selvaraju et al. (2017). Lesson: 04_gap_cnn.
    """
    wake()
    import tensorflow as tf

    probe = _probe(model)
    batch = tf.convert_to_tensor(batch)
    with tf.GradientTape() as tape:
        tape.watch(batch)
        channels, probabilities = probe(batch, training=False)
        score = tf.math.log(probabilities[:, index] + 1e-7)
    weights = tf.reduce_mean(tape.gradient(score, channels), axis=(1, 2), keepdims=True)
    evidence = tf.nn.relu(tf.reduce_sum(weights * channels, axis=-1, keepdims=True))
    evidence = tf.image.resize(evidence, batch.shape[1:3]).numpy()[0, ..., 0]
    return evidence / evidence.max() if evidence.max() > 0 else evidence


def _probe(model):
    """A model with two outputs: the last convolution map, and the probabilities."""
    keras = wake()
    if not isinstance(model, keras.Sequential):
        maps = [layer.output for layer in model.layers if _is_map(layer.output)]
        return keras.Model(model.inputs[0], [maps[-1], model.outputs[0]])
    picture = tensor = keras.Input(model.input_shape[1:])
    maps = []
    for layer in model.layers:
        tensor = layer(tensor)
        maps += [tensor] if _is_map(tensor) else []
    return keras.Model(picture, [maps[-1], tensor])


def _is_map(tensor):
    """True for a tensor that is still a picture of several channels."""
    shape = getattr(tensor, "shape", ())
    return len(shape) == 4 and shape[1] > 1 and shape[2] > 1 and shape[3] > 1
