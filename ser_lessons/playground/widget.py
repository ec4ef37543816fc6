"""The playground as a widget: what is touched goes into a `Session`, what it answers goes on the page. No logic.

Why not stock ipywidgets: in JupyterLab 4.6 a "b" typed on any of them (slider, choice, checkbox, button, upload,
toggle, player: 7 of 7) added a cell to the notebook; axe calls the nameless handles of their sliders a serious fault,
and a screen reader hears position "1" where the slider says "40 dB". So the page is plain HTML, made by
`static/page.html`, and `static/page.js` carries values to Python and regions of HTML back. Lesson: 08_live_inference.
"""

import base64
import functools
import pathlib
import threading
from concurrent.futures import ThreadPoolExecutor
from html import escape

import anywidget
import jinja2
import traitlets

from ..config import EMOTIONS
from ..errors import SerError
from ..net import predict
from . import road
from .recorder import CSS, JS
from .session import Session
from .settings import CONTROL_NAMES, CONTROLS, Settings, from_places, to_places

STATIC = pathlib.Path(__file__).parent / "static"
STILL = STATIC / "still.png"
STILL_ALT = (
    "The audio playground: run this cell in JupyterLab to play. The picture shows it with one practice clip "
    "(synthetic, acted as angry), raised by 3 semitones, with noise at 26 dB and 24 bands hidden: sound sources and "
    "sliders; waveforms before and after, and the log-mel spectrogram with a blue F0 line; the net's eight calibrated "
    "probabilities, sad 27 % first, below the dashed line, so it says not sure; and a table of four tries."
)
GROUPS = {"sound": "Change the sound", "mask": "Hide part of the picture", "picture": "Change the picture"}
MEDIA = ("wave", "mel", "before", "after")
SOURCE = ("emotion", "actor", "sentence")
SENTENCES = ("The train leaves at nine.", "My neighbor has a new dog.", "There is a letter on the table.")
"""What a learner reads so that the net gets to know the voice; their words say nothing about the mood."""


@functools.cache
def _macros():
    folder = jinja2.FileSystemLoader(STATIC)
    return jinja2.Environment(loader=folder, autoescape=True).get_template("page.html").module


