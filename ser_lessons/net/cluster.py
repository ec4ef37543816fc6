"""More than one machine: joblib's work goes to the workers of a Dask scheduler.

Dask is no part of a learner's installation: it is the extra `cluster`, imported only where an address is given.
"""

import contextlib
import importlib.metadata
import sys

from ..errors import SerError

PACKAGES = ("ser-lessons", "joblib", "keras", "librosa", "numpy", "pandas", "scipy", "soxr", "tensorflow")
"""What decides about the numbers, and about what processes can hand to each other."""
PATIENCE = 10
"""Seconds until a scheduler has to answer, and to know of workers."""


@contextlib.contextmanager
def workers(address=None):
    """Let joblib work within a `with` block where the Dask scheduler at "tcp://HOST:8786" says; for None, here.

    Raises `SerError`: Dask is missing, no scheduler with two workers answers, they have other packages, or went away.
    """
    if address is None:
        yield
        return
    try:
        import distributed
        from distributed.client import FutureCancelledError
        from distributed.comm import CommClosedError
    except ImportError:
        raise SerError("a cluster needs Dask, which is not here: pip install 'ser-lessons[cluster]'.") from None
    import joblib

    with contextlib.ExitStack() as stack:
        try:
            client = stack.enter_context(distributed.Client(address, timeout=PATIENCE))
            client.wait_for_workers(2, timeout=PATIENCE)  # for one, joblib would do the work itself
            found = client.run(installed)
        except (OSError, ValueError):
            raise SerError(
                f"no Dask scheduler with two workers answers at {address!r}: start `dask scheduler` on one machine and "
                "`dask worker ADDRESS --nworkers 2 --nthreads 1` on each that is to work."
            ) from None
        except ImportError as error:
            raise SerError(f"a worker lacks a package ({error}): install the same course there.") from None
        for worker, versions in found.items():
            other = [f"{name} {version}" for name, version in versions.items() if version != installed()[name]]
            if other:
                raise SerError(f"the worker {worker} has {', '.join(other)}: install there what is installed here.")
        stack.enter_context(joblib.parallel_config(backend="dask", client=client))
        try:
            yield
        except (distributed.KilledWorker, CommClosedError, FutureCancelledError) as error:
            why = "workers died again and again, often for want of memory, or the scheduler went away"
            told = f"the cluster gave up ({type(error).__name__}): {why}"
            raise SerError(f"{told}. The same again goes on where it was.") from None


def installed():
    """Versions that must be the same everywhere: a dict of name and version."""
    python = ".".join(map(str, sys.version_info[:2]))
    return {"Python": python} | {name: importlib.metadata.version(name) for name in PACKAGES}
