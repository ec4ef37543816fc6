"""Archives that are damaged or mean harm: nothing outside the folder, nothing half, one sentence."""

import io
import pathlib
import random
import re
import shutil
import stat
import struct
import tarfile
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odd_files import no_space
from soak import Part

from ser_lessons import corpus
from ser_lessons.corpus import fetch
from ser_lessons.errors import DownloadError

ONE, TWO = "03-01-01-01-01-01-01.wav", "03-02-01-01-01-01-02.wav"
GOOD = {f"Actor_01/{ONE}": b"one", f"Actor_02/{TWO}": b"two" * 5000}
ADOPTED = {f"speech/Actor_01/{ONE}": b"one", f"song/Actor_02/{TWO}": b"two" * 5000}


def write_zip(path, members):
    """`members` are (name or ZipInfo, bytes); names go in as they are."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def everything(folder):
    """Names and bytes of all files, hidden ones too, but for the lock and the archive itself."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".zip" and path.name != ".lock")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def adopt(tmp_path, members):
    """What lies in the folder after a zip with these members was adopted; nothing may lie beside it."""
    place = fetch.adopt(write_zip(tmp_path / "some.zip", members), tmp_path / "a" / "b")
    assert {f"a/b/{name}" for name in everything(place)} == set(everything(tmp_path))
    return everything(place)


def refuse(tmp_path, members, message):
    archive = members if isinstance(members, pathlib.Path) else write_zip(tmp_path / "bad.zip", members)
    with pytest.raises(DownloadError, match=message) as caught:
        fetch.adopt(archive, tmp_path / "inside" / "corpus")
    assert "\n" not in str(caught.value)
    assert everything(tmp_path) == {}


def test_a_good_archive_is_unpacked(tmp_path):
    (tmp_path / "a" / "b" / "song").mkdir(parents=True)
    assert adopt(tmp_path, [("Actor_01/", b""), *GOOD.items()]) == ADOPTED


def test_any_nesting_and_the_copy_that_kaggle_nests_are_understood(tmp_path):
    copies = [(f"archive/audio_speech_actors_01-24/{name}", data) for name, data in GOOD.items()]
    assert adopt(tmp_path, [*GOOD.items(), *copies]) == ADOPTED


def test_separators_of_windows_are_understood(tmp_path):
    assert adopt(tmp_path, [(name.replace("/", "\\"), data) for name, data in GOOD.items()]) == ADOPTED


@pytest.mark.parametrize(
    "name",
    ["evil.exe", "a//b.wav", "./a.wav", "x" * 256 + ".wav", "a\nb.wav", "con.wav", "b/NUL", "take:2.wav", "what?.wav"]
    + [f"__MACOSX/Actor_01/._{ONE}", f"{ONE}/b", f"{ONE}.", "03-01-09-01-01-01-01.wav", "speech", f"{ONE} "],
)
def test_what_is_no_clip_is_never_written(tmp_path, name):
    assert adopt(tmp_path, [*GOOD.items(), (name, b"odd"), ("bomb", b"\0" * 30_000_000)]) == ADOPTED


@pytest.mark.parametrize(
    "name",
    ["../evil.wav", "Actor_01/../../evil.wav", "..", "a/..", "..\\evil.wav", f"../{ONE}", f"a\\..\\..\\{ONE}"]
    + ["/etc/evil", "//server/evil", "C:/evil.wav", "c:evil.wav", "\\\\server\\evil"],
)
def test_paths_that_lead_outside(tmp_path, name):
    refuse(tmp_path, [*GOOD.items(), (name, b"evil")], "leads outside the folder; nothing was unpacked")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_links_and_devices(tmp_path, kind):
    info = zipfile.ZipInfo("Actor_01/03-01-01-01-01-02-01.wav")
    info.create_system, info.external_attr = 3, (kind | 0o777) << 16
    refuse(tmp_path, [*GOOD.items(), (info, b"/etc/passwd")], "is a link or a device")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("again", [f"Actor_01/{ONE}", f"copy/{ONE}", "Actor_01/03-01-01-01-01-01-01.flac"])
def test_one_name_for_two_sounds(tmp_path, again):
    refuse(tmp_path, [*GOOD.items(), (again, b"other")], "is there twice, differing; nothing was unpacked")


def test_a_bomb_is_not_lit(tmp_path):
    refuse(tmp_path, [(ONE, b"\0" * 30_000_000)], "would unpack to 30 MB, which is more than the corpus has")


def test_too_much_and_too_many(tmp_path, monkeypatch):
    archive = write_zip(tmp_path / "many.zip", GOOD.items())
    for limit, value in (("MAX_FILES", 1), ("MAX_BYTES", 15_002)):
        with monkeypatch.context() as patch:
            patch.setattr(fetch, limit, value)
            refuse(tmp_path, archive, "more than the corpus has")
    monkeypatch.setattr(fetch, "MAX_FILES", 2)
    monkeypatch.setattr(fetch, "MAX_BYTES", 15_003)
    assert adopt(tmp_path, GOOD.items()) == ADOPTED