class Playground(anywidget.AnyWidget):
    """See `playground.open`, which also closes what the same cell opened before.

    Its `values` are {name of a control: what a learner set}, where sliders count their places, its `regions` {name of
    a part of the page: HTML}; `wave`, `mel` are pictures (PNG), `before`, `after` the players' sounds (WAV).
    """

    _esm = JS + (STATIC / "page.js").read_text(encoding="utf-8")
    _css = CSS
    html = traitlets.Unicode().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    locked = traitlets.List().tag(sync=True)
    regions = traitlets.Dict().tag(sync=True)
    wave, mel, before, after = (traitlets.Bytes().tag(sync=True) for _ in MEDIA)
    seconds = traitlets.Float(5.0).tag(sync=True)
    serial = traitlets.Int(0).tag(sync=True)

    def __init__(self, *, table=None, net=None, background=True):
        self._net, self._table, self._clip = net, None, {}
        self._lock, self._closed, self._settling = threading.RLock(), False, False
        self._round, self._looked = 0, False
        self.session = Session()
        page = _macros().page(
            groups=[(legend, [c for c in CONTROLS if c.group == group]) for group, legend in GROUPS.items()],
            largest=road.LARGEST_UPLOAD,
            sentences=SENTENCES,
        )
        super().__init__(html=str(page), values=self._resting(), locked=list(SOURCE))
        self.on_msg(self._receive)
        self.observe(lambda change: self._do(self._touch, change), "values")
        self._pool = ThreadPoolExecutor(1, "playground") if background else None
        self.show(guess=("", *EMOTIONS))
        self._lock_guess()
        self._later(self._load, table)

    def show(self, **parts):
        """Put parts on the page in one message, and count the update; nothing once it is closed."""
        with self._lock, self.hold_sync():
            if self._closed:
                return
            regions = dict(self.regions)
            for name, value in parts.items():
                if name in MEDIA:
                    setattr(self, name, value)
                else:
                    fill = getattr(_macros(), "options" if name in (*SOURCE, "guess") else name, escape)
                    regions[name] = str(fill(value)) if value else ""
            self.regions = regions
            self.serial += 1

    def _progress(self, value, text):
        self.show(progress={"value": value, "text": text})

    def _repr_mimebundle_(self, **options):
        """The widget, and a picture with a description for places where widgets do not run."""
        data = super()._repr_mimebundle_(**options)
        data = data[0] if isinstance(data, tuple) else data
        data |= {"text/plain": STILL_ALT, "image/png": base64.b64encode(STILL.read_bytes()).decode("ascii")}
        return data, {"image/png": {"alt": STILL_ALT}}

    def close(self):
        """Stop the background work, close the widget and forget the sounds; safe to call twice."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        if self._pool:
            self._pool.shutdown(wait=False, cancel_futures=True)
        self.unobserve_all()
        self.layout.close()
        super().close()
        self.session.release()
        self.wave = self.mel = self.before = self.after = b""

    def wait(self):
        """Return when the work in the background is done."""
        if self._pool:
            self._pool.submit(int).result()  # there is one worker

    # -- in the background ----------------------------------------------------------------------

    def _later(self, job, *arguments):
        if self._pool is None:
            job(*arguments)
        else:
            self._pool.submit(self._try, job, *arguments)

    def _try(self, job, *arguments):
        try:
            job(*arguments)
        except Exception as error:  # in a thread nobody else would hear of it
            text = str(error) if isinstance(error, SerError) else f"{type(error).__name__}: {error}"
            self.show(error=f"The playground could not go on: {text}", progress=None)

    def _load(self, table):
        self._progress(0.05, "Opening the corpus ...")
        from ..corpus import open_corpus  # pandas takes a second: not before the widget is on the page

        table = open_corpus("speech") if table is None else table
        self._progress(0.4, "Listening to the first clip ...")
        self._do(self._offer, table)
        self._progress(0.7, "Loading the net ...")
        self._do(self._meet, self._net or predict.default_bundle())
        self._progress(1, f"Clips: {self.clips}.")

    def _meet(self, net):
        """Go on with the net, and with its front end."""
        if net.audio == self.session.config:
            self.session.net = net
            self._refresh()
        else:
            self.session = Session(net=net, config=net.audio)
            self._put(**self._resting())
            self._choose()
        self._lock_guess()

    def _look(self, round_):
        """Add the class activation, unless something newer is on the page by now; sliders go on meanwhile."""
        with self._lock:
            if round_ != self._round or self._closed:
                return
            net, item = self.session.net, self.session.analysis.item
        if not self._looked:  # Keras has to be loaded for the gradient
            self._progress(0.8, "Asking where the net looked (slow the first time) ...")
        activation = net.class_activation(item)
        if not self._looked:
            self._looked = True
            self._progress(1, f"Clips: {self.clips}.")
        with self._lock:
            if round_ == self._round and not self._closed:
                self.show(**self.session.look(activation))

    # -- events ---------------------------------------------------------------------------------

    def _do(self, handler, *arguments):
        """One thing at a time, and nothing once it is closed; what is refused becomes a sentence on the page."""
        with self._lock:
            try:
                if not self._closed:
                    handler(*arguments)
            except SerError as error:
                self.show(error=str(error))

    def _receive(self, _, content, buffers):
        kind = content.get("kind")
        if kind == "hello":
            self.send_state()
        elif kind == "press":
            self.press(content.get("name"))
        elif kind == "window":
            self._do(self._enter, content.get("number"))
        elif kind in ("file", "recording") and buffers:
            self.hear(bytes(buffers[0]), content.get("filename"))

    def press(self, name):
        """Do what the button with this name does; another name does nothing."""
        buttons = {"reset": self._reset, "export": self._export, "forget": self._forget}
        buttons |= {"give_guess": self._give_guess, "next": self._next}
        self._do(buttons.get(name, lambda: None))

    def hear(self, content, filename=None):
        """Take in a sound file as bytes, or a recording when it has no name; all changes are off for it."""
        self._do(self._hear, content, filename)

    def _hear(self, content, filename):
        rate = self.session.config.sample_rate
        sound = road.read_sound(content, filename or self.session.next_name(), sample_rate=rate)
        self.session.own[sound.name] = content
        self._know_voice()
        blank = dict.fromkeys(SOURCE, "")  # no clip is on the page any more; and each clip is a new choice
        self._put(**self._resting(), **blank, upload=filename or "")
        self._take(sound)
        if len(sound.trimmed) > self.session.config.n_samples:
            self._later(self._follow, content, sound)

    def _follow(self, content, sound):
        """Judge a long recording window by window, and show it, unless another sound is on the page by now."""
        net = self.session.net
        windows = net and road.follow(content, net, seconds=sound.seconds)
        with self._lock:
            if self.session.sound is sound and windows:
                self.session.recording = content, windows, sound.name
                self.show(timeline=self.session.timeline())

    def _enter(self, number):
        """Show and play one window of the long recording."""
        content, windows, name = recording = self.session.recording or (b"", [], "")
        if number in range(len(windows)):
            self.session.take(road.cut(content, windows[number], name, self.session.config), recording)
            self._refresh()
            self.send({"kind": "play"})

    def _touch(self, change):
        """A learner touched controls, perhaps several while Python was busy; or `_put` set them."""
        places = {name: place for name, place in self.values.items() if name in CONTROL_NAMES}
        self.session.settings = from_places(places, base=Settings.resting(self.session.config))
        self.session.activation = bool(self.values.get("activation"))
        if self._settling or self._table is None:
            return
        names = {name for name, value in change["new"].items() if value != change["old"].get(name)}
        if names & {*CONTROL_NAMES, "activation"}:
            self._refresh()
        if names & {*SOURCE} and not self.session.guessing:
            self._choose()
        if "guess_first" in names:
            self._play()
        if "one_voice" in names:
            self._know_voice()
            self._refresh()

    def _know_voice(self):
        self.session.know_voice(bool(self.values.get("one_voice")))

    def _put(self, **values):
        """Set controls as if nobody had touched them."""
        self._settling, self.values = True, self.values | values
        self._settling = False

    def _resting(self):
        return to_places(Settings.resting(self.session.config))

    def _offer(self, table):
        """Let the learner choose among the clips of a table, and show the first angry one."""
        from ..corpus import corpus_title

        self._table, self.clips = table, corpus_title(table)
        texts = road.clip_choices(table)
        self.show(**texts)
        self._progress(1, f"Clips: {self.clips}.")
        angry = {"emotion": "angry"} if "angry" in texts["emotion"] else {}
        self._put(**{name: choices[0] for name, choices in texts.items()} | angry)
        self._choose()
        self._lock_guess()

    def _choose(self):
        """Show the chosen clip; choices that are blank, because no clip was on the page, come back as they were."""
        self._clip |= {name: text for name in SOURCE if (text := self.values.get(name))}
        self._put(**self._clip, upload="")
        self._take(road.choose_clip(self._table, **self._clip, sample_rate=self.session.config.sample_rate))

    def _take(self, sound):
        self.session.take(sound)
        self._refresh()

    def _refresh(self):
        self.show(**self.session.refresh())
        self._round += 1
        if self.session.activation and self.session.answer:
            self._later(self._look, self._round)

    def _reset(self):
        self._put(**self._resting())
        self._refresh()

    def _export(self):
        self.send({"kind": "download", "filename": "playground.csv", "text": self.session.history.csv()})

    def _forget(self):
        self.session.forget()
        self.show(**self.session.show_history())

    # -- the game -------------------------------------------------------------------------------

    def _play(self):
        """Begin or end the game."""
        self.session.guessing = bool(self.values["guess_first"])
        if self.session.guessing:
            # What was chosen before would look like a hint, and the scores are about clips as they were spoken.
            self._put(**self._resting(), **dict.fromkeys(SOURCE, ""))
            self._next()
        else:
            self._choose()
        self._lock_guess()

    def _next(self):
        if self.session.guessing:
            self._put(guess="")
            self._take(road.draw_clip(self._table, self.session.rng, sample_rate=self.session.config.sample_rate))
            self._lock_guess()

    def _give_guess(self):
        self.session.give_guess(self.values.get("guess"))
        self._refresh()
        self._lock_guess()

    def _lock_guess(self):
        waiting, playing, ready = self.session.pending, self.session.guessing, self.session.net is not None
        locks = dict.fromkeys(SOURCE, playing or self._table is None)
        locks |= {"guess": not waiting, "give_guess": not waiting, "next": not playing, "guess_first": not ready}
        self.locked = [name for name, closed in locks.items() if closed]
