"""Sound files as a class of thirty has them: odd, broken, lying, or no sound at all. Made by rule, none recorded.

`make_all(folder)` writes one file of each kind. `mutate(seed)` gives the bytes of a damaged file.
Run as a script, it feeds files to `predict` in a process of its own and reports what happened:

    python tests/odd_files.py BUNDLE < paths        one JSON line a file
    python tests/odd_files.py BUNDLE FIRST LAST     mutated files of the seeds FIRST to LAST - 1
"""

import io
import json
import os
import pathlib
import re
import resource
import socket
import struct
import sys
import time
import zipfile
import zlib

import numpy as np
import soundfile

RATE = 22_050
ANSWER, SENTENCE, EITHER = "answer", "sentence", "either"


def voice(seconds=1.2, rate=RATE):
    """A gliding, pulsing tone with overtones; float32, shape (seconds * rate,)."""
    t = np.arange(max(1, round(seconds * rate))) / rate
    sound = sum(np.sin(2 * np.pi * k * (140 * t + 15 * t * t)) / k for k in range(1, 9) if 160 * k < rate / 2)
    sound = np.sin(2 * np.pi * 140 * t) if np.isscalar(sound) else sound
    return (0.2 * sound * (0.55 - 0.45 * np.cos(2 * np.pi * 4 * t))).astype(np.float32)


def no_space(*_, **__):
    """What a full disk answers."""
    raise OSError(28, "No space left on device")


def encode(signal, rate=RATE, format="WAV", subtype=None):
    """The bytes of a sound file."""
    file = io.BytesIO()
    soundfile.write(file, signal, rate, format=format, subtype=subtype)
    return file.getvalue()


def chunk(name, content):
    """One RIFF chunk, padded to even length."""
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def wav(samples, *, rate=RATE, channels=1, bits=16, tag=1, data_size=None, riff_size=None, before=b"", align=None):
    """A hand-made WAV file, with any lie in its header."""
    align = bits // 8 * channels if align is None else align
    fmt = struct.pack("<HHIIHH", tag, channels, rate, min(rate * align, 2**32 - 1), align % 2**16, bits)
    body = b"WAVE" + chunk(b"fmt ", fmt) + before + b"data"
    body += struct.pack("<I", len(samples) if data_size is None else data_size) + samples
    return b"RIFF" + struct.pack("<I", len(body) if riff_size is None else riff_size) + body


