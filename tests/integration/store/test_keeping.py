"""Backups, archives and repairs of stores in files."""

import fcntl
import functools
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.domain import events as e
from mn_notebook.domain.ids import Fence, RunId
from mn_notebook.errors import Fenced, StoreBusy, StoreDamaged, StoreError, UsageError
from mn_notebook.store import pruning
from mn_notebook.store.backups import back_up
from mn_notebook.testing.doubles import FakeClock, SequentialIds
from mn_notebook.verbs.doctor import doctor
from mn_notebook.verbs.keep import backup, prune, restore
from mn_notebook.verbs.results import Report
from mn_notebook.verbs.session import Session
from tests.integration.house import waits_until
from tests.integration.store.files import end, opened, said, script, tell
from tests.integration.store.finished import (
    ASKS,
    Finished,
    examined,
    histories,
    moved,
    runtime,
    settings,
    start,
    until,
)
from tests.unit.store.stores import append, group


@pytest.fixture
def session(finished: Finished) -> Iterator[Session]:
    one = Session(settings(finished.path), via="terminal")
    yield one
    one.close()


def rows(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def artifacts(path: Path) -> list[Path]:
    folder = path.with_name(path.name + ".d") / "artifacts"
    return [entry for entry in folder.glob("??/*") if len(entry.name) == 64]


def pause_of(path: Path, run_id: str) -> list[Any]:
    query = f"SELECT body FROM mn_event WHERE run_id = '{run_id}' AND kind = 'run.pause_requested'"
    return rows(path, query)


# --- backup and restore ------------------------------------------------------------------------


def test_a_backup_brings_back_every_run_and_every_artifact(
    session: Session, finished: Finished, tmp_path: Path
):
    """In one file, also when the store and its folder are gone."""
    before = histories(finished.path)
    done = backup(session, str(tmp_path / "kept.mn"))
    assert (done.runs, done.missing) == (4, 0)
    assert done.artifacts == len(artifacts(finished.path)) == 1
    session.close()
    for path in artifacts(finished.path):
        path.unlink()
    finished.path.unlink()
    found = restore(session, str(tmp_path / "kept.mn"))
    assert set(found.runs) == set(finished.runs)
    assert found.kept is None
    after = histories(finished.path)
    ended = set(finished.runs) - {finished.waiting}
    assert {run: after[run] for run in ended} == {run: before[run] for run in ended}
    assert examined(finished.path).damages == []


def test_a_restore_keeps_the_store_that_it_replaces(
    session: Session, finished: Finished, tmp_path: Path
):
    """Nothing is destroyed: what was done since the backup is in the file beside it."""
    file = str(tmp_path / "kept.mn")
    backup(session, file)
    session.close()
    live = runtime(finished.path)
    later = start(live, ASKS)
    until(live, later, "waiting")
    live.close()
    found = restore(session, file)
    assert later not in histories(finished.path)
    assert found.kept is not None
    assert found.kept.parent == finished.path.parent
    assert (later,) in rows(found.kept, "SELECT id FROM mn_run")


def test_a_restored_run_that_has_not_ended_is_paused_and_goes_on_when_it_is_resumed(
    session: Session, finished: Finished, tmp_path: Path
):
    """What it did after the backup is not known in it."""
    file = str(tmp_path / "kept.mn")
    backup(session, file)
    found = restore(session, file)
    assert found.held == (finished.waiting,)
    (paused,) = pause_of(finished.path, finished.waiting)
    assert "restored from kept.mn" in paused[0]
    assert all(not pause_of(finished.path, run) for run in finished.runs[:3])
    live = runtime(finished.path)
    try:
        client = live.client
        request = client.open_approval(finished.waiting, None).request
        client.decide(finished.waiting, request, "approve")
        live.ring()
        until(live, finished.waiting, "paused")
        client.resume(finished.waiting)
        live.ring()
        until(live, finished.waiting, "succeeded")
    finally:
        live.close()


def test_an_owner_from_before_a_restore_can_write_nothing(
    session: Session, finished: Finished, tmp_path: Path
):
    """Its fence is older than that of the restored run, whichever of the two stores knew more."""
    file = str(tmp_path / "kept.mn")
    backup(session, file)
    session.close()
    with closing(sqlite3.connect(finished.path)) as connection, connection:
        connection.execute("UPDATE mn_run SET fence = 41, owner = 'old'")
    restore(session, file)
    session.close()
    store = opened(finished.path, threaded=False)
    run_id = finished.waiting
    assert store.views.run(run_id).fence > 41
    for owner in ("old", None):
        one = group(store, run_id, Fence(41), e.RunStarted(), owner=owner)
        assert isinstance(append(store, one), Fenced)
    store.close()


def test_a_living_owner_keeps_its_store(session: Session, finished: Finished, tmp_path: Path):
    """A restore, and a repair, are refused, and say why."""
    file = str(tmp_path / "kept.mn")
    backup(session, file)
    session.close()
    whole = finished.path.read_bytes()
    live = runtime(finished.path)
    try:
        with pytest.raises(StoreBusy, match="1 living process uses it"):
            restore(session, file)
    finally:
        live.close()
    assert finished.path.stat().st_ino
    assert len(whole) <= finished.path.stat().st_size
    assert not list(finished.path.parent.glob("*replaced*"))


def more_than(made: list[RunId], number: int) -> bool:
    return len(made) > number


def test_a_backup_is_made_while_runs_go_on(finished: Finished, tmp_path: Path):
    """It is the store of one moment, whole, and nobody waits for it."""
    live = runtime(finished.path)
    stop = threading.Event()
    made: list[RunId] = []

    def work() -> None:
        while not stop.is_set():
            made.append(start(live, ASKS))
            stop.wait(0.005)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        files = [tmp_path / f"kept{number}.mn" for number in range(3)]
        for number, file in enumerate(files, 1):
            back_up(live.client.store.database, file, FakeClock(), SequentialIds("b"))
            assert waits_until(functools.partial(more_than, made, number))
    finally:
        stop.set()
        thread.join()
        live.close()
    assert len(made) > 3, "nothing went on meanwhile"
    for number, file in enumerate(files):
        target = tmp_path / f"other{number}" / "store.db"
        one = Session(settings(target))
        restore(one, str(file))
        one.close()
        assert examined(target).damages == []
        assert set(finished.runs) <= set(histories(target))


def test_a_backup_is_not_taken_for_a_store(session: Session, tmp_path: Path):
    """Nobody goes on with runs in it; and a store is not taken for a backup."""
    file = tmp_path / "kept.mn"
    backup(session, str(file))
    with pytest.raises(UsageError, match="mn restore FILE"):
        opened(file)
    with pytest.raises(UsageError, match="is no backup"):
        restore(session, session.settings.store)
    with pytest.raises(UsageError, match="there is no file"):
        restore(session, str(tmp_path / "nowhere"))
    with pytest.raises(UsageError, match="there already"):
        backup(session, str(file))


def test_a_damaged_backup_replaces_nothing(session: Session, finished: Finished, tmp_path: Path):
    """It is looked at before."""
    file = tmp_path / "kept.mn"
    backup(session, str(file))
    before = histories(finished.path)
    content = bytearray(file.read_bytes())
    at = content.index(b"large large")
    content[at] ^= 1
    file.write_bytes(content)
    with pytest.raises(StoreDamaged):
        restore(session, str(file))
    assert histories(finished.path) == before
    left = sorted(path.name for path in finished.path.parent.iterdir())
    assert left == ["kept.mn", "store.db", "store.db.d"]


KILLER = """
import os, signal, sys
from pathlib import Path
from mn_notebook.store import writer
from mn_notebook.store.database import Database
from mn_notebook.verbs.keep import prune, restore
from mn_notebook.verbs.session import Session
from tests.integration.store.finished import settings

def counted(function):
    def call(*given, **more):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*given, **more)
    return call

for name in ("link", "replace", "unlink", "rename", "fsync"):
    setattr(os, name, counted(getattr(os, name)))
writer.commit = counted(writer.commit)
Database.connect = counted(Database.connect)
print("ready", flush=True)
for line in sys.stdin:
    verb, path, file, moment = line.split()
    child = os.fork()
    if not child:
        left = int(moment)
        session = Session(settings(Path(path)))
        if verb == "restore":
            restore(session, file)
        else:
            prune(session, older="0s", to=file, yes=True)
        session.close()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print("killed" if os.WIFSIGNALED(status) else f"ended {status}", flush=True)
"""


class Killer:
    """Does a verb in a process that is killed at a moment of it."""

    def __init__(self) -> None:
        self._process = script(KILLER)
        assert said(self._process) == "ready"

    def __call__(self, verb: str, path: Path, file: Path, moment: int) -> str:
        tell(self._process, f"{verb} {path} {file} {moment}")
        return said(self._process)

    def close(self) -> None:
        end(self._process)


@pytest.fixture(scope="module")
def kill() -> Iterator[Killer]:
    one = Killer()
    yield one
    one.close()


def test_a_restore_that_is_killed_leaves_the_old_store_or_the_new_one(
    finished: Finished, tmp_path: Path, original: Finished, kill: Killer
):
    """At each of its moments; and the next call completes it."""
    file = tmp_path / "kept.mn"
    one = Session(settings(original.path))
    back_up(one.client.store.database, file, FakeClock(), SequentialIds("b"))
    one.close()
    before = set(histories(finished.path))
    outcomes = []
    for moment in range(1, 60):
        outcomes.append(kill("restore", finished.path, file, moment))
        assert set(histories(finished.path)) == before
        assert examined(finished.path).damages == []
        if outcomes[-1] != "killed":
            break
    assert outcomes[-1] == "ended 0"
    assert outcomes.count("killed") >= 8


# --- prune and bring back ----------------------------------------------------------------------


def test_pruning_shows_first_and_does_nothing(session: Session, finished: Finished):
    """Only --yes does it; what has not ended is no candidate."""
    before = histories(finished.path)
    found = prune(session, older="0s")
    assert set(found.runs) == set(finished.runs) - {finished.waiting}
    assert not found.done
    assert found.artifacts == 1
    assert found.bytes > 100_000
    assert "Nothing is done without --yes" in found.text
    assert histories(finished.path) == before
    assert prune(session, older="30d").runs == ()


def old_artifacts(path: Path) -> None:
    for file in artifacts(path):
        os.utime(file, (1, 1))


def test_pruned_runs_are_gone_with_their_artifacts_and_the_file_shrinks(
    session: Session, finished: Finished
):
    """The others are as they were."""
    before = histories(finished.path)
    big = "x" * 400_000
    with closing(sqlite3.connect(finished.path)) as connection, connection:
        connection.execute("UPDATE mn_run SET title = ?, seal = NULL WHERE id = ?",
                           (big, finished.failed))  # fmt: skip
    old_artifacts(finished.path)
    size = finished.path.stat().st_size
    found = prune(session, finished.succeeded, finished.failed, yes=True)
    assert set(found.runs) == {finished.succeeded, finished.failed}
    assert artifacts(finished.path) == []
    assert finished.path.stat().st_size < size - 300_000
    assert found.bytes > 400_000
    after = histories(finished.path)
    left = {finished.decided, finished.waiting}
    assert after == {run: before[run] for run in left}
    assert examined(finished.path).damages == []
    assert [row[0] for row in rows(finished.path, "SELECT name FROM mn_workflow")] == ["asks"]


def test_a_run_that_has_not_ended_is_never_pruned(session: Session, finished: Finished):
    """By name it is refused; and one that somebody goes on with meanwhile stays."""
    with pytest.raises(UsageError, match="only what has ended"):
        prune(session, finished.waiting, yes=True)
    store = session.client.store
    lines = [store.views.run(finished.failed)]
    store.inbox.put(finished.failed, "reopen", {}, by="ann", via="t")
    done = pruning.prune(store, lines)
    assert (done.runs, done.stayed) == ((), (finished.failed,))
    with pytest.raises(UsageError, match="older 30d"):
        prune(session)
    with pytest.raises(UsageError, match="--older: expected a duration"):
        prune(session, older="soon")


def test_archived_runs_are_brought_back_as_they_were(
    session: Session, finished: Finished, tmp_path: Path
):
    """With their artifacts; those that are there already stay as they are."""
    before = histories(finished.path)
    old_artifacts(finished.path)
    file = str(tmp_path / "old.mn")
    assert prune(session, older="0s", to=file, yes=True).archive == Path(file)
    assert set(histories(finished.path)) == {finished.waiting}
    assert artifacts(finished.path) == []
    found = restore(session, file)
    assert set(found.runs) == set(before) - {finished.waiting}
    assert histories(finished.path) == before
    assert examined(finished.path).damages == []
    again = restore(session, file)
    assert (again.runs, set(again.there)) == ((), set(found.runs))


def test_an_archive_is_brought_back_while_runs_go_on(finished: Finished, tmp_path: Path):
    """It only adds."""
    one = Session(settings(finished.path))
    prune(one, finished.succeeded, to=str(tmp_path / "old.mn"), yes=True)
    one.close()
    live = runtime(finished.path)
    try:
        assert restore(Session(settings(finished.path)), str(tmp_path / "old.mn")).runs
        assert live.client.run(finished.succeeded).status == "succeeded"
    finally:
        live.close()


def test_an_artifact_that_was_put_before_its_commit_is_not_cleared(
    session: Session, finished: Finished
):
    """Young ones stay; and a commit that names what was cleared all the same is refused."""
    store = session.client.store
    young = store.artifacts.put(b'{"put": "just now"}', media_type="")
    prune(session, older="0s", yes=True)
    assert store.artifacts.get(young)
    assert store.artifacts.put(b'{"put": "just now"}', media_type="") == young
    old_artifacts(finished.path)
    assert pruning.clear_artifacts(store) >= 1
    with pytest.raises(StoreError, match="missing"):
        store.artifacts.get(young)
    leases = store.lease_holder(process_id="p1", origin="n", program="x")  # type: ignore[arg-type]
    fence = leases.claim(finished.waiting, store.clock.now())
    names = e.StepSucceeded.model_validate(
        {"path": "a", "attempt": 1, "output": {"artifact": young, "size": 19}}
    )
    refused = append(store, group(store, finished.waiting, fence, names, owner="p1"))
    assert isinstance(refused, StoreError)
    assert "missing" in str(refused)
    assert store.artifacts.put(b'{"put": "just now"}', media_type="") == young
    assert append(store, group(store, finished.waiting, fence, names, owner="p1", batch="2")) > 0
    old_artifacts(finished.path)
    pruning.clear_artifacts(store)
    assert store.artifacts.get(young), "what an event names is never cleared"
    leases.close()


def test_an_artifact_that_was_named_while_candidates_were_sought_is_kept(
    session: Session, finished: Finished, monkeypatch: pytest.MonkeyPatch
):
    """The last look is made under the write lock."""
    store = session.client.store
    name = store.artifacts.put(b'{"put": "long ago"}', media_type="")
    old_artifacts(finished.path)
    files = pruning._files
    leases = store.lease_holder(process_id="p1", origin="n", program="x")  # type: ignore[arg-type]
    fence = leases.claim(finished.waiting, store.clock.now())
    landed: list[Any] = []

    def named_meanwhile(database: Any) -> list[Path]:
        event = e.StepSucceeded.model_validate(
            {"path": "a", "attempt": 1, "output": {"artifact": name, "size": 19}}
        )
        if not landed:
            landed.append(append(store, group(store, finished.waiting, fence, event, owner="p1")))
        return files(database)

    monkeypatch.setattr(pruning, "_files", named_meanwhile)
    pruning.clear_artifacts(store)
    assert isinstance(landed[0], int)
    assert store.artifacts.get(name)
    leases.close()


@pytest.mark.timeout(120)
def test_a_pruning_that_is_killed_loses_nothing(original: Finished, tmp_path: Path, kill: Killer):
    """At each moment every run is in the store or in the archive, whole; the next call goes on."""
    expected = histories(original.path)
    killed = 0
    for moment in (*range(1, 8), *range(8, 60, 3)):
        folder = tmp_path / str(moment)
        folder.mkdir()
        store = moved(original, folder / "store.db")
        old_artifacts(store.path)
        file = folder / "old.mn"
        outcome = kill("prune", store.path, file, moment)
        killed += outcome == "killed"
        assert examined(store.path).damages == []
        one = Session(settings(store.path))
        if file.exists():
            restore(one, str(file))
        assert histories(store.path) == expected
        one.close()
        if outcome != "killed":
            break
    assert outcome == "ended 0"
    assert killed >= 8


def test_one_at_a_time_looks_after_the_store(session: Session, finished: Finished, tmp_path: Path):
    """A backup finds every artifact, because nobody prunes meanwhile."""
    folder = finished.path.with_name("store.db.d")
    lock = os.open(folder / "keeping.lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    with pytest.raises(StoreBusy, match="try again when it is done"):
        backup(session, str(tmp_path / "kept.mn"))
    os.close(lock)
    assert backup(session, str(tmp_path / "kept.mn")).runs == 4


# --- doctor and repair -------------------------------------------------------------------------


def contents(report: Report) -> list[tuple[str, str]]:
    wanted = ("contents", "run", "artifact", "store")
    return [(one.verdict, one.text) for one in report.findings if one.subject in wanted]


def flip(path: Path, run_id: str, seq: int) -> None:
    """Flip one bit in an event, in the file itself."""
    ((batch,),) = rows(path, f"SELECT batch FROM mn_event WHERE run_id='{run_id}' AND seq={seq}")
    whole = bytearray(path.read_bytes())
    # The same batch may have several events, and deleted ones leave their bytes: try each place.
    at = whole.find(batch.encode())
    while at >= 0:
        whole[at] ^= 1
        path.write_bytes(whole)
        query = f"SELECT batch FROM mn_event WHERE run_id='{run_id}' AND seq={seq}"
        if rows(path, query) != [(batch,)]:
            return
        whole[at] ^= 1
        at = whole.find(batch.encode(), at + 1)
    raise AssertionError("the flip has not landed")


def test_the_doctor_finds_nothing_in_a_whole_store(session: Session):
    """And says how much it looked at."""
    ((verdict, text),) = [one for one in contents(doctor(session)) if "looked at" in one[1]]
    assert verdict == "ok"
    assert text.startswith("4 runs, ")
    assert "1 artifact looked at, all as they were written" in text


def test_the_doctor_says_what_it_had_no_time_for(finished: Finished):
    """What was not looked at is not called whole."""
    found = examined(finished.path, seconds=0.0)
    assert found.runs == 0
    assert "4 of 4 runs" in found.left


def test_the_doctor_finds_an_artifact_that_is_damaged_or_missing(
    session: Session, finished: Finished
):
    """By the hash of its bytes."""
    (path,) = artifacts(finished.path)
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"!")
    assert any("artifact" in t and "not as it was" in t for _, t in contents(doctor(session)))
    path.unlink()
    assert any("is missing" in text for _, text in contents(doctor(session)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE mn_run SET head = head + 1 WHERE id = '{run}'", "should have"),
        ("UPDATE mn_run SET fence = 0 WHERE id = '{run}'", "its fence is 0"),
        ("UPDATE mn_run SET cost_usd = '7' WHERE id = '{run}'", "differs from its journal: cost"),
        ("UPDATE mn_run SET title = 'x' WHERE id = '{run}'", "its row in the list"),
        ("UPDATE mn_run SET status = 'running' WHERE id = '{run}'", "listed as running"),
        ("DELETE FROM mn_event WHERE run_id = '{run}' AND seq = 2", "event 2 is missing"),
        ("DELETE FROM mn_event WHERE run_id = '{run}' AND seq > 4", "should have"),
        ("DELETE FROM mn_run WHERE id = '{run}'", "missing among the runs"),
        ("UPDATE mn_approval SET prompt = 'x' WHERE run_id = '{run}'", "otherwise than it was a"),
        ("UPDATE mn_approval SET decision = 'x' WHERE run_id = '{run}'", "otherwise than it was m"),
        ("UPDATE mn_command SET body = '{{}}' WHERE run_id = '{run}'", "the command"),
        ("UPDATE mn_workflow SET source = 'x'", "its workflow"),
    ],
    ids=["head", "fence", "cost", "title", "status", "gap", "end", "row", "prompt", "decision",
         "command", "workflow"],
)  # fmt: skip
def test_the_doctor_finds_what_does_not_fit(finished: Finished, change: str, words: str):
    """Each rule is shown to fail when it is broken."""
    with closing(sqlite3.connect(finished.path)) as connection, connection:
        count = connection.execute(change.format(run=finished.decided)).rowcount
    assert count >= 1, "the damage has not landed"
    found = [damage.text for damage in examined(finished.path).damages]
    assert any(words in text for text in found), found


def test_a_repair_saves_every_run_up_to_its_damage(session: Session, finished: Finished):
    """The others are whole, the damaged file is kept, and each loss is told."""
    before = histories(finished.path)
    flip(finished.path, finished.decided, 5)
    bad = finished.path.read_bytes()
    report = doctor(session, repair=True)
    assert any("3 runs saved whole" in text for _, text in contents(report))
    assert any(f"{finished.decided[:8]}: 4 events saved" in text for _, text in contents(report))
    (kept,) = finished.path.parent.glob("store.db.damaged-*")
    assert len(kept.read_bytes()) == len(bad)
    after = histories(finished.path)
    assert after.keys() == before.keys()
    for run_id in set(before) - {finished.decided}:
        assert after[run_id] == before[run_id]
    saved = after[finished.decided][0]
    assert saved[:4] == before[finished.decided][0][:4]
    assert [one["event"]["kind"] for one in saved[4:]] == ["run.pause_requested"]
    assert examined(finished.path).damages == []
    assert "nothing was changed" in contents(doctor(session, repair=True))[0][1]


def test_a_repaired_store_goes_on(session: Session, finished: Finished):
    """Rebuilt rows are as good as those that were lost."""
    with closing(sqlite3.connect(finished.path)) as connection, connection:
        connection.execute("DELETE FROM mn_approval")
        connection.execute("DELETE FROM mn_run")
    doctor(session, repair=True)
    session.close()
    live = runtime(finished.path)
    try:
        request = live.client.open_approval(finished.waiting, None).request
        live.client.decide(finished.waiting, request, "approve")
        live.ring()
        until(live, finished.waiting, "succeeded")
    finally:
        live.close()
    assert examined(finished.path).damages == []


def test_a_decision_that_waits_is_the_decision_after_a_repair_too(
    session: Session, finished: Finished
):
    """Nobody makes a second one."""
    client = session.client
    request = client.open_approval(finished.waiting, None).request
    client.decide(finished.waiting, request, "reject")
    session.close()
    flip(finished.path, finished.failed, 2)
    doctor(session, repair=True)
    with pytest.raises(StoreError, match="already decided: ann chose 'reject'"):
        session.client.decide(finished.waiting, request, "approve")


def test_nothing_is_repaired_where_nothing_can_be_read(session: Session, finished: Finished):
    """The file stays as it is, and the way out is said."""
    whole = bytearray(finished.path.read_bytes())
    whole[: len(whole)] = os.urandom(len(whole))
    finished.path.write_bytes(whole)
    with pytest.raises(StoreError, match=r"restore FILE|not a database"):
        doctor(session, repair=True)
    assert finished.path.read_bytes() == bytes(whole)


def test_a_repair_is_refused_while_a_process_owns_runs(session: Session, finished: Finished):
    """It would go on writing into the old file."""
    flip(finished.path, finished.decided, 5)
    live = runtime(finished.path)
    try:
        with pytest.raises(StoreBusy, match="living process"):
            doctor(session, repair=True)
    finally:
        live.close()
