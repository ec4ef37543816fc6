"""One family of errors: what is wrong, with which file or value, and what to do next, in a sentence or two.

The command line prints the message alone, never a traceback.
"""


class SerError(ValueError):
    """Base of every error that this package raises on purpose."""


class BadClip(SerError):
    """A sound file or signal cannot be used: unreadable, empty, not one-dimensional, not finite."""


class BadName(SerError):
    """A file name does not follow the RAVDESS naming scheme."""


class BadTable(SerError):
    """A table of clips or predictions lacks a column, holds unknown values, or has duplicate rows."""


class BadCorpus(SerError):
    """A folder does not hold the corpus that was asked for: clips missing, doubled or foreign."""


class BadBundle(SerError):
    """A model bundle is damaged, of another version, or was made for other labels or audio."""


class BadModel(SerError):
    """A net or a training run cannot be used: other shape, other data, or a damaged checkpoint."""


class DownloadError(SerError):
    """The corpus could not be fetched, verified or unpacked."""
