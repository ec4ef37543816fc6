"""Corpora other than RAVDESS: file names as their owners document them, and manifests of one's own."""

import pytest

from ser_lessons import corpus
from ser_lessons.errors import BadCorpus, BadName

NAMES = [
    ("03a01Fa.wav", "emodb", "03", "happy", "man"),
    ("16b10Lb.flac", "emodb", "16", "boredom", "woman"),
    ("08a05Wa.wav", "emodb", "08", "angry", "woman"),
    ("11b09Ad.wav", "emodb", "11", "fearful", "man"),
    ("14a07Eb.wav", "emodb", "14", "disgust", "woman"),
    ("10a02Ta.wav", "emodb", "10", "sad", "man"),
    ("gio-f2-l3.wav", "emovo", "f2", "happy", "woman"),
    ("pau-m1-n5.wav", "emovo", "m1", "fearful", "man"),
    ("tri-m3-b1.wav", "emovo", "m3", "sad", "man"),
    ("sor-f1-d2.flac", "emovo", "f1", "surprised", "woman"),
    ("EB0_anger_35.opus", "nemo", "EB0", "angry", "woman"),
    ("SM0_surprised_7.wav", "nemo", "SM0", "surprised", "man"),
    ("DC/sa07.wav", "savee", "DC", "sad", "man"),
    ("KL_su15.wav", "savee", "KL", "surprised", "man"),
    ("JE_a01.wav", "savee", "JE", "angry", "man"),
    ("OAF_back_angry.wav", "tess", "OA", "angry", "woman"),
    ("YAF_dog_ps.wav", "tess", "YA", "surprised", "woman"),
    ("OA_bite_neutral.wav", "tess", "OA", "neutral", "woman"),
    ("1001_DFA_ANG_XX.wav", "cremad", "1001", "angry", None),
    ("1091_IEO_SAD_MD.wav", "cremad", "1091", "sad", None),
    ("1076_MTI_SAD_XX.wav", "cremad", "1076", "sad", None),
]


@pytest.mark.parametrize(("path", "name", "speaker", "emotion", "gender"), NAMES)
def test_names_say_who_speaks_and_how(path, name, speaker, emotion, gender):
    found = corpus.parse_foreign(path)
    told = (found["corpus"], found["speaker"], found["emotion"], found["gender"])
    assert told == (name, speaker, emotion, gender)
    assert corpus.parse_foreign(path, name=name) == found


@pytest.mark.parametrize(
    "path",
    ["03a01Xa.wav", "17a01Fa.wav", "gio-f4-l3.wav", "1000x_DFA_ANG_XX.wav", "1092_DFA_ANG_XX.wav", "a01.wav", "me.wav"],
)
def test_other_names_are_refused(path):
    with pytest.raises(BadName, match=r"manifest\.csv"):
        corpus.parse_foreign(path)


def test_an_unknown_corpus_is_refused():
    with pytest.raises(BadCorpus, match="emodb"):
        corpus.parse_foreign("03a01Fa.wav", name="iemocap")


