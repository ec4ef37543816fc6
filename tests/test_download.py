"""Adopting a copy of RAVDESS, and the facts about the record on Zenodo. Faults of the line: tests/robustness."""

import pytest
from odd_files import no_space

from ser_lessons import corpus
from ser_lessons.corpus import fetch as download
from ser_lessons.errors import DownloadError

SPEECH, SONG = "03-01-05-01-02-01-03", "03-02-05-01-02-01-04"


@pytest.fixture
def mine(tmp_path):
    """A copy as people have it: both channels mixed, a second copy nested, and a file of their own."""
    folder = tmp_path / "my downloads"
    for stem in (SPEECH, SONG):
        for place in (folder / "Actor", folder / "audio_speech_actors_01-24" / "Actor"):
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{stem}.wav").write_bytes(stem.encode())
    (folder / "me.wav").write_bytes(b"my voice")
    return folder


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


ADOPTED = {
    ".lock": b"",
    f"speech/Actor_03/{SPEECH}.wav": SPEECH.encode(),
    f"song/Actor_04/{SONG}.wav": SONG.encode(),
}


def test_the_record_is_the_one_of_the_paper():
    speech, song = download.ARCHIVES["speech"], download.ARCHIVES["song"]
    assert (speech.name, speech.size) == ("Audio_Speech_Actors_01-24.zip", 208_468_073)
    assert (song.name, song.size) == ("Audio_Song_Actors_01-24.zip", 225_505_317)
    assert speech.md5 == "bc696df654c87fed845eb13823edef8a"
    assert song.md5 == "5411230427d67a21e18aa4d466e6d1b9"
    assert download.BASE_URL == "https://zenodo.org/records/1188976/files/"


def test_a_folder_is_adopted_and_left_as_it_was(tmp_path, mine):
    before = files_of(mine)
    assert download.adopt(mine, tmp_path / "data") == tmp_path / "data"
    assert files_of(tmp_path / "data") == ADOPTED
    assert files_of(mine) == before
    table = corpus.scan(tmp_path / "data")
    assert list(table["stem"]) == [SPEECH, SONG] and table.attrs["doubled"] == 0


def test_disks_without_links_get_copies(tmp_path, mine, monkeypatch):
    def no_links(*args):
        raise OSError("this disk knows no links")

    monkeypatch.setattr(download.os, "link", no_links)
    download.adopt(mine, tmp_path / "data")
    assert files_of(tmp_path / "data") == ADOPTED


def test_what_is_in_place_is_not_replaced(tmp_path, mine):
    place = tmp_path / "data" / "song"
    place.mkdir(parents=True)
    (place / "mine.wav").write_bytes(b"mine")
    with pytest.raises(DownloadError, match="is already there; move it away first"):
        download.adopt(mine, tmp_path / "data")
    assert files_of(tmp_path / "data") == {".lock": b"", "song/mine.wav": b"mine"}


def test_nothing_to_adopt_is_said(tmp_path, mine):
    with pytest.raises(DownloadError, match="There is no"):
        download.adopt(tmp_path / "nowhere", tmp_path / "data")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DownloadError, match="holds no RAVDESS clip"):
        download.adopt(tmp_path / "empty", tmp_path / "data")
    (tmp_path / "notes.txt").write_text("no archive")
    with pytest.raises(DownloadError, match="damaged or no zip"):
        download.adopt(tmp_path / "notes.txt", tmp_path / "data")
    (mine / corpus.PRACTICE_MANIFEST).write_text("{}")
    with pytest.raises(DownloadError, match="practice corpus .synthetic., not RAVDESS"):
        download.adopt(mine, tmp_path / "data")
    assert files_of(tmp_path / "data") == {".lock": b""}


def test_a_full_disk_leaves_no_half_channel(tmp_path, mine, monkeypatch):
    monkeypatch.setattr(download.os, "link", no_space)
    monkeypatch.setattr(download.shutil, "copyfile", no_space)
    with pytest.raises(DownloadError, match="is full; free some space"):
        download.adopt(mine, tmp_path / "data")
    assert files_of(tmp_path / "data") == {".lock": b""}


def test_leftovers_of_a_killed_run_are_swept(tmp_path, mine):
    left = tmp_path / "data" / ".unpacking-speech-123" / "Actor_01"
    left.mkdir(parents=True)
    (left / f"{SPEECH}.wav").write_bytes(b"half")
    download.adopt(mine, tmp_path / "data")
    assert files_of(tmp_path / "data") == ADOPTED
