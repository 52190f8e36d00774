"""A store is brought to the form that this program writes, wholly or not at all."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mn_notebook.domain.fold import fold
from mn_notebook.domain.ids import RunId
from mn_notebook.errors import StoreBusy, StoreTooNew
from mn_notebook.store.database import Database
from mn_notebook.store.migrations import MIGRATIONS, applied, migrate, pending
from tests.integration.store.files import end, opened, said, script, tell

GOLDEN = Path(__file__).parents[2] / "golden" / "store_0001.sql"


def names(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return sorted(applied(connection))


def _0002_a_colour(_database: Database, connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE mn_run ADD COLUMN colour TEXT")


def _0002_that_fails(_database: Database, connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE mn_run ADD COLUMN colour TEXT")
    raise RuntimeError("in the middle")


NEXT = (*MIGRATIONS, ("0002_a_colour", _0002_a_colour))


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A store as the first version of this program left it, with a run in it."""
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(GOLDEN.read_text(encoding="utf-8"))
    return path


def test_a_new_store_gets_every_migration_once(tmp_path: Path):
    """And none a second time."""
    path = tmp_path / "store.db"
    database = Database(str(path))
    with closing(database.connect()) as connection:
        assert [name for name, _ in pending(connection)] == [name for name, _ in MIGRATIONS]
    migrate(database)
    assert names(path) == sorted(name for name, _ in MIGRATIONS)
    migrate(database)
    with closing(database.connect()) as connection:
        assert pending(connection) == []


def test_the_tables_of_the_first_version_are_what_they_were(tmp_path: Path, old: Path):
    """Tables are for ever: the first migration makes today what it made then."""
    fresh = tmp_path / "fresh.db"
    migrate(Database(str(fresh)), MIGRATIONS[:1])
    query = "SELECT type, name, sql FROM sqlite_master WHERE name LIKE 'mn_%' ORDER BY name"
    with closing(sqlite3.connect(old)) as one, closing(sqlite3.connect(fresh)) as other:
        assert one.execute(query).fetchall() == other.execute(query).fetchall()


def test_an_older_store_is_migrated_with_all_that_is_in_it(old: Path):
    """What it holds stays; what is new is added."""
    migrate(Database(str(old)), NEXT)
    assert names(old) == sorted(name for name, _ in NEXT)
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("SELECT id, colour FROM mn_run").fetchall() == [("golden", None)]


def test_a_journal_of_the_first_version_still_folds(old: Path):
    """Events are for ever."""
    store = opened(old)
    run_id = RunId("golden")
    line = store.views.run(run_id)
    events = store.journal.read(run_id)
    state = fold(store.journal.workflow(line.workflow_hash), run_id, events)
    assert state.phase == "succeeded"
    assert state.head == line.head == len(events)
    assert line.steps_done == 8
    store.close()


def test_a_migration_that_fails_leaves_the_store_as_it_was(old: Path):
    """It and its record are one transaction."""
    database = Database(str(old))
    broken = (*MIGRATIONS, ("0002_a_colour", _0002_that_fails))
    with pytest.raises(RuntimeError):
        migrate(database, broken)
    assert names(old) == ["0001_first_tables"]
    with closing(database.connect()) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(mn_run)")]
    assert "colour" not in columns
    migrate(database, NEXT)
    assert "0002_a_colour" in names(old)


def test_a_store_that_a_newer_program_changed_for_good_is_refused(old: Path):
    """Rather than misread; a change that only adds is lived with."""
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        connection.execute("INSERT INTO mn_migration VALUES ('0099_adds', '', 0)")
    migrate(Database(str(old)))
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        connection.execute("INSERT INTO mn_migration VALUES ('0100_breaks', '', 1)")
    with pytest.raises(StoreTooNew, match=r"0100_breaks.*upgrade mn-notebook"):
        migrate(Database(str(old)))


def test_a_store_that_is_held_is_said_to_be_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """And not to be broken."""
    path = tmp_path / "store.db"
    database = Database(str(path))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr("mn_notebook.store.database.BUSY_MILLISECONDS", 50)
        with pytest.raises(StoreBusy):
            migrate(database)


OLDER = """
import sys
from pathlib import Path
from mn_notebook.domain import events as e
from mn_notebook.domain.ids import ProcessId, RunId
from tests.integration.store.files import holder, opened
from tests.unit.store.stores import append, create, group
store = opened(Path(sys.argv[1]), name="o")
leases = holder(store, "older")
print("ready", flush=True)
for number, line in enumerate(sys.stdin):
    run_id = create(store, f"run{number}")
    fence = leases.claim(run_id, store.clock.now())
    leases.beat()
    store.writer.call(lambda cursor: None)
    done = []
    one = group(store, run_id, fence, e.RunStarted(), owner=ProcessId("older"), batch=f"b{number}")
    store.journal.submit(one, lambda last, fault: done.append(fault or last))
    store.writer.call(lambda cursor: None)
    print(type(done[0]).__name__, store.views.run(run_id).head, flush=True)
"""


def test_an_older_process_goes_on_while_a_newer_one_migrates(tmp_path: Path):
    """What is added does not concern it: it creates, claims, beats, appends and lists as before."""
    path = tmp_path / "store.db"
    older = script(OLDER, path)
    try:
        assert said(older) == "ready"
        tell(older)
        assert said(older) == "int 3"
        migrate(Database(str(path)), NEXT)
        assert "0002_a_colour" in names(path)
        for _ in range(2):
            tell(older)
            assert said(older) == "int 3"
    finally:
        end(older)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT id, colour FROM mn_run ORDER BY id").fetchall() == [
            ("run0", None),
            ("run1", None),
            ("run2", None),
        ]
    opened(path).close()


def test_a_migration_that_breaks_waits_until_no_older_process_is_alive(tmp_path: Path):
    """It names the process; afterwards the older program is refused, and nothing was lost."""
    path = tmp_path / "store.db"
    breaking = frozenset({"0002_a_colour"})
    older = script(OLDER, path)
    try:
        assert said(older) == "ready"
        with pytest.raises(StoreBusy, match=rf"process {older.pid} \(mn_notebook x, n\)"):
            migrate(Database(str(path)), NEXT, breaking)
        assert "0002_a_colour" not in names(path)
        tell(older)
        assert said(older) == "int 3"
    finally:
        end(older)
    migrate(Database(str(path)), NEXT, breaking)
    with closing(sqlite3.connect(path)) as connection:
        assert applied(connection)["0002_a_colour"] is True
        assert connection.execute("SELECT id, colour FROM mn_run").fetchall() == [("run0", None)]
    with pytest.raises(StoreTooNew, match=r"0002_a_colour.*upgrade mn-notebook"):
        opened(path)


RACER = """
import sys
from pathlib import Path
from tests.integration.store.files import opened
print("ready", flush=True)
sys.stdin.readline()
opened(Path(sys.argv[1])).close()
print("done", flush=True)
"""


@pytest.mark.timeout(90)
def test_processes_that_open_a_new_store_at_once_migrate_it_once(tmp_path: Path):
    """The second finds it done."""
    path = tmp_path / "store.db"
    processes = [script(RACER, path) for _ in range(4)]
    try:
        assert {said(process) for process in processes} == {"ready"}
        for process in processes:
            tell(process)
        assert {said(process) for process in processes} == {"done"}
    finally:
        for process in processes:
            end(process)
    assert names(path) == sorted(name for name, _ in MIGRATIONS)
