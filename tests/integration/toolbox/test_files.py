"""Files of one folder: everything in it, and nothing that lies elsewhere."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mn_notebook import toolbox
from mn_notebook.errors import PermanentError, TransientError, UsageError
from mn_notebook.toolbox import folder as folder_module
from mn_notebook.toolbox.folder import Folder
from tests.integration.toolbox.using import Box


@pytest.fixture
def place(tmp_path: Path, box: Box) -> Path:
    """A folder with tools for it, and a secret beside it."""
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret.txt").write_text("the secret")
    toolbox.files(inside, may_write=True, may_replace=True, max_bytes=1000, registry=box.registry)
    return inside


def test_effects_are_declared(box: Box, place: Path) -> None:
    """Reading changes nothing, a new file is idempotent, overwriting is a write."""
    assert box.registry.effects() == {
        "list_files": "read",
        "read_file": "read",
        "replace_file": "write",
        "write_file": "idempotent",
    }


def test_writing_is_not_there_unasked(tmp_path: Path, box: Box) -> None:
    """Who only says a folder gets tools that read."""
    assert toolbox.files(tmp_path, registry=box.registry) == ("list_files", "read_file")


def test_another_folder_is_another_tool(tmp_path: Path, box: Box) -> None:
    """The folder is part of a tool's hash, and of what a model is told."""
    hashes = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        toolbox.files(tmp_path / name, registry=box.registry)
        assert f"'{name}'" in str(box.tool("read_file").spec({}).parameters)
        hashes.add(box.tool("read_file").hash)
    assert len(hashes) == 2


def test_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    """A mistake is told where it is made."""
    with pytest.raises(UsageError, match="make it first"):
        toolbox.files(tmp_path / "nowhere")


def test_what_is_written_is_read(box: Box, place: Path) -> None:
    """A file comes back as it was given, below folders that are made for it."""
    said = box.use("write_file", path="a/b/note.txt", text="çedilla\n2\n3\n")
    assert (said["done"], said["bytes"]) == ("written", 13)
    assert box.use("read_file", path="a/b/note.txt") == "çedilla\n2\n3\n"
    assert box.use("read_file", path="a/b/note.txt", first_line=2, lines=1) == "2\n"
    assert [one["path"] for one in box.use("list_files")] == ["a/b/note.txt"]
    assert box.use("list_files", pattern="*.csv") == []
    assert box.use("list_files", below="a/b") == box.use("list_files")


def test_the_same_content_is_nothing_to_do(box: Box, place: Path) -> None:
    """A repetition after a crash finds its work done and leaves the file alone."""
    box.use("write_file", path="note.txt", text="one")
    before = (place / "note.txt").stat()
    assert box.use("write_file", path="note.txt", text="one")["done"] == "already there"
    assert box.use("replace_file", path="note.txt", text="one")["done"] == "already there"
    after = (place / "note.txt").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_another_content_is_not_overwritten(box: Box, place: Path) -> None:
    """What somebody else has written stays, unless the tool that replaces is called."""
    (place / "note.txt").write_text("by hand")
    said = box.fault("write_file", PermanentError, path="note.txt", text="by a model")
    assert "left as it is" in said
    assert (place / "note.txt").read_text() == "by hand"
    assert box.use("replace_file", path="note.txt", text="by a model")["done"] == "replaced"
    assert (place / "note.txt").read_text() == "by a model"


@pytest.mark.parametrize(
    "path",
    [
        *("../secret.txt", "a/../../secret.txt", "..", "", ".", "/", "//secret.txt"),
        *("a\0b", "..\\secret.txt", ".git/config", "a/.env", "/".join("x" * 70)),
    ],
)
@pytest.mark.parametrize("tool", ["read_file", "write_file", "replace_file"])
def test_no_path_leads_out(box: Box, place: Path, path: str, tool: str) -> None:
    """Neither dots nor an absolute path, nor anything hidden."""
    text = {} if tool == "read_file" else {"text": "x"}
    assert box.fault(tool, PermanentError, path=path, **text)
    assert (place.parent / "secret.txt").read_text() == "the secret"
    assert list(place.iterdir()) == []


def test_absolute_paths_are_refused(box: Box, place: Path) -> None:
    """Also those that name a file of the folder."""
    (place / "note.txt").write_text("one")
    assert "inside the folder" in box.fault(
        "read_file", PermanentError, path=str(place / "note.txt")
    )


def test_links_are_not_followed(box: Box, place: Path) -> None:
    """A link to a file or a folder, absolute or relative, is refused for all tools."""
    (place / "file").symlink_to(place.parent / "secret.txt")
    (place / "folder").symlink_to(place.parent)
    (place / "dangling").symlink_to(place.parent / "new.txt")
    for path in ("file", "folder/secret.txt", "dangling"):
        assert "link" in box.fault("read_file", PermanentError, path=path)
        for tool in ("write_file", "replace_file"):
            assert "link" in box.fault(tool, PermanentError, path=path, text="x")
    assert "link" in box.fault("list_files", PermanentError, below="folder")
    assert box.use("list_files") == []
    assert (place.parent / "secret.txt").read_text() == "the secret"
    assert not (place.parent / "new.txt").exists()


