"""A plain Python program: what it is told names commands as a terminal types them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import mn_notebook as mn
from mn_notebook.domain.words import plain
from mn_notebook.notebook import session
from mn_notebook.notebook.session import Notebook
from mn_notebook.notebook.tables import CALL_COLUMNS, EFFECT_COLUMNS
from mn_notebook.settings import MnSettings
from mn_notebook.verbs.session import Session

NAMES = ("one", "two", "three", "four", "five")


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    """What `current_notebook` opens where no shell runs, with a store of its own."""
    opened = Session(
        MnSettings(store=str(tmp_path / "store.db"), notebook=str(tmp_path / "program.py")),
        via="python",
        namespace={"half": lambda x: x / 0},
    )
    opened.engine()
    notebook = Notebook(opened)
    monkeypatch.setattr(session, "_notebooks", {0: notebook})
    monkeypatch.setattr(session, "running_shell", lambda: None)
    monkeypatch.setattr("mn_notebook.notebook.shell.running_shell", lambda: None)
    yield notebook
    notebook.close()


def test_program_is_told_what_a_terminal_types(program: Notebook) -> None:
    """In displays, in errors, and where it is asked what there is to do."""
    assert plain(program.session.via) == "python"
    flow = mn.Workflow("ask")
    flow.approve("sure", "Go on?")
    run = mn.run(flow)
    with pytest.raises(mn.RunError, match=f"`mn approve {run.id[:4]} sure` decides") as raised:
        run.wait(timeout_seconds=0.5)
    said = [str(raised.value), repr(run), repr(run.why()), repr(mn.check(flow)), repr(mn.runs)]
    assert [text for text in said if "%mn" in text] == []
    assert repr(run).splitlines()[1] == f"mn approve {run.id[:4]} sure"
    assert repr(mn.check(flow)).splitlines()[-1] == "mn run ask"
    assert repr(run.approve()).startswith("Approved: sure of run")
    assert run.wait(20).status == "succeeded"


def test_steps_are_listed_in_the_order_of_the_workflow(program: Notebook) -> None:
    """Of five names, 1 order in 120 is right by chance."""
    assert program.shell is None
    flow = mn.Workflow("line")
    for name in NAMES:
        flow.approve(name, "Go on?")
    run = mn.run(flow)
    assert list(run.steps["step"]) == list(NAMES)
    assert run.calls.empty
    assert tuple(run.calls.columns) == CALL_COLUMNS
    assert tuple(run.effects.columns) == EFFECT_COLUMNS
    run.cancel()


def test_tables_have_the_same_columns_with_and_without_rows(program: Notebook) -> None:
    """What reads a table need not ask first whether something is in it."""

    @mn.tool(effect="idempotent", name="note_down")
    def note_down(text: str) -> str:
        """Note something down."""
        return text

    assert program.shell is None
    flow = mn.Workflow("note")
    flow.tool("one", "note_down", args={"text": "x"})
    run = mn.run(flow).wait(20)
    assert len(run.calls) == len(run.effects) == 1
    assert tuple(run.calls.columns) == CALL_COLUMNS
    assert tuple(run.effects.columns) == EFFECT_COLUMNS
