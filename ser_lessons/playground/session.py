"""One session of play: which sound, which settings, what the net said, what was guessed. No widgets.

`Session` turns events (a clip chosen, a slider moved, a guess made) into the parts that the
page shows. The widget only passes events in and parts out. Lesson: 08_live_inference.
"""

import functools

import numpy as np

from ..config import AudioConfig
from ..errors import SerError
from . import road, words
from .history import History, Score
from .settings import Settings

YOUR_TURN = "Your turn: listen, then choose an emotion."


class Session:
    """The state behind one playground; `config` (AudioConfig) is used until the net brings its own.

    `net` is a Bundle or a stand-in with `.labels`, `.audio`, `.threshold`, `.log_probabilities`, `.calibrate`,
    `.class_activation`; None until it is loaded.
    """

    def __init__(self, *, net=None, config=AudioConfig()):
        self.net, self.config = net, config
        self.rng = np.random.default_rng()
        self.settings = Settings.resting(config)
        self.history, self.score = History(), Score()
        self.sound, self.analysis, self.answer, self.recording = None, None, None, None
        self.own, self.voice = {}, None  # the learner's recordings, {name: bytes}, and what is known of their voice
        self.guessing, self.pending, self.activation = False, False, False
        self._verdict = ""
        self._memo, self._last_change = {}, None

    @functools.cached_property
    def _drawings(self):
        """The pictures, made when the first sound is there: matplotlib takes a second to load."""
        from .pictures import MelPicture, WavePicture

        return {"wave": WavePicture(self.config), "mel": MelPicture(self.config)}

    def take(self, sound, recording=None):
        """Make `sound` the subject. In guess-first mode a clip with a known emotion waits for the guess.

        `recording` is what it is a part of: (bytes, windows as of `road.follow`, name), or None.
        """
        self.sound, self.recording = sound, recording
        self.pending = self.guessing and sound.truth is not None
        self.answer, self._verdict = None, ""

    def next_name(self):
        """What the next recording is called."""
        before = sum(name.startswith("your recording") for name in self.own)
        return f"your recording {before + 1}" if before else "your recording"

    def know_voice(self, wanted):
        """Judge own recordings against each other from now on, or no more."""
        self.voice = road.voice_of(self.own, self.net) if wanted and self.own and self.net else None

    def _know(self):
        if self.voice is None:
            return ""
        known = f"{self.voice.seconds:.0f} s of this voice are known"
        return f"{known}; each recording is judged against the others from 10 s on."

    def give_guess(self, own):
        """Count a guess about the waiting clip; nothing waits afterwards. Raises `SerError` for no or a wrong label."""
        if not self.pending or self.net is None:
            return
        if not own:
            raise SerError("Choose an emotion first: listen, and say what you hear.")
        answer = road.ask(self.net, self.analysis)
        net = None if answer.abstained else answer.label
        self.score = self.score.guess(truth=self.sound.truth, own=own, net=net)
        self._verdict = ("Right" if own == self.sound.truth else f"You said {own}") + f", acted as {self.sound.truth}. "
        self.pending = False

    def refresh(self):
        """Work everything out for the present sound and settings; returns the parts of the page."""
        if self.sound is None:
            return {}
        before = self.answer
        self.analysis = road.analyze(self.sound, self.settings, self.config, memo=self._memo)
        self.answer = None
        heard = {"before": self.sound.signal, "after": self.analysis.sound.changed}
        parts = {"subject": self._subject(), "error": "", "headline": "", "bars": None}
        parts |= {
            "voice": self._know(),
            "warnings": self._warnings(),
            **{name: road.wav_bytes(signal, self.config.sample_rate) for name, signal in heard.items()},
            **self._pictures(),
            "timeline": self.timeline(),
        }
        if self.pending:
            parts["headline"] = YOUR_TURN
        elif self.net is not None:
            parts |= self._show_answer(before)
        return parts | self.show_history()

    def timeline(self):
        """The windows of the long recording that the sound is a part of, for the page; None where there is none."""
        return self.recording and words.timeline(self.recording[1])

    def look(self, activation):
        """The pictures again, with a class activation (128, 130), 0 to 1."""
        return self._pictures(np.asarray(activation, dtype=float))

    def _warnings(self):
        """In what the sound differs from what the net knows; nothing without a net."""
        if self.net is None:
            return []
        sentences = [text[0].upper() + text[1:] + "." for text in self.analysis.sound.warnings]
        return sentences + words.mismatch_warnings(self.analysis, self.config)

    def _show_answer(self, before):
        self.answer = road.ask(self.net, self.analysis, self.voice)
        if (self.sound, self.settings) != self._last_change:  # looking twice is one try
            self._last_change = (self.sound, self.settings)
            self.history.add(self.analysis, self.answer)
        threshold = road.threshold_of(self.net, self.sound, self.voice)
        bars = {
            "rows": [one | {"color": words.color(one["label"])} for one in words.bar_rows(self.answer, before)],
            "caption": f"Calibrated probabilities. Dashed line: below {threshold:.0%} the net is not sure. "
            "Change: points since the last move.",
            "threshold": 100 * float(threshold),
            "unsure": self.answer.abstained,
        }
        return {"headline": words.headline(self.answer, foreign=self.analysis.sound.foreign), "bars": bars}

    def show_history(self):
        """History and score, as parts of the page."""
        rows, caption = self.history.latest(), f"Tries so far: {self.history.n_tried}, the newest above; the CSV holds "
        caption += "all settings and probabilities."
        return {
            "history": {"rows": rows, "caption": caption} if rows else None,
            "score": self._verdict + self.score.text if self.guessing else "",
        }

    def forget(self):
        """Empty history and score."""
        self.history, self.score, self._last_change, self._verdict = History(), Score(), None, ""

    def release(self):
        """Let go of sounds, pictures and net; history and score stay. A notebook keeps every closed playground."""
        self.__dict__.pop("_drawings", None)
        self.net, self.sound, self.analysis, self.answer, self.recording = None, None, None, None, None
        self.own, self.voice = {}, None
        self._memo, self._last_change = {}, None

    def _subject(self):
        sound = self.sound
        if self.pending:
            return "A clip to guess"
        acted = f", acted as {sound.truth}" if sound.truth else ""
        return f"{sound.name}{acted} ({sound.seconds:.1f} s, {sound.native_rate / 1000:g} kHz)"

    def _pictures(self, activation=None):
        name = "the clip to guess" if self.pending else self.sound.name
        mel = "What the net sees: log-mel spectrogram" if self.net else "Log-mel spectrogram"
        mel = f"{mel}, blue line F0" if activation is None else "Log-mel, blue line F0, gray where the net did not look"
        parts = {"wave_title": "Waveform, trimmed edges hatched", "mel_title": mel}
        parts["wave_alt"] = words.describe_wave(self.analysis, name)
        parts["mel_alt"] = words.describe_picture(self.analysis, self.config, activation=activation)
        return parts | {kind: drawing.update(self.analysis, activation) for kind, drawing in self._drawings.items()}
