"""Makes what the subjects run in: an environment for each, and the disk of a fixed speed."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".bench"
"""Everything that is made lies here; git ignores it, and deleting it costs only time."""

PINS = Path(__file__).with_name("environments.toml")
SHIM_SOURCE = Path(__file__).with_name("slow_disk.c")
SHIM = CACHE / "slow_disk.so"

Say = Callable[[str], None]


class SetUpError(Exception):
    """Something that a subject needs could not be made; the message says what to do."""


def pins() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Return what is installed for each environment: ``python`` and ``npm`` packages."""
    with PINS.open("rb") as file:
        found: dict[str, dict[str, list[str]]] = tomllib.load(file)
    return found


def python_of(environment: str) -> Path:
    """Return the interpreter of an environment; "" is the one that runs the benchmark."""
    if not environment:
        return Path(sys.executable)
    return CACHE / "environments" / environment / "bin" / "python"


def npm_folder(environment: str) -> Path:
    """Return where the npm packages of an environment lie."""
    return CACHE / "environments" / environment / "npm"


def is_made(environment: str) -> bool:
    """Tell whether an environment is there, as the pins ask for it."""
    if not environment:
        return True
    stamp = python_of(environment).parents[1] / "made"
    return stamp.is_file() and stamp.read_text() == _wanted(environment)


def make(environment: str, say: Say) -> None:
    """Bring an environment to what the pins ask for; where that is done, do nothing.

    Raises:
        SetUpError: a package could not be installed.
    """
    if is_made(environment):
        return
    say(f"making the environment of {environment}")
    folder = python_of(environment).parents[1]
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=True, symlinks=True)
    asked = pins()[environment]
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    _run([str(python_of(environment)), "-m", "pip", "install", *quiet, *asked["python"]])
    if "npm" in asked:
        if shutil.which("npm") is None:
            raise SetUpError(f"{environment} needs npm: install Node from https://nodejs.org")
        npm_folder(environment).mkdir()
        prefix = ["--prefix", str(npm_folder(environment)), "--no-audit", "--no-fund", "--silent"]
        _run(["npm", "install", *prefix, *asked["npm"]])
    (folder / "made").write_text(_wanted(environment))


def make_shim(say: Say) -> bool:
    """Compile the disk of a fixed speed; False where there is no compiler, or no Linux."""
    wanted = hashlib.sha256(SHIM_SOURCE.read_bytes()).hexdigest()
    stamp = SHIM.with_suffix(".made")
    if SHIM.is_file() and stamp.is_file() and stamp.read_text() == wanted:
        return True
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        say("no C compiler: syncs are neither counted nor slowed (on Debian: apt-get install gcc)")
        return False
    CACHE.mkdir(exist_ok=True)
    _run([compiler, "-O2", "-shared", "-fPIC", "-o", str(SHIM), str(SHIM_SOURCE), "-ldl"])
    stamp.write_text(wanted)
    return True


def versions(environment: str) -> dict[str, str]:
    """Return the version of every package that an environment has."""
    listed = subprocess.run(
        [python_of(environment), "-m", "pip", "list", "--format=json"],
        capture_output=True,
        check=True,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    found = {entry["name"]: entry["version"] for entry in json.loads(listed.stdout)}
    for package in pins().get(environment, {}).get("npm", ()):
        name, _, version = package.rpartition("@")
        found[name] = version
    return found


def _wanted(environment: str) -> str:
    asked = json.dumps(pins()[environment], sort_keys=True)
    return f"{sys.version_info[:2]} {asked}"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-1500:]
        raise SetUpError(f"`{' '.join(command)}` failed:\n{said}")
