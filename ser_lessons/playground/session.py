"""One session of play: which sound, which settings, what the net said, what was guessed. No widgets.

`Session` turns events (a clip chosen, a slider moved, a guess made) into the parts that the
screen shows. The widget only passes events in and parts out. Lesson: 07_live_inference.
"""

import dataclasses
import functools

import numpy as np

from ..config import PALETTE, AudioConfig
from . import describe, state
from .history import History, Score
from .settings import Settings

YOUR_TURN = "Your turn: listen, then choose an emotion."


class Session:
    """The state behind one playground.

    Parameters
    ----------
    net : Bundle or a stand-in with `.labels`, `.audio`, `.threshold`, `.probabilities`, `.class_activation`;
        None until it is loaded
    config : AudioConfig, used until the net brings its own
    rng : numpy Generator that draws the clips to guess
    """

    def __init__(self, *, net=None, config=AudioConfig(), rng=None):
        self.net, self.config = net, config
        self.rng = rng or np.random.default_rng()
        self.settings = Settings.resting(config)
        self.history, self.score = History(), Score()
        self.sound, self.analysis, self.answer = None, None, None
        self.guessing, self.pending, self.activation = False, False, False
        self._memo, self._last_change = state.Memo(), None

    @functools.cached_property
    def _drawings(self):
        """The two pictures, made when the first sound is there: matplotlib takes a second to load."""
        from .views import MelPicture, WavePicture

        return WavePicture(self.config), MelPicture(self.config)

    def take(self, sound):
        """Make `sound` the subject. In guess-first mode a clip with a known emotion waits for the guess."""
        self.sound = sound
        self.pending = self.guessing and sound.truth is not None
        self.answer = None

    def give_guess(self, own):
        """Count a guess about the waiting clip; nothing waits afterwards. Raises `SerError` for a wrong label."""
        if not self.pending or self.net is None:
            return
        answer = state.ask(self.net, self.analysis)
        net = None if answer.abstained else answer.label
        self.score = self.score.guess(truth=self.sound.truth, own=own, net=net)
        self.pending = False

    def refresh(self):
        """Work everything out for the present sound and settings; returns the parts of the screen that changed.

        Raises
        ------
        BadClip : the sound cannot be changed like that
        """
        if self.sound is None:
            return {}
        before = self.answer
        self.analysis = state.analyze(self.sound, self.settings, self.config, memo=self._memo)
        self.answer = None
        parts = {"subject": self._subject(), "error": "", "pictures": self._pictures(), "sounds": self._sounds()}
        parts["warnings"] = [w[0].upper() + w[1:] + "." for w in self.analysis.warnings]
        parts["warnings"] += describe.mismatch_warnings(self.analysis, self.config)
        parts |= self._show_answer(before)
        return parts

    def look(self, activation):
        """The pictures again, with a class activation (128, 130), 0 to 1."""
        return {"pictures": self._pictures(np.asarray(activation, dtype=float))}

    def wants_activation(self):
        """True when a class activation is switched on and there is an answer to explain."""
        return self.activation and self.answer is not None

    def _show_answer(self, before):
        if self.net is None or self.pending:
            shown = {"headline": YOUR_TURN if self.pending else "", "bars": []}
        else:
            self.answer = state.ask(self.net, self.analysis)
            rows = describe.bar_rows(self.answer, state.moves(self.answer, before))
            self._note()
            shown = {
                "headline": describe.headline(self.answer),
                "bars": [row | {"color": PALETTE[row["label"]]} for row in rows],
                "bars_caption": f"Calibrated probabilities. Dashed line: below {self.net.threshold:.0%} the net "
                "is not sure. Change: points since the last move.",
                "threshold": 100 * float(self.net.threshold),
            }
        return shown | self.show_history()

    def _note(self):
        """Add to the history what was not just added."""
        change = (self.sound, self.settings)
        if change != self._last_change:
            self._last_change = change
            self.history.add(self.analysis, self.answer)

    def show_history(self):
        """History and score, as parts of the screen."""
        return {
            "history": self.history.latest(),
            "history_caption": f"The latest of {self.history.n_tried} tries; the CSV holds all settings and "
            "probabilities.",
            "score": self.score.text if self.guessing else "",
        }

    def forget(self):
        """Empty history and score."""
        self.history, self.score, self._last_change = History(), Score(), None

    def release(self):
        """Let go of sounds, pictures and net; history and score stay. A notebook keeps every closed playground."""
        self.__dict__.pop("_drawings", None)
        self.net, self.sound, self.analysis, self.answer = None, None, None, None
        self._memo, self._last_change = state.Memo(), None

    def _subject(self):
        sound = self.sound
        if self.pending:
            return "A clip to guess"
        acted = f", acted as {sound.truth}" if sound.truth else ""
        return f"{sound.name}{acted} ({sound.seconds:.1f} s, {sound.native_rate / 1000:g} kHz)"

    def _pictures(self, activation=None):
        shown = self.analysis
        if self.pending:
            shown = dataclasses.replace(shown, sound=dataclasses.replace(shown.sound, name="the clip to guess"))
        mel_title = "What the net sees: log-mel spectrogram, blue line F0"
        return [
            {"name": "wave", "title": "Waveform, trimmed edges hatched", "alt": describe.describe_wave(shown),
             "png": self._drawings[0].update(shown)},
            {"name": "mel", "title": mel_title + (", lit where the net looked" if activation is not None else ""),
             "alt": describe.describe_picture(shown, self.config, activation=activation),
             "png": self._drawings[1].update(shown, activation)},
        ]  # fmt: skip

    def _sounds(self):
        rate = self.config.sample_rate
        before = self._memo("player", self.sound, lambda: state.wav_bytes(self.sound.signal, rate))
        return [
            {"name": "before", "title": "Before", "wav": before},
            {"name": "after", "title": "After", "wav": state.wav_bytes(self.analysis.changed, rate)},
        ]
