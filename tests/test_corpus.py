"""File names to rows and back, scanning folders with traps in them, and the real corpus if it is there."""

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from ser_lessons import corpus
from ser_lessons.config import EMOTIONS
from ser_lessons.errors import BadCorpus, BadName, BadTable


def all_stems(actors=range(1, 25), channels=corpus.CHANNELS):
    """The 2452 stems of RAVDESS, from its documented design, or those of some actors and channels."""
    return sorted(
        f"03-{channel:02d}-{emotion:02d}-{intensity:02d}-{statement:02d}-{repetition:02d}-{actor:02d}"
        for channel, emotions in ((1, range(1, 9)), (2, range(1, 7)))
        for emotion in emotions
        for intensity in (1, 2)[: 1 if emotion == 1 else 2]
        for statement in (1, 2)
        for repetition in (1, 2)
        for actor in actors
        if corpus.CHANNELS[channel - 1] in channels and (channel, actor) != (2, 18)
    )


def design(*chosen):
    """The table of RAVDESS without its sound."""
    rows = [corpus.parse_name(stem) | {"path": f"nowhere/{stem}.wav"} for stem in all_stems(*chosen)]
    table = pd.DataFrame(rows, columns=list(corpus.COLUMNS))
    table.attrs["corpus"] = "ravdess"
    return table


def write_clip(path, *, value=0.1, channels=1, subtype="PCM_16"):
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.full((50, channels), value)
    soundfile.write(path, samples, 8000, subtype=subtype)
    return path


def test_a_name_says_who_and_how():
    assert corpus.parse_name("03-01-06-02-02-01-12") == {
        "stem": "03-01-06-02-02-01-12",
        "channel": "speech",
        "emotion": "fearful",
        "intensity": "strong",
        "statement": 2,
        "repetition": 1,
        "actor": 12,
        "gender": "woman",
    }
    assert corpus.parse_name("03-02-01-01-01-02-07.wav")["gender"] == "man"


@pytest.mark.parametrize(
    "name, part",
    [
        ("", "seven two-digit codes"),
        ("03-01-06-01-02-01", "seven two-digit codes"),
        ("03-01-06-01-02-01-12-01", "seven two-digit codes"),
        ("03-01-6-01-02-01-12", "seven two-digit codes"),
        ("03-01-06-01-02-01-12_noise", "seven two-digit codes"),
        ("03-01-06-01-02-01-12\n", "seven two-digit codes"),
        ("0٣-01-06-01-02-01-12", "seven two-digit codes"),
        ("01-01-06-01-02-01-12", "modality code 01"),
        ("03-03-06-01-02-01-12", "channel code 03"),
        ("03-01-09-01-02-01-12", "emotion code 09"),
        ("03-01-00-01-02-01-12", "emotion code 00"),
        ("03-01-06-03-02-01-12", "intensity code 03"),
        ("03-01-06-01-03-01-12", "statement code 03"),
        ("03-01-06-01-02-03-12", "repetition code 03"),
        ("03-01-06-01-02-01-25", "actor code 25"),
        ("03-01-01-02-02-01-12", "strong neutral"),
        ("03-02-07-01-02-01-12", "disgust"),
    ],
)
def test_a_wrong_name_is_refused_with_the_code_at_fault(name, part):
    with pytest.raises(BadName, match=part):
        corpus.parse_name(name)


@given(st.sampled_from(all_stems()))
def test_names_survive_the_round_trip(stem):
    row = corpus.parse_name(stem)
    row.pop("gender")
    assert row.pop("stem") == stem
    assert corpus.format_name(**row) == stem


@given(st.text(max_size=25) | st.from_regex(r"0[1-3](-[0-3][0-9]){6}", fullmatch=True))
def test_any_text_is_read_faithfully_or_refused(text):
    try:
        row = corpus.parse_name(text)
    except BadName:
        return
    assert row["stem"] == text
    assert row["emotion"] == EMOTIONS[int(text[6:8]) - 1]
    assert row["actor"] == int(text[-2:]) and (row["gender"] == "man") == bool(row["actor"] % 2)


