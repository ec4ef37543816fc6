"""The kernel of a learner on the hub: the usual one, and a sentence where the memory ends."""

import resource
import sys

import numpy as np
import scipy.linalg
from ipykernel.kernelapp import IPKernelApp

SENTENCE = (
    "This cell asked for more memory than a notebook may use here ({limit:.1f} GiB). Nothing is lost: your variables "
    "are still there. Take fewer clips at a time, or shut down notebooks that you no longer need (the square on the "
    "left of JupyterLab lists them), and run the cell again."
)


def explain(shell, kind, error, trace, tb_offset=None):
    """Show a MemoryError as IPython does, and below it what to do; called by IPython."""
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
    print(SENTENCE.format(limit=resource.getrlimit(resource.RLIMIT_DATA)[0] / 2**30), file=sys.stderr)


def take_workspace():
    """Let both copies of OpenBLAS take their workspace now: where none is left they wait, or end the kernel."""
    for linalg in (np.linalg, scipy.linalg):
        linalg.cholesky(np.eye(2))


if __name__ == "__main__":
    take_workspace()
    app = IPKernelApp.instance()
    app.initialize()
    app.shell.set_custom_exc((MemoryError,), explain)
    app.start()
