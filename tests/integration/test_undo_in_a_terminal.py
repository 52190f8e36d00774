"""Undoing and the ledger from a terminal, where no process advances the run meanwhile."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mn_notebook.cli import main
from tests.integration.terminal import Terminal, furnish

pytestmark = pytest.mark.timeout(60)

HELPERS = """
from pathlib import Path

import mn_notebook as mn

def note(line):
    with Path("world.txt").open("a") as file:
        file.write(line + "\\n")

def unbook(hotel, result, idempotency_key):
    if Path("closed.txt").exists():
        raise RuntimeError("the desk is closed")
    note(f"unbook {result}")

@mn.tool(effect="idempotent", compensate=unbook)
def book(hotel: str, idempotency_key: str) -> str:
    note(f"book {hotel}")
    return f"room at {hotel}"
"""
TRIP = """workflow: trip
tools: ["helpers:book"]
steps:
  there: {tool: book, args: {hotel: Astoria}}
  end: {wait: {signal: never}, needs: [there]}
"""


@pytest.fixture
def mn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    furnish(tmp_path, monkeypatch, helpers=HELPERS, trip=TRIP)
    return Terminal(tmp_path, capsys)


def world(mn: Terminal) -> list[str]:
    return (mn.folder / "world.txt").read_text().splitlines()


def resumed_until(run: str, happened: Callable[[], bool]) -> None:
    """Let processes go on with a run; a slow one may leave before it has heard of a decision."""
    for _ in range(10):
        main(["resume", run])
        if happened():
            return
    raise AssertionError("it never came to it")


def test_a_terminal_previews_undoes_and_lists(mn: Terminal) -> None:
    """Each verb is a process of its own, or none: what was asked waits until one does it."""
    mn("run", "trip.yaml", code=3)
    run = mn.wait_until("waiting")
    assert world(mn) == ["book Astoria"]
    (line,) = mn.json("effects", run)[0]["lines"]
    assert line["state"] == "succeeded"
    assert line["args"] == {"hotel": "Astoria"}
    assert line["result"] == "room at Astoria"
    assert "cancel" in mn("undo", run)
    assert "has not ended" in mn("undo", run, "--yes", code=2)
    mn("cancel", run)
    resumed_until(run, lambda: mn.json("show", run)[0]["status"] == "cancelled")
    said = mn("undo", run)
    assert "1. book(hotel=Astoria) at there" in said
    assert f"`mn undo {run} --yes`" in said
    assert world(mn) == ["book Astoria"]
    (mn.folder / "closed.txt").touch()
    said = mn("undo", run, "--yes", code=1)
    assert "could not be undone: RuntimeError: the desk is closed" in said
    assert "undo_failed" in json.dumps(mn.json("effects", run))
    assert f"`mn undo {run}` says why" in mn("show", run)
    (mn.folder / "closed.txt").unlink()
    assert mn.json("undo", run, "--yes")[0]["done"] is True
    assert world(mn) == ["book Astoria", "unbook room at Astoria"]
    shown = mn("effects", run, "--to", "audit.jsonl")
    assert "idempotent · undone" in shown
    assert "facts added to audit.jsonl" in shown
    kinds = [json.loads(line)["kind"] for line in Path("audit.jsonl").read_text().splitlines()]
    assert kinds.count("compensation.started") == 2
    assert "0 facts added" in mn("effects", run, "--to", "audit.jsonl")
    told = mn("log", run)
    assert "undoes the call of book" in told
    assert "wants undone what the run did" in told


def test_mistakes_are_said_in_a_sentence(mn: Terminal) -> None:
    """What cannot be meant is refused, and nothing is done."""
    mn("run", "trip.yaml", code=3)
    run = mn.wait_until("waiting")
    assert "cannot be meant both" in mn("cancel", run, "--undo", "--keep", code=2)
    assert "goes with no other choice" in mn("undo", run, "--keep", "--yes", code=2)
    assert "has no step 'nowhere'" in mn("undo", run, "--leave", "nowhere", code=2)
    assert "goes without --reads" in mn("effects", run, "--reads", "--to", "a.jsonl", code=2)
    assert "it has done nothing to the world" not in mn("effects", run)
