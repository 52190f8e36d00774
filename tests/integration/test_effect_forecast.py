"""What is said of effects before a retry or a rerun is what then becomes of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.agents.tools import make_tool
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.ledger import ledger
from mn_notebook.language import Catalog, parse_cell
from mn_notebook.testing import ModelFault, Reply, ScriptedCall
from mn_notebook.verbs import iterate, repair
from mn_notebook.verbs.session import Definition, Session
from tests.integration.house import House, Kernel, waits_until

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


@dataclass
class World:
    """Counts what was really done, by key."""

    done: list[tuple[str, str]] = field(default_factory=list)

    def __reduce__(self) -> str:
        """What was done outside is nothing that its tools are made of."""
        return "World"

    def tool(self, name: str, **more: Any) -> Any:
        def act(to: str, idempotency_key: str) -> str:
            self.done.append((f"{name} {to}", idempotency_key))
            if to == "broken" and len([one for one in self.done if one[0] == f"{name} {to}"]) == 1:
                message = "the line broke"
                raise ConnectionError(message)
            return f"{name} {to}"

        return make_tool(act, name=name, **more)

    @property
    def acts(self) -> list[str]:
        return [act for act, _ in self.done]


def call(tool: str, to: str) -> ScriptedCall:
    return ScriptedCall(name=tool, arguments={"to": to})


def is_asked(kernel: Kernel, run_id: RunId, path: str) -> bool:
    asked = kernel.client.state(run_id).approvals.values()
    return any(waiting.request.path == path for waiting in asked)


def allow(kernel: Kernel, run_id: RunId, path: str) -> None:
    assert waits_until(lambda: is_asked(kernel, run_id, path))
    kernel.decide(run_id, "approve", path=path)


def session_of(house: House, kernel: Kernel) -> Session:
    return Session(house.settings(), namespace=kernel.namespace, _runtime=kernel.runtime)


REFUSED = Reply(fault=ModelFault(kind="status", status=400))
AGENT = "steps:\n  clerk: {agent: Do it., tools: [pay, put, see], turns: 9, retry: {attempts: 1}}"


def test_a_committed_write_of_a_failed_agent_is_not_made_again(house: House) -> None:
    """Neither is anything else that its transcript holds; the model goes on from there."""
    world = World()
    tools = (
        world.tool("pay"),
        world.tool("put", effect="idempotent"),
        world.tool("see", effect="read"),
    )
    both = Reply(calls=(call("see", "x"), call("put", "ann"), call("pay", "ann")))
    kernel = house.kernel(both, REFUSED, Reply(text="done"), tools=tools)
    run_id = kernel.start(AGENT)
    allow(kernel, run_id, "clerk")
    assert kernel.until(run_id).status == "failed"
    said = repair.retry(session_of(house, kernel), run_id).text
    assert "Effects: not made again: put(to=ann) at clerk, pay(to=ann) at clerk." in said
    kernel.until(run_id, "succeeded")
    assert world.acts == ["see x", "put ann", "pay ann"]


def test_an_idempotent_call_is_repeated_with_its_key(house: House) -> None:
    """Its step begins anew: the same call has the same key, and the world can tell."""
    world = World()
    tools = (world.tool("put", effect="idempotent"), world.tool("pay"), world.tool("see"))
    asks = Reply(calls=(call("put", "ann"),))
    # Malformed at the end: what was said is forgotten, where nothing was written.
    bad = Reply(text="")
    kernel = house.kernel(asks, *[bad] * 3, asks, Reply(text="done"), tools=tools)
    run_id = kernel.start(AGENT)
    assert kernel.until(run_id).status == "failed"
    said = repair.retry(session_of(house, kernel), run_id, "clerk").text
    assert "repeated, with the same key if it is the same call: put(to=ann) at clerk." in said
    kernel.until(run_id, "succeeded")
    assert world.acts == ["put ann", "put ann"]
    assert len({key for _, key in world.done}) == 1


@pytest.mark.parametrize("checks", [True, False], ids=["check", "plain"])
def test_a_call_in_doubt_is_checked_first_or_asked_about(house: House, *, checks: bool) -> None:
    """It was refused while nobody knew whether it had happened, and the step is tried again."""
    world = World()
    asked: list[str] = []

    def was_done(key: str) -> str | None:
        asked.append(key)
        return next((act for act, known in world.done if known == key), None)

    pay = world.tool("pay", check=was_done if checks else None)
    kernel = house.kernel(tools=(pay,))
    run_id = kernel.start("steps:\n  one: {tool: pay, args: {to: broken}}")
    allow(kernel, run_id, "one")
    assert waits_until(lambda: "tool.in_doubt" in kernel.kinds(run_id))
    assert waits_until(lambda: is_asked(kernel, run_id, "one"))
    kernel.decide(run_id, "reject", path="one")
    assert kernel.until(run_id).status == "failed"
    said = repair.retry(session_of(house, kernel), run_id).text
    if checks:
        assert "checked first whether it happened, and made only if not: pay(to=broken)" in said
        kernel.until(run_id, "succeeded")
        assert len(asked) == 1
    else:
        assert "asked about before it is made, or made once more: pay(to=broken) at one" in said
        assert waits_until(lambda: is_asked(kernel, run_id, "one"))
    assert world.acts == ["pay broken"]


def test_a_write_that_failed_asks_before_it_is_made_again(house: House) -> None:
    """That it was allowed once, and failed, allows no second one."""
    made: list[str] = []

    def pay(to: str) -> str:
        made.append(to)
        if len(made) == 1:
            message = "no money"
            raise ValueError(message)
        return to

    kernel = house.kernel(tools=(make_tool(pay),))
    run_id = kernel.start("steps:\n  one: {tool: pay, args: {to: ann}}")
    allow(kernel, run_id, "one")
    assert kernel.until(run_id).status == "failed"
    said = repair.retry(session_of(house, kernel), run_id).text
    assert "asked about before it is made, or made once more: pay(to=ann) at one" in said
    allow(kernel, run_id, "one")
    kernel.until(run_id, "succeeded")
    assert made == ["ann", "ann"]


def test_only_what_is_retried_is_foretold(house: House) -> None:
    """Effects of steps that have succeeded are not touched, and not spoken of."""
    world = World()

    def burst() -> None:
        message = "burst"
        raise ValueError(message)

    kernel = house.kernel(tools=(world.tool("pay"),), burst=burst)
    run_id = kernel.start(
        "steps:\n  one: {tool: pay, args: {to: ann}}\n  two: {python: burst, needs: [one]}"
    )
    allow(kernel, run_id, "one")
    assert kernel.until(run_id).status == "failed"
    assert "Effects" not in repair.retry(session_of(house, kernel), run_id).text


def test_a_rerun_says_which_effects_are_reused_and_which_ask(house: House) -> None:
    """An unchanged write is taken over; one that is done anew asks, with another key."""
    world = World()
    kernel = house.kernel(tools=(world.tool("pay"), world.tool("put", effect="idempotent")))
    session = session_of(house, kernel)
    text = """
