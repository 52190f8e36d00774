"""Keeps a child process and all its descendants from outliving whoever wanted them.

The guardian is the parent of the process that works, and does nothing but watch: a worker that
crashes, hangs in C code or is killed can neither take it along nor fool it. It ends the worker's
whole process group when it is told to on its standard input, politely at first; and at once when
that closes, as the kernel's death does: whoever follows may begin the same work at any moment.
"""

import contextlib
import json
import os
import select
import signal
from collections.abc import Callable

END = b"end"
"""Asks the guardian to end its worker, which may tidy up before."""
GRACE_SECONDS = 1.0
"""From the signal that asks a group to end to the one that ends it."""


def guard(work: Callable[[], None], tell: int) -> None:
    """Do ``work`` in a process of its own, watch it, and say on file ``tell`` how it ended.

    Must be called while there is one thread only.
    """
    wake, alarm = os.pipe()
    for end in (wake, alarm):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(alarm)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    guardian = os.getpid()
    pid = os.fork()
    if pid == 0:
        _become_worker((wake, alarm, tell), guardian)
        work()
        return
    with contextlib.suppress(OSError):
        os.setpgid(pid, pid)  # The worker does it too; whoever is first.
    _say(tell, {"pid": pid})
    _say(tell, {"status": _watched(pid, wake)})


def _become_worker(foreign: tuple[int, ...], guardian: int) -> None:
    signal.set_wakeup_fd(-1)
    with contextlib.suppress(OSError):
        os.setpgid(0, 0)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for file in foreign:
        os.close(file)
    _die_with(guardian)


def _die_with(guardian: int) -> None:
    """Let Linux end this process when the guardian is killed; elsewhere nothing does."""
    with contextlib.suppress(OSError, AttributeError, ImportError):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
        if os.getppid() != guardian:
            os.kill(os.getpid(), signal.SIGKILL)


_PR_SET_PDEATHSIG = 1


def _watched(pid: int, wake: int) -> int:
    """Return a worker's exit code, a negative one for a signal, once its group is gone."""
    _await_end(pid, wake)
    while not _has_ended(pid):
        _kill(pid, signal.SIGKILL)
        select.select([wake], [], [], GRACE_SECONDS)
    _kill(pid, signal.SIGKILL)  # What it left behind; its number is not free before the next line.
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _await_end(pid: int, wake: int) -> None:
    """Wait for the worker's end, or until it is to be killed: nobody wants it any more."""
    while not _has_ended(pid):
        if select.select([0, wake], [], [])[0] == [wake]:
            _drain(wake)
            continue
        if os.read(0, 4096):
            _kill(pid, signal.SIGTERM)
            _drain(wake)
            if not _has_ended(pid):
                select.select([wake], [], [], GRACE_SECONDS)
        return


def _has_ended(pid: int) -> bool:
    """Tell whether a child has ended, and leave it in the table of processes."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _drain(wake: int) -> None:
    with contextlib.suppress(BlockingIOError):
        os.read(wake, 4096)


def _kill(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _say(tell: int, what: dict[str, int]) -> None:
    with contextlib.suppress(OSError):
        os.write(tell, json.dumps(what).encode() + b"\n")
