from pathlib import Path

import pytest

from mn_notebook.agents.local.cores import slots_for
from mn_notebook.agents.local.locks import FileLock, is_locked
from mn_notebook.agents.local.model import own_model
from mn_notebook.agents.local.server_folder import ServerFolder, ServerState, server_folder
from mn_notebook.agents.local.users import Seat, is_used
from mn_notebook.errors import PermanentError

STATE = ServerState(
    pid=1, port=2, api_key="secret", model_name="tiny", model_digest="d", context_tokens=128
)


@pytest.fixture
def folder(tmp_path: Path) -> ServerFolder:
    folder = server_folder(tmp_path / "servers", model_name="tiny", model_digest="d")
    folder.make()
    return folder


def test_folder_is_closed_to_others(folder: ServerFolder) -> None:
    """The key of the server can be read by nobody else."""
    folder.write_state(STATE)
    assert folder.path.stat().st_mode & 0o077 == 0
    assert (folder.path / "state.json").stat().st_mode & 0o077 == 0
    folder.path.chmod(0o755)
    with pytest.raises(PermanentError, match="only you can open"):
        folder.make()


def test_other_bytes_have_another_folder(tmp_path: Path) -> None:
    """Users meet only those who mean the same file."""
    paths = {server_folder(tmp_path, model_name="tiny", model_digest=d).path for d in "ab"}
    assert len(paths) == 2


def test_state_is_read_as_written_or_not_at_all(folder: ServerFolder) -> None:
    """A state that is missing, torn or forgotten is none."""
    assert folder.read_state() is None
    folder.write_state(STATE)
    assert folder.read_state() == STATE
    (folder.path / "state.json").write_text('{"pid": 1')
    assert folder.read_state() is None
    folder.forget_state()
    assert folder.read_state() is None


def test_key_is_not_shown() -> None:
    """A state may be logged; its key is not in its representation."""
    assert "secret" not in repr(STATE)


def test_server_is_used_while_any_seat_is_taken(folder: ServerFolder) -> None:
    """Users are counted by their locks, not by their files."""
    (folder.users / "dead").touch()
    one, two = Seat(folder.users), Seat(folder.users)
    assert not is_used(folder.users)
    one.take()
    two.take()
    one.leave()
    assert is_used(folder.users)
    two.leave()
    assert not is_used(folder.users)
    assert list(folder.users.iterdir()) == []


def test_seat_whose_file_was_removed_is_taken_again(folder: ServerFolder) -> None:
    """A cleaner that empties the folder costs a user nothing but a new file."""
    seat = Seat(folder.users)
    seat.take()
    for path in folder.users.iterdir():
        path.unlink()
    assert not seat.is_taken
    seat.take()
    assert is_used(folder.users)


def test_lock_has_one_holder(tmp_path: Path) -> None:
    """A lock excludes others until it is released, and a question does not take it."""
    path = tmp_path / "lock"
    assert not is_locked(path)
    one, two = FileLock(path), FileLock(path)
    assert one.try_acquire()
    assert not two.try_acquire()
    assert is_locked(path)
    one.release()
    assert not is_locked(path)
    assert two.try_acquire()


def test_lock_that_is_not_to_be_made_is_not_made(tmp_path: Path) -> None:
    """Looking whether a user is alive does not bring its file back."""
    assert not FileLock(tmp_path / "gone").try_acquire(create=False)
    assert not (tmp_path / "gone").exists()


def test_own_file_must_be_a_model(tmp_path: Path) -> None:
    """A path that leads nowhere, or to something else, is told before a server is started."""
    with pytest.raises(PermanentError, match="cannot be read"):
        own_model(tmp_path / "none.gguf")
    other = tmp_path / "other.gguf"
    other.write_bytes(b"PK\x03\x04")
    with pytest.raises(PermanentError, match="not a GGUF file"):
        own_model(other)
    other.write_bytes(b"GGUF1234")
    assert own_model(other).name == "other"


@pytest.mark.parametrize(("threads", "slots"), [(1, 1), (7, 1), (8, 2), (64, 2)])
def test_few_cores_answer_one_after_the_other(threads: int, slots: int) -> None:
    """Side by side pays only where there are threads for both."""
    assert slots_for(threads) == slots
