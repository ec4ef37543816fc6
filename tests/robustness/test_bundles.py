"""Bundles that were damaged, mixed up, made elsewhere or forged: each is refused with what differs."""

import dataclasses
import hashlib
import io
import json
import pathlib
import pkgutil
import random
import shutil
import zipfile

import numpy as np
import pytest
from soak import Part

from ser_lessons.config import EMOTIONS, AudioConfig
from ser_lessons.errors import BadBundle
from ser_lessons.net import bundle

ALL_FILES = ("bundle.json", *bundle.FILES)


def forge(folder, **changes):
    """Change bundle.json as a careful forger would: digests and seal are made to fit."""
    path = folder / "bundle.json"
    facts = json.loads(path.read_text())
    facts.update(changes)
    facts["files"] = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in bundle.FILES}
    facts["seal"] = bundle.seal(facts)
    path.write_text(json.dumps(facts))


def audio_with(**changes):
    return {**dataclasses.asdict(AudioConfig()), **changes}


def test_the_forger_of_this_test_can_forge(copy):
    """Otherwise the tests below would pass for the wrong reason."""
    forge(copy, temperature=3.0)
    assert bundle.load(copy).temperature == 3.0


def test_nothing_is_parsed_before_its_digest_was_checked(copy, monkeypatch):
    import keras

    from ser_lessons.net import litert

    def parse(*args, **options):
        raise AssertionError("parsed before it was checked")

    monkeypatch.setattr(litert, "Runtime", parse)
    monkeypatch.setattr(bundle, "load_keras", parse)
    monkeypatch.setattr(keras.saving, "load_model", parse)
    with pytest.raises(AssertionError, match="parsed before"):
        bundle.load(copy, runtime="LiteRT")  # whole: it comes to the parser
    for name in bundle.FILES:
        whole = (copy / name).read_bytes()
        (copy / name).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        for runtime in ("LiteRT", "Keras"):
            with pytest.raises(BadBundle, match=f"{name} .*was changed or damaged"):
                bundle.load(copy, runtime=runtime)
        (copy / name).write_bytes(whole)


def test_keras_is_asked_for_its_safe_mode(bundle_folder, monkeypatch):
    import keras

    asked, load_model = [], keras.saving.load_model
    monkeypatch.setattr(keras.saving, "load_model", lambda *a, **o: asked.append(o) or load_model(*a, **o))
    bundle.load(bundle_folder, runtime="Keras")
    assert asked == [{"compile": False, "safe_mode": True}]


def test_any_changed_character_of_the_description_is_noticed(copy):
    """Every character that carries meaning; white space between them carries none."""
    path = copy / "bundle.json"
    whole = path.read_text()
    rng = np.random.default_rng(7)
    for place in rng.integers(0, len(whole), 300):
        if whole[place].isspace():
            continue
        path.write_text(whole[:place] + ("x" if whole[place] != "x" else "y") + whole[place + 1 :])
        with pytest.raises(BadBundle):
            bundle.load(copy)


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{}", '{"format": 1}', "[" * 100_000, "NaN", '{"format": 1, "seal": 1}']
)
def test_a_description_that_is_none_is_refused(copy, text):
    (copy / "bundle.json").write_text(text)
    with pytest.raises(BadBundle, match="bundle.json"):
        bundle.load(copy)


ODD_LABELS = (EMOTIONS[:7], [*EMOTIONS[:7], "angry"], [*EMOTIONS[:7], 8], ["x"], "abcdefgh")
OTHER_AUDIO = {"sample_rate": 16_000, "seconds": 2.5, "top_db": 30.0, "n_mels": 64, "n_fft": 1024, "hop_length": 256}
OTHER_AUDIO |= {"reference": "full_scale", "range_db": 60.0}
ODD_AUDIO = [("sample_rate", "fast"), ("sample_rate", True), ("n_fft", None), ("n_fft", 10**12), ("n_fft", 2048.5)]
ODD_AUDIO += [("hop_length", 0), ("n_mels", -1), ("seconds", float("inf")), ("reference", "min")]
ODD_AUDIO += [("reference", ["max"]), ("more", 1)]
FORGED = [
    ("version 2.* reads version 1", [{"format": 2}]),
    ("labels", [{"labels": names} for names in ODD_LABELS]),
    # even with digests and seal that fit: the test sound looks different
    ("front end|takes pictures", [{"audio": audio_with(**{name: OTHER_AUDIO[name]})} for name in OTHER_AUDIO]),
    ("impossible|not those this package knows", [{"audio": audio_with(**{name: odd})} for name, odd in ODD_AUDIO]),
    ("temperature and threshold", [{"temperature": value} for value in (0, "hot", float("nan"))]),
    ("temperature and threshold", [{"threshold": value} for value in (2, None)]),
    ("no self-test", [{"self_test": value} for value in (None, {})]),
    ("front end", [{"self_test": {"picture": row, "LiteRT": [], "Keras": []}} for row in ([], ["a"] * 48, [10**400])]),
    ("headline", [{"headline": 3}]),
]


