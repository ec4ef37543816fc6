"""What can be changed in the playground: one frozen value, and the controls that set it. Lesson: 08_live_inference."""

import dataclasses

from ..errors import SerError

FRONT_END = ("top_db", "n_mels", "n_fft", "hop_length")


@dataclasses.dataclass(frozen=True)
class Settings:
    """One position of all controls; the defaults leave the clip and the net's front end as they are.

    `snr_db` is None for no noise, `speed` 1.2 a fifth faster at the same pitch; `mask_frames` and `mask_bands` are
    hidden in the middle of the net's picture; the others are those of `AudioConfig`.
    """

    top_db: float = 20.0
    snr_db: float | None = None
    n_semitones: float = 0.0
    speed: float = 1.0
    mask_frames: int = 0
    mask_bands: int = 0
    n_mels: int = 128
    n_fft: int = 2048
    hop_length: int = 512

    @classmethod
    def resting(cls, config):
        """The settings that leave a clip as the net with this `AudioConfig` was trained on."""
        return cls(**{field: getattr(config, field) for field in FRONT_END})

    def front_end(self, config):
        """The `AudioConfig` of a net with this picture's mels, window, hop and trim threshold."""
        return dataclasses.replace(config, **{field: getattr(self, field) for field in FRONT_END})


@dataclasses.dataclass(frozen=True)
class Control:
    """One slider, which steps through `positions`, a tuple of (value, text), of the field `name` of `Settings`."""

    name: str
    label: str
    positions: tuple
    group: str

    def place(self, value):
        """Index of the position that holds `value`; raises `SerError` when there is none."""
        values, texts = zip(*self.positions)
        if value not in values:
            raise SerError(f"{self.label} cannot be {value!r}: choose one of {', '.join(texts)}.")
        return values.index(value)


def _control(group, name, label, values, text="{}", off="off"):
    """A control whose positions are `values`, each said by `text`, but None and 0 by `off`."""
    return Control(name, label, tuple((value, text.format(value) if value else off) for value in values), group)


CONTROLS = (
    _control("sound", "top_db", "Trim below", map(float, range(10, 62, 2)), "{:.0f} dB"),
    Control("snr_db", "Noise (SNR)", ((None, "off"), *((float(db), f"{db} dB") for db in range(40, -12, -2))), "sound"),
    _control("sound", "n_semitones", "Pitch", (n / 2 for n in range(-16, 17)), "{:+g} semitones", off="0 semitones"),
    _control("sound", "speed", "Speed", (n / 20 for n in range(12, 33)), "{:.2f} x"),
    _control("mask", "mask_frames", "Hide time", range(0, 66, 5), "{} frames"),
    _control("mask", "mask_bands", "Hide bands", range(0, 68, 4), "{} bands"),
    _control("picture", "n_mels", "Mel bands", (16, 24, 32, 48, 64, 96, 128, 160)),
    _control("picture", "n_fft", "Window", (256, 512, 1024, 2048, 4096), "{} samples"),
    _control("picture", "hop_length", "Hop", (128, 256, 512, 1024, 2048), "{} samples"),
)
"""Every slider, in the order in which sound passes through them."""

CONTROL_NAMES = tuple(control.name for control in CONTROLS)


def from_places(places, *, base=Settings()):
    """Settings from slider places, ``{"n_semitones": 18, ...}``; names left out keep `base`."""
    chosen, known = {}, {control.name: control for control in CONTROLS}
    for name, place in places.items():
        if name not in known:
            raise SerError(f"There is no control {name!r}: choose from {', '.join(CONTROL_NAMES)}.")
        control, last = known[name], len(known[name].positions) - 1
        if not isinstance(place, int) or not 0 <= place <= last:
            raise SerError(f"{control.label} has places 0 to {last}, not {place!r}.")
        chosen[name] = control.positions[place][0]
    return dataclasses.replace(base, **chosen)


def to_places(settings):
    """Slider places of a `Settings`, the inverse of `from_places`."""
    return {control.name: control.place(getattr(settings, control.name)) for control in CONTROLS}


def say_changes(settings):
    """What differs from the defaults, as text: "Pitch +2 semitones, Speed 1.20 x"; "as it is" when nothing does."""
    changed = [
        f"{control.label} {control.positions[control.place(getattr(settings, control.name))][1]}"
        for control in CONTROLS
        if getattr(settings, control.name) != getattr(Settings, control.name)
    ]
    return ", ".join(changed) or "as it is"
