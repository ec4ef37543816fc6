"""A bundle says whom it is for, proves that it works, and refuses to be anything else."""

import dataclasses
import json

import numpy as np
import pytest

from ser_lessons.config import EMOTIONS, AudioConfig
from ser_lessons.errors import BadBundle
from ser_lessons.net import activation, bundle, litert, selftest

RNG = np.random.default_rng(3)
PICTURES = (-80 * RNG.random((5, 128, 130, 1))).astype(np.float32)


@pytest.fixture(scope="module")
def loaded(bundle_folder):
    return bundle.load(bundle_folder)


def test_it_carries_labels_settings_and_card(loaded):
    assert loaded.labels == EMOTIONS
    assert loaded.audio == AudioConfig()
    assert (loaded.temperature, loaded.threshold) == (1.5, 0.3)
    assert loaded.card == "# A net that knows nothing"
    assert loaded.facts["parameters"] == 423_688
    assert loaded.facts["versions"]["keras"]


def test_the_light_runtime_equals_keras(loaded, bundle_folder):
    assert loaded.runtime == "LiteRT"
    slow = bundle.load(bundle_folder, runtime="Keras")
    assert slow.runtime == "Keras"
    np.testing.assert_allclose(loaded.probabilities(PICTURES), slow.probabilities(PICTURES), atol=1e-5)


def test_without_the_light_runtime_keras_answers(bundle_folder, monkeypatch):
    monkeypatch.setattr(litert, "available", lambda: False)
    assert bundle.load(bundle_folder).runtime == "Keras"


def test_an_unknown_runtime_is_named(bundle_folder):
    with pytest.raises(BadBundle, match="no runtime 'keras': choose"):
        bundle.load(bundle_folder, runtime="keras")


def test_probabilities_are_calibrated(loaded):
    logs = loaded.log_probabilities(PICTURES)
    assert logs.shape == (5, 8) and logs.dtype == np.float32 and (logs <= 0).all()
    powers = np.exp(logs.astype(float) / 1.5)
    found = loaded.probabilities(PICTURES)
    np.testing.assert_allclose(found, powers / powers.sum(axis=1, keepdims=True), atol=1e-12)
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_one_picture_or_many_give_the_same(loaded):
    many = np.repeat(PICTURES, 8, axis=0)
    found = loaded.probabilities(many)
    np.testing.assert_allclose(found[::8], loaded.probabilities(PICTURES), atol=1e-6)
    np.testing.assert_allclose(loaded.probabilities(PICTURES[2, ..., 0]), found[16:17], atol=1e-6)


@pytest.mark.parametrize("shape", [(128, 129), (2, 128, 130), (1, 130, 128, 1), (5,), ()])
def test_another_shape_is_refused(loaded, shape):
    with pytest.raises(BadBundle, match="pictures of shape"):
        loaded.probabilities(np.zeros(shape))


def test_class_activation_is_a_map_of_the_picture(loaded):
    found = loaded.class_activation(PICTURES[0])
    assert found.shape == (128, 130) and found.dtype == np.float32
    assert found.min() >= 0 and found.max() == 1
    best = EMOTIONS[int(loaded.probabilities(PICTURES[:1]).argmax())]
    np.testing.assert_array_equal(loaded.class_activation(PICTURES[0], best), found)
    others = [loaded.class_activation(PICTURES[0], label).max() for label in EMOTIONS]
    assert set(others) <= {0, 1}, "a map is scaled to 1, or empty where nothing speaks for the label"
    with pytest.raises(BadBundle, match="does not know the label 'bored'"):
        loaded.class_activation(PICTURES[0], "bored")


def test_class_activation_finds_the_place_that_matters():
    """A net that only looks at the loudest place of its picture: the map must point there."""
    from keras import Input, Sequential, layers

    net = Sequential([Input((128, 130, 1)), layers.Conv2D(2, 3, padding="same", name="look"), layers.MaxPooling2D(2)])
    net.add(layers.GlobalMaxPooling2D())
    net.add(layers.Dense(2, activation="softmax", name="say"))
    kernel = np.zeros((3, 3, 1, 2), np.float32)
    kernel[1, 1, 0] = [1, -1]
    net.get_layer("look").set_weights([kernel, np.zeros(2, np.float32)])
    net.get_layer("say").set_weights([np.array([[1, 0], [0, 1]], np.float32) / 10, np.zeros(2, np.float32)])
    picture = np.zeros((1, 128, 130, 1), np.float32)
    picture[0, 30:34, 100:104] = 10
    found = activation.grad_cam(net, picture, 0)
    row, column = np.unravel_index(found.argmax(), found.shape)
    assert 28 <= row <= 36 and 98 <= column <= 106
    assert found[90:, :50].max() == 0


