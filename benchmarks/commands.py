"""How another process is told to run a job, and how what it found is heard."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.case import Case
from benchmarks.sizes import Sizes


def command(subject: str, job: str, case: Case) -> Sequence[str]:
    """Return the command that runs a job of the same case in another process of this kind."""
    return command_of(Path(sys.executable), subject, job, case.folder, case.sizes)


def command_of(python: Path, subject: str, job: str, folder: Path, sizes: Sizes) -> Sequence[str]:
    """Return the command that runs a job with an interpreter."""
    said = json.dumps(asdict(sizes))
    return [str(python), "-m", "benchmarks.worker", subject, job, str(folder), said]


def last_line(printed: str) -> dict[str, Any]:
    """Return what a worker said last, whatever libraries said before."""
    lines = [line for line in printed.splitlines() if line.startswith('{"')]
    said: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    return said
