"""Worker processes that share the reading of one large file; results come back in order."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any, NoReturn, TypeVar

T = TypeVar("T")
R = TypeVar("R")


def cpu_count() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def forked_map(workers: int) -> Callable[[Callable[[T], R], Sequence[T]], Iterator[R]]:
    """A ``map`` that shares its items among *workers* forked processes, in turn.

    What the function needs is inherited, so only results are pickled. A result that a worker cannot
    give (it was killed, it raised) is computed here, where an exception can be seen. One worker, or
    a system without ``fork``, means no process at all.
    """

    def shared(function: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        count = min(workers, len(items))
        if count < 2 or not hasattr(os, "fork"):
            yield from map(function, items)
            return
        parallel_map = [_start(function, items[index::count]) for index in range(count)]
        try:
            for index, item in enumerate(items):
                done, result = _receive(parallel_map[index % count][1])
                yield result if done else function(item)
        finally:
            for pid, stream in parallel_map:
                _stop(pid, stream)

    return shared


def _start(function: Callable[[T], R], items: Sequence[T]) -> tuple[int, IO[bytes]]:
    """Fork a worker that sends the results for *items*; its number, and where to read from."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # Python 3.12 warns of forking beside threads; the worker only reads, computes and writes.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        os.close(reading)
        _run_worker(function, items, writing)
    os.close(writing)
    return pid, os.fdopen(reading, "rb")


def _run_worker(function: Callable[[T], R], items: Sequence[T], writing: int) -> NoReturn:
    """The life of a worker. It leaves without flushing what it inherited from its parent."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with contextlib.suppress(BaseException), os.fdopen(writing, "wb") as stream:
        for item in items:
            stream.write(pickle.dumps(function(item), pickle.HIGHEST_PROTOCOL))
            stream.flush()
    os._exit(0)


def _receive(stream: IO[bytes]) -> tuple[bool, Any]:
    try:
        return True, pickle.load(stream)  # noqa: S301 (our own worker wrote it)
    except (EOFError, pickle.UnpicklingError):
        return False, None


def _stop(pid: int, stream: IO[bytes]) -> None:
    stream.close()
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