@pytest.mark.parametrize(
    "message, changes", [(message, one) for message, all_ in FORGED for one in all_], ids=lambda one: str(one)[:60]
)
def test_what_cannot_be_is_refused(copy, message, changes):
    forge(copy, **changes)
    with pytest.raises(BadBundle, match=message):
        bundle.load(copy)


def test_files_outside_the_bundle_are_never_opened(copy):
    path = copy / "bundle.json"
    facts = json.loads(path.read_text())
    facts["files"]["../../etc/passwd"] = "0" * 64
    facts["seal"] = bundle.seal(facts)
    path.write_text(json.dumps(facts))
    with pytest.raises(BadBundle, match="exactly the files"):
        bundle.load(copy)


def test_a_huge_file_is_not_read_to_its_end(copy):
    with (copy / "card.md").open("wb") as file:
        file.truncate(10 * 2**30)
    with pytest.raises(BadBundle, match="larger than any net"):
        bundle.load(copy)


@pytest.mark.parametrize(
    "place, name, message",
    [("net.litert.Runtime", "__call__", "self-test failed: LiteRT"), ("sound.features", "log_mel", "front end")],
)
def test_a_wrong_runtime_or_front_end_is_caught_by_the_test_sound(bundle_folder, monkeypatch, place, name, message):
    owner = pkgutil.resolve_name(f"ser_lessons.{place}")
    right = getattr(owner, name)
    monkeypatch.setattr(owner, name, lambda *words, **options: right(*words, **options)[..., ::-1])
    with pytest.raises(BadBundle, match=message):
        bundle.load(bundle_folder)


def test_the_weights_of_another_net_are_caught(copy):
    """A forger fits digest and seal, but a net with other weights answers the test sound otherwise."""
    content = bytearray((copy / "model.tflite").read_bytes())
    middle = len(content) // 8 * 4
    weights = np.frombuffer(content, np.float32, 20_000, middle)
    assert np.abs(weights).max() < 10, "these are no weights"
    content[middle : middle + 80_000] = np.random.default_rng(7).permutation(weights).tobytes()
    (copy / "model.tflite").write_bytes(content)
    forge(copy)
    with pytest.raises(BadBundle, match="self-test failed"):
        bundle.load(copy)


@pytest.mark.parametrize("content", [b"", b"no net", b"TFL3" * 100, b"\x1c\0\0\0TFL3" + b"\xff" * 4000], ids=len)
def test_a_light_net_that_is_none_is_refused(copy, content):
    (copy / "model.tflite").write_bytes(content)
    forge(copy)
    with pytest.raises(BadBundle, match="light runtime cannot load"):
        bundle.load(copy)


def repack(folder, change):
    """Put another config.json into model.keras, digests and seal fitted."""
    path = folder / "model.keras"
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content = change(content)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    forge(folder)


@pytest.mark.parametrize(
    "module, name, config, registered",
    [
        ("keras.layers", "Lambda", {"function": "x"}, None),
        ("os", "system", {"command": "true"}, None),
        ("subprocess", "Popen", {"args": "true"}, None),
        ("evil.layers", "Dense", {}, "evil>Dense"),
        ("keras_evil", "Dense", {}, None),
    ],
)
def test_foreign_objects_in_the_net_are_refused(copy, module, name, config, registered):
    layer = {"module": module, "class_name": name, "config": config, "registered_name": registered}

    def change(content):
        net = json.loads(content["config.json"])
        net["config"]["layers"].append(layer)
        return {**content, "config.json": json.dumps(net)}

    repack(copy, change)
    with pytest.raises(BadBundle, match="Keras refuses the net"):
        bundle.load(copy, runtime="Keras")
    with pytest.raises(BadBundle, match="Keras refuses the net"):
        bundle.load(copy, runtime="LiteRT").keras_model  # noqa: B018


@pytest.mark.parametrize(
    "change",
    [
        lambda content: {name: data for name, data in content.items() if name != "config.json"},
        lambda content: {name: data for name, data in content.items() if name != "model.weights.h5"},
        lambda content: {**content, "config.json": b"{"},
        lambda content: {**content, "config.json": b"[]"},
        lambda content: {**content, "model.weights.h5": content["model.weights.h5"][:1000]},
    ],
    ids=["no config", "no weights", "half a config", "empty config", "half the weights"],
)
def test_a_keras_file_that_is_none_is_refused(copy, change):
    repack(copy, change)
    with pytest.raises(BadBundle):
        bundle.load(copy, runtime="Keras")


def test_a_zip_bomb_is_not_unpacked(copy):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("config.json", "w", force_zip64=True) as file:
            for _ in range(300):
                file.write(bytes(2**20))
    (copy / "model.keras").write_bytes(packed.getvalue())
    forge(copy)
    with pytest.raises(BadBundle, match="unpacks to more"):
        bundle.load(copy, runtime="Keras")


