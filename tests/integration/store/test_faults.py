"""The faults of a store, each brought about on real files and shown to have landed.

Of each: it is told in words, nothing begins meanwhile, nothing is lost, and work goes on by itself
when it can.
"""

import ctypes
import errno
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from mn_notebook.client import NewRun
from mn_notebook.domain import events as e
from mn_notebook.domain.ids import RunId
from mn_notebook.errors import StoreDamaged, StoreError, StoreTooNew, StoreUnwritable
from mn_notebook.runtime import Runtime, open_runtime
from mn_notebook.store import database
from mn_notebook.store.files import BESIDE_SECONDS
from mn_notebook.store.seals import event_seal
from mn_notebook.store.store import Store
from mn_notebook.verbs.doctor import doctor
from mn_notebook.verbs.session import Session
from tests.integration.store.files import end, opened, said, script, tell
from tests.integration.store.finished import (
    ASKS,
    NOTEBOOK,
    SUCCEEDS,
    Finished,
    examined,
    flow,
    histories,
    make_store,
    moved,
    runtime,
    settings,
    start,
    step,
    until,
    wait_for,
)
from tests.unit.store.stores import create

if TYPE_CHECKING:
    from mn_notebook.domain.picture import RunPicture

HELD = flow("held", step("wait", "wait"), step("after", "after", "wait"))


class Life:
    """A runtime with a run that stands in a step until it is let go, and what is shown of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.go = threading.Event()
        self.begun = threading.Event()
        self.shown: list[RunPicture] = []
        self.calls: list[str] = []
        self.live: Runtime = open_runtime(
            settings(path), namespace={"wait": self._wait, "after": self._after}
        )
        self.run_id: RunId = self.live.start(NewRun(HELD, "steps: {}", NOTEBOOK, {}))
        self.live.watch(self.run_id, self.shown.append)
        assert self.begun.wait(20)

    def _wait(self, **_given: Any) -> str:
        self.calls.append("wait")
        self.begun.set()
        assert self.go.wait(60)
        return "x" * 50_000  # Small enough for an event, and too large for a page that is there.

    def _after(self, **_given: Any) -> str:
        self.calls.append("after")
        return "done"

    def told(self, words: str) -> None:
        """Wait until the display tells of a trouble in these words; nothing goes on meanwhile."""
        wait_for(lambda: any(words in picture.next for picture in list(self.shown)))
        assert words in str(self.live.trouble)
        assert self.calls == ["wait"], "work goes on unrecorded"

    def ends_well(self) -> None:
        """Wait until the run has ended by itself, each step done once."""
        until(self.live, self.run_id, "succeeded")
        assert self.calls == ["wait", "after"]
        assert self.live.trouble is None

    def close(self) -> None:
        self.go.set()
        self.live.close()


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    one = Life(tmp_path / "store.db")
    yield one
    one.close()


# --- full --------------------------------------------------------------------------------------


def mounted(folder: Path, *options: str) -> Callable[[], None]:
    """Mount a small disk of its own, or skip."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", *options, "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here; max_page_count stands in, in test_writer")

    def unmount() -> None:
        subprocess.run(["umount", "-l", str(folder)], check=True)

    return unmount


def test_a_full_disk_pauses_the_runs_until_there_is_room(tmp_path: Path):
    """A real one: what had been done is recorded when there is room again, and not done twice."""
    folder = tmp_path / "disk"
    unmount = mounted(folder, "-o", "size=2m")
    try:
        life = Life(folder / "store.db")
        filler = folder / "filler"
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"x" * 4096)
        assert shutil.disk_usage(folder).free == 0, "the fault has not landed"
        life.go.set()
        life.told("the disk is full")
        with pytest.raises(StoreUnwritable, match="No space left"):
            life.live.client.store.artifacts.put(b"y" * 100_000, media_type="")
        filler.unlink()
        life.ends_well()
        life.close()
        assert examined(folder / "store.db").damages == []
    finally:
        unmount()


def until_refused(store: Store, made: "count[int]") -> None:
    while True:
        create(store, f"run{next(made)}")


