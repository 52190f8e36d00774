"""What is called is what was meant, allowed and shown: attempts to have something else called."""

import sys
import types
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import pytest
from pydantic import StringConstraints

from mn_notebook.agents.declared import import_declared
from mn_notebook.agents.tools import make_tool
from mn_notebook.client import NewRun
from mn_notebook.domain.events import StepWaiting, ToolJudged, ToolSucceeded
from mn_notebook.domain.ids import RunId
from mn_notebook.engine.obeying import Obeying
from mn_notebook.errors import UsageError
from mn_notebook.language import Catalog, parse_cell
from mn_notebook.notebook.tables import call_rows
from mn_notebook.testing import Reply, ScriptedCall
from tests.integration.house import House, Kernel, waits_until, workflow_of


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


def wants(**args: Any) -> Reply:
    return Reply(calls=(ScriptedCall(name="pay", arguments=args),))


class Bank:
    """It books what it is told."""

    def __init__(self) -> None:
        self.paid: list[tuple[str, float]] = []

    def pay(self, to: str, amount: float = 10) -> str:
        """Pay somebody."""
        self.paid.append((to, amount))
        return "paid"


AGENT = "steps:\n  act: {agent: Pay them., tools: [pay]}\n"
TOOL = "steps:\n  act: {tool: pay, args: {to: zed}}\n"


def started(kernel: Kernel, text: str) -> RunId:
    """Start a run as a verb does on a shared store: what it refers to is recorded."""
    flow = parse_cell("brief", text, Catalog(types={}, proves_people=True)).workflow
    refs = kernel.runtime.code.references(flow)
    return kernel.runtime.start(NewRun(flow, text, kernel.runtime.origin, {}, refs))


def judgements(kernel: Kernel, run_id: RunId) -> list[ToolJudged]:
    events = (one.event for one in kernel.client.events(run_id))
    return [event for event in events if isinstance(event, ToolJudged)]


def asked(kernel: Kernel, run_id: RunId) -> bool:
    return bool(kernel.client.state(run_id).approvals)


# --- what a person edits -----------------------------------------------------------------------


@pytest.mark.parametrize("steps", [AGENT, TOOL], ids=["agent", "tool"])
def test_an_edit_does_not_overrule_a_rule_that_denies(house: House, steps: str) -> None:
    """A call of a small sum is asked about; who edits it to a large one has it refused."""
    bank = Bank()
    kernel = house.kernel(wants(to="zed"), Reply(text="done"), tools=(make_tool(bank.pay),))
    policy = "policy: [{tool: pay, when: args.amount > 1000, deny: true, because: too much}]\n"
    run_id = kernel.start(policy + steps)
    kernel.until(run_id, "waiting")
    kernel.decide(run_id, "approve", edits={"amount": 99999})
    kernel.until(run_id)
    assert bank.paid == []
    assert [(one.verdict, one.because) for one in judgements(kernel, run_id)][1:] == [
        ("refuse", "too much")
    ]
    assert "tool.started" not in kernel.kinds(run_id)
    rows = call_rows(kernel.client, kernel.client.events(run_id))
    (row,) = (row for row in rows if row["kind"] == "tool")
    assert (row["status"], row["args"]) == ("refused", {"to": "zed", "amount": 99999})


@pytest.mark.parametrize("steps", [AGENT, TOOL], ids=["agent", "tool"])
def test_one_person_does_not_edit_a_call_into_one_that_needs_two(house: House, steps: str) -> None:
    """The edited call is asked about by the rule that concerns it."""
    bank = Bank()
    kernel = house.kernel(wants(to="zed"), Reply(text="done"), tools=(make_tool(bank.pay),))
    run_id = started(
        kernel, "policy: [{tool: pay, when: args.amount > 50, approvals: 2}]\n" + steps
    )
    kernel.until(run_id, "waiting")
    kernel.decide(run_id, "approve", edits={"amount": 51})
    assert waits_until(lambda: len(judgements(kernel, run_id)) == 2 and asked(kernel, run_id))
    request = kernel.client.open_approval(run_id, None).request
    assert request.needed == 2
    assert request.given == ()
    assert kernel.client.values.load(request.calls[0].args) == {"to": "zed", "amount": 51}
    assert bank.paid == []


def test_an_edit_within_what_one_person_may_allow_asks_nobody_twice(house: House) -> None:
    """It was shown, and it is made."""
    bank = Bank()
    kernel = house.kernel(wants(to="zed"), Reply(text="done"), tools=(make_tool(bank.pay),))
    run_id = kernel.start("policy: [{tool: pay, when: args.amount > 1, approvals: 1}]\n" + AGENT)
    kernel.until(run_id, "waiting")
    kernel.decide(run_id, "approve", edits={"amount": 500})
    assert kernel.until(run_id).status == "succeeded"
    assert bank.paid == [("zed", 500)]
    assert len(judgements(kernel, run_id)) == 1