def test_an_entry_that_lies_about_its_size(tmp_path):
    """The directory says 3 bytes, the data are 15 000: no more than claimed is written, and the checksum tells."""
    archive = write_zip(tmp_path / "liar.zip", [(TWO, b"two" * 5000)])
    archive.write_bytes(archive.read_bytes().replace(struct.pack("<L", 15_000), struct.pack("<L", 3)))
    refuse(tmp_path, archive, "damaged or no zip")


def test_an_encrypted_entry(tmp_path):
    archive = write_zip(tmp_path / "locked.zip", GOOD.items())
    data = bytearray(archive.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark)
        while place >= 0:
            data[place + offset] |= 1
            place = data.find(mark, place + 1)
    archive.write_bytes(data)
    refuse(tmp_path, archive, "is encrypted")


@pytest.mark.parametrize("data", [b"", b"PK", b"<html>welcome</html>", b"PK\x05\x06" + b"\0" * 10])
def test_files_that_are_no_archives(tmp_path, data):
    (tmp_path / "no.zip").write_bytes(data)
    refuse(tmp_path, tmp_path / "no.zip", "damaged or no zip archive .* fetch it again")


@pytest.mark.parametrize("kind", ["tgz", "tar", "7z", "rar"])
def test_another_kind_of_archive_is_called_by_its_name(tmp_path, kind):
    path = tmp_path / "copy.zip"
    path.write_bytes({"7z": b"7z\xbc\xaf\x27\x1c", "rar": b"Rar!\x1a\x07"}.get(kind, b"") + bytes(2000))
    if kind in ("tgz", "tar"):
        with tarfile.open(path, "w:gz" if kind == "tgz" else "w") as archive:
            archive.add(__file__, "notes.txt")
    refuse(tmp_path, path, "is no zip but .*archive: unpack it, and adopt the folder")


def test_archives_without_ravdess(tmp_path):
    refuse(tmp_path, [], "holds no RAVDESS clip")
    refuse(tmp_path, [*GOOD.items(), (corpus.PRACTICE_MANIFEST, b"{}")], "holds the practice corpus .synthetic.")


def test_a_full_disk_is_seen_before_and_during(tmp_path, monkeypatch):
    archive = write_zip(tmp_path / "good.zip", GOOD.items())

    class Usage:
        free = 10_000

    monkeypatch.setattr(fetch.shutil, "disk_usage", lambda folder: Usage)
    refuse(tmp_path, archive, "0 MB free but 0 MB are needed; free some space first")
    Usage.free = 10**12
    monkeypatch.setattr(fetch.shutil, "copyfileobj", no_space)
    refuse(tmp_path, archive, "disk of .* is full; free some space")


def everything_in(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [archive.read(name) for name in archive.namelist()]


def honest_bytes():
    buffer = io.BytesIO()
    rng = random.Random(7)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(6):
            name = f"Actor_01/03-01-0{number + 1}-01-01-01-01.wav"
            archive.writestr(name, rng.randbytes(300) + b"quiet" * 100)
    return buffer.getvalue()


HONEST = honest_bytes()
CLIPS = everything_in(HONEST)


def unpack_mutant(data, tmp_path):
    """Either the clips that the archive holds, or one sentence and nothing at all; never anything outside."""
    root = tmp_path / str(len(list(tmp_path.iterdir())))
    root.mkdir()
    (root / "mutant.zip").write_bytes(data)
    place = root / "in" / "corpus"
    try:
        fetch.adopt(root / "mutant.zip", place)
    except DownloadError:
        assert everything(root) == {}
        return
    assert all(re.fullmatch(r"in/corpus/(speech|song)/Actor_\d\d/[-\d]{20}\.\w+", name) for name in everything(root))
    for path, clip in everything(place).items():
        assert len(clip) == 800 and clip in CLIPS, path


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=st.lists(st.tuples(st.integers(0, len(HONEST) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_mutated_archives_unpack_whole_or_not_at_all(tmp_path, places):
    data = bytearray(HONEST)
    for place, value in places:
        data[place] = value
    unpack_mutant(bytes(data), tmp_path)


@pytest.mark.parametrize("share", range(0, 100, 10))
def test_archives_cut_at_every_tenth(tmp_path, share):
    unpack_mutant(HONEST[: len(HONEST) * share // 100], tmp_path)


@pytest.mark.soak
def test_ten_thousand_mutated_archives(tmp_path):
    rng = random.Random(7)
    with Part("archives", 10_000) as part:
        for number in range(part.planned):
            data = bytearray(HONEST)
            for _ in range(rng.randrange(1, 9)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            place = tmp_path / str(number)
            place.mkdir()
            with part.trial(number):
                unpack_mutant(bytes(data), place)
            shutil.rmtree(place)
