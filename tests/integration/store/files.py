"""Stores in files, and other processes that use them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from mn_notebook.domain.ids import ProcessId
from mn_notebook.store.leases import SqlLeases
from mn_notebook.store.store import Store, open_store
from mn_notebook.testing.doubles import FakeClock, SequentialIds


def opened(
    path: Path, *, threaded: bool = True, clock: FakeClock | None = None, name: str = "t"
) -> Store:
    return open_store(
        str(path), clock=clock or FakeClock(), ids=SequentialIds(name), threaded=threaded
    )


def holder(store: Store, name: str) -> SqlLeases:
    return store.lease_holder(process_id=ProcessId(name), origin="n", program="x")


def script(code: str, *args: Any) -> "subprocess.Popen[str]":
    """Start another process; it talks through its standard streams."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def said(process: "subprocess.Popen[str]") -> str:
    """Wait for the next line of a process."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell(process: "subprocess.Popen[str]", line: str = "") -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()