def test_who_asks_of_a_full_store_is_told_and_what_was_given_up_is_never_written(
    tmp_path: Path,
):
    """A cell does not hang for ever; the run that could not be created is not created later."""
    folder = tmp_path / "disk"
    unmount = mounted(folder, "-o", "size=2m")
    try:
        store = opened(folder / "store.db")
        store.writer._patience = 0.5  # type: ignore[attr-defined]
        filler = folder / "filler"
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"x" * 4096)
        made = count()
        with pytest.raises(StoreUnwritable, match="the disk is full"):
            until_refused(store, made)
        filler.unlink()
        create(store, "later")
        refused = f"run{next(made) - 1}"
        assert refused not in {line.run_id for line in store.views.runs(most=10_000)}
        store.close()
    finally:
        unmount()


# --- read-only ---------------------------------------------------------------------------------


def without_rights() -> None:
    """Take from root what lets it pass over permissions; in a child, before it becomes another."""
    for capability in (1, 2, 3):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)


TRIES = """
import json, sys
from pathlib import Path
from mn_notebook.errors import MnError
from tests.integration.store.files import opened
from tests.unit.store.stores import create
path = Path(sys.argv[1])
found = {}
try:
    open(path, "r+b").close()
    (path.parent / "probe").write_text("")
except OSError as fault:
    found["landed"] = fault.errno
try:
    store = opened(path, threaded=False)
    found["runs"] = [line.run_id for line in store.views.runs()]
    found["events"] = len(store.journal.read(found["runs"][0]))
    create(store, "new")
    found["written"] = True
except MnError as fault:
    found["said"] = f"{type(fault).__name__}: {fault}"
print(json.dumps(found))
"""


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_store_that_may_only_be_read_is_said_to_be_so(
    finished: Finished, tmp_path: Path, what: str
):
    """The file's permissions, or those of its folder; nothing is changed, no traceback."""
    before = histories(finished.path)
    if what == "file":
        finished.path.chmod(0o444)
    else:
        tmp_path.chmod(0o555)
    try:
        done = subprocess.run(
            [sys.executable, "-c", TRIES, str(finished.path)],
            capture_output=True,
            text=True,
            check=True,
            preexec_fn=without_rights if os.geteuid() == 0 else None,
        )
    finally:
        tmp_path.chmod(0o755)
        finished.path.chmod(0o644)
    found = json.loads(done.stdout)
    assert found["landed"] in (errno.EACCES, errno.EPERM), "the fault has not landed"
    assert "written" not in found
    assert found["said"].startswith("StoreUnwritable: ")
    assert str(finished.path) in found["said"]
    assert "Traceback" not in done.stderr
    if what == "file":
        assert len(found["runs"]) == 4, "what may be read is read"
    assert histories(finished.path) == before


# --- torn --------------------------------------------------------------------------------------

WRITES = """
import sys
from pathlib import Path
from mn_notebook.domain import events as e
from mn_notebook.domain.ids import StepPath
from tests.integration.store.files import holder, opened
from tests.unit.store.stores import append, create, group
store = opened(Path(sys.argv[1]), threaded=False)
leases = holder(store, "p1")
run_id = create(store, "run1")
fence = leases.claim(run_id, store.clock.now())
for number in range(40):
    texts = [f"{number} {part} " + "x" * 700 for part in "abc"]
    events = [e.NoteAdded(path=StepPath("a"), text=text) for text in texts]
    append(store, group(store, run_id, fence, *events, batch=str(number)))
print("written", flush=True)
sys.stdin.read()
"""


def killed_in_the_middle(path: Path) -> tuple[bytes, bytes]:
    """Return a store's file and its WAL, as a killed process left them."""
    process = script(WRITES, path)
    assert said(process) == "written"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    wal = Path(f"{path}-wal")
    assert wal.stat().st_size > 100_000, "all is in the file already"
    return path.read_bytes(), wal.read_bytes()