@pytest.mark.parametrize(
    "wrong, words", [({"emotion": "bored"}, "none of neutral, "), ({"actor": 30}, "actor code 30")]
)
def test_names_that_cannot_be_written_are_refused(wrong, words):
    with pytest.raises(BadName, match=words):
        corpus.format_name(**{"emotion": "sad", "statement": 1, "repetition": 1, "actor": 1} | wrong)


def test_scan_sorts_and_counts_what_it_leaves_out(tmp_path):
    for stem in ("03-01-02-01-01-01-02", "03-01-01-01-01-01-01"):
        write_clip(tmp_path / f"Actor_{stem[-2:]}" / f"{stem}.wav")
    write_clip(tmp_path / "my voice.wav")
    write_clip(tmp_path / "deep" / "03-01-09-01-01-01-02.wav")
    write_clip(tmp_path / ".hidden" / "03-01-03-01-01-01-02.wav")
    (tmp_path / "._03-01-01-01-01-01-01.wav").write_bytes(b"side file")
    (tmp_path / "notes.txt").write_text("not a sound")
    table = corpus.scan(tmp_path)
    assert list(table["stem"]) == ["03-01-01-01-01-01-01", "03-01-02-01-01-01-02"]
    assert list(table.columns) == list(corpus.COLUMNS) and list(table.index) == [0, 1]
    assert table.attrs == {"corpus": "ravdess", "doubled": 0, "foreign": 2}
    assert corpus.corpus_title(table) == "RAVDESS"


def test_scan_leaves_out_the_copy_that_kaggle_nests(tmp_path):
    stems = [stem for stem in all_stems() if stem.startswith("03-01") and stem.endswith("-05")]
    for root in (tmp_path, tmp_path / "audio_speech_actors_01-24"):
        for stem in stems:
            write_clip(root / "Actor_05" / f"{stem}.wav")
    table = corpus.scan(tmp_path)
    assert len(table) == 60 and table.attrs["doubled"] == 60
    assert not table["path"].str.contains("audio_speech").any()
    assert any("Second copies of clips, left out: 60 " in remark for remark in corpus.remarks_on(table))


def test_scan_refuses_two_different_files_of_one_name(tmp_path):
    write_clip(tmp_path / "03-01-01-01-01-01-01.wav")
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "03-01-01-01-01-01-01.wav").write_bytes(b"half a file")
    with pytest.raises(BadCorpus, match="delete the damaged one"):
        corpus.scan(tmp_path)


def test_scan_says_what_is_missing(tmp_path):
    with pytest.raises(BadCorpus, match="is not a folder"):
        corpus.scan(tmp_path / "nowhere")
    write_clip(tmp_path / "song.wav")
    with pytest.raises(BadCorpus, match="no RAVDESS clip .foreign sound files: 1"):
        corpus.scan(tmp_path)


def test_the_manifest_marks_the_practice_corpus(tmp_path):
    write_clip(tmp_path / "Actor_01" / "03-01-01-01-01-01-01.wav")
    (tmp_path / corpus.PRACTICE_MANIFEST).write_text("{}")
    for folder in (tmp_path, tmp_path / "Actor_01"):
        assert corpus.corpus_title(corpus.scan(folder)) == "practice corpus (synthetic)"
    assert "not RAVDESS" in corpus.check_ravdess(corpus.scan(tmp_path))[0]


def test_a_table_without_a_source_has_no_title():
    with pytest.raises(BadTable, match="corpus.scan"):
        corpus.corpus_title(pd.DataFrame())


