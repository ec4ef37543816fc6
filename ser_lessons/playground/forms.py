"""What the desks of the playground contain, as plain data for `static/desk.js`. Lesson: 08_live_inference."""

from ..config import EMOTIONS
from .road import LARGEST_UPLOAD
from .settings import choose_controls

GROUPS = {"sound": "Change the sound", "mask": "Hide part of the picture", "picture": "Change the picture"}

SOURCE = {"emotion": "Emotion", "actor": "Actor", "sentence": "Sentence"}

EXPORT = [
    {
        "legend": "History",
        "layout": "line",
        "controls": [
            {"kind": "button", "name": "export", "label": "Export as CSV"},
            {"kind": "button", "name": "forget", "label": "Clear the history"},
        ],
    }
]

GUESS = [
    {
        "legend": "Guess first",
        "controls": [
            {"kind": "check", "name": "guess_first", "label": "I answer before the net does"},
            {"kind": "choice", "name": "guess", "label": "I hear"},
            {"kind": "button", "name": "give_guess", "label": "This is my guess"},
            {"kind": "button", "name": "next", "label": "Next clip"},
        ],
    }
]


def source_form(*, upload=True):
    """Choices of emotion, actor and sentence; a file picker unless `upload` is False."""
    controls = [{"kind": "choice", "name": name, "label": label} for name, label in SOURCE.items()]
    form = [{"legend": "Pick a clip", "controls": controls}]
    if upload:
        picker = {"kind": "file", "name": "upload", "label": "Sound file (WAV, FLAC, OGG, MP3)"}
        picker |= {"accept": "audio/*,.wav,.flac,.ogg,.mp3", "largest": LARGEST_UPLOAD}
        form.append({"legend": "Upload a file", "controls": [picker]})
    return form


def change_form(names=None, *, answer=True):
    """Sliders of the chosen settings by group, then reset and the switch for the class activation."""
    controls = choose_controls(names)
    form = []
    for group, legend in GROUPS.items():
        sliders = [
            {"kind": "slider", "name": c.name, "label": c.label, "texts": [text for _, text in c.positions]}
            for c in controls
            if c.group == group
        ]
        if sliders:
            form.append({"legend": legend, "controls": sliders})
    last = [{"kind": "button", "name": "reset", "label": "Reset all changes"}]
    if answer:
        last.insert(0, {"kind": "check", "name": "activation", "label": "Show where the net looked"})
    return [*form, {"legend": "Look again", "controls": last}]


def source_choices(table):
    """Texts of the source choices for a corpus table: emotion, actor ("5 (man)"), sentence."""
    from ..corpus import STATEMENTS

    actors = table[["actor", "gender"]].drop_duplicates().sort_values("actor")
    return {
        "emotion": [emotion for emotion in EMOTIONS if (table["emotion"] == emotion).any()],
        "actor": [f"{actor} ({gender})" for actor, gender in zip(actors["actor"], actors["gender"])],
        "sentence": [STATEMENTS[statement - 1] for statement in sorted(table["statement"].unique())],
    }


def read_source(values):
    """The choice texts back as arguments of `state.pick_clip`."""
    from ..corpus import STATEMENTS

    return {
        "emotion": values["emotion"],
        "actor": int(values["actor"].split()[0]),
        "statement": STATEMENTS.index(values["sentence"]) + 1,
    }