def test_a_torn_wal_keeps_whole_commits_and_loses_the_rest_as_a_whole(tmp_path: Path):
    """Cut or changed anywhere: the journal is a prefix of what was written, group by group."""
    path = tmp_path / "store.db"
    file, wal = killed_in_the_middle(path)
    whole = opened(path, threaded=False)
    expected = [one.model_dump() for one in whole.journal.read(RunId("run1"))]
    whole.close()
    assert len(expected) == 2 + 40 * 3
    chance = Random(7)
    lengths = set()
    for number in range(40):
        at = chance.randrange(len(wal) // 4, len(wal))
        torn = wal[:at] if number % 2 else wal[:at] + bytes([wal[at] ^ 16]) + wal[at + 1 :]
        path.write_bytes(file)
        Path(f"{path}-wal").write_bytes(torn)
        Path(f"{path}-shm").unlink(missing_ok=True)
        store = opened(path, threaded=False)
        found = [one.model_dump() for one in store.journal.read(RunId("run1"))]
        assert found == expected[: len(found)]
        assert (len(found) - 2) % 3 == 0, "half a group was kept"
        assert store.views.run("run1").head == len(found)
        store.close()
        lengths.add(len(found))
    assert len(lengths) > 10, "the tears have not landed"


# --- locked ------------------------------------------------------------------------------------

LOCKS = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
print("free", flush=True)
"""


def test_a_store_that_another_program_locks_for_long_pauses_the_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Far longer than a statement waits; it can be read meanwhile."""
    monkeypatch.setattr(database, "BUSY_MILLISECONDS", 50)
    life = Life(tmp_path / "store.db")
    process = script(LOCKS, life.path)
    try:
        assert said(process) == "held"
        locked = pytest.raises(sqlite3.OperationalError, match="locked")
        with closing(sqlite3.connect(life.path, timeout=0)) as rival, locked:
            rival.execute("BEGIN IMMEDIATE")
        life.go.set()
        life.told("held by another program")
        assert life.live.client.run(life.run_id).status == "running"
        tell(process)
        assert said(process) == "free"
        life.ends_well()
    finally:
        end(process)
        life.close()


# --- deleted or replaced -----------------------------------------------------------------------


def test_a_store_that_is_moved_away_is_missed_and_work_goes_on_when_it_is_back(life: Life):
    """Nothing is written into a file that nobody finds."""
    away = life.path.with_name("away.db")
    life.path.rename(away)
    life.go.set()
    life.told("was deleted, or moved away")
    with pytest.raises(StoreUnwritable, match="was deleted"):
        life.live.client.runs()
    assert not life.path.exists(), "no new store was begun"
    away.rename(life.path)
    life.ends_well()


def test_a_store_that_is_deleted_gets_no_more_events(life: Life):
    """And the way out is said."""
    life.path.unlink()
    life.go.set()
    life.told("`mn restore FILE`")
    life.live.client.store.writer._patience = 0.3  # type: ignore[attr-defined]
    with pytest.raises(StoreUnwritable, match="was deleted"):
        life.live.client.cancel(life.run_id)
    assert not life.path.exists()


def test_a_store_that_is_replaced_is_left_alone(life: Life, original: Finished):
    """Neither the old file nor the new one is written; the user is told how to go on."""
    finished = moved(original, life.path.with_name("other.db"))
    other = histories(finished.path)
    size = finished.path.stat().st_size
    old = life.path.with_name("old.db")
    life.path.rename(old)
    shutil.copy(finished.path, life.path)
    life.go.set()
    life.told("was replaced by another file")
    with pytest.raises(StoreUnwritable, match="%load_ext mn_notebook"):
        life.live.client.start(NewRun(HELD, "steps: {}", NOTEBOOK, {}))
    assert life.path.stat().st_size == size
    life.close()
    with closing(sqlite3.connect(old)) as connection:
        ended = connection.execute("SELECT 1 FROM mn_event WHERE kind = 'run.succeeded'").fetchall()
    assert ended == []
    life.path.rename(finished.path)
    assert histories(finished.path) == other


def test_a_wal_that_is_deleted_is_missed(life: Life):
    """It holds the newest events: another program would not see them."""
    Path(f"{life.path}-wal").unlink()
    threading.Event().wait(2 * BESIDE_SECONDS)
    life.go.set()
    life.told("store.db-wal', a part of the store, was deleted")


# --- slow --------------------------------------------------------------------------------------

SLOW = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static void wait_a_little(void) {
  const char *name = getenv("SLOW_SECONDS_FILE");
  FILE *file = name ? fopen(name, "r") : NULL;
  double seconds = 0;
  if (file) { if (fscanf(file, "%lf", &seconds) != 1) seconds = 0; fclose(file); }
  if (seconds > 0) usleep((useconds_t)(seconds * 1e6));
}
int fsync(int fd) {
  wait_a_little();
  return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
}
int fdatasync(int fd) {
  wait_a_little();
  return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd);
}
"""

CRAWLS = """
import json, os, sys, threading, time
from pathlib import Path
from mn_notebook.client import NewRun
from tests.integration.store.finished import ASKS, runtime, start, until
path, delay = Path(sys.argv[1]), Path(os.environ["SLOW_SECONDS_FILE"])
live = runtime(path)
first = start(live, ASKS)
until(live, first, "waiting")
request = live.client.open_approval(first, None).request
shown, gaps, last = [], [], [time.monotonic()]
def watch(picture):
    shown.append(picture.next)
