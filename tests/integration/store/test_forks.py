"""What a forked child can do to its parent's store: nothing, by use, by opening or by ending."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.store.files import end, opened, said, script, tell

pytestmark = [pytest.mark.timeout(60)]

PARENT = """
import json, os, sys, threading, warnings
from pathlib import Path
from mn_notebook.errors import StoreError
from mn_notebook.store.store import open_store
from tests.integration.store.files import holder, opened
from tests.unit.store.stores import create

warnings.simplefilter("ignore")
path, how, threaded = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "threaded"
store = opened(path, threaded=threaded)
leases = holder(store, "parent")
create(store, "before")

def say(line):
    # In one piece, whatever the buffering: two processes write into one pipe.
    os.write(1, f"{line}\\n".encode())

def said(act):
    try:
        act()
    except StoreError as fault:
        return str(fault)
    return ""

def child():
    anew = path.with_name("link.db") if how == "link" else path
    told = {
        "read": said(lambda: store.views.run("before")),
        "write": said(lambda: create(store, "from-child")),
        "anew": said(lambda: create(opened(anew, name="child"), "from-child-anew")),
        "close": said(store.close),
    }
    say(json.dumps(told))
    os.read(0, 1)

def forked():
    pid = os.fork()
    if pid == 0:
        child()
        sys.exit(0)  # as a program ends: everything is freed
    return pid

if how == "midway":
    inside, go_on = threading.Event(), threading.Event()
    def operation(cursor):
        cursor.execute("UPDATE mn_run SET title = 'midway'")
        cursor.execute("UPDATE mn_process SET program = hex(randomblob(100000))")
        inside.set()
        go_on.wait()
    store.writer.submit(operation, lambda _result, _fault: None)
    inside.wait()
    pid = forked()
    os.waitpid(pid, 0)
    say("midway")
    go_on.set()
else:
    pid = forked()
create(store, "after")
say("written")
os.read(0, 1)
leases.close()
store.close()
say("closed")
if how != "midway":
    os.waitpid(pid, 0)
say("ended")
"""


def runs(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return {row[0] for row in connection.execute("SELECT id FROM mn_run")}


@pytest.mark.parametrize("threaded", ["threaded", "inline"])
@pytest.mark.parametrize("how", ["same", "link"])
def test_a_forked_child_neither_uses_nor_opens_its_parents_store(tmp_path, how, threaded):
    """What it committed would be lost when the parent closes: it is told so, and writes nothing."""
    path = tmp_path / "store.db"
    (tmp_path / "link.db").symlink_to(path)
    parent = script(PARENT, path, how, threaded)
    try:
        lines = {said(parent), said(parent)}
        (told,) = [json.loads(line) for line in lines if line.startswith("{")]
        assert lines - {json.dumps(told)} == {"written"}
        for verb in ("read", "write", "anew"):
            assert "was forked" in told[verb], verb
            assert "'spawn'" in told[verb], verb
        assert told["close"] == ""
        assert runs(path) == {"before", "after"}
        tell(parent, "\n")  # one line for each of the two
        assert said(parent) == "closed"
        assert said(parent) == "ended"
        assert runs(path) == {"before", "after"}
    finally:
        end(parent)


def test_a_child_that_is_forked_in_the_middle_of_a_commit_undoes_nothing_of_it(tmp_path):
    """It ends as a program ends, with a copy of the open transaction in its memory."""
    path = tmp_path / "store.db"
    parent = script(PARENT, path, "midway", "threaded")
    try:
        assert "was forked" in json.loads(said(parent))["write"]
        tell(parent)  # the child ends
        assert said(parent) == "midway"
        assert said(parent) == "written"
        with closing(sqlite3.connect(path)) as other:
            (title,) = other.execute("SELECT title FROM mn_run WHERE id = 'before'").fetchone()
            (size,) = other.execute("SELECT length(program) FROM mn_process").fetchone()
        assert (title, size) == ("midway", 200_000)
        tell(parent)
        assert said(parent) == "closed"
        assert runs(path) == {"before", "after"}
    finally:
        end(parent)


FOREIGN = """
import os, sys, warnings
from pathlib import Path
from tests.integration.store.files import opened
from tests.unit.store.stores import create
warnings.simplefilter("ignore")
opened(Path(sys.argv[1]).with_name("closed.db")).close()
opened(Path(sys.argv[1]).with_name("other.db"))
for name in ("closed.db", "mine.db"):
    if os.fork() == 0:
        store = opened(Path(sys.argv[1]).with_name(name))
        create(store)
        store.close()
        print("created", flush=True)
        os._exit(0)
    os.wait()
"""


def test_a_forked_child_may_open_what_its_parent_had_not_open(tmp_path):
    """Only what was open at the fork is the parent's."""
    parent = script(FOREIGN, tmp_path / "store.db")
    try:
        assert said(parent) == "created"
        assert said(parent) == "created"
    finally:
        end(parent)
    for name in ("closed.db", "mine.db"):
        store = opened(tmp_path / name)
        assert store.views.run("run1").status == "queued"
        store.close()


def test_the_hazard_is_real(tmp_path):
    """With bare SQLite a forked child's commit is lost: this is why it is refused."""
    parent = script(HAZARD, tmp_path / "bare.db")
    try:
        assert said(parent) == "child sees 2"
        assert said(parent) == "others see 1"
    finally:
        end(parent)


HAZARD = """
import os, sqlite3, sys, warnings
warnings.simplefilter("ignore")
def connected():
    connection = sqlite3.connect(sys.argv[1], isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    return connection
def count(connection):
    return connection.execute("SELECT count(*) FROM t").fetchone()[0]
mine = connected()
mine.execute("CREATE TABLE t (x)")
go, ready = os.pipe(), os.pipe()
if os.fork() == 0:
    anew = connected()
    anew.execute("INSERT INTO t VALUES (1)")
    os.write(ready[1], b"1")
    os.read(go[0], 1)
    anew.execute("INSERT INTO t VALUES (2)")
    print("child sees", count(anew), flush=True)
    os._exit(0)
os.read(ready[0], 1)
mine.close()
os.write(go[1], b"1")
os.wait()
print("others see", count(connected()), flush=True)
"""
