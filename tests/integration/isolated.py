"""What steps in child processes do in the tests: work, crash, hang, and have children."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from mn_notebook.errors import TransientError


def add(a: int, b: int) -> int:
    sys.stdout.write(f"adding in {os.getpid()}\n")
    sys.stderr.write("and complaining\n")
    return a + b


async def later(value: Any) -> Any:
    return value


def repeat(text: str, times: int) -> str:
    return text * times


def doubled(rows: Any) -> Any:
    """Get a frame and return one."""
    return {"n": len(rows), "rows": rows.assign(n=rows["n"] * 2), "$mn:table": 1}


def chatter() -> str:
    for number in range(50_000):
        sys.stdout.write(f"line {number}\n")
    return "done"


def segfault() -> None:
    sys.stdout.write("so far, so good\n")
    ctypes.string_at(0)


def leave(code: int) -> None:
    os._exit(code)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def raise_(text: str) -> None:
    sys.stdout.write("about to raise")
    raise ValueError(text)


def raise_transient() -> None:
    message = "the line is busy"
    raise TransientError(message, retry_after_seconds=3.0)


def raise_connection() -> None:
    message = "broken"
    raise ConnectionResetError(message)


def quit_() -> None:
    sys.exit("enough")


def object_() -> object:
    return object()


def exhaust() -> int:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    return len(bytearray(1 << 33))


def hang(where: str) -> None:
    """Hang, deaf to a polite signal, with a child that does the same."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(
        [sys.executable, "-c", "import signal; signal.signal(15, 1); signal.pause()"]
    )
    _write(where, f"{os.getpid()} {child.pid}")
    threading.Event().wait()


def hang_in_c(where: str) -> None:
    """Hang so that no other thread of the interpreter can do anything."""
    _write(where, str(os.getpid()))
    ctypes.PyDLL(None).sleep(1000)


def hang_once(where: str) -> str:
    """Hang at the first try only."""
    if Path(where).exists():
        return "at the second try"
    _write(where, str(os.getpid()))
    threading.Event().wait()
    return "never"


def tidy_up(where: str) -> None:
    """Hang until asked to end, and then tidy up."""

    def tidy(*_: object) -> None:
        Path(where).write_text("tidy")
        sys.exit()

    signal.signal(signal.SIGTERM, tidy)
    Path(where).write_text("begun")
    threading.Event().wait()


def leave_child(where: str) -> str:
    """Return, and leave a child behind."""
    child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    _write(where, str(child.pid))
    return "returned"


def leave_thread() -> str:
    """Return, and leave a thread that would keep the interpreter from ending."""
    threading.Thread(target=threading.Event().wait).start()
    return "returned"


def _write(where: str, text: str) -> None:
    part = Path(f"{where}.part")
    part.write_text(text)
    part.rename(where)
