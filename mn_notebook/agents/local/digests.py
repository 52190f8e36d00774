"""Sums of files, and of stretches of files."""

import hashlib
from pathlib import Path

_PIECE_BYTES = 1 << 20


def sha256_of(path: Path, *, start: int = 0, size: int | None = None) -> str:
    """Sum up a file, or ``size`` bytes of it from ``start`` on; less if the file ends before."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        file.seek(start)
        left = path.stat().st_size if size is None else size
        while left > 0 and (piece := file.read(min(left, _PIECE_BYTES))):
            digest.update(piece)
            left -= len(piece)
    return digest.hexdigest()