def test_a_folder_that_becomes_a_link_leads_nowhere(
    box: Box, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exchanged between the look and the opening, the link is not followed either."""
    (place / "note.txt").write_text("one")
    looked = folder_module._refuse_others
    swapped: list[str] = []

    def swap_after_the_look(found: os.stat_result, path: str) -> None:
        looked(found, path)
        if not swapped:
            swapped.append(path)
            (place / "note.txt").unlink()
            (place / "note.txt").symlink_to(place.parent / "secret.txt")

    monkeypatch.setattr(folder_module, "_refuse_others", swap_after_the_look)
    assert "link" in box.fault("read_file", PermanentError, path="note.txt")
    assert swapped == ["note.txt"]


def test_hard_links_are_refused(box: Box, place: Path) -> None:
    """What a file of two names holds may belong elsewhere."""
    os.link(place.parent / "secret.txt", place / "note.txt")
    assert "hard link" in box.fault("read_file", PermanentError, path="note.txt")
    for tool in ("write_file", "replace_file"):
        assert "hard link" in box.fault(tool, PermanentError, path="note.txt", text="x")
    assert (place.parent / "secret.txt").read_text() == "the secret"


def test_special_files_are_not_opened(box: Box, place: Path) -> None:
    """A pipe or a device would block, or do something."""
    os.mkfifo(place / "pipe")
    assert "no plain file" in box.fault("read_file", PermanentError, path="pipe")
    assert "no plain file" in box.fault("write_file", PermanentError, path="pipe", text="x")
    assert "a folder" in box.fault("read_file", PermanentError, path=_made(place / "sub"))


def _made(folder: Path) -> str:
    folder.mkdir()
    return folder.name


def test_sizes_are_limited(box: Box, place: Path) -> None:
    """A large file is read in parts; a line that is too long, or endless zeros, are refused."""
    (place / "long.txt").write_text("".join(f"line {n}\n" for n in range(10_000)))
    assert "first_line" in box.fault("read_file", PermanentError, path="long.txt")
    part = box.use("read_file", path="long.txt", first_line=9_999, lines=5)
    assert part == "line 9998\nline 9999\n"
    assert "fewer" in box.fault("read_file", PermanentError, path="long.txt", first_line=2)
    with (place / "zeros").open("wb") as file:
        file.truncate(10_000_000_000)
    assert "bytes" in box.fault("read_file", PermanentError, path="zeros")
    assert "alone" in box.fault("read_file", PermanentError, path="zeros", first_line=2)
    assert "bytes" in box.fault("write_file", PermanentError, path="x", text="x" * 1001)
    assert not (place / "x").exists()


def test_what_is_no_text_is_said(box: Box, place: Path) -> None:
    """Bytes that are no UTF-8 are not guessed at, and none are written."""
    (place / "note.txt").write_bytes(b"\xff\xfe")
    assert "UTF-8" in box.fault("read_file", PermanentError, path="note.txt")
    assert "UTF-8" in box.fault("write_file", PermanentError, path="x", text="\ud800")


def test_many_files_are_refused_and_not_cut(box: Box, place: Path) -> None:
    """A list that would be too long says so."""
    for number in range(1_001):
        (place / f"{number}.txt").touch()
    assert "narrower" in box.fault("list_files", PermanentError)
    assert len(box.use("list_files", pattern="1*.txt")) == 112


def test_two_writers_do_not_overwrite_each_other(place: Path) -> None:
    """Of many contents for one new file exactly one is written, whole."""
    folder, ended = Folder.at(place), []

    def write(content: bytes) -> None:
        with contextlib.suppress(PermanentError, TransientError):
            ended.append((folder.write("note.txt", content, replaces=False), content))

    threads = [threading.Thread(target=write, args=(bytes([65 + n]) * 900,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [done for done, _ in ended] == ["written"]
    assert (place / "note.txt").read_bytes() == ended[0][1]
    assert [path.name for path in place.iterdir()] == ["note.txt"]


DIES = """
import os, signal, sys
from mn_notebook.toolbox import folder

def die(*_, **__):
    if sys.argv[2] == "after":
        really(*_, **__)
    os.kill(os.getpid(), signal.SIGKILL)

really = getattr(os, sys.argv[3])
setattr(folder.os, sys.argv[3], die)
folder.Folder.at(sys.argv[1]).write("note.txt", b"one", replaces=sys.argv[4] == "replaces")
"""


@pytest.mark.parametrize("replaces", ["", "replaces"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_killed_writer_leaves_all_or_nothing(
    box: Box, place: Path, when: str, replaces: str
) -> None:
    """Killed around the moment of the name, the file is whole or absent; what is left is tidied."""
    moment = "replace" if replaces else "link"
    done = subprocess.run(
        [sys.executable, "-c", DIES, str(place), when, moment, replaces], check=False
    )
    assert done.returncode == -signal.SIGKILL
    left = [path for path in place.iterdir() if path.name.startswith(".mn-")]
    assert len(left) == (0 if (when, moment) == ("after", "replace") else 1)
    assert (place / "note.txt").exists() is (when == "after")
    again = box.use("replace_file" if replaces else "write_file", path="note.txt", text="one")
    assert again["done"] == ("already there" if when == "after" else "written")
    assert [path.name for path in place.iterdir()] == ["note.txt"]
    assert box.use("read_file", path="note.txt") == "one"


def test_a_full_disk_may_be_tried_again(
    box: Box, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the disk does not take now it may take later; nothing is left behind."""
    full = OSError(28, "No space left on device")
    met = []

    def refuse(_number: int) -> None:
        met.append(1)
        raise full

    monkeypatch.setattr(os, "fsync", refuse)
    assert "No space" in box.fault("write_file", TransientError, path="note.txt", text="one")
    assert met
    assert list(place.iterdir()) == []