def test_what_the_workflow_binds_is_made_as_edited(house: House) -> None:
    """What was shown after the edit is made, not what the workflow had said before."""
    bank = Bank()
    kernel = house.kernel(wants(to="zed"), Reply(text="done"), tools=(make_tool(bank.pay),))
    run_id = kernel.start("steps:\n  act: {agent: Pay., tools: [{pay: {amount: 5}}]}\n")
    kernel.until(run_id, "waiting")
    kernel.decide(run_id, "approve", edits={"amount": 3})
    assert kernel.until(run_id).status == "succeeded"
    assert bank.paid == [("zed", 3)]


@pytest.mark.parametrize("steps", [AGENT, TOOL], ids=["agent", "tool"])
def test_what_was_allowed_is_not_done_by_other_code(house: House, steps: str) -> None:
    """Somebody was asked about one tool; it is another one by the time that he says yes."""
    bank = Bank()
    first = house.kernel(wants(to="zed"), tools=(make_tool(bank.pay),))
    run_id = started(first, steps)
    first.until(run_id, "waiting")
    first.runtime.close()

    def pay(to: str, amount: float = 10) -> str:
        bank.paid.append((to, -amount))
        return "taken"

    second = house.kernel(Reply(text="done"), tools=(make_tool(pay),))
    second.decide(run_id, "approve")
    assert waits_until(lambda: len(judgements(second, run_id)) == 2 and asked(second, run_id))
    request = second.client.open_approval(run_id, None).request
    assert request.prompt.endswith("Its code has changed since the run was started.")
    assert bank.paid == []
    second.decide(run_id, "approve")
    assert second.until(run_id).status == "succeeded"
    assert bank.paid == [("zed", -10)]


# --- what a tool makes of its arguments --------------------------------------------------------


Word = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True)]


@pytest.mark.parametrize(
    ("rule", "said", "status", "done"),
    [
        ("when: args.word == 'drop', deny: true", " DROP ", "succeeded", []),
        ("when: args.word == ' DROP ', deny: true", " DROP ", "succeeded", []),
        ("when: args.word == 'drop', deny: true", "keep", "succeeded", ["keep"]),
        ("when: args.word == 'keep', approvals: 0", "keep", "succeeded", ["keep"]),
        ("when: args.word == ' DROP ', approvals: 0", " DROP ", "waiting", []),
    ],
    ids=["as taken", "as given", "another", "free", "free as given alone"],
)
def test_a_rule_holds_for_what_a_tool_makes_of_its_arguments(
    house: House, rule: str, said: str, status: str, done: list[str]
) -> None:
    """A word with a space around it does not get around a rule about that word."""
    wiped: list[str] = []

    def pay(word: Word) -> str:
        wiped.append(word)
        return "done"

    free = "" if "approvals" in rule else "{approvals: 0}, "
    kernel = house.kernel(wants(word=said), Reply(text="done"), tools=(make_tool(pay),))
    run_id = kernel.start(f"policy: [{free}{{tool: pay, {rule}}}]\n{AGENT}")
    assert kernel.until(run_id, "waiting", "succeeded", "failed").status == status
    assert wiped == done


# --- what a call returns -----------------------------------------------------------------------


def nest(levels: int) -> Any:
    deep: Any = "x"
    for _ in range(levels):
        deep = [deep]
    return deep


@pytest.mark.parametrize("steps", [AGENT, TOOL], ids=["agent", "tool"])
@pytest.mark.parametrize("value", [10**5000, nest(600)], ids=["huge", "deep"])
def test_a_write_whose_value_cannot_be_kept_was_made_all_the_same(
    house: House, steps: str, value: Any
) -> None:
    """It has not failed, so that nobody makes it again: a person says what it gave."""
    made: list[str] = []

    def pay(to: str) -> Any:
        made.append(to)
        return value

    kernel = house.kernel(
        *[wants(to="zed")] * 2, Reply(text="done"), tools=(make_tool(pay, name="pay"),)
    )
    run_id = kernel.start("policy: [{tool: pay, approvals: 0}]\n" + steps)
    assert kernel.until(run_id, "waiting", "failed", "succeeded").status == "waiting"
    assert kernel.client.open_approval(run_id, None).request.subject == "in_doubt"
    assert made == ["zed"]


