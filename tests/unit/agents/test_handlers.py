"""What a workflow refers to is found by the name that the workflow says."""

import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest

from mn_notebook.agents.calling import call_here
from mn_notebook.agents.capture import identity_of
from mn_notebook.agents.code import Functions
from mn_notebook.agents.handlers import Code, make_handlers
from mn_notebook.agents.tools import ToolRegistry, make_tool
from mn_notebook.domain.ids import StepName
from mn_notebook.domain.workflow import ApproveStep, ToolUse, Workflow
from mn_notebook.errors import PermanentError
from mn_notebook.ports import WaitsFor
from mn_notebook.testing import Reply, Script, ScriptedCall, ScriptedModel
from mn_notebook.testing.doubles import FakeClock
from tests.unit.agents.bench import Bench, a_python_step, a_tool_step, an_agent, output_of

SEEN: list[Any] = []


def find(q: str, region: str = "us") -> str:
    """Find something."""
    SEEN.append((q, region))
    return "found"


def send(to: str) -> str:
    """Send."""
    SEEN.append(to)
    return "sent"


@pytest.fixture(autouse=True)
def shelf() -> Iterator[None]:
    """An installed package with tools, of which ``send`` is not declared."""
    module = types.ModuleType("some_tools")
    module.__dict__.update(find=find, send=send, number=5)
    sys.modules["some_tools"] = module
    SEEN.clear()
    yield
    del sys.modules["some_tools"]


def code_with(*tools: Any, **functions: Any) -> Code:
    registry = ToolRegistry()
    for one in tools:
        registry.add(one)
    return Code(registry, Functions(functions))


def test_declared_tool_wins_over_the_bare_function() -> None:
    """An imported function that was declared keeps its effect, also under another name."""
    code = code_with(make_tool(find, name="search", effect="read"))
    found = code.tool("some_tools:find")
    assert found is not None
    assert (found.name, found.effect) == ("search", "read")


def test_undeclared_function_of_a_module_is_a_write() -> None:
    """Who says nothing is asked about."""
    found = code_with().tool("some_tools:send")
    assert found is not None
    assert (found.name, found.effect) == ("send", "write")


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("search", "the tool 'search' is not there: run the cell that defines it"),
        ("no_such:search", "the module of 'no_such:search' is not installed here"),
    ],
)
def test_missing_tool_is_said(name: str, missing: str) -> None:
    """The sentence names what to do."""
    code = code_with()
    assert code.missing(a_tool_step(name)) == missing
    assert code.tool(name) is None


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("work", "the function 'work' is not there: run the cell that defines it"),
        ("no_such:work", "the module of 'no_such:work' is not installed here"),
    ],
)
def test_missing_function_is_said(name: str, missing: str) -> None:
    """Functions like tools."""
    handlers = make_handlers(code_with(), ScriptedModel(), FakeClock())
    assert handlers["python"].missing(a_python_step(name)) == missing


def test_module_without_the_tool_is_a_lasting_failure() -> None:
    """A wrong name does not become right by waiting."""
    with pytest.raises(PermanentError, match="expected a function 'number'"):
        code_with().missing(a_tool_step("some_tools:number"))


def test_found_code_is_not_missing() -> None:
    """Nothing to say."""
    code = code_with(make_tool(find), work=find)
    assert code.missing(a_tool_step("find")) is None
    assert code.missing(a_python_step("work", effect="write")) is None
    assert code.target(ApproveStep(name=StepName("a"), prompt="?")) is None


async def test_tool_of_a_module_is_authorised_under_its_full_name() -> None:
    """The name that the approval showed is the name that is called."""
    from mn_notebook.engine.decisions import call_hash

    handlers = make_handlers(code_with(), ScriptedModel(), FakeClock(), call=call_here)
    step = a_tool_step("some_tools:send")
    allowed = (call_hash("some_tools:send", {"to": "ann"}),)
    bench = Bench(handlers["tool"], step, {"args": {"to": "ann"}}, authorised=allowed)
    assert output_of(await bench.attempt()) == "sent"


async def test_agent_uses_a_tool_of_a_module() -> None:
    """A model calls it by its short name; bound arguments reach it."""
    replies = (
        Reply(calls=(ScriptedCall(name="find", arguments={"q": "a"}),)),
        Reply(calls=(ScriptedCall(name="send", arguments={"to": "ann"}),)),
        Reply(text="done"),
    )
    models = ScriptedModel(Script(replies=replies))
    declared = code_with(make_tool(find, effect="read"))
    handlers = make_handlers(declared, models, FakeClock(), call=call_here)
    step = an_agent(ToolUse(tool="some_tools:find", bound={"region": "eu"}), "some_tools:send")
    given: Any = {"prompt": "x", "tools": {"some_tools:find": {"region": "eu"}}}
    bench = Bench(handlers["agent"], step, given)
    assert isinstance(await bench.attempt(), WaitsFor)
    assert SEEN == [("a", "eu")]
    assert "region" not in str(models.calls[0].request.tools[0].parameters)
    bench.decide("approve")
    assert output_of(await bench.go_on()) == "done"
    assert SEEN == [("a", "eu"), "ann"]


def test_references_record_code_as_it_is_now() -> None:
    """Source, hash, effect and origin of all that a workflow refers to, missing ones included."""
    code = code_with(make_tool(find, effect="read"), work=send)
    steps = (
        a_tool_step("find").model_copy(update={"name": "t"}),
        an_agent("find", "some_tools:send").model_copy(update={"name": "a"}),
        a_python_step("work").model_copy(update={"name": "p"}),
        a_python_step("later").model_copy(update={"name": "q"}),
    )
    references = code.references(Workflow(name="w", group="w", steps=steps))
    assert [(one.name, one.effect) for one in references] == [
        ("find", "read"),
        ("later", "idempotent"),
        ("some_tools:send", "write"),
        ("work", "idempotent"),
    ]
    by_name = {one.name: one for one in references}
    assert by_name["later"].hash == ""
    assert by_name["work"].hash == identity_of(send)
    assert "def send" in by_name["work"].source
    assert by_name["find"].module == __name__


def test_identity_is_the_hash_of_what_is_called() -> None:
    """Changed code is another step."""
    code = code_with(make_tool(find), work=send)
    tool = make_tool(find)
    assert code.identity(a_tool_step("find")) == {"code": tool.code, **tool.held}
    assert code.identity(a_python_step("work")) == {"code": identity_of(send)}
    assert code.identity(a_tool_step("gone")) == {"code": ""}
    assert code.identity(ApproveStep(name=StepName("a"), prompt="?")) is None
