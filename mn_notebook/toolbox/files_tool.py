"""Tools that list, read and write the files of one folder."""

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from pydantic import JsonValue

from mn_notebook.agents.tools import ToolRegistry
from mn_notebook.errors import PermanentError
from mn_notebook.toolbox.folder import MEGABYTE, Folder, sha256_of, too_large
from mn_notebook.toolbox.making import prefixed, put

MOST_FILES = 1_000
"""So many files a list shows."""


def files(
    folder: str | Path,
    *,
    may_write: bool = False,
    may_replace: bool = False,
    max_bytes: int = MEGABYTE,
    prefix: str = "",
    registry: ToolRegistry | None = None,
) -> tuple[str, ...]:
    """Put tools for the files of a folder into the box, and return their names.

    ``read_file`` and ``list_files`` change nothing. ``write_file`` (``may_write``) makes new files
    and is idempotent by content: the same content again is nothing to do, another one is refused.
    ``replace_file`` (``may_replace``) overwrites; it is a ``write``, so that by default a person is
    asked. Links, hidden files and files of two names are left alone.

    Args:
        folder: where the files are; paths are relative to it.
        may_write: whether there is a tool that makes new files.
        may_replace: whether there is a tool that overwrites files.
        max_bytes: the most that is read or written at once.
        prefix: put before the tools' names, for a second folder.
        registry: where the tools are known; default: to everybody in this process.

    Raises:
        UsageError: the folder is not there.
    """
    tools = FileTools(Folder.at(folder), max_bytes)
    about = {"path": f"Relative to the folder {tools.folder.path.name!r}."}
    put(registry, tools.list_files, name=prefixed(prefix, "list_files"), effect="read", about={})
    names = [prefixed(prefix, "list_files")]
    names.append(
        put(
            registry,
            tools.read_file,
            name=prefixed(prefix, "read_file"),
            effect="read",
            about=about,
        )
    )
    if may_write:
        named = prefixed(prefix, "write_file")
        names.append(put(registry, tools.write_file, name=named, effect="idempotent", about=about))
    if may_replace:
        named = prefixed(prefix, "replace_file")
        names.append(put(registry, tools.replace_file, name=named, effect="write", about=about))
    return tuple(names)


@dataclass(frozen=True, slots=True)
class FileTools:
    """The tools, over one folder."""

    folder: Folder
    max_bytes: int

    def list_files(self, pattern: str = "*", below: str = "") -> list[dict[str, JsonValue]]:
        """List the files of the folder, with their sizes and the times of their last change.

        Args:
            pattern: only files whose path fits it, such as ``*.csv``; ``*`` stands for any text.
            below: only files below this folder.
        """
        found: list[dict[str, JsonValue]] = []
        for path, known in self.folder.files(below):
            if not fnmatch.fnmatchcase(path, pattern):
                continue
            if len(found) == MOST_FILES:
                message = (
                    f"more than {MOST_FILES:,} files fit {pattern!r}: say a narrower pattern, or "
                    "a folder that they lie below"
                )
                raise PermanentError(message)
            changed = datetime.fromtimestamp(known.st_mtime, UTC).isoformat(timespec="seconds")
            found.append({"path": path, "bytes": known.st_size, "changed_at": changed})
        return found

    def read_file(self, path: str, first_line: int = 1, lines: int | None = None) -> str:
        """Read a text file, or some lines of it.

        Args:
            path: the file.
            first_line: the first line to return, counted from 1.
            lines: how many lines to return; all when it is not said.
        """
        if first_line < 1 or (lines is not None and lines < 1):
            message = f"expected lines from 1 on, found first_line={first_line}, lines={lines}"
            raise PermanentError(message)
        if first_line == 1 and lines is None:
            try:
                return _text(self.folder.read(path, max_bytes=self.max_bytes), path)
            except PermanentError as fault:
                if "may be read at once" not in str(fault):
                    raise
                message = f"{fault}; say first_line and lines to read a part"
                raise PermanentError(message) from fault
        with self.folder.reading(path) as file:
            return _text(self._part(file, path, first_line, lines), path)

    def _part(self, file: BinaryIO, path: str, first_line: int, lines: int | None) -> bytes:
        taken: list[bytes] = []
        size = 0
        last = None if lines is None else first_line + lines - 1
        for number, line in enumerate(self._lines(file, path), start=1):
            if last is not None and number > last:
                break
            if number >= first_line:
                size += len(line)
                if size > self.max_bytes:
                    message = f"{too_large(path, size, self.max_bytes)}; say fewer lines"
                    raise PermanentError(message)
                taken.append(line)
        return b"".join(taken)

    def _lines(self, file: BinaryIO, path: str) -> Iterator[bytes]:
        while line := file.readline(self.max_bytes + 1):
            if len(line) > self.max_bytes:
                message = f"a line of {path!r} alone is longer than {self.max_bytes:,} bytes"
                raise PermanentError(message)
            yield line

    def write_file(self, path: str, text: str) -> dict[str, JsonValue]:
        """Write a new text file; a file that holds just this text already is left as it is.

        Args:
            path: the file. If it is there with another text, nothing is written.
            text: what the file shall hold.
        """
        return self._written(path, text, replaces=False)

    def replace_file(self, path: str, text: str) -> dict[str, JsonValue]:
        """Write a text file, in place of what is there under this name.

        Args:
            path: the file.
            text: what the file shall hold.
        """
        return self._written(path, text, replaces=True)

    def _written(self, path: str, text: str, *, replaces: bool) -> dict[str, JsonValue]:
        try:
            content = text.encode()
        except UnicodeEncodeError as fault:
            message = f"the text for {path!r} cannot be UTF-8: {fault.reason}"
            raise PermanentError(message) from fault
        if len(content) > self.max_bytes:
            message = (
                f"the text for {path!r} has {len(content):,} bytes, and at most "
                f"{self.max_bytes:,} may be written at once"
            )
            raise PermanentError(message)
        done = self.folder.write(path, content, replaces=replaces)
        return {"path": path, "bytes": len(content), "sha256": sha256_of(content), "done": done}


def _text(content: bytes, path: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        message = f"{path!r} is no UTF-8 text: {fault.reason} at byte {fault.start}"
        raise PermanentError(message) from fault


__all__ = ["MOST_FILES", "FileTools", "files"]