def test_a_bundle_has_labels_of_its_own(tmp_path):
    from ser_lessons.net import models

    names = ("bored", "keen", "tired")
    found = bundle.save(tmp_path / "b", models.student_cnn(3), labels=names)
    assert found.labels == bundle.load(tmp_path / "b", runtime="Keras").labels == names
    assert found.probabilities(PICTURES).shape == (5, 3)
    with pytest.raises(BadBundle, match="does not know the label 'angry': choose one of bored, keen, tired"):
        found.class_activation(PICTURES[0], "angry")
    for wrong in (names[:1], ("bored", "bored", "keen"), (1, 2, 3)):
        with pytest.raises(BadBundle, match="two or more different names"):
            bundle.save(tmp_path / "c", models.student_cnn(3), labels=wrong)


def test_an_existing_folder_is_kept_unless_told(copy):
    with pytest.raises(BadBundle, match="exists already"):
        bundle.save(copy, bundle.load(copy).keras_model)
    found = bundle.save(copy, bundle.load(copy).keras_model, temperature=2.0, overwrite=True)
    assert found.temperature == 2.0
    assert [path.name for path in copy.parent.iterdir()] == ["copy"], "no draft is left behind"


def test_a_net_that_does_not_fit_is_refused(tmp_path):
    import keras
    from keras import Input, Sequential, layers

    from ser_lessons.net import models

    with pytest.raises(BadBundle, match="need"):
        bundle.save(tmp_path / "b", models.student_cnn(7))
    with pytest.raises(BadBundle, match="need"):
        bundle.save(tmp_path / "b", models.student_cnn(), audio=AudioConfig(seconds=2.0))

    class Own(layers.Dense):
        pass

    registered = keras.saving.register_keras_serializable("tests")(Own)
    for layer in (layers.Lambda(lambda x: x), Own(4), registered(4)):
        code = Sequential([Input((128, 130, 1)), layer, layers.Flatten(), layers.Dense(8)])
        with pytest.raises(BadBundle, match="Keras"):
            bundle.save(tmp_path / "b", code)
    assert list(tmp_path.iterdir()) == []


def test_the_h5_file_equals_the_bundle(bundle_folder, loaded, tmp_path):
    import h5py
    import keras

    path = bundle.export_h5(tmp_path / "final_emotion_model.h5", bundle_folder)
    net = keras.saving.load_model(path, compile=False)
    np.testing.assert_allclose(
        np.asarray(net(PICTURES, training=False)), np.exp(loaded.log_probabilities(PICTURES)), atol=1e-5
    )
    with h5py.File(path) as file:
        assert json.loads(file.attrs["ser_lessons"])["labels"] == list(EMOTIONS)
    assert [file.name for file in tmp_path.iterdir()] == ["final_emotion_model.h5"]


def test_an_h5_file_that_differs_is_not_written(loaded, tmp_path, monkeypatch):
    facts = json.loads(json.dumps(loaded.facts))
    facts["self_test"]["Keras"][0] += 0.01
    with pytest.raises(BadBundle, match="self-test"):
        bundle.export_h5(tmp_path / "x.h5", dataclasses.replace(loaded, facts=facts))
    assert list(tmp_path.iterdir()) == []


def test_the_test_sound_is_fixed():
    """Another sound would make every shipped bundle fail: change it only together with the format version."""
    sound = selftest.make_signal()
    assert sound.shape == (57_330,) and np.abs(sound).max() == 0.5
    np.testing.assert_allclose(sound[[10_000, 20_000, 30_000]], TEST_SOUND, atol=1e-6)


TEST_SOUND = [-0.007327616, 0.044645552, 0.010752125]


def test_the_shipped_bundle_is_small_and_answers_the_same_in_both_runtimes(shipped):
    assert sum(path.stat().st_size for path in shipped.folder.iterdir()) < 10e6
    assert sorted(path.name for path in shipped.folder.iterdir()) == sorted(["bundle.json", *bundle.FILES])
    slow = bundle.load(runtime="Keras")
    np.testing.assert_allclose(shipped.probabilities(PICTURES), slow.probabilities(PICTURES), atol=1e-5)


def test_the_shipped_card_names_corpus_protocol_licence_and_limits(shipped):
    for words in ("RAVDESS", "actors", "CC BY-NC-SA", "chance", "abstain"):
        assert words in shipped.card or (words == "abstain" and "not sure" in shipped.card), words
    assert "RAVDESS" in shipped.facts["corpus"] and "actors" in shipped.facts["protocol"]
    assert shipped.threshold > 0 and shipped.temperature != 1
    assert shipped.known_voice["threshold"] > 0 and shipped.known_voice["temperature"] != shipped.temperature
