"""Only what this very user recorded is ever executed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.agents.code import Functions
from mn_notebook.agents.handlers import Code
from mn_notebook.agents.recorded import RecordedCode
from mn_notebook.agents.tools import ToolRegistry, make_tool
from mn_notebook.agents.trust import Signatures, jupyter_secret
from mn_notebook.domain.events import CodeRef
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.workflow import Workflow
from tests.unit.agents.bench import a_python_step, a_tool_step
from tests.unit.agents.cells import Cells

MINE = Signatures(lambda: b"mine")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
RUN = RunId("run1")
Restart = Callable[..., RecordedCode]


def recorded_by(cells: Cells, *, tool: bool = False, signatures: Signatures = MINE) -> CodeRef:
    """Record ``work`` of a notebook, as the start of a run does."""
    registry = ToolRegistry()
    if tool:
        registry.add(make_tool(cells["work"], effect="write"))
    code = Code(registry, Functions(cells.namespace), RecordedCode(signatures))
    step = a_tool_step("work") if tool else a_python_step("work")
    (ref,) = code.references(Workflow(name="w", group="w", steps=(step,)))
    return ref


def restarted(*refs: CodeRef, signatures: Signatures = MINE, **namespace: Any) -> RecordedCode:
    """A kernel after its restart, in which no cell but a few globals has run."""
    recorded = RecordedCode(signatures, namespace)
    for number, ref in enumerate(refs):
        recorded.offer(RunId(f"run{number}"), "a.ipynb", NOW + timedelta(seconds=number), [ref])
    return recorded


@pytest.fixture
def cells() -> Cells:
    return Cells()


# --- signatures --------------------------------------------------------------------------------


REF = CodeRef(name="work", hash="1", source="def work(): ...", defines="work")


def test_signature_vouches_for_its_very_reference() -> None:
    """For the same user, and for nothing that differs in anything."""
    ref = MINE.signed(REF)
    assert MINE.vouch_for(ref)
    assert MINE.vouch_for(CodeRef.model_validate_json(ref.model_dump_json()))
    changes: list[dict[str, Any]] = [
        {"source": "def work(): evil()"},
        {"helpers": ("evil()",)},
        {"imports": ("import evil",)},
        {"name": "other"},
        {"effect": "read"},
        {"live": ("x",)},
        {"signature": ""},
        {"signature": "hmac-sha256:00"},
    ]
    for change in changes:
        assert not MINE.vouch_for(ref.model_copy(update=change)), change
    assert not Signatures(lambda: b"another").vouch_for(ref)


def test_without_a_secret_nothing_is_signed_and_nothing_trusted() -> None:
    """A home that cannot be written to costs the convenience, not the safety."""
    nobody = Signatures(lambda: None)
    assert nobody.signed(REF) == REF
    assert not nobody.vouch_for(MINE.signed(REF))


def test_secret_is_that_of_jupyter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that notebooks are signed with, readable for its user alone."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    secret = jupyter_secret()
    file = tmp_path / "data" / "notebook_secret"
    assert secret == file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    assert jupyter_secret() == secret


def test_secret_that_jupyter_has_made_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it is not touched."""
    (tmp_path / "notebook_secret").write_bytes(b"of jupyter")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    assert jupyter_secret() == b"of jupyter"


def test_secret_that_cannot_be_kept_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once in the log, and nothing is signed."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "file"))
    assert jupyter_secret() is None
    assert "code cannot be signed" in caplog.text


# --- after a restart ---------------------------------------------------------------------------


def test_function_is_made_of_its_recorded_source(cells: Cells) -> None:
    """With its import and its helper; and it is the code that was recorded."""
    cells.run("import math as m\ndef half(n):\n    return n / 2\n")
    cells.run("def work(n):\n    return half(m.floor(n))\n")
    ref = recorded_by(cells)
    assert (ref.cell, ref.module, "python" in ref.environment) == (2, None, True)
    recorded = restarted(ref)
    functions = Functions({}, recorded=recorded.function)
    made = functions.get("work")
    assert made is not None
    assert made(5.5) == 2.5
    assert functions.get("work") is made
    code = Code(ToolRegistry(), functions, recorded)
    assert code.identity(a_python_step("work")) == {"code": ref.hash}
    assert not code.has_changed(RunId("run0"), "work")


def test_definition_of_the_notebook_comes_first(cells: Cells) -> None:
    """A cell that has run is what its user means now."""
    cells.run("def work(n):\n    return n\n")
    recorded = restarted(recorded_by(cells))

    def work(n: int) -> int:
        return -n

    functions = Functions({"work": work}, recorded=recorded.function)
    assert functions.get("work") is work
    assert Code(ToolRegistry(), functions, recorded).has_changed(RunId("run0"), "work")


