"""Archives that are damaged or mean harm: nothing outside the folder, nothing half, one sentence."""

import io
import pathlib
import random
import shutil
import stat
import struct
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from soak import Part

from ser_lessons.corpus import archive as download_archive
from ser_lessons.corpus import fetch as download
from ser_lessons.errors import DownloadError

GOOD = {"Actor_01/03-01-01-01-01-01-01.wav": b"one", "Actor_02/03-01-01-01-01-01-02.wav": b"two" * 5000}


def write_zip(path, members):
    """`members` are (name or ZipInfo, bytes); names go in as they are."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def everything(folder):
    """Names and bytes of all files, hidden ones too."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.suffix != ".zip"}


def refuse(tmp_path, members, message):
    archive = members if isinstance(members, pathlib.Path) else write_zip(tmp_path / "bad.zip", members)
    place = tmp_path / "inside" / "corpus"
    with pytest.raises(DownloadError, match=message) as caught:
        download.unpack(archive, place)
    assert "\n" not in str(caught.value)
    assert not place.exists() and everything(tmp_path) == {}


def link_to(target, name="Actor_01/link.wav", kind=stat.S_IFLNK):
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (kind | 0o777) << 16
    return [(info, target)]


def test_a_good_archive_is_unpacked(tmp_path):
    place = download.unpack(write_zip(tmp_path / "good.zip", GOOD.items()), tmp_path / "a" / "b")
    assert everything(place) == GOOD
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]


def test_empty_folders_and_folder_entries_do_no_harm(tmp_path):
    (tmp_path / "there").mkdir()
    place = download.unpack(write_zip(tmp_path / "good.zip", [("Actor_01/", b""), *GOOD.items()]), tmp_path / "there")
    assert everything(place) == GOOD
    assert everything(download.unpack(write_zip(tmp_path / "none.zip", []), tmp_path / "none")) == {}


@pytest.mark.parametrize(
    "name",
    [
        "../evil.wav",
        "Actor_01/../../evil.wav",
        "..",
        "a/..",
        "..\\evil.wav",
        "a\\..\\..\\evil.wav",
        "Actor_01\\evil.wav",
    ],
)
def test_paths_that_lead_outside(tmp_path, name):
    refuse(tmp_path, [*GOOD.items(), (name, b"evil")], "leads outside the folder; nothing was unpacked")


@pytest.mark.parametrize("name", ["/etc/evil", "//server/evil", "C:/evil.wav", "c:evil.wav", "\\\\server\\evil"])
def test_absolute_names(tmp_path, name):
    refuse(tmp_path, [*GOOD.items(), (name, b"evil")], "has an absolute name; nothing was unpacked")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_links_and_devices(tmp_path, kind):
    refuse(tmp_path, [*GOOD.items(), *link_to(b"/etc/passwd", kind=kind)], "is a link or a device")


@pytest.mark.parametrize(
    "name",
    ["a//b.wav", "./a.wav", "a/./b.wav", "x" * 256 + ".wav", "ä" * 128, "a\nb.wav", "a\x07.wav", "con.wav", "b/NUL"]
    + ["take:2.wav", "what?.wav", "a*", "trailing.", "trailing /x.wav"],
)
def test_names_that_some_computer_cannot_hold(tmp_path, name):
    refuse(tmp_path, [*GOOD.items(), (name, b"odd")], "has a name that n")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("twins", [("a.wav", "a.wav"), ("Actor/a.wav", "actor/A.WAV"), ("é.wav", "e\u0301.wav")])
def test_one_name_twice(tmp_path, twins):
    refuse(tmp_path, [(name, b"x") for name in twins], "is there twice; nothing was unpacked")


def test_a_name_that_is_file_and_folder(tmp_path):
    refuse(tmp_path, [("a", b"file"), ("A/b.wav", b"in it")], "'a' is a file and a folder")


def test_a_bomb_is_not_lit(tmp_path):
    refuse(tmp_path, [("bomb.wav", b"\0" * 30_000_000)], "would unpack to 30 MB; this is not the corpus")


def test_too_much_and_too_many(tmp_path):
    archive = write_zip(tmp_path / "many.zip", GOOD.items())
    for options in ({"max_files": 1}, {"max_bytes": 15_002}):
        with pytest.raises(DownloadError, match="this is not the corpus"):
            download.unpack(archive, tmp_path / "place", **options)
    assert everything(tmp_path) == {}
    download.unpack(archive, tmp_path / "place", max_files=2, max_bytes=15_003)


def test_an_entry_that_lies_about_its_size(tmp_path):
    """The directory says 3 bytes, the data are 15 000: no more than claimed is written, and the checksum tells."""
    archive = write_zip(tmp_path / "liar.zip", [("two.wav", GOOD["Actor_02/03-01-01-01-01-01-02.wav"])])
    data = archive.read_bytes()
    archive.write_bytes(data.replace(struct.pack("<L", 15_000), struct.pack("<L", 3)))
    refuse(tmp_path, archive, "damaged or no zip|lies about the size")


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
    refuse(tmp_path, tmp_path / "no.zip", "damaged or no zip archive .* delete it and fetch it again")


def test_a_missing_archive_and_a_taken_folder(tmp_path):
    with pytest.raises(DownloadError, match="no archive"):
        download.unpack(tmp_path / "nothing.zip", tmp_path / "place")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "clip.wav").write_bytes(b"mine")
    with pytest.raises(DownloadError, match="already holds something"):
        download.unpack(write_zip(tmp_path / "good.zip", GOOD.items()), tmp_path / "mine")
    assert everything(tmp_path) == {"mine/clip.wav": b"mine"}


def test_a_full_disk_is_seen_before_and_during(tmp_path, monkeypatch):
    archive = write_zip(tmp_path / "good.zip", GOOD.items())

    class Usage:
        free = 10_000

    monkeypatch.setattr(download_archive.shutil, "disk_usage", lambda folder: Usage)
    refuse(tmp_path, archive, "0 MB free but 0 MB are needed; free some space first")
    Usage.free = 10**12

    def full(path, mode):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(download_archive, "open", full, raising=False)
    refuse(tmp_path, archive, "disk of .* is full; free some space")


def honest_bytes():
    buffer = io.BytesIO()
    rng = random.Random(7)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(6):
            archive.writestr(f"Actor_0{number}/clip {number}.wav", rng.randbytes(300) + b"quiet" * 100)
    return buffer.getvalue()


HONEST = honest_bytes()


def unpack_mutant(data, tmp_path):
    """Either everything the archive holds, or one sentence and nothing at all; never anything outside."""
    root = tmp_path / str(len(list(tmp_path.iterdir())))
    root.mkdir()
    (root / "mutant.zip").write_bytes(data)
    place = root / "in" / "corpus"
    try:
        download.unpack(root / "mutant.zip", place)
    except DownloadError:
        assert everything(root) == {}
        return
    assert all(name.startswith("in/corpus/") for name in everything(root))


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