def plain_kinds():
    """Names, contents and expectations of files that need no special place: {name: (bytes, expectation)}."""
    v = voice()
    pcm = (v * 32767).astype("<i2").tobytes()
    whole = encode(v)
    kinds = {
        "empty.wav": (b"", SENTENCE),
        "header_only.wav": (wav(b""), SENTENCE),
        "riff_only.wav": (b"RIFF", SENTENCE),
    }
    for tenth in range(1, 10):
        kinds[f"cut_at_{tenth}0_percent.wav"] = (whole[: len(whole) * tenth // 10], EITHER)
    for ending, options in {"flac": {}, "ogg": {}, "mp3": {}}.items():
        content = encode(v, format=ending.upper(), **options)
        kinds[f"good.{ending}"] = (content, ANSWER)
        kinds[f"half.{ending}"] = (content[: len(content) // 2], EITHER)
        kinds[f"{ending}_called.wav"] = (content, ANSWER)
    kinds |= {
        "opus.ogg": (encode(voice(rate=48_000), 48_000, "OGG", "OPUS"), ANSWER),
        "wav_called.mp3": (whole, EITHER),
        "wav_called.txt": (whole, ANSWER),
        "good.aiff": (encode(v, format="AIFF"), ANSWER),
        "good.au": (encode(v, format="AU"), ANSWER),
        "good.caf": (encode(v, format="CAF"), ANSWER),
        "good.w64": (encode(v, format="W64"), ANSWER),
        "rf64.wav": (encode(v, format="RF64"), ANSWER),
        "text.wav": (b"this is no sound\n" * 99, SENTENCE),
        "zip.wav": (zipped(whole), SENTENCE),
        "png.wav": (png(), SENTENCE),
        "video.mp4": (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(9999), SENTENCE),
        "music.m4a": (b"\0\0\0\x20ftypM4A \0\0\0\0M4A mp42isom" + bytes(9999), SENTENCE),
        "midi.mid": (b"MThd\0\0\0\x06\0\0\0\1\0\x60MTrk\0\0\0\4\0\xff\x2f\0", SENTENCE),
        "html.mp3": (b"<!DOCTYPE html><title>Not found</title>" * 20, SENTENCE),
        "zeros.wav": (bytes(9999), SENTENCE),
        "random.mp3": (np.random.default_rng(1).bytes(20_000), EITHER),
        "random.flac": (b"fLaC" + np.random.default_rng(2).bytes(20_000), SENTENCE),
        "id3_only.mp3": (b"ID3\4\0\0\0\0\x0f\x7f" + bytes(2047), SENTENCE),
        "nan.wav": (encode(np.where(np.arange(len(v)) == 500, np.nan, v), subtype="FLOAT"), SENTENCE),
        "infinity.wav": (encode(np.where(np.arange(len(v)) == 500, np.inf, v), subtype="FLOAT"), SENTENCE),
        "huge_numbers.wav": (encode(v * 1e30, subtype="FLOAT"), SENTENCE),
        "tiny_numbers.wav": (encode(v * 1e-30, subtype="FLOAT"), ANSWER),
        "denormal.wav": (encode(v * 1e-44, subtype="FLOAT"), ANSWER),
        "int16_scale.wav": (encode(v * 32767, subtype="FLOAT"), ANSWER),
        "float64.wav": (encode(v, subtype="DOUBLE"), ANSWER),
        "float64_huge.wav": (encode(v.astype(float) * 1e300, subtype="DOUBLE"), SENTENCE),
        "dc_offset.wav": (encode(v * 0.1 + 0.8), ANSWER),
        "only_dc.wav": (encode(np.full(RATE, 0.5)), ANSWER),
        "silence.wav": (encode(np.zeros(RATE)), ANSWER),
        "one_sample.wav": (encode(v[100:101]), ANSWER),
        "two_samples.wav": (encode(v[100:102]), ANSWER),
        "click.wav": (encode(np.eye(1, RATE, 9000)[0]), ANSWER),
        "clipped.wav": (encode(np.clip(v * 20, -1, 1)), ANSWER),
        "lying_long.wav": (wav(pcm, data_size=2**31 - 9, riff_size=2**31 - 1), EITHER),
        "lying_short.wav": (wav(pcm, data_size=100, riff_size=136), ANSWER),
        "size_ffffffff.wav": (wav(pcm, data_size=2**32 - 1, riff_size=2**32 - 1), EITHER),
        "size_zero.wav": (wav(pcm, data_size=0, riff_size=0), EITHER),
        "no_channels.wav": (wav(pcm, channels=0), SENTENCE),
        "many_channels.wav": (wav(pcm, channels=1000), EITHER),
        "too_many_channels.wav": (wav(pcm, channels=65_535), SENTENCE),
        "rate_zero.wav": (wav(pcm, rate=0), SENTENCE),
        "rate_one.wav": (wav(pcm, rate=1), SENTENCE),
        "rate_4_gigahertz.wav": (wav(pcm, rate=2**32 - 1), SENTENCE),
        "bits_0.wav": (wav(pcm, bits=0, align=2), EITHER),
        "bits_17.wav": (wav(pcm, bits=17, align=3), EITHER),
        "bits_999.wav": (wav(pcm, bits=999, align=2), EITHER),
        "unknown_codec.wav": (wav(pcm, tag=0x7777), SENTENCE),
        "odd_chunks.wav": (wav(pcm, before=chunk(b"junk", b"x" * 33) + chunk(b"LIST", b"INFO")), ANSWER),
        "endless_chunk.wav": (wav(pcm, before=b"junk" + struct.pack("<I", 2**32 - 1)), EITHER),
        "many_chunks.wav": (wav(pcm, before=chunk(b"junk", b"") * 5000), EITHER),
        "no_data_chunk.wav": (wav(b"")[:-8], SENTENCE),
        "two_files.wav": (whole + whole, EITHER),
    }  # fmt: skip
    subtypes = ("PCM_U8", "PCM_24", "PCM_32", "ALAW", "ULAW", "IMA_ADPCM", "MS_ADPCM", "GSM610", "G721_32")
    kinds |= {f"{subtype.lower()}.wav": (encode(v, subtype=subtype), ANSWER) for subtype in subtypes}
    kinds |= {f"{n}_channels.wav": (encode(np.stack([v] * n, axis=1)), ANSWER) for n in range(2, 9)}
    kinds["opposite_channels.wav"] = (encode(np.stack([v, -v], axis=1)), ANSWER)
    for rate in (1000, 4000, 8000, 11_025, 16_000, 44_100, 48_000, 96_000, 192_000, 384_000):
        kinds[f"{rate}_hz.wav"] = (encode(voice(rate=rate), rate), ANSWER)
    return kinds


def make_all(folder):
    """Write one file of each kind; returns {path as bytes: expectation}. The folder must exist."""
    folder = os.fsencode(folder)
    expected = {}
    for name, (content, expectation) in plain_kinds().items():
        expected[_write(folder, name.encode(), content)] = expectation
    good = encode(voice())
    for name in (
        "with blanks.wav",
        "Übermütig.wav",
        "line\nbreak.wav",
        "tab\t.wav",
        "😀.wav",
        "-option.wav",
        "%s{0}.wav",
    ):
        expected[_write(folder, name.encode(), good)] = ANSWER
    expected[_write(folder, b"no\xfftext.wav", good)] = ANSWER
    expected[_write(folder, b"x" * 251 + b".wav", good)] = ANSWER
    expected[_write(folder, b"line\nbreak_broken.wav", b"no sound")] = SENTENCE
    expected[_write(folder, b"no\xffsound.wav", b"no sound")] = SENTENCE
    locked = _write(folder, b"locked.wav", good)
    os.chmod(locked, 0)
    expected[locked] = EITHER if os.geteuid() == 0 else SENTENCE
    os.mkfifo(folder + b"/pipe.wav")
    os.mkdir(folder + b"/folder.wav")
    with socket.socket(socket.AF_UNIX) as plug:
        plug.bind(folder + b"/socket.wav")
    os.symlink(b"nowhere", folder + b"/broken_link.wav")
    os.symlink(b"loop.wav", folder + b"/loop.wav")
    for name in (b"pipe", b"socket", b"folder", b"broken_link", b"loop", b"missing", b"y" * 300, b"good.flac/inside"):
        expected[folder + b"/" + name + b".wav"] = SENTENCE
    expected |= {b"": SENTENCE, b"/dev/zero": SENTENCE, b"/dev/null": SENTENCE, b"/": SENTENCE}
    expected[_write(folder, b"three_hours.flac", encode(np.zeros(3 * 3600 * 1000), 1000, "FLAC"))] = ANSWER
    expected[_sparse(folder, b"three_hours.wav", RATE, 3 * 3600)] = ANSWER
    expected[_sparse(folder, b"two_gigabytes.wav", 768_000, 1390)] = ANSWER
    return expected


def mutate(seed):
    """Name and bytes of a damaged sound file, always the same for one seed."""
    rng = np.random.default_rng([20, seed])
    name, content = _BASES[int(rng.integers(len(_BASES)))]
    content = bytearray(content)
    for _ in range(int(rng.integers(1, 6))):
        way = _WAYS[int(rng.integers(len(_WAYS)))]
        if way == "flip":
            for place in rng.integers(0, max(1, len(content)), 1 + int(rng.integers(20))):
                if content:
                    content[place] ^= 1 << int(rng.integers(8))
        elif way == "lie in the header":
            place = int(rng.integers(0, max(1, min(64, len(content) - 4))))
            value = int(rng.choice([0, 1, 255, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]))
            content[place : place + 4] = struct.pack("<I" if rng.integers(2) else ">I", value)
        else:
            place = int(rng.integers(0, len(content) + 1))
            if way == "cut":
                del content[place:]
            elif way == "remove":
                del content[place : place + int(rng.integers(1, 500))]
            elif way == "insert":
                content[place:place] = rng.bytes(int(rng.integers(1, 500)))
            else:
                content[place:place] = content[place : place + int(rng.integers(1, 2000))]
    return f"{seed}_{name}", bytes(content)


_WAYS = ("flip", "flip", "lie in the header", "lie in the header", "cut", "remove", "insert", "repeat")


def _bases():
    v = voice(0.4)
    return [
        ("pcm16.wav", encode(v)),
        ("float.wav", encode(v, subtype="FLOAT")),
        ("adpcm.wav", encode(v, subtype="IMA_ADPCM")),
        ("stereo24.wav", encode(np.stack([v, v], axis=1), 48_000, subtype="PCM_24")),
        ("clip.flac", encode(v, format="FLAC")),
        ("clip.ogg", encode(v, format="OGG")),
        ("clip.mp3", encode(v, format="MP3")),
        ("clip.aiff", encode(v, format="AIFF")),
        ("rf64.wav", encode(v, format="RF64")),
    ]


_BASES = _bases()


def zipped(content):
    """A zip archive with one file in it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("clip.wav", content)
    return file.getvalue()


def png():
    """A white picture of one pixel."""

    def part(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(b"\0\xff")) + part(b"IEND", b"")


def _write(folder, name, content):
    path = folder + b"/" + name
    with open(path, "wb") as file:
        file.write(content)
    return path


def _sparse(folder, name, rate, seconds):
    """A long WAV file that takes no room on the disk."""
    size = 2 * rate * seconds
    path = _write(folder, name, wav(b"", rate=rate, data_size=size, riff_size=size + 36) + encode(voice(2.0))[44:])
    os.truncate(path, size + 44)
    return path


def run(bundle_folder, paths, limit_bytes=2**30):
    """Ask about each path; yields dicts: file, kind of outcome, sentence, CPU seconds. Ends with the peak memory."""
    from ser_lessons.net import bundle, predict

    net = bundle.load(bundle_folder)
    for path in paths:
        start = time.process_time()
        try:
            (found,) = predict.predict_files([path], bundle=net)
            json.dumps(found.to_json()).encode()
            outcome, text = (SENTENCE, found.error) if found.error else (ANSWER, found.label)
        except Exception as error:
            outcome, text = "traceback", repr(error)
        yield {"file": os.fsdecode(path), "outcome": outcome, "text": text, "cpu": time.process_time() - start}
    yield {"peak_bytes": peak_bytes()}


def peak_bytes():
    """The largest memory of this process; ru_maxrss would count the parent's from before exec."""
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _mutations(first, last):
    """Write, hand out and remove one mutated file after the other."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, last):
            name, content = mutate(seed)
            path = pathlib.Path(folder, name)
            path.write_bytes(content)
            yield path
            path.unlink()


if __name__ == "__main__":
    if len(sys.argv) == 4:
        paths = _mutations(int(sys.argv[2]), int(sys.argv[3]))
    else:
        paths = [bytes.fromhex(line) for line in sys.stdin.read().split("\n")]
    for fact in run(sys.argv[1], paths):
        print(json.dumps(fact), flush=True)
