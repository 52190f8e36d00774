"""What goes wrong first, and what is said then: the table of docs/troubles.md, tried out."""

import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.client import open_client
from mn_notebook.errors import StoreBusy, StoreDamaged
from mn_notebook.secrecy import known
from mn_notebook.settings import MnSettings
from mn_notebook.store import database
from mn_notebook.testing import Script, ScriptedModelServer, fails
from tests.docs.pages import page, rows
from tests.integration.cells import Cells, close_cells, open_cells

PAGE = page("docs/troubles.md")
SAID = {row[0]: row[1] for row in rows(PAGE)}
"""What each trouble is told with; ``…`` stands for what differs from time to time."""

CODE = """
import mn_notebook as mn

@mn.tool(effect="read")
def search(ticker: str) -> list[str]:
    "Find the newest filings."
    return [ticker]

def score(text: str) -> int:
    "Score a text."
    return 100 // len(text)
"""
GOOD = """inputs: {ticker: str, limit: {type: int, default: 3}}
steps:
  look: {tool: search, args: {ticker: "{{ inputs.ticker }}"}}
  rate: {python: score, args: {text: "{{ inputs.ticker }}"}}
"""
AGENT = """steps:
  gather:
    agent: Say something.
    retry: {attempts: 2, backoff: 0s}
"""


class Room:
    """A notebook in which things go wrong."""

    def __init__(self, cells: Cells, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cells = cells
        self.folder = folder
        self.monkeypatch = monkeypatch

    def failed(self) -> str:
        """Return why the newest run failed."""
        return str(self.cells.wait("failed").error)

    def reload(self, **environment: str) -> None:
        """Load the extension again, with another environment."""
        self.cells("%unload_ext mn_notebook")
        for name, value in environment.items():
            self.monkeypatch.setenv(name, value)
        self.cells("%load_ext mn_notebook")


@pytest.fixture
def room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Room]:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "MN_BASE_URL", "MN_MODEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("MN_USER", "ann")
    cells = open_cells(tmp_path, monkeypatch, capsys, CODE)
    try:
        yield Room(cells, tmp_path, monkeypatch)
    finally:
        close_cells(cells)


def fits(said: str, written: str) -> bool:
    """Tell whether words are those that the table has, line breaks and ``…`` apart."""
    words = " ".join(said.split())
    parts = [re.escape(part.strip()) for part in " ".join(written.split()).split("…")]
    return re.search(r"\s*.*?\s*".join(parts), words) is not None


# --- the cell ----------------------------------------------------------------------------------


def a_key_is_misspelt(room: Room) -> str:
    return room.cells.fails("%%mn workflow brief\nsteps:\n  gather: {agnt: Find it.}")


def a_step_is_misspelt(room: Room) -> str:
    text = "steps:\n  gather: {agent: Find it.}\n  draft: {agent: 'Write: {{ gathr }}'}"
    return room.cells.fails(f"%%mn workflow brief\n{text}")


def a_tool_is_missing(room: Room) -> str:
    text = "steps:\n  gather: {tool: serch, args: {ticker: ACME}}"
    return room.cells.fails(f"%%mn workflow brief\n{text}")


def a_function_is_missing(room: Room) -> str:
    text = "steps:\n  rate: {python: skore, args: {text: ACME}}"
    return room.cells.fails(f"%%mn workflow brief\n{text}")


def a_loop_has_no_bound(room: Room) -> str:
    text = "steps:\n  rate: {python: score, args: {text: ACME}, repeat_until: rate > 3}"
    return room.cells.fails(f"%%mn workflow brief\n{text}")


def a_prompt_is_cut(room: Room) -> str:
    text = "steps:\n  gather:\n    agent: Find ticket #7"
    return room.cells.fails(f"%%mn workflow brief\n{text}")


# --- starting ----------------------------------------------------------------------------------


def a_workflow_is_misspelt(room: Room) -> str:
    room.cells.define(GOOD)
    return room.cells.fails("%mn run breif ticker=ACME")


def an_input_is_missing(room: Room) -> str:
    room.cells.define(GOOD)
    return room.cells.fails("%mn run brief")


def an_input_has_a_wrong_value(room: Room) -> str:
    room.cells.define(GOOD)
    return room.cells.fails("%mn run brief ticker=ACME limit=many")