@pytest.mark.parametrize("levels", [110, 600])
def test_what_people_say_too_deeply_is_refused_before_it_is_written(
    house: House, levels: int
) -> None:
    """In words; and the question stays open."""
    bank = Bank()
    kernel = house.kernel(wants(to="zed"), Reply(text="done"), tools=(make_tool(bank.pay),))
    with pytest.raises(UsageError):
        kernel.start("inputs: {x: any}\n" + AGENT, x=nest(levels))
    run_id = kernel.start(AGENT)
    kernel.until(run_id, "waiting")
    with pytest.raises(UsageError):
        kernel.decide(run_id, "answer", value=nest(levels))
    with pytest.raises(UsageError):
        kernel.client.signal("go", run_id=run_id, value=nest(levels))
    kernel.decide(run_id, "answer", value="no")
    assert kernel.until(run_id).status == "succeeded"


@pytest.mark.parametrize("levels", [150, 600])
@pytest.mark.parametrize("decision", ["approve", "answer"])
def test_a_decision_that_nobody_can_read_is_a_no_and_ends_no_engine(
    house: House, decision: str, levels: int
) -> None:
    """Written past the check, it would end every process that takes it up."""
    bank = Bank()
    kernel = house.kernel(wants(to="zed"), Reply(text="done"), tools=(make_tool(bank.pay),))
    run_id = kernel.start(AGENT)
    kernel.until(run_id, "waiting")
    request = kernel.client.open_approval(run_id, None).request
    deep = {"edits": {"amount": nest(levels)}, "value": nest(levels), "because": ""}
    client = house.client("mallory")
    client.store.inbox.decide(
        run_id, request.approval_id, decision, deep, by="mallory", via="forged"
    )
    kernel.runtime.ring()
    assert kernel.until(run_id).status == "succeeded"
    assert kernel.runtime.is_alive
    assert bank.paid == []


