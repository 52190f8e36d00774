"""Functions that use a secret in all the wrong ways, in a child process."""

import os
import signal
import subprocess
import sys

import mn_notebook as mn


def show() -> dict[str, str]:
    key = mn.secret("CANARY_WORD")
    sys.stdout.write(f"in Python: {key}\n")
    subprocess.run(
        [sys.executable, "-c", "import os; os.write(1, os.environ['CANARY_WORD'].encode())"]
    )
    return {"value": key, key: "as a key"}


def fail() -> None:
    raise RuntimeError(f"refused: {mn.secret('CANARY_WORD')}")


def die() -> None:
    os.write(2, f"last words: {mn.secret('CANARY_WORD')}\n".encode())
    os.kill(os.getpid(), signal.SIGSEGV)


def chatter_and_die() -> None:
    sys.stderr.write(mn.secret("CANARY_WORD") + "." * 1990)
    os._exit(3)


def spill(name: str) -> str:
    return os.environ[name]