def a_file_is_missing(room: Room) -> str:
    room.cells.define(GOOD)
    return room.cells.fails("%mn run brief ticker=@nowhere.txt")


def a_verb_is_misspelt(room: Room) -> str:
    return room.cells.fails("%mn aprove")


def a_run_is_unknown(room: Room) -> str:
    return room.cells.fails("%mn show zzzz")


# --- the model ---------------------------------------------------------------------------------


def no_model_is_configured(room: Room) -> str:
    room.cells.define(AGENT)
    room.cells("%mn run brief")
    return room.failed()


def the_key_is_wrong(room: Room) -> str:
    with ScriptedModelServer(Script.of(fails(401))) as server:
        room.reload(OPENAI_API_KEY="sk-wrong", OPENAI_BASE_URL=server.base_url, MN_MODEL="gpt-x")
        room.cells.define(AGENT)
        room.cells("%mn run brief")
        return room.failed()


def the_model_is_down(room: Room) -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    room.reload(OPENAI_API_KEY="k", OPENAI_BASE_URL=f"http://127.0.0.1:{port}/v1", MN_MODEL="gpt-x")
    room.cells.define(AGENT)
    room.cells("%mn run brief")
    return room.failed()


def a_model_is_too_busy(room: Room) -> str:
    with ScriptedModelServer(Script.of(fails(429))) as server:
        room.reload(OPENAI_API_KEY="k", OPENAI_BASE_URL=server.base_url, MN_MODEL="gpt-x")
        # It would be put off for an hour: this step is to be tried once only.
        room.cells.define(AGENT.replace("attempts: 2", "attempts: 1"))
        room.cells("%mn run brief")
        return room.failed()


# --- the work ----------------------------------------------------------------------------------


def a_function_fails(room: Room) -> str:
    room.cells.define("steps:\n  rate: {python: score, args: {text: ''}}")
    room.cells("%mn run brief")
    return room.failed()


def a_decision_comes_late(room: Room) -> str:
    room.cells.define("steps:\n  ok: {approve: Go on?}")
    room.cells("%mn run brief")
    run = room.cells.wait("waiting")
    room.cells(f"%mn approve {run.id[:4]} ok")
    room.cells.wait("succeeded")
    return room.cells.fails(f"%mn approve {run.id[:4]} ok")


def an_answer_does_not_fit(room: Room) -> str:
    room.cells.define("steps:\n  who: {ask: Who decides?, fields: {age: int}}")
    room.cells("%mn run brief")
    run = room.cells.wait("waiting")
    return room.cells.fails(f"%mn answer {run.id[:4]} who age=old")


# --- the store ---------------------------------------------------------------------------------

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


def the_store_is_locked(room: Room) -> str:
    room.cells.define("steps:\n  ok: {approve: Go on?}")
    room.monkeypatch.setattr(database, "BUSY_MILLISECONDS", 50)
    path = str(room.folder / "store.db")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreBusy) as caught, closing(open_client(MnSettings())) as client:
            client.store.writer.call(lambda cursor: cursor.execute("DELETE FROM mn_command"))
        return str(caught.value)
    finally:
        holder.communicate("")


def the_disk_is_full(room: Room) -> str:
    session = room.cells(
        "from mn_notebook.notebook.session import current_notebook\ncurrent_notebook().session"
    )
    store = session.client.store
    connection = store.writer._connection
    ((pages,),) = store.writer.call(lambda cursor: cursor.execute("PRAGMA page_count").fetchall())
    store.writer.call(lambda cursor: cursor.execute(f"PRAGMA max_page_count={pages}").fetchall())
    store.writer.submit(
        lambda cursor: (
            cursor.execute(
                "INSERT INTO mn_workflow VALUES ('h', 'n', ?, '', '2026', NULL)",
                ("x" * 200_000,),
            )
            and None
        ),
        lambda _result, _fault: None,
    )
    end = time.monotonic() + 10
    while store.writer.trouble is None and time.monotonic() < end:
        threading.Event().wait(0.02)
    said = str(store.writer.trouble)
    connection.execute("PRAGMA max_page_count=1000000")
    return said


def store_of(room: Room) -> Any:
    session = room.cells(
        "from mn_notebook.notebook.session import current_notebook\ncurrent_notebook().session"
    )
    return session.client.store