def test_a_command_that_breaks_who_obeys_it_stops_no_other_run(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """However it does that; it stays where it is, for a program that can obey it."""
    kernel = house.kernel()
    run_id = kernel.start("steps:\n  ok: {approve: Go?}\n")
    kernel.until(run_id, "waiting")
    tries: list[str] = []
    original = Obeying.events_of

    def breaking(obeying: Obeying, state: Any, command: Any) -> Any:
        if command.kind == "pause":
            tries.append(command.id)
            raise AssertionError("nobody has thought of that")
        return original(obeying, state, command)

    monkeypatch.setattr(Obeying, "events_of", breaking)
    kernel.client.pause(run_id)
    kernel.runtime.ring()
    assert waits_until(lambda: bool(tries))
    other = kernel.start("steps:\n  ok: {approve: Go?}\n")
    kernel.until(other, "waiting")
    for one in (other, run_id):
        kernel.decide(one, "approve")
        assert kernel.until(one).status == "succeeded"
    assert kernel.runtime.is_alive
    assert len(tries) == 1
    assert "nobody has thought of that" in caplog.text


@pytest.mark.parametrize("levels", [95, 150, 240])
def test_a_run_can_be_read_again_however_deep_a_value_is(house: House, levels: int) -> None:
    """By another process, which goes on with it."""
    look = make_tool(lambda: nest(levels), name="look", effect="read")
    first = house.kernel(tools=(look,))
    run_id = first.start("steps:\n  see: {tool: look}\n  ok: {approve: Go?, needs: [see]}\n")
    first.until(run_id, "waiting")
    first.runtime.close()
    second = house.kernel(tools=(look,))
    second.decide(run_id, "approve")
    assert second.until(run_id).status == "succeeded"
    events = [one.event for one in second.client.events(run_id)]
    (gave,) = (event for event in events if isinstance(event, ToolSucceeded))
    assert second.client.values.load(gave.output) == nest(levels)


# --- by which name -----------------------------------------------------------------------------


BOOK = '''
def book(hotel: str) -> str:
    """Book a room."""
    booked.append(hotel)
    return f"booked {hotel}"
'''


@pytest.fixture
def travel() -> Iterator[ModuleType]:
    """A module with a tool, and what was booked there."""
    module = types.ModuleType("travel_desk")
    module.__dict__["booked"] = []
    exec(BOOK, module.__dict__)
    sys.modules["travel_desk"] = module
    yield module
    del sys.modules["travel_desk"]


@pytest.mark.parametrize(
    "steps",
    [
        "steps:\n  act: {tool: travel_desk:book, args: {hotel: ritz}}\n",
        "steps:\n  act: {agent: Book., tools: [travel_desk:book]}\n",
        "tools: [travel_desk:book]\nsteps:\n  act: {tool: book, args: {hotel: ritz}}\n",
    ],
    ids=["tool", "agent", "declared"],
)
def test_a_rule_holds_by_whatever_name_a_tool_is_called(
    house: House, travel: ModuleType, steps: str
) -> None:
    """A step that names the module as well does not get around it."""
    reply = Reply(calls=(ScriptedCall(name="book", arguments={"hotel": "ritz"}),))
    kernel = house.kernel(reply, Reply(text="done"))
    run_id = kernel.start("policy: [{approvals: 0}, {tool: book, deny: true}]\n" + steps)
    kernel.until(run_id)
    assert [one.verdict for one in judgements(kernel, run_id)] == ["refuse"]
    assert travel.booked == []


def test_always_in_this_run_is_said_of_one_tool(house: House, travel: ModuleType) -> None:
    """Another one that a model calls by the same name is asked about all the same."""
    sys.modules["other_desk"] = other = types.ModuleType("other_desk")
    other.__dict__["booked"] = []
    exec(BOOK, other.__dict__)
    books = Reply(calls=(ScriptedCall(name="book", arguments={"hotel": "ritz"}),))
    kernel = house.kernel(books, Reply(text="done"), books, Reply(text="done"))
    run_id = kernel.start(
        "steps:\n  one: {agent: Book., tools: [travel_desk:book]}\n"
        "  two: {agent: Book., tools: [other_desk:book], needs: [one]}\n"
    )
    kernel.until(run_id, "waiting")
    kernel.decide(run_id, "approve", always=True)
    assert waits_until(lambda: len(judgements(kernel, run_id)) == 2 and asked(kernel, run_id))
    assert (travel.booked, other.booked) == (["ritz"], [])
    del sys.modules["other_desk"]


DECLARING = "tools: [travel_desk:book]\npolicy: [{approvals: 0}]\n"


@pytest.mark.parametrize("effect", ["read", "write"])
@pytest.mark.parametrize(
    "step", ["{tool: book, args: {hotel: ritz}}", "{agent: Book., tools: [book]}"]
)
def test_a_run_that_is_taken_over_does_not_call_another_tool_of_that_name(
    house: House, travel: ModuleType, step: str, effect: Any
) -> None:
    """It waits, says why, and goes on as soon as the name means the declared tool again."""
    text = f"{DECLARING}steps:\n  ok: {{approve: Go?}}\n  act: {step[:-1]}, needs: [ok]}}\n"
    reply = Reply(calls=(ScriptedCall(name="book", arguments={"hotel": "ritz"}),))
    first = house.kernel()
    import_declared(workflow_of(text), first.registry)
    run_id = first.start(text)
    first.until(run_id, "waiting")
    first.runtime.close()
    wrong: list[str] = []

    def book(hotel: str) -> str:
        """Do something else."""
        wrong.append(hotel)
        return hotel

    book.__module__ = "__main__"
    second = house.kernel(reply, Reply(text="done"), tools=(make_tool(book, effect=effect),))
    second.decide(run_id, "approve")

    def said() -> list[str]:
        events = (one.event for one in second.client.events(run_id))
        return [event.because for event in events if isinstance(event, StepWaiting)]

    assert waits_until(lambda: bool(said()))
    assert said() == [
        "the workflow means the tool 'book' of 'travel_desk', and this process has another one of "
        "that name, of the notebook: rename one, or run the workflow in another process"
    ]
    assert wrong == travel.booked == []
    second.registry.add(make_tool(travel.book))
    second.runtime.unblock()
    assert second.until(run_id).status == "succeeded"
    assert (wrong, travel.booked) == ([], ["ritz"])


@pytest.mark.parametrize(
    "text",
    ["def book(*hotels: str) -> str: ...", "def book(hotel: 'Nowhere') -> str: ...", "book = 5"],
    ids=["signature", "type", "no function"],
)
def test_a_run_whose_declared_tool_cannot_be_one_any_more_waits_alone(
    house: House, travel: ModuleType, text: str
) -> None:
    """Whoever takes the run over goes on with all others."""
    first = house.kernel()
    flow = f"{DECLARING}steps:\n  ok: {{approve: Go?}}\n  act: {{tool: book, needs: [ok]}}\n"
    import_declared(workflow_of(flow), first.registry)
    run_id = first.start(flow)
    first.until(run_id, "waiting")
    first.runtime.close()
    exec(text, travel.__dict__)
    second = house.kernel()
    other = second.start("steps:\n  ok: {approve: Go?}\n")
    second.until(other, "waiting")
    second.decide(run_id, "approve")
    assert waits_until(lambda: "step.waiting" in second.kinds(run_id), 10)
    second.decide(other, "approve")
    assert second.until(other).status == "succeeded"
    assert second.runtime.is_alive
