"""A progress bar for the two long waits of this room: the download and the making of the practice corpus."""

import contextlib
import sys


def is_watched():
    """Tell whether a person sees what is written now.

    True in a terminal, and in a notebook whose front end offers to ask its user for input, as JupyterLab, VS Code and
    Colab do. False in pipes and in notebooks that run by themselves (nbval, nbconvert, the book), whose cells
    must not gain an output.
    """
    ipython = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if hasattr(ipython, "kernel"):
        return bool(ipython.kernel.get_parent("shell").get("content", {}).get("allow_stdin"))
    return sys.stderr is not None and sys.stderr.isatty()


@contextlib.contextmanager
def progress_bar(title, total, *, in_bytes=False):
    """Where `is_watched()`, show a bar, which disappears at the end; yields a function of what is done so far."""
    from rich import progress
    from rich.console import Console

    count = progress.DownloadColumn() if in_bytes else progress.MofNCompleteColumn()
    columns = (progress.TextColumn("{task.description}"), progress.BarColumn(), count, progress.TimeRemainingColumn())
    with progress.Progress(*columns, console=Console(stderr=True), transient=True, disable=not is_watched()) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)
