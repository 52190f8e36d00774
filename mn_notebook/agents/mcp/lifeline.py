"""Ends a server together with the process that wanted it. Run as a file: ``lifeline.py PID …``.

It is the parent of the server and does nothing but wait: for the server's end, or for that of the
process ``PID``, however that one is killed. Then the whole group is killed. A server is not relied
upon to notice by itself that nobody listens any more.

It uses the standard library alone, so that it starts in a moment.
"""

import os
import select
import signal
import subprocess
import sys
from contextlib import suppress

LOOK_SECONDS = 0.5
"""How often it looks where the system cannot tell it."""
_PR_SET_PDEATHSIG = 1


def main(wanted_by: int, command: list[str]) -> int:
    """Start a server, and return its exit code when it has ended."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _leave_to_the_server)
    watched = _opened(wanted_by)
    if os.getppid() != wanted_by:
        return 1
    try:
        server = subprocess.Popen(command, preexec_fn=_die_with_me)  # noqa: S603
    except OSError as fault:
        sys.stderr.write(f"it cannot be started: {fault}\n")
        return 127
    for stream in (0, 1):  # Only the server may hold them open.
        os.dup2(os.open(os.devnull, os.O_RDWR), stream)
    own = _opened(server.pid)
    while server.poll() is None:
        if _is_gone(wanted_by, watched):
            _end_all(server)
        _wait([end for end in (watched, own) if end is not None])
    return server.returncode


def _leave_to_the_server(_number: int, _frame: object) -> None:
    """Go on: whoever ends the group ends the server, and this process then follows."""


def _opened(pid: int) -> "int | None":
    """Return what becomes readable at a process's end; None where the system has no such thing."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def _is_gone(pid: int, watched: "int | None") -> bool:
    if watched is not None and select.select([watched], [], [], 0)[0]:
        return True
    return os.getppid() != pid


def _wait(ends: "list[int]") -> None:
    if len(ends) == 2:
        select.select(ends, [], [])
    else:
        select.select([], [], [], LOOK_SECONDS)


def _end_all(server: "subprocess.Popen[bytes]") -> None:
    if os.getpgrp() == os.getpid():  # Else the group is not ours alone.
        os.killpg(os.getpgrp(), signal.SIGKILL)
    server.kill()


def _die_with_me() -> None:
    """Let Linux end the server when this process is killed; elsewhere nothing does."""
    with suppress(OSError, AttributeError, ImportError):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