def make(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def test_a_folder_of_known_names_becomes_a_table(tmp_path):
    make(tmp_path, "wav/03a01Fa.wav", "wav/08b02Nb.wav", "wav/erklaerung.wav", "docs/readme.txt")
    table = corpus.read_corpus(tmp_path)
    assert list(table.columns) == list(corpus.manifest.COLUMNS)
    assert list(table["stem"]) == ["emodb/03a01Fa", "emodb/08b02Nb"]
    assert list(table["actor"]) == ["emodb/03", "emodb/08"]
    assert table.attrs == {"corpus": "emodb", "foreign": 1}


def test_savee_folders_are_speakers(tmp_path):
    table = corpus.read_corpus(make(tmp_path, "AudioData/DC/a01.wav", "AudioData/KL/a01.wav"))
    assert list(table["stem"]) == ["savee/DC/a01", "savee/KL/a01"]
    assert list(table["actor"]) == ["savee/DC", "savee/KL"]


def test_ravdess_is_a_corpus_among_others(tmp_path):
    table = corpus.read_corpus(make(tmp_path, "Actor_12/03-01-06-01-02-01-12.wav", "Actor_01/03-02-02-01-02-01-01.wav"))
    assert list(table["stem"]) == ["ravdess/03-01-06-01-02-01-12", "ravdess/03-02-02-01-02-01-01"]
    assert list(table["channel"]) == ["speech", "song"]
    assert set(table["actor"]) == {"ravdess/12", "ravdess/01"}


def write(folder, text):
    (folder / "manifest.csv").write_text(text, encoding="utf-8")
    return make(folder, "a.wav", "b.wav")


def test_a_manifest_tells_what_names_do_not(tmp_path):
    text = "File,speaker,emotion,gender\na.wav,ann,Anger,f\nb.wav,ben,proud,\n"
    table = corpus.read_corpus(write(tmp_path, text), name="mine")
    assert list(table["emotion"]) == ["angry", "proud"]
    assert list(table["gender"].isna()) == [False, True]
    assert list(table["stem"]) == ["mine/a", "mine/b"]
    assert corpus.read_corpus(tmp_path / "manifest.csv", name="mine").equals(table)
    for separator, encoding in ((";", "utf-8"), ("\t", "utf-16"), (",", "utf-8-sig")):
        (tmp_path / "manifest.csv").write_text(text.replace(",", separator), encoding=encoding)
        assert corpus.read_corpus(tmp_path, name="mine").equals(table)


def test_a_manifest_may_call_its_columns_otherwise_and_come_from_windows(tmp_path):
    make(tmp_path, "one/a.wav", "two/b.wav")
    text = "FilePath;spkID;Label;Sex\none\\a.wav;7;Joy;F\ntwo\\b.wav;8;rage;M\n"
    (tmp_path / "clips.csv").write_text(text)
    table = corpus.read_corpus(tmp_path / "clips.csv", name="mine")
    assert list(table["emotion"]) == ["happy", "rage"] and list(table["actor"]) == ["mine/7", "mine/8"]
    assert list(table["gender"]) == ["woman", "man"] and table["path"].str.endswith(".wav").all()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("file,emotion\na.wav,happy\n", "lacks the column 'speaker'"),
        ("file,speaker\na.wav,ann,happy\n", "more cells than its first line has names"),
        ("file,speaker,emotion\n", "lists no clip"),
        ("file,speaker,emotion\na.wav,,happy\n", "row 2: speaker is empty"),
        ("file,speaker,emotion\nc.wav,ann,happy\n", "which is not there"),
        ("file,speaker,emotion\na.wav,ann,happy\na.wav,ann,sad\n", "listed twice"),
        ("file,speaker,emotion,gender\na.wav,ann,happy,x\n", "man or woman"),
        ("file,speaker,emotion,gender\na.wav,ann,happy,m\nb.wav,ann,sad,f\n", "both man and woman"),
    ],
)
def test_a_bad_manifest_is_named(tmp_path, text, said):
    with pytest.raises(BadCorpus, match=said):
        corpus.read_corpus(write(tmp_path, text))


def test_folders_without_a_corpus_are_named(tmp_path):
    with pytest.raises(BadCorpus, match="neither a folder nor"):
        corpus.read_corpus(tmp_path / "nothing")
    with pytest.raises(BadCorpus, match="no sound file"):
        corpus.read_corpus(tmp_path)
    with pytest.raises(BadCorpus, match=r"manifest\.csv"):
        corpus.read_corpus(make(tmp_path, "song.wav"))
    with pytest.raises(BadCorpus, match="mixes clips of emodb and tess"):
        corpus.read_corpus(make(tmp_path, "03a01Fa.wav", "YAF_dog_ps.wav"))
