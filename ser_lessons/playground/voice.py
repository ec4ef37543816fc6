"""A learner's own voice: recorded in the page or uploaded, heard, and judged by the net. Lesson: 00_start_here."""

import io
from html import escape

import ipywidgets

from ..errors import SerError
from ..plots.listening import listen
from ..sound import hearing
from .recorder import Recorder

STILL = "Your own voice: run this cell in JupyterLab to record it, or to upload a sound file, and to read the answer."


class OwnVoice:
    """See `playground.own_voice`: its `recorder`, its `upload` button, its `answers`, a Prediction for each sound."""

    def __init__(self, tell, *, seconds=3.0):
        self._tell, self.answers = tell, []
        self.recorder = Recorder(seconds=seconds)
        self.upload = ipywidgets.FileUpload(accept="audio/*", description="Upload a sound file")
        self.upload.layout.width = "auto"
        self._heard = ipywidgets.HTML()
        self.widget = ipywidgets.VBox([self.recorder, self.upload, self._heard]).add_class("ser-voice")
        self.recorder.observe(lambda change: self.hear(change["new"], "your recording"), "wav")
        self.upload.observe(self._take_file, "value")

    def _take_file(self, change):
        for file in change["new"]:
            self.hear(bytes(file["content"]), file["name"])

    def hear(self, content, name):
        """Ask the net about a sound file (bytes), and show what `tell` makes of it, or what went wrong."""
        from ..net import predict

        sound = io.BytesIO(content)
        sound.name = name
        try:
            answer = predict.predict_file(sound)
            self.answers.append(answer)
            lines = [f"<strong>{escape(str(self._tell(answer)))}</strong>", *map(escape, answer.warnings)]
            player = listen(hearing.hear(sound).trimmed, title=name, loud=True)._repr_html_()
            self._heard.value = f'<div role="status"><p>{"<br>".join(lines)}</p></div>{player}'
        except Exception as error:  # of the learner's function, too; a callback's exception would be seen by nobody
            said = str(error) if isinstance(error, SerError) else f"{type(error).__name__}: {error}"
            self._heard.value = f'<p role="alert">{escape(said)}</p>'

    def _repr_mimebundle_(self, include=None, exclude=None):
        """The widget, and a sentence for places where widgets do not run."""
        return self.widget._repr_mimebundle_() | {"text/plain": STILL, "text/html": f"<p>{STILL}</p>"}
