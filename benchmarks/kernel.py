"""Lets a real kernel do the chain, cell by cell, as under a notebook."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.case import Case, WrongResult

PATIENCE_SECONDS = 300.0

_BEGINNING = """
import importlib, json
from pathlib import Path
from benchmarks.case import Case
from benchmarks.meter import Meter
from benchmarks.sizes import Sizes
case = Case(Path({folder!r}), Sizes(**json.loads({sizes!r})), Meter())
"""
_CHAIN = 'importlib.import_module("benchmarks.subjects.{subject}").chain(case)'
_END = "print(json.dumps(case.meter.found))"


def measure(subject: str, case: Case, cells: Sequence[str] = ()) -> None:
    """Start a kernel of this environment and execute the cells of the subject in it.

    ``cells`` measure the chain with ``case.meter``; without any, the subject's function does.

    Raises:
        WrongResult: a cell failed.
    """
    from jupyter_client.manager import KernelManager

    sizes = json.dumps(asdict(case.sizes))
    chain = cells or [_CHAIN.format(subject=subject)]
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(case.folder))
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=PATIENCE_SECONDS)
        printed = ""
        for cell in (_BEGINNING.format(folder=str(case.folder), sizes=sizes), *chain, _END):
            printed = _execute(client, cell)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    case.meter.found |= json.loads(printed)


def _execute(client: Any, cell: str) -> str:
    """Execute a cell and return what it printed."""
    printed: list[str] = []

    def heard(message: Any) -> None:
        if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
            printed.append(message["content"]["text"])

    reply = client.execute_interactive(cell, output_hook=heard, timeout=PATIENCE_SECONDS)
    content = reply["content"]
    if content["status"] != "ok":
        raise WrongResult(f"a cell failed: {content.get('ename')}: {content.get('evalue')}")
    return "".join(printed)