live.watch(first, watch)
loops, over = [], threading.Event()
def pulse():
    loops.append(time.monotonic())
def pulses():
    while not over.wait(0.05):
        live._background.post(pulse)
threading.Thread(target=pulses).start()
delay.write_text("2.6")
began = time.monotonic()
os.fsync(os.open(path, os.O_RDONLY))
landed = time.monotonic() - began
threading.Thread(target=live.client.decide, args=(first, request, "approve")).start()
live.ring()
end = time.monotonic() + 25
while time.monotonic() < end and not any("is slow" in text for text in shown):
    time.sleep(0.05)
delay.write_text("0")
until(live, first, "succeeded")
over.set()
longest = max(b - a for a, b in zip(loops, loops[1:]))
said = [text for text in shown if "is slow" in text]
beats = live.client.store.database.connect().execute("SELECT max(beat) FROM mn_process").fetchone()
live.close()
print(json.dumps({"landed": landed, "said": said, "longest": longest, "beats": beats[0],
                  "pulses": len(loops), "trouble": live.trouble}), flush=True)
"""


@pytest.fixture(scope="module")
def slow_disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that makes each fsync of a process take as long as a file says."""
    folder = tmp_path_factory.mktemp("slow")
    source, library = folder / "slow.c", folder / "slow.so"
    source.write_text(SLOW)
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("no compiler for a disk that is slow")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