def test_a_pickle_is_never_opened(copy, tmp_path):
    import pickle

    class Bomb:
        def __reduce__(self):
            return (pathlib.Path(tmp_path, "exploded").touch, ())

    for name in ("model.keras", "model.tflite"):
        (copy / name).write_bytes(pickle.dumps(Bomb()))
    forge(copy)
    for runtime in ("Keras", "LiteRT"):
        with pytest.raises(BadBundle):
            bundle.load(copy, runtime=runtime)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize(
    "what, said",
    [
        ("a file", "is no folder"),
        ("nothing", "is no folder"),
        ("an empty folder", "holds no bundle.json"),
        ("a run", "is the folder of a training, not a bundle"),
    ],
)
def test_a_folder_that_is_none_is_named(tmp_path, what, said):
    path = tmp_path / "somewhere"
    if what == "a file":
        path.write_text("no folder")
    elif what != "nothing":
        path.mkdir()
    if what == "a run":
        (path / "history.json").write_text("{}")
    with pytest.raises(BadBundle, match=f"somewhere.* {said}") as caught:
        bundle.load(path)
    assert "git" not in str(caught.value)


# ------------------------------------------------------------------------------------------- random damage


def damage(folder, rng):
    """Change, cut, empty, lengthen, swap or remove a file of a bundle; nothing is made to fit. Returns its name."""
    name = rng.choice(ALL_FILES)
    content = bytearray((folder / name).read_bytes())
    kind = rng.choice(("byte", "byte", "bytes", "cut", "empty", "longer", "gone", "swapped"))
    if kind in ("byte", "bytes"):
        for _ in range(1 if kind == "byte" else 50):
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    elif kind == "cut":
        del content[rng.randrange(len(content)) :]
    elif kind == "empty":
        content = b""
    elif kind == "longer":
        content += rng.randbytes(rng.randrange(1, 999))
    elif kind == "swapped":
        content = (folder / rng.choice([other for other in ALL_FILES if other != name])).read_bytes()
    (folder / name).unlink() if kind == "gone" else (folder / name).write_bytes(content)
    return name


ODD_VALUES = (None, True, -1, 0, 1, 2.5, 10**9, 10**400, 1e300, float("nan"), float("-inf"), "", "max", [], [1], {})


def odd_facts(facts, rng):
    """The description with one value replaced, removed or added, at any depth."""
    parents = [facts]
    for parent in parents:  # grows while it is read: every list and dict within
        inner = parent.values() if isinstance(parent, dict) else parent
        parents += [item for item in inner if isinstance(item, (dict, list)) and item]
    parent = rng.choice(parents)
    key = rng.choice(list(parent)) if isinstance(parent, dict) else rng.randrange(len(parent))
    kind = rng.choice(("replaced", "replaced", "removed", "added"))
    if kind == "removed":
        del parent[key]
    elif kind == "added" and isinstance(parent, dict):
        parent["more"] = rng.choice(ODD_VALUES)
    else:
        parent[key] = rng.choice(ODD_VALUES)
    return facts


def refuse_damage(whole, folder, seed):
    """A damaged bundle is refused, unless only white space of its description changed."""
    shutil.copytree(whole, folder)
    name = damage(folder, random.Random(seed))
    try:
        bundle.load(folder)
    except BadBundle as error:
        assert folder.name in str(error) and "\n" not in str(error)
        assert name in str(error) or name == "bundle.json"
    else:
        words = [(place / "bundle.json").read_text().split() for place in (whole, folder)]
        assert words[0] == words[1], "the damage was not noticed"


def answer_or_refuse(whole, folder, seed):
    """A description forged well, with one odd value in it: a sentence, or a bundle that answers as before."""
    shutil.copytree(whole, folder)
    facts = odd_facts(json.loads((folder / "bundle.json").read_text()), random.Random(seed))
    facts["seal"] = bundle.seal(facts)
    (folder / "bundle.json").write_text(json.dumps(facts))
    picture = np.zeros((1, 128, 130, 1), np.float32) - 40
    try:
        answer = bundle.load(folder).probabilities(picture)
    except BadBundle as error:
        assert folder.name in str(error) and "\n" not in str(error)
    else:
        assert answer.shape == (1, 8) and np.isfinite(answer).all() and abs(answer.sum() - 1) < 1e-5


@pytest.mark.parametrize("attempt", [refuse_damage, answer_or_refuse])
def test_random_damage_is_refused_or_harmless(bundle_folder, tmp_path, attempt):
    for seed in range(60):
        attempt(bundle_folder, tmp_path / str(seed), seed)
        shutil.rmtree(tmp_path / str(seed))


@pytest.mark.soak
def test_two_thousand_damaged_bundles(bundle_folder, tmp_path):
    with Part("bundles", 2000) as part:
        for seed in range(part.planned):
            with part.trial(seed):
                (answer_or_refuse if seed % 2 else refuse_damage)(bundle_folder, tmp_path / str(seed), seed)
            shutil.rmtree(tmp_path / str(seed), ignore_errors=True)
