"""Does this recording resemble what the net was trained on, one voice in a quiet room? Measures, and warnings.

Lesson: 08_live_inference.
"""

import dataclasses

import numpy as np

from ..config import AudioConfig
from . import audio
from .f0 import FRAME, normalized_autocorrelation

SILENT_DB = -70.0
QUIET_DB = -58.0
CLIPPED_SHARE = 0.001
SHORTEST_SECONDS = 0.5
LOWEST_RATE_HZ = 16_000
FEWEST_VOICED = 0.3
LEAST_MOVEMENT_DB = 3.0

_VOICE_HZ = (70, 700)
_PERIODIC = 0.5
_MAX_FRAMES = 24


@dataclasses.dataclass(frozen=True)
class Measures:
    """What was measured about one recording."""

    seconds: float  # of the whole file
    loud_seconds: float  # after trimming
    native_rate: int  # Hz
    level_db: float  # dB re full scale, RMS of the trimmed part
    clipped: float  # share of samples in flat tops at the peak
    voiced: float  # share of frames with a pitch of 70 to 700 Hz
    movement_db: float  # dB, standard deviation of the frame levels

    @property
    def silent(self):
        """True when there is nothing to hear."""
        return self.level_db < SILENT_DB

    @property
    def foreign(self):
        """True when this does not sound like one voice: hardly any pitch, or a level that never moves."""
        return self.voiced < FEWEST_VOICED or self.movement_db < LEAST_MOVEMENT_DB


def measure(native, native_rate, seconds, trimmed, sample_rate):
    """`Measures` of a recording: `native` as recorded, `seconds` in all, and `trimmed` at another rate (Hz)."""
    return Measures(
        seconds=seconds,
        loud_seconds=len(trimmed) / sample_rate,
        native_rate=int(native_rate),
        level_db=float(10 * np.log10(max(np.mean(np.square(trimmed, dtype=float)), 1e-12))),
        clipped=clipped_share(native),
        voiced=voiced_share(trimmed, sample_rate),
        movement_db=level_movement(trimmed),
    )


def warnings_about(measures, *, config=AudioConfig()):
    """Sentences for the user, a list; empty when the recording is like the training data."""
    m = measures
    if m.silent:
        return ["there is nothing to hear: check that the microphone was on"]
    said = []
    if m.seconds > audio.LONGEST_SECONDS:
        said.append(f"only the first minute of {m.seconds / 60:.1f} was heard: cut out the sentence you mean")
    if m.level_db < QUIET_DB:
        said.append(f"very quiet ({m.level_db:.0f} dB re full scale): record again, closer to the microphone")
    if m.clipped > CLIPPED_SHARE:
        said.append(f"clipped ({100 * m.clipped:.1f} % of the samples): record again with less gain")
    if m.loud_seconds < SHORTEST_SECONDS:
        said.append(f"very short ({m.loud_seconds:.2f} s of sound): say a whole sentence")
    if m.loud_seconds > config.seconds:
        said.append(f"{m.loud_seconds:.1f} s of sound, of which the first {config.seconds:g} s count")
    if m.native_rate < LOWEST_RATE_HZ:
        said.append(f"recorded at {m.native_rate} Hz: the upper half of what the net knows is missing")
    if m.foreign:
        said.append("does not sound like one voice (noise, music or a steady tone?): the answer means little")
    return said


def clipped_share(signal):
    """Share of samples in flat tops: three or more at the very peak, unless that is below half of full scale."""
    size = np.abs(signal)
    peak = size.max()
    if peak < 0.5:
        return 0.0
    top = size >= 0.999 * peak
    runs = top[:-2] & top[1:-1] & top[2:]
    return float(np.count_nonzero(runs) / len(signal))


def voiced_share(signal, sample_rate):
    """Share of 24 loud frames (46 ms) whose normalized autocorrelation peaks at 0.5 or more at 70 to 700 Hz."""
    signal = np.pad(signal, (0, max(0, FRAME - len(signal))))
    frames = np.lib.stride_tricks.sliding_window_view(signal, FRAME)[:: FRAME // 2]
    power = np.einsum("ij,ij->i", frames, frames)
    loud = np.flatnonzero(power > 0.01 * power.max())
    if len(loud) == 0:
        return 0.0
    chosen = frames[loud[np.linspace(0, len(loud) - 1, min(len(loud), _MAX_FRAMES)).astype(int)]]
    first, last = sample_rate // _VOICE_HZ[1], min(sample_rate // _VOICE_HZ[0], FRAME // 2)
    inside = normalized_autocorrelation(chosen, last + 2)[:, first - 1 :]
    middle = inside[:, 1:-1]
    peaks = (middle >= inside[:, :-2]) & (middle >= inside[:, 2:]) & (middle > _PERIODIC)
    return float(peaks.any(axis=1).mean())


def level_movement(signal):
    """Standard deviation (dB) of the levels of frames of 93 ms, not counting more than 40 dB below the loudest."""
    level_db = 20 * np.log10(np.maximum(audio.frame_rms(signal), 1e-6))
    return float(np.std(np.maximum(level_db, level_db.max() - 40)))