def the_store_is_deleted(room: Room) -> str:
    path = room.folder / "store.db"
    path.rename(room.folder / "away.db")
    try:
        return room.cells.fails("%mn runs")
    finally:
        (room.folder / "away.db").rename(path)


def the_store_is_replaced(room: Room) -> str:
    path = room.folder / "store.db"
    path.rename(room.folder / "away.db")
    path.write_bytes(b"")
    try:
        return room.cells.fails("%mn runs")
    finally:
        path.unlink()
        (room.folder / "away.db").rename(path)


def a_run_is_damaged(room: Room) -> str:
    room.cells.define("steps:\n  rate: {python: score, args: {text: abc}}")
    room.cells("%mn run brief")
    run = room.cells.wait("succeeded")
    damage = "UPDATE mn_event SET body = '{}' || body WHERE seq = 2"
    store_of(room).writer.call(lambda cursor: cursor.execute(damage) and None)
    with closing(open_client(MnSettings())) as client, pytest.raises(StoreDamaged) as caught:
        client.state(run.id)
    return str(caught.value)


def the_store_is_elsewhere(room: Room) -> str:
    (room.folder / "file").write_text("")
    room.cells("%unload_ext mn_notebook")
    room.monkeypatch.setenv("MN_STORE", str(room.folder / "file" / "store.db"))
    return room.cells.fails("%load_ext mn_notebook")


# --- secrets -----------------------------------------------------------------------------------

SECRETIVE = """
def pay(key: str = "") -> str:
    return mn.secret("BANK_KEY")
"""


def a_secret_is_missing(room: Room) -> str:
    room.monkeypatch.delenv("BANK_KEY", raising=False)
    room.cells(SECRETIVE)
    room.cells.define("steps:\n  pay: {python: pay}")
    room.cells("%mn run brief")
    return room.failed()


def a_secret_is_given(room: Room) -> str:
    known.remember("BANK_KEY", "no-such-bank-4711")
    try:
        room.cells(SECRETIVE)
        text = 'inputs: {key: str}\nsteps:\n  pay: {python: pay, args: {key: "{{ inputs.key }}"}}'
        room.cells.define(text)
        return room.cells.fails("%mn run brief key=no-such-bank-4711")
    finally:
        known.forget()


TROUBLES: dict[str, Callable[[Room], str]] = {
    "a key in a cell is misspelt": a_key_is_misspelt,
    "a text names a step that there is not": a_step_is_misspelt,
    "a tool is not there": a_tool_is_missing,
    "a function is not there": a_function_is_missing,
    "a loop has no bound": a_loop_has_no_bound,
    "a `#` cuts a prompt": a_prompt_is_cut,
    "a workflow is misspelt": a_workflow_is_misspelt,
    "an input is missing": an_input_is_missing,
    "an input has a wrong value": an_input_has_a_wrong_value,
    "a file is not there": a_file_is_missing,
    "a verb is misspelt": a_verb_is_misspelt,
    "a run is not there": a_run_is_unknown,
    "no model is configured": no_model_is_configured,
    "the key is wrong": the_key_is_wrong,
    "the model's server is down": the_model_is_down,
    "the model's server is too busy": a_model_is_too_busy,
    "a function fails": a_function_fails,
    "somebody else was faster": a_decision_comes_late,
    "an answer does not fit": an_answer_does_not_fit,
    "a secret is nowhere": a_secret_is_missing,
    "a secret is given to a run": a_secret_is_given,
    "the store is held by another program": the_store_is_locked,
    "the disk is full": the_disk_is_full,
    "the store is deleted while it is open": the_store_is_deleted,
    "the store is replaced while it is open": the_store_is_replaced,
    "a run is damaged": a_run_is_damaged,
    "the store cannot be opened": the_store_is_elsewhere,
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_trouble_is_told_as_the_table_says(room: Room, trouble: str):
    """What stands in the documents is what a user reads; and never a traceback."""
    said = TROUBLES[trouble](room)
    assert "Traceback" not in said
    assert fits(said, SAID[trouble]), f"{trouble}: {' '.join(said.split())}"


def test_the_table_has_every_trouble_once():
    """No row is untried."""
    assert list(SAID) == list(TROUBLES)


def test_words_are_compared():
    """The comparison can fail: else the table could say anything."""
    assert fits("line 3: unknown key 'agnt' here", "unknown key 'agnt' …")
    assert not fits("line 3: unknown key 'agnt'", "unknown key 'agent'")
