"""The playground as a widget: events go into a `Session`, parts of the screen come out. No logic of its own.

Lesson: 08_live_inference.
"""

import base64
import functools
import pathlib
from concurrent.futures import ThreadPoolExecutor

from ..config import EMOTIONS
from ..errors import SerError
from . import forms, road
from .loading import load_net, warm_up
from .parts import Desk
from .recorder import Recorder
from .session import Session
from .small import SmallPlayground

STILL = pathlib.Path(__file__).parent / "static" / "still.png"
STILL_ALT = (
    "The audio playground: run this cell in JupyterLab to play. The picture shows it with one practice clip "
    "(synthetic, acted as angry), raised by 3 semitones, with noise at 26 dB and 24 bands hidden: sound sources and "
    "sliders; waveforms before and after, and the log-mel spectrogram with a blue F0 line; the net's eight calibrated "
    "probabilities, angry 41 % first, below the dashed line, so it says not sure; and a table of four tries."
)


class Playground(SmallPlayground):
    """See `playground.open`, which also closes the playground that the same cell opened before."""

    def __init__(self, *, table=None, net=None, background=True):
        self._given_table, self._given_net = table, net
        self._round, self._looked = 0, False
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="playground") if background else None
        self._set_up(Session(), forms.source_form(), forms.change_form())
        self._screen.progress = {"value": 0.05, "text": "Opening the corpus ..."}
        self._recorder, self._guess, self._export = Recorder(), Desk(spec=forms.GUESS), Desk(spec=forms.EXPORT)
        self._guess.add_class("ser-guess")
        self._export.add_class("ser-export")
        self._lock_export()
        self._recorder.observe(self._guarded(self._record), "wav")
        self._guess.observe(self._guarded(self._play), "values")
        self._guess.values = {"guess_first": False, "guess": ""}
        self._guess.choices = {"guess": list(EMOTIONS)}
        self._lock_guess()
        self._arrange([self._source, self._recorder, self._change], [self._guess, self._screen, self._export])
        self._later(self._load)

    def _repr_mimebundle_(self, **options):
        """The widget, and a still picture for places where widgets do not run."""
        data = super(SmallPlayground, self)._repr_mimebundle_(**options)
        data |= {"text/plain": STILL_ALT, "image/png": base64.b64encode(STILL.read_bytes()).decode("ascii")}
        return data, {"image/png": {"alt": STILL_ALT}}

    def close(self):
        """Stop the background work, close every part and forget the sounds; safe to call twice."""
        if self._pool:
            self._pool.shutdown(wait=False, cancel_futures=True)
        super().close()
        self._recorder.wav = b""

    def _later(self, job):
        if self._pool is None:
            job()
        else:
            self._pool.submit(self._guarded_job, job)

    def _guarded_job(self, job):
        try:
            job()
        except Exception as error:  # in a thread nobody else would hear of it
            if not self._closed:
                text = str(error) if isinstance(error, SerError) else f"{type(error).__name__}: {error}"
                self._screen.show(error=f"The playground could not go on: {text}", progress={"value": 1.0, "text": ""})

    # -- loading, in the background -------------------------------------------------------------

    def _load(self):
        from ..corpus import open_corpus  # pandas takes a second: not before the widget is on the page

        table = open_corpus("speech") if self._given_table is None else self._given_table
        self._step(0.4, "Listening to the first clip ...")
        with self._lock:
            self._offer(table)
        ready = self._screen.progress
        self._step(0.7, "Loading the net ...")
        net = load_net() if self._given_net is None else self._given_net
        with self._lock:
            if self._closed:
                return
            self._meet(net)
            self._lock_guess()
            self._screen.show(progress=ready)
        self._later(warm_up)

    def _meet(self, net):
        """Go on with the net, and with its front end."""
        old = self.session
        if net.audio != old.config:
            self.session = Session(net=net, config=net.audio)
            self._change.values = self._resting_places()
            self._choose()
        else:
            old.net = net
            self._refresh()

    def _step(self, value, text):
        with self._lock:
            if not self._closed:
                self._screen.show(progress={"value": value, "text": text})

    # -- events ---------------------------------------------------------------------------------

    def _record(self, change=None):
        self._take_bytes(self._recorder.wav, "your recording")

    def _take_bytes(self, content, name, **source):
        sound = road.read_sound(content, name, sample_rate=self.session.config.sample_rate)
        self._source.values = source  # no clip any more; and each clip is a new choice
        self._take(sound)

    def _receive(self, desk, content, buffers):
        if content.get("kind") == "file" and buffers:
            name = str(content.get("filename", "the file"))
            self._take_bytes(bytes(buffers[0]), name, upload=name)
        super()._receive(desk, content, buffers)

    def _presses(self):
        others = {"export": self._save, "forget": self._forget, "give_guess": self._give_guess, "next": self._next}
        return super()._presses() | others

    def _save(self):
        message = {"kind": "download", "filename": "playground.csv", "text": self.session.history.csv()}
        self._screen.send(message)

    def _forget(self):
        self.session.forget()
        self._screen.show(**self.session.show_history())
        self._lock_export()

    def _lock_export(self):
        self._export.locked = [] if self.session.history.n_tried else ["export", "forget"]

    def _play(self, change=None):
        guessing = bool(self._guess.values.get("guess_first"))
        if self._table is None or guessing == self.session.guessing:
            return
        self.session.guessing = guessing
        self._source.locked = list(forms.SOURCE) if guessing else []
        if guessing:
            self._source.values = {}  # what was chosen before would look like a hint
            self._next()
            self._reset()  # the scores are about clips as they were spoken
        else:
            self._source.values = self._chosen  # `_choose` shows it
        self._lock_guess()

    def _next(self):
        if self.session.guessing:
            self._guess.values = {"guess_first": True, "guess": ""}
            row = road.draw_clip(self._table, self.session.rng)
            self._take(road.clip_sound(row, sample_rate=self.session.config.sample_rate))
            self._lock_guess()

    def _give_guess(self):
        self.session.give_guess(self._guess.values.get("guess"))
        self._refresh()
        self._lock_guess()

    def _lock_guess(self):
        waiting, playing, net = self.session.pending, self.session.guessing, self.session.net
        locked = {"guess": not waiting, "give_guess": not waiting, "next": not playing, "guess_first": net is None}
        self._guess.locked = [name for name, closed in locked.items() if closed]

    def _refresh(self):
        super()._refresh()
        self._lock_export()
        self._round += 1
        if self.session.wants_activation():
            self._later(functools.partial(self._look, self._round))

    def _look(self, round_):
        """Add the class activation, unless something newer is on the screen by now; sliders go on meanwhile."""
        with self._lock:
            if round_ != self._round or self._closed:
                return
            net, item, done = self.session.net, self.session.analysis.item, self._screen.progress
            if not self._looked:  # Keras has to be loaded for the gradient
                self._screen.progress = {"value": 0.8, "text": "Asking where the net looked (slow the first time) ..."}
        activation = net.class_activation(item)
        with self._lock:
            if self._closed:
                return
            if not self._looked:
                self._looked, self._screen.progress = True, done
            if round_ == self._round:
                self._screen.show(**self.session.look(activation))