inputs: {to: str}
steps:
  one: {tool: pay, args: {to: ann}}
  two: {tool: pay, args: {to: "{{ inputs.to }}"}, needs: [one]}
  three: {tool: put, args: {to: "{{ inputs.to }}"}, needs: [one]}
"""
    run_id = kernel.start(text, to="bob")
    allow(kernel, run_id, "one")
    allow(kernel, run_id, "two")
    assert kernel.until(run_id).status == "succeeded"
    catalog = Catalog(tools=None, functions=None, types={})
    checked = parse_cell("brief", text, catalog)
    definition = Definition(checked, kernel.runtime.origin)
    line = session.client.run(run_id)
    again, forecast = iterate.rerun_with(session, line, definition, {"to": "eve"}, None)
    assert "Effects: not made again: pay(to=ann) at one." in forecast.text
    assert "Asked about before it is made, or made once more: pay(to=bob) at two." in forecast.text
    assert "if the step is done anew: put(to=bob) at three." in forecast.text
    allow(kernel, again, "two")
    assert kernel.until(again).status == "succeeded"
    assert sorted(world.acts) == ["pay ann", "pay bob", "pay eve", "put bob", "put eve"]
    found = ledger(kernel.client.state(again), kernel.client.events(again))
    assert sorted(entry.path for entry in found) == ["three", "two"], "what is reused was not done"