def test_open_corpus_obeys_wish_and_environment(tmp_path, monkeypatch):
    from ser_lessons.corpus import practice

    real, made = tmp_path / "data" / "ravdess", tmp_path / "made"
    write_clip(made / "03-01-02-01-01-01-02.wav")
    (made / corpus.PRACTICE_MANIFEST).write_text("{}")
    monkeypatch.setattr(practice, "ensure", lambda: made)
    monkeypatch.setattr(corpus, "__file__", str(tmp_path / "package" / "corpus.py"))
    monkeypatch.delenv("SER_RAVDESS", raising=False)
    monkeypatch.delenv("SER_CORPUS", raising=False)
    monkeypatch.chdir(tmp_path)
    assert corpus.open_corpus().attrs["corpus"] == "practice"
    with pytest.raises(BadCorpus, match="not found"):
        corpus.open_corpus(prefer="ravdess")
    write_clip(real / "speech" / "03-01-01-01-01-01-01.wav")
    assert corpus.open_corpus().attrs["corpus"] == "ravdess"
    assert corpus.open_corpus(prefer="practice").attrs["corpus"] == "practice"
    monkeypatch.setenv("SER_CORPUS", "practice")
    assert corpus.open_corpus(prefer="ravdess").attrs["corpus"] == "practice"
    with pytest.raises(BadTable, match="no song"):
        corpus.open_corpus("song")
    with pytest.raises(BadTable, match="no vocal channel"):
        corpus.open_corpus("singing")
    monkeypatch.setenv("SER_CORPUS", "librispeech")
    with pytest.raises(BadCorpus, match="no corpus 'librispeech'"):
        corpus.open_corpus()
    monkeypatch.delenv("SER_CORPUS")
    monkeypatch.setenv("SER_RAVDESS", str(tmp_path / "moved away"))
    with pytest.raises(BadCorpus, match="SER_RAVDESS names"):
        corpus.open_corpus()


def test_the_guard_accepts_the_documented_design_and_nothing_less():
    table = design()
    assert corpus.check_ravdess(table) == []
    short = corpus.check_ravdess(table.drop(index=5))
    assert short == ["1439 speech clips instead of 1440; look at actors 06."]
    for channel in corpus.CHANNELS:  # the commonest copy is speech alone
        alone = table[table["channel"] == channel]
        assert corpus.check_ravdess(alone) == [] != corpus.check_ravdess(alone.iloc[1:])
        assert corpus.remarks_on(alone) == [f"It holds {channel} alone."]
    doubled = pd.concat([table, table.iloc[:3]])
    assert any("listed more than once: 3, " in finding for finding in corpus.check_ravdess(doubled))
    with pytest.raises(BadTable, match="'gender'"):
        corpus.check_ravdess(table.drop(columns="gender"))


def test_the_guard_notices_converted_stereo_twins_and_rubbish(tmp_path):
    stereo, mono = corpus.STEREO_STEMS[0], "03-01-05-01-01-01-03"
    write_clip(tmp_path / f"{stereo}.wav")
    write_clip(tmp_path / f"{mono}.wav", channels=2)
    write_clip(tmp_path / f"{corpus.TWIN_STEMS[0]}.wav")
    write_clip(tmp_path / f"{corpus.TWIN_STEMS[1]}.wav", value=0.2)
    findings = "\n".join(corpus.check_ravdess(corpus.scan(tmp_path)))
    assert stereo in findings and mono in findings
    assert "should be one recording but differ" in findings


