"""The results page shows the figures of reports/rooms.json, and each change does what its name says."""

import json

import numpy as np
import pytest
import soundfile


def test_the_results_page_shows_what_was_lost(root):
    report = json.loads((root / "reports" / "rooms.json").read_text(encoding="utf-8"))
    page = (root / "reports" / "README.md").read_text(encoding="utf-8")
    rows = page.split("<!-- rooms:begin -->")[1].split("<!-- rooms:end -->")[0].strip().splitlines()[2:]
    for told, row in zip(report["changes"], rows, strict=True):
        wanted = [told["change"]]
        for system in ("two roads", "convolutions", "student", "two roads, the student's voices"):
            one = told[system]
            lost = "{:.1f} [{:.1f}, {:.1f}]".format(*(100 * one["lost"][key] for key in ("value", "low", "high")))
            wanted += [f"{100 * one['uar']['value']:.1f}", "-" if told["change"] == "as recorded" else lost]
            assert one["uar"]["n_clusters"] == (12 if "student" in system else 24)
        assert [cell.strip() for cell in row.split("|")[1:-1]] == wanted
    assert f"on {report['clips']} RAVDESS clips of 24 voices" in page
    text, told = " ".join(page.split()), {row["change"]: row for row in report["changes"]}
    for change, words in (("hall, 1.5 s", "the hall"), ("noise, 10 dB", "noise"), ("telephone", "the telephone")):
        ours, theirs = (100 * told[change][s]["lost"]["value"] for s in ("two roads, the student's voices", "student"))
        assert f"{words} ({ours:.1f} of {theirs:.1f}" in text and (ours <= theirs / 2) == (change == "hall, 1.5 s")


def test_noise_lies_as_far_below_the_voice_as_it_says(clip):
    from benchmarks import rooms

    noise = rooms.add_noise(clip, 22_050, np.random.default_rng(0), snr=10) - clip
    assert np.mean(clip**2) / np.mean(noise**2) == pytest.approx(10, rel=1e-3)


def test_lines_keep_their_band_and_the_level_of_the_voice(clip):
    from benchmarks import rooms

    heard = rooms.telephone(clip, 22_050, None)
    power = np.abs(np.fft.rfft(heard)) ** 2
    inside = (np.fft.rfftfreq(len(heard), 1 / 22_050) > 250) & (np.fft.rfftfreq(len(heard), 1 / 22_050) < 3700)
    assert power[~inside].sum() < 0.01 * power.sum()
    assert np.std(heard) == pytest.approx(np.std(clip), rel=0.2)


def test_a_room_rings_as_long_as_it_says():
    from benchmarks import rooms

    click = np.zeros(100)
    click[0] = 1
    heard = rooms.reverberate(click, 22_050, np.random.default_rng(0), seconds=0.5, direct_db=0)
    energy = [np.mean(heard[start : start + 1000] ** 2) for start in (100, 100 + 22_050 // 4)]
    assert 10 * np.log10(energy[0] / energy[1]) == pytest.approx(30, abs=1.5)


@pytest.mark.parametrize(("codec", "kbit"), [("MP3, 16 kbit/s", 16), ("Opus, 9 kbit/s", 9)])
def test_a_codec_keeps_the_length_and_little_else(clip, codec, kbit, monkeypatch):
    from benchmarks import rooms

    sizes, write = [], soundfile.write
    monkeypatch.setattr(soundfile, "write", lambda file, *args, **kw: (write(file, *args, **kw), sizes.append(file)))
    long = np.tile(clip, 4) + 0.05 * np.random.default_rng(0).standard_normal(4 * len(clip)).astype(np.float32)
    heard = rooms.CHANGES[codec](long, 22_050, None)
    assert len(heard) == pytest.approx(len(long), abs=3000)
    assert len(sizes[0].getvalue()) * 8 / 4 / 1000 == pytest.approx(kbit, rel=0.35)


@pytest.fixture(scope="module")
def clip():
    """A second of a tone of 1 kHz."""
    return (0.3 * np.sin(2 * np.pi * 1000 * np.arange(22_050) / 22_050)).astype(np.float32)
