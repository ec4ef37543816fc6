"""Pictures that move: sliders over a figure in a running notebook, a still stand-in with words everywhere else.

Lesson: all.
"""

import functools
import html

from .showing import image, mimebundle

EASY_CONTROLS = """
export default { render({ el }) {
  const watcher = new MutationObserver(([change]) => name(change.target));
  const name = (box) => {
    for (const row of box.querySelectorAll(".widget-slider"))
      for (const handle of row.querySelectorAll(".noUi-handle"))
        handle.setAttribute("aria-label", row.querySelector(".widget-label").textContent);
  };
  const find = () => {
    const box = el.closest(".ser-moving");
    if (!box) return void (waiting = setTimeout(find, 100));
    watcher.observe(box, { childList: true }); // controls may come later than this
    box.addEventListener("focusin", ({ target }) => { target.dataset.lmSuppressShortcuts = "true"; });
    name(box);
  };
  let waiting = setTimeout(find, 0);
  return () => { clearTimeout(waiting); watcher.disconnect(); };
} };
"""
"""ipywidgets gives the handle of a slider no name for a screen reader; JupyterLab takes the arrow keys from a menu."""


class MovingPicture:
    """What `moving` returns: its `controls`, {name: ipywidgets widget}, and the `widget` with controls and picture."""

    def __init__(self, draw, controls):
        import ipywidgets

        self._draw, self.controls = draw, {}
        self._kind, self._places, self._room = None, [], []
        for name, control in controls.items():
            made = ipywidgets.interactive.widget_from_abbrev(control)
            if made is None:
                raise TypeError(f"{name}={control!r} is no control; use (low, high, step), a list, True, or a widget.")
            made.description = made.description or name.replace("_", " ")
            made.style.description_width = "initial"
            # A slider is 300 px by itself: beside a label of 15 letters, a step is as small as the handle.
            if hasattr(made, "max") or isinstance(made, ipywidgets.SelectionSlider):
                made.layout.width = made.layout.width or "min(100%, 500px)"
            made.observe(self._redraw, "value")
            self.controls[name] = made
        self._picture, self._sound = ipywidgets.HTML(), ipywidgets.HTML()
        self._still = self._redraw()
        self.widget = ipywidgets.VBox([*self.controls.values(), self._picture, self._sound, _easy_controls()()])
        self.widget.add_class("ser-moving")

    def _redraw(self, change=None):
        """Draw the figure of the controls' values; what goes wrong after the first time is said in its place."""
        import matplotlib.pyplot as plt

        values = {name: control.value for name, control in self.controls.items()}
        try:
            # A figure that is drawn early is not laid out then, and a title makes way only for an exponent.
            titles = 1 if self._kind and not any(exponent for exponent, *_ in self._room) else None
            with plt.rc_context({"figure.autolayout": False, "axes.titley": titles}):
                drawn = self._draw(**values)
        except Exception as error:
            if change is None:
                raise
            self._picture.value = f'<p role="alert">{html.escape(f"{type(error).__name__}: {error}")}</p>'
            return None
        figure, sound = drawn if isinstance(drawn, tuple) else (drawn, None)
        kind = (*figure.get_size_inches(), len(figure.axes))
        if self._kind == kind:
            self._put_in_place(figure)
        elif figure.get_layout_engine() is None:
            figure.set_layout_engine("tight")
        data, metadata = mimebundle(figure, cut=False, few_colors=change is None)
        plt.close(figure)
        room = [_room(ax) for ax in figure.axes]
        if self._kind is None:
            self._kind, self._room, self._places = kind, room, [_place(ax) for ax in figure.axes]
        elif self._kind != kind or any(now > known for pair in zip(room, self._room) for now, known in zip(*pair)):
            self._kind = None  # once more, laid out anew
            return self._redraw(change)
        self._picture.value, self._sound.value = data["text/html"], sound._repr_html_() if sound else ""
        return data, metadata

    def _put_in_place(self, figure):
        """Put axes and their labels where they were before: to look for places takes longer than to draw."""
        figure.set_layout_engine("none")
        for ax, (place, *labels) in zip(figure.axes, self._places):
            ax.set_position(place)
            for axis, spot in zip((ax.xaxis, ax.yaxis), labels):
                axis.set_label_coords(*spot, transform=axis.label.get_transform())

    def _repr_mimebundle_(self, include=None, exclude=None):
        """The widget, and its first picture with words for places where widgets do not run."""
        data, _ = self._still
        reach = ", ".join(f"{control.description} ({_reach(control)})" for control in self.controls.values())
        words = f"Moving picture with {reach}: {data['text/plain']}"
        still = {**data, "text/plain": words, "text/html": image(data["image/png"], words) + self._sound.value}
        return self.widget._repr_mimebundle_() | still, {"image/png": {"alt": words}}


def moving(draw, **controls):
    """Return a picture that is drawn anew whenever a control moves.

    Parameters
    ----------
    draw : function of one argument for each control, which returns a matplotlib Figure, or (Figure, Player) with a
        sound of `plots.listen`
    controls : (low, high) or (low, high, step) for a slider, a list for a menu, True or False for a checkbox, or an
        ipywidgets widget; its name with spaces for underscores is its label, unless the widget has a description

    Returns
    -------
    MovingPicture; where no kernel runs, its first picture, whose alt text says which controls move it

    Raises TypeError where a control is none of these. Lesson: all.
    """
    return MovingPicture(draw, controls)


def _place(ax):
    """Where a drawn axes and the labels of its axes stand."""
    return ax.get_position(), ax.xaxis.label.get_position(), ax.yaxis.label.get_position()


def _room(ax):
    """What needs room in a drawn axes: characters of an exponent, lines of its title, labels, characters at ticks."""
    axes = (ax.xaxis, ax.yaxis)
    return (
        max(len(axis.get_offset_text().get_text()) for axis in axes),
        (ax.get_title(loc="left") or ax.get_title()).count("\n"),
        *(len(axis.get_label_text()) > 0 for axis in axes),
        *(max((len(tick.label1.get_text()) for tick in axis.majorTicks), default=0) for axis in axes),
    )


def _reach(control):
    """'0 to 10', 'calm, angry', or 'on or off'."""
    if hasattr(control, "max"):
        return f"{control.min} to {control.max}"
    if hasattr(control, "options"):
        return ", ".join(str(option[0] if isinstance(option, tuple) else option) for option in control.options)
    return "on or off" if isinstance(control.value, bool) else "any"


@functools.cache
def _easy_controls():
    """The widget class that runs `EASY_CONTROLS`."""
    import anywidget

    return type("EasyControls", (anywidget.AnyWidget,), {"_esm": EASY_CONTROLS})