@pytest.mark.parametrize("ending", ["wav", "flac"])
@pytest.mark.parametrize("cut", [1, 1000, None, "byte", "no samples"])
def test_a_damaged_clip_is_found_by_reading_it_to_its_end(tmp_path, ending, cut):
    folder = tmp_path / "speech" / "Actor_03"
    write_clip(folder / "03-01-05-01-01-01-03.flac")
    clip = folder / f"03-01-05-01-01-02-03.{ending}"
    soundfile.write(clip, np.random.default_rng(7).uniform(-0.5, 0.5, 40_000), 8000)
    assert not any("damaged" in finding for finding in corpus.check_ravdess(corpus.scan(tmp_path)))
    content = bytearray(clip.read_bytes())
    if cut == "byte":
        content[4000] ^= 1
    elif cut != "no samples":
        del content[-cut if cut else 0 :]
    clip.write_bytes(content)
    if cut == "no samples":
        soundfile.write(clip, np.zeros(0), 8000)
    found = [finding for finding in corpus.check_ravdess(corpus.scan(tmp_path)) if "damaged" in finding]
    assert len(found) == (0 if (cut, ending) == ("byte", "wav") else 1)  # no wav says what its bytes should be
    assert all(f"Damaged clips: 1 of 2, {clip} first" in finding for finding in found)
    assert not any("damaged" in finding for finding in corpus.check_ravdess(corpus.scan(tmp_path), decode=False))


def test_links_and_lossy_copies_are_clips_too(tmp_path):
    write_clip(tmp_path / "elsewhere" / "Actor_01" / "03-01-01-01-01-01-01.wav")
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "speech").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "round").symlink_to(tmp_path / "elsewhere")
    soundfile.write(tmp_path / "corpus" / "03-01-02-01-01-01-02.mp3", np.full(9000, 0.1), 22_050)
    table = corpus.scan(tmp_path / "corpus")
    assert list(table["stem"]) == ["03-01-01-01-01-01-01", "03-01-02-01-01-01-02"]
    assert table.attrs == {"corpus": "ravdess", "doubled": 0, "foreign": 0}
    assert any("different: 1 of 2 clips" in remark for remark in corpus.remarks_on(table))
    assert len(corpus.read_corpus(tmp_path / "corpus")) == 2
    assert corpus.parse_name("03-01-02-01-01-01-02.mp3")["actor"] == 2


def test_a_swapped_label_column_is_found():
    table = design()
    table["emotion"] = table["emotion"].replace({"calm": "surprised", "surprised": "calm"})
    (finding,) = corpus.check_ravdess(table)
    assert finding.startswith("Labels in column 'emotion' that contradict the file names: 568; 03-01-02-")


def test_twin_groups_do_not_depend_on_the_order_of_rows():
    table = design()
    groups = corpus.twin_groups(table)
    assert len(set(groups)) == 2451
    shuffled = table.sample(frac=1, random_state=3)
    assert dict(zip(table["stem"], groups)) == dict(zip(shuffled["stem"], corpus.twin_groups(shuffled)))
    table.attrs["corpus"] = "practice"
    assert len(set(corpus.twin_groups(table))) == 2452
    with pytest.raises(BadTable):
        corpus.twin_groups(table.drop(columns="stem"))


@pytest.mark.ravdess
def test_the_real_corpus_is_its_design(ravdess):
    assert (ravdess.drop(columns="path") == design().drop(columns="path")).all(axis=None)
    assert corpus.check_ravdess(ravdess) == []
    assert ravdess.attrs == {"corpus": "ravdess", "doubled": 0, "foreign": 0}
    samples = pd.Series([soundfile.read(path, dtype="int16")[0].tobytes() for path in ravdess["path"]])
    twins = samples.map(hash).duplicated(keep=False)
    assert tuple(ravdess.loc[twins, "stem"]) == corpus.TWIN_STEMS
    assert pd.Series(corpus.twin_groups(ravdess)).duplicated(keep=False).equals(twins)


@pytest.mark.ravdess
def test_originals_are_as_documented(ravdess_original):
    table = corpus.scan(ravdess_original)
    infos = [soundfile.info(path) for path in table["path"]]
    assert {(info.samplerate, info.subtype) for info in infos} == {(48000, "PCM_16")} and len(infos) == 12
    assert sorted(table["stem"][[info.channels == 2 for info in infos]]) == sorted(corpus.STEREO_STEMS)
    assert not any("original" in finding for finding in corpus.check_ravdess(table))