def test_tool_comes_back_with_its_effect(cells: Cells) -> None:
    """Also one that was declared without a decorator."""
    cells.run("def work(n: int) -> int:\n    return n\n")
    ref = recorded_by(cells, tool=True)
    recorded = restarted(ref)
    code = Code(ToolRegistry(), Functions(), recorded)
    found = code.tool("work")
    assert found is not None
    assert (found.effect, found.hash) == ("write", ref.hash)
    assert code.missing(a_tool_step("work")) is None
    assert not code.has_changed(RunId("run0"), "work")


def test_live_global_is_waited_for_and_taken_as_it_is(cells: Cells) -> None:
    """The cell of the global alone will do; a newer value is seen at the next call."""
    cells.run("client = object()\ndef work():\n    return client\n")
    ref = recorded_by(cells)
    namespace: dict[str, Any] = {}
    recorded = RecordedCode(MINE, namespace)
    recorded.offer(RUN, "a.ipynb", NOW, [ref])
    code = Code(ToolRegistry(), Functions(namespace, recorded=recorded.function), recorded)
    assert code.missing(a_python_step("work")) == (
        "the function 'work' is not there: run the cell that defines it (cell 1), or what defines "
        "its global 'client'"
    )
    for value in ("one", "two"):
        namespace["client"] = value
        assert code.missing(a_python_step("work")) is None
        found = recorded.function("work")
        assert found is not None
        assert found() == value


@pytest.mark.parametrize(
    ("source", "said"),
    [
        pytest.param(
            "work = lambda: 1\n", "; its recorded source is not enough: it is a lambda", id="lambda"
        ),
        pytest.param(
            "one = two = object()\ndef work():\n    return one, two\n",
            ", or what defines its globals 'one', 'two'",
            id="live globals",
        ),
    ],
)
def test_what_is_waited_for_is_said(cells: Cells, source: str, said: str) -> None:
    """The cell by its number, and what else would do."""
    cells.run(source)
    recorded = restarted(recorded_by(cells))
    assert recorded.function("work") is None
    assert recorded.tool("work") is None
    assert recorded.waits_for("work").startswith(f"run the cell that defines it (cell 1){said}")


def test_source_of_somebody_else_is_not_executed(cells: Cells) -> None:
    """Not even if it stands in the store of this user's own run."""
    cells.run("EVIL = []\ndef work():\n    return 1\n")
    ref = recorded_by(cells, signatures=Signatures(lambda: b"another"))
    recorded = restarted(ref)
    assert recorded.function("work") is None
    assert recorded.waits_for("work").endswith("; its recorded source is not signed by this user")


def test_import_that_fails_is_said(cells: Cells, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not installed any more cannot be imported."""
    import sys
    from types import ModuleType

    module = ModuleType("some_shelf")
    module.__spec__ = __import__("importlib.machinery").machinery.ModuleSpec("some_shelf", None)
    monkeypatch.setitem(sys.modules, "some_shelf", module)
    cells.run("import some_shelf\ndef work():\n    return some_shelf\n")
    ref = recorded_by(cells)
    monkeypatch.delitem(sys.modules, "some_shelf")
    recorded = restarted(ref)
    assert recorded.function("work") is None
    assert recorded.waits_for("work").endswith(
        "its recorded source cannot be used here: ModuleNotFoundError: No module named 'some_shelf'"
    )


def test_newest_run_of_a_notebook_counts(cells: Cells) -> None:
    """Two runs were started with two versions: both go on with the newer one, and it is noticed."""
    refs = []
    for number in range(2):
        cells.run(f"def work():\n    return {number}\n")
        refs.append(recorded_by(cells))
    for order in (refs, refs[::-1]):
        recorded = restarted(*order)
        found = recorded.function("work")
        assert found is not None
        assert found() == (1 if order is refs else 0)
    code = Code(ToolRegistry(), Functions({}, recorded=restarted(*refs).function), restarted(*refs))
    assert code.has_changed(RunId("run0"), "work")
    assert not code.has_changed(RunId("run1"), "work")


def test_two_notebooks_that_mean_different_things_wait(cells: Cells) -> None:
    """A process that looks after both cannot know which of them is meant."""
    recorded = RecordedCode(MINE)
    for number in range(2):
        cells.run(f"def work():\n    return {number}\n")
        recorded.offer(RunId(f"run{number}"), f"{number}.ipynb", NOW, [recorded_by(cells)])
    assert recorded.function("work") is None


def test_old_records_are_compared_with_nothing(cells: Cells) -> None:
    """Their hashes were made otherwise; an approval that was given stays one."""
    recorded = restarted(CodeRef(name="work", hash="old", source="def work(): ..."))
    cells.run("def work():\n    return 1\n")
    code = Code(ToolRegistry(), Functions(cells.namespace), recorded)
    assert not code.has_changed(RunId("run0"), "work")
    assert recorded.function("work") is None
    assert recorded.waits_for("work").startswith("run the cell that defines it; its recorded")