def test_a_slow_disk_is_told_while_engine_and_display_live(slow_disk: Path, tmp_path: Path):
    """Seconds for each fsync: the loop turns, the display says so, the run goes on."""
    environment = dict(
        os.environ, LD_PRELOAD=str(slow_disk), SLOW_SECONDS_FILE=str(tmp_path / "seconds")
    )
    done = subprocess.run(
        [sys.executable, "-c", CRAWLS, str(tmp_path / "store.db")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=55,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["landed"] >= 2.5, "the fault has not landed"
    assert "for more than 2 s; nothing is lost" in found["said"][0]
    assert found["trouble"] is None
    assert found["beats"] >= 1
    assert found["pulses"] > 20


# --- copied ------------------------------------------------------------------------------------


def copied(path: Path, target: Path, *, wal: bool) -> Path:
    """Copy a store's files with a tool that knows nothing of SQLite."""
    target.parent.mkdir(exist_ok=True)
    shutil.copyfile(path, target)
    beside = Path(f"{path}-wal")
    if wal and beside.exists():
        shutil.copyfile(beside, f"{target}-wal")
    return target


@pytest.mark.parametrize("wal", [False, True], ids=["file alone", "file and WAL"])
def test_a_copy_of_a_store_in_use_reads_right_or_is_said_to_be_torn(tmp_path: Path, *, wal: bool):
    """Whatever the moment; the original does not notice."""
    path = tmp_path / "store.db"
    live = runtime(path)
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            start(live, SUCCEEDS)
            stop.wait(0.005)

    thread = threading.Thread(target=work)
    thread.start()
    copies = []
    try:
        for number in range(8):
            stop.wait(0.1)
            copies.append(copied(path, tmp_path / f"copy{number}" / "store.db", wal=wal))
    finally:
        stop.set()
        thread.join()
        wait_for(lambda: not [one for one in live.client.runs(most=9999) if not one.finished_at])
        truth = {
            one.run_id: [fact.event for fact in live.client.events(one.run_id)]
            for one in live.client.runs(most=9999)
        }
        live.close()
    read = 0
    for copy in copies:
        try:
            store = opened(copy, threaded=False)
        except StoreError as fault:
            assert "torn" in str(fault) or "damaged" in str(fault)  # noqa: PT017
            continue
        for line in store.views.runs(most=9999):
            found = [fact.event for fact in store.journal.read(line.run_id)]
            held = [one for one in found if one.kind == "run.pause_requested"]
            ours = [one for one in found if one.kind != "run.pause_requested"]
            assert ours == truth[line.run_id][: len(ours)]
            assert len(held) == (line.finished_at is None)
        read += 1
        store.close()
    assert read, "no copy could be read at all"
    assert examined(path).damages == []


def test_two_copies_of_a_store_do_not_both_go_on_with_a_run(finished: Finished, tmp_path: Path):
    """The copy knows that it is one: its runs wait for somebody to resume them there."""
    copy = copied(finished.path, tmp_path / "elsewhere" / "store.db", wal=True)
    there = runtime(copy)
    here = runtime(finished.path)
    try:
        run_id = finished.waiting
        request = there.client.open_approval(run_id, None).request
        for live in (there, here):
            live.client.decide(run_id, request, "approve")
            live.ring()
        until(here, run_id, "succeeded")
        until(there, run_id, "paused")
        reason = [
            fact.event.because
            for fact in there.client.events(run_id)
            if isinstance(fact.event, e.RunPauseRequested)
        ]
        assert reason == [
            f"this store is a copy of {finished.path}, where the run may have gone on"
        ]
        there.client.resume(run_id)
        there.ring()
        until(there, run_id, "succeeded")
    finally:
        there.close()
        here.close()


def test_a_copy_is_held_once_and_a_moved_store_never(finished: Finished, tmp_path: Path):
    """Moving is no copying; nor is a copy whose original is gone; and a copy is known from then."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    path = finished.path.rename(elsewhere / "moved.db")
    opened(path, threaded=False).close()
    shutil.copyfile(path, elsewhere / "only.db")
    path.unlink()
    opened(elsewhere / "only.db", threaded=False).close()
    copy = copied(elsewhere / "only.db", elsewhere / "copy.db", wal=True)
    for _ in range(2):
        opened(copy, threaded=False).close()
    pauses = "SELECT count(*) FROM mn_event WHERE kind = 'run.pause_requested'"
    found = []
    for one in (elsewhere / "only.db", copy):
        with closing(sqlite3.connect(one)) as connection:
            found += [*connection.execute(pauses).fetchone()]
            found += [*connection.execute("SELECT count(*) FROM mn_store").fetchone()]
    assert found == [0, 1, 1, 1]


def test_a_store_from_another_machine_is_taken_for_a_copy(finished: Finished, tmp_path: Path):
    """Whether the original goes on there cannot be asked."""
    with closing(sqlite3.connect(finished.path)) as connection, connection:
        connection.execute("UPDATE mn_store SET host = 'laptop', inode = inode + 1")
    store = opened(finished.path, threaded=False)
    because = [
        fact.event.because
        for fact in store.journal.read(finished.waiting)
        if isinstance(fact.event, e.RunPauseRequested)
    ]
    assert because == [
        f"this store is a copy of {finished.path} on laptop, where the run may have gone on"
    ]
    store.close()


def test_a_torn_copy_is_refused_and_repaired(finished: Finished, tmp_path: Path):
    """It says that it is torn, and how to copy a store in use."""
    copy = copied(finished.path, tmp_path / "elsewhere" / "store.db", wal=False)
    with closing(sqlite3.connect(copy)) as connection, connection:
        torn = f"DELETE FROM mn_event WHERE run_id = '{finished.decided}' AND seq > 3"
        assert connection.execute(torn).rowcount > 0
    for _ in range(2):
        with pytest.raises(StoreDamaged, match=r"is torn.*`mn backup FILE`"):
            opened(copy, threaded=False)
    session = Session(settings(copy), via="terminal")
    doctor(session, repair=True)
    session.close()
    store = opened(copy, threaded=False)
    reasons = [
        [fact.event.because for fact in store.journal.read(run_id)
         if isinstance(fact.event, e.RunPauseRequested)]
        for run_id in (finished.waiting, finished.decided)
    ]  # fmt: skip
    assert "is a copy of" in reasons[0][0], "a copy that was repaired is still a copy"
    assert "is lost" in reasons[1][0]
    store.close()


# --- older and newer versions ------------------------------------------------------------------


def test_a_run_of_a_newer_version_is_left_alone_and_the_others_go_on(finished: Finished):
    """An event that is not known makes its run read-only here."""
    run_id = finished.waiting
    with closing(sqlite3.connect(finished.path)) as connection, connection:
        (head,) = connection.execute("SELECT head FROM mn_run WHERE id = ?", (run_id,)).fetchone()
        now = "2030-01-01T00:00:00.000000+00:00"
        columns = (run_id, head + 1, "run.dreamt", 1, now, "newer", "{}")
        connection.execute(
            "INSERT INTO mn_event VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*columns, event_seal(*columns))
        )
        connection.execute("UPDATE mn_run SET head = head + 1 WHERE id = ?", (run_id,))
        connection.execute("INSERT INTO mn_migration VALUES ('9999_newer', ?, 0)", (now,))
    live = runtime(finished.path)
    try:
        with pytest.raises(StoreTooNew, match="upgrade mn-notebook"):
            live.client.state(run_id)
        assert not live.resume(run_id)
        other = start(live, SUCCEEDS)
        until(live, other, "succeeded")
        assert live.client.run(run_id).head == head + 1
    finally:
        live.close()
    assert examined(finished.path).newer == 1
    assert examined(finished.path).damages == []


OLD_INSERT = "INSERT INTO mn_event (run_id, seq, kind, version, at, batch, body) VALUES {}"


def test_an_older_version_and_this_one_write_into_the_same_store(finished: Finished):
    """It knows no seals: what it wrote is read as it is, and what we write it can read."""
    run_id = finished.waiting
    with closing(sqlite3.connect(finished.path)) as connection, connection:
        (head,) = connection.execute("SELECT head FROM mn_run WHERE id = ?", (run_id,)).fetchone()
        body = '{"path":"a","text":"from an older version"}'
        values = (run_id, head + 1, "note.added", 1, "2026-01-01T00:00:00.000000+00:00", "o", body)
        connection.execute(OLD_INSERT.format("(?, ?, ?, ?, ?, ?, ?)"), values)
        connection.execute("UPDATE mn_run SET head = head + 1 WHERE id = ?", (run_id,))
    live = runtime(finished.path)
    try:
        request = live.client.open_approval(run_id, None).request
        live.client.decide(run_id, request, "approve")
        live.ring()
        until(live, run_id, "succeeded")
        notes = [one.event for one in live.client.events(run_id) if one.event.kind == "note.added"]
        assert len(notes) == 1
    finally:
        live.close()
    found = examined(finished.path)
    assert (found.unsealed, found.damages) == (1, [])


# --- one damaged run ---------------------------------------------------------------------------


def test_a_damaged_run_keeps_no_other_from_going_on(tmp_path: Path):
    """It is refused by name; lists, other runs and their decisions work."""
    store = make_store(tmp_path / "store.db")
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute(
            "UPDATE mn_event SET body = replace(body, 'a', 'b') WHERE run_id = ? AND seq = 3",
            (store.waiting,),
        )
        connection.execute(
            "UPDATE mn_run SET status = 'running', title = 'x' WHERE id = ?", (store.waiting,)
        )
    live = runtime(store.path)
    try:
        with pytest.raises(StoreDamaged, match="mn doctor --repair"):
            live.client.state(store.waiting)
        titles = {line.run_id: line.title for line in live.client.runs()}
        assert titles.keys() == set(store.runs)
        assert "damaged" in titles[store.waiting]
        other = start(live, ASKS)
        until(live, other, "waiting")
        live.client.decide(other, live.client.open_approval(other, None).request, "approve")
        live.ring()
        until(live, other, "succeeded")
    finally:
        live.close()


def test_an_operation_on_a_damaged_page_fails_alone(finished: Finished, tmp_path: Path):
    """What can never be written must not hold up what can."""
    store = opened(finished.path)
    malformed = sqlite3.DatabaseError("database disk image is malformed")
    malformed.sqlite_errorcode = sqlite3.SQLITE_CORRUPT

    def hits(_cursor: Any) -> None:
        raise malformed

    with pytest.raises(StoreDamaged, match="mn doctor --repair"):
        store.writer.call(hits)
    assert create(store, "new") == "new"
    assert moved(finished, tmp_path / "other.db").path.exists()
    store.close()
