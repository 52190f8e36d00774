"""Steps that make one journaled call, at most once if it writes."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from pydantic import JsonValue

from mn_notebook.agents.calling import Returned, call, call_here
from mn_notebook.agents.code import Functions
from mn_notebook.agents.handlers import Code, make_handlers
from mn_notebook.agents.judging import Judge
from mn_notebook.agents.tools import ToolRegistry, make_tool
from mn_notebook.domain.events import (
    NoteAdded,
    ToolFailed,
    ToolInDoubt,
    ToolSettled,
    ToolStarted,
    ToolSucceeded,
)
from mn_notebook.domain.ids import content_hash
from mn_notebook.domain.judging import CHANGED
from mn_notebook.domain.workflow import Effect, Step
from mn_notebook.engine.decisions import call_hash
from mn_notebook.errors import PermanentError, TransientError
from mn_notebook.ports import FailedWith, WaitsFor
from mn_notebook.testing import ScriptedModel
from mn_notebook.testing.doubles import FakeClock
from tests.unit.agents.bench import Bench, a_cell, a_python_step, a_tool_step, error_of, output_of

ARGS: dict[str, JsonValue] = {"to": "ann"}


class World:
    """What a tool does, and how often."""

    def __init__(self, *faults: BaseException) -> None:
        self.keys: list[str] = []
        self._faults = list(faults)

    def send(self, to: str, *, idempotency_key: str = "") -> str:
        """Send."""
        self.keys.append(idempotency_key)
        if self._faults:
            raise self._faults.pop(0)
        return f"sent to {to}"


class Killed(BaseException):
    """The process ends here."""


def bench(  # noqa: PLR0913 - one for each thing that a test varies
    world: World,
    effect: Effect = "write",
    step: Step | None = None,
    *,
    check: Callable[..., Any] | None = None,
    timeout: str | None = None,
    allowed: Mapping[str, JsonValue] | None = None,
    apart: bool = False,
    changed: Callable[[], bool] = lambda: False,
    registry: ToolRegistry | None = None,
) -> Bench:
    registry = registry or ToolRegistry()
    registry.add(make_tool(world.send, effect=effect, check=check, timeout=timeout))
    code = Code(registry, Functions({"work": world.send}))
    handlers = make_handlers(
        code,
        ScriptedModel(),
        FakeClock(),
        call=call if apart else call_here,
        judge=Judge(changed=lambda _run_id, _name: changed()),
    )
    step = step or a_tool_step()
    hashes = () if allowed is None else (call_hash("send", dict(allowed)),)
    return Bench(handlers[step.kind], step, {"args": ARGS}, authorised=hashes)


# --- who is asked ------------------------------------------------------------------------------


@pytest.mark.parametrize("effect", ["read", "idempotent"])
async def test_call_that_does_not_write_is_made_at_once(effect: Effect) -> None:
    """Its intent is in the commit that starts the attempt: no commit of its own, no question."""
    world = World()
    made = bench(world, effect)
    assert output_of(await made.attempt()) == "sent to ann"
    assert [event.kind for event in made.commits[1]] == ["step.started", "tool.started"]
    assert world.keys == [made.of(ToolStarted)[0].key]


async def test_write_asks_first() -> None:
    """Undeclared means write, and a write waits for a person."""
    world = World()
    made = bench(world)
    outcome = await made.attempt()
    assert isinstance(outcome, WaitsFor)
    assert (outcome.subject, outcome.prompt) == ("call", "May 'send' be called? It writes.")
    assert world.keys == []
    assert made.of(ToolStarted) == []


async def test_approved_write_is_made_once() -> None:
    """The call that was shown is the call that is made, with the key that was shown."""
    world = World()
    made = bench(world)
    await made.attempt()
    (shown,) = made.calls()
    made.decide("approve")
    assert output_of(await made.go_on()) == "sent to ann"
    assert world.keys == [shown.key]


async def test_refused_write_fails_the_step() -> None:
    """No means no, with the person's words."""
    world = World()
    made = bench(world)
    await made.attempt()
    made.decide("reject", because="not today")
    outcome = await made.go_on()
    assert isinstance(outcome, FailedWith)
    assert (outcome.error.type, outcome.error.permanent) == ("ApprovalRejected", True)
    assert "not today" in outcome.error.message
    assert world.keys == []


async def test_authorised_call_is_made_without_a_question() -> None:
    """An approve step's decision stands for exactly the call that it showed."""
    world = World()
    assert output_of(await bench(world, allowed=ARGS).attempt()) == "sent to ann"


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param({"to": "bob"}, id="another argument"),
        pytest.param({"to": "ann "}, id="a space more"),
        pytest.param({"to": "ann", "cc": "bob"}, id="an argument more"),
        pytest.param({}, id="none"),
    ],
)
async def test_other_call_than_the_authorised_one_asks(shown: dict[str, JsonValue]) -> None:
    """The authorisation is the hash of tool and arguments, nothing wider."""
    world = World()
    assert isinstance(await bench(world, allowed=shown).attempt(), WaitsFor)
    assert world.keys == []


async def test_waiting_again_asks_the_same() -> None:
    """A process that dies while a person thinks asks about the same call."""
    made = bench(World())
    await made.attempt()
    (before,) = made.calls()
    made.die()
    assert isinstance(await made.attempt(), WaitsFor)
    assert [one.id for one in made.calls()] == [before.id]


async def test_approval_survives_the_process() -> None:
    """Who approved does not have to approve again when the process died in between."""
    world = World()
    made = bench(world)
    await made.attempt()
    made.decide("approve")
    made.die()
    assert output_of(await made.attempt()) == "sent to ann"
    assert len(world.keys) == 1


# --- what becomes of a call --------------------------------------------------------------------


async def test_failed_read_is_tried_again_with_the_same_key() -> None:
    """The key is stable across attempts."""
    world = World(TransientError("busy", retry_after_seconds=3))
    made = bench(world, "idempotent")
    first = await made.attempt()
    assert isinstance(first, FailedWith)
    assert (first.error.permanent, first.error.retry_after_seconds) == (False, 3)
    assert output_of(await made.attempt()) == "sent to ann"
    assert len(set(world.keys)) == 1
    assert len(world.keys) == 2


@pytest.mark.parametrize("fault", [TimeoutError("late"), ConnectionResetError("gone")])
async def test_write_that_lost_its_connection_is_in_doubt(fault: Exception) -> None:
    """It may have happened: nobody guesses, a person is asked with the evidence."""
    world = World(fault)
    made = bench(world, allowed=ARGS)
    outcome = await made.attempt()
    assert isinstance(outcome, WaitsFor)
    assert (outcome.subject, outcome.prompt) == ("in_doubt", "Did this call of 'send' happen?")
    assert str(fault) in outcome.evidence
    assert made.of(ToolFailed) == []


async def test_read_that_lost_its_connection_failed() -> None:
    """Nothing is in doubt where nothing was written."""
    made = bench(World(TimeoutError("late")), "read")
    assert isinstance(await made.attempt(), FailedWith)
    assert made.of(ToolInDoubt) == []


async def test_write_that_returned_no_json_is_in_doubt_not_failed() -> None:
    """It has happened: to call it failed would let somebody do it again."""
    world = World()

    def send(to: str) -> object:
        world.send(to)
        return object()

    made = bench(world, allowed=ARGS)
    _replace(made, send)
    outcome = await made.attempt()
    assert isinstance(outcome, WaitsFor)
    assert "found object" in outcome.evidence
    made.decide("happened", value="sent by hand")
    assert output_of(await made.go_on()) == "sent by hand"
    assert len(world.keys) == 1


def _replace(made: Bench, function: Callable[..., Any]) -> None:
    registry = ToolRegistry()
    registry.add(make_tool(function, name="send"))
    code = Code(registry, Functions())
    handlers = make_handlers(code, ScriptedModel(), FakeClock(), call=call_here)
    made.handler = handlers["tool"]


async def test_person_says_that_it_happened() -> None:
    """The value that the person gives is the call's outcome; nothing is called."""
    world = World(TimeoutError())
    made = bench(world, allowed=ARGS)
    await made.attempt()
    made.decide("happened", value="id 7")
    assert output_of(await made.go_on()) == "id 7"
    assert len(world.keys) == 1


async def test_person_says_that_it_did_not_happen() -> None:
    """The very same call is made, with its key."""
    world = World(TimeoutError())
    made = bench(world, allowed=ARGS)
    await made.attempt()
    made.decide("not_happened")
    assert output_of(await made.go_on()) == "sent to ann"
    assert len(world.keys) == 2
    assert len(set(world.keys)) == 1


async def test_refusal_in_doubt_fails_and_leaves_the_doubt() -> None:
    """Who refuses to say has not said that nothing happened: the next attempt asks again."""
    world = World(TimeoutError())
    made = bench(world, allowed=ARGS)
    await made.attempt()
    made.decide("reject", because="ask Bob")
    assert "ask Bob" in error_of(await made.go_on())
    again = await made.attempt()
    assert isinstance(again, WaitsFor)
    assert again.subject == "in_doubt"
    assert len(world.keys) == 1


async def test_an_approved_write_in_doubt_is_not_made_again_when_its_question_went_away() -> None:
    """The run failed and was reopened: that the call was allowed does not allow it twice."""
    world = World(TimeoutError())
    made = bench(world)
    await made.attempt()
    made.decide("approve")
    doubted = await made.go_on()
    assert isinstance(doubted, WaitsFor)
    assert doubted.subject == "in_doubt"
    made.die()
    again = await made.attempt()
    assert isinstance(again, WaitsFor)
    assert again.subject == "in_doubt"
    assert len(world.keys) == 1


# --- after a crash -----------------------------------------------------------------------------


@pytest.mark.parametrize("effect", ["read", "idempotent"])
async def test_call_left_open_is_made_again_with_its_key(effect: Effect) -> None:
    """What does not write is called again; the outside can recognise the repetition."""
    world = World()
    made = bench(world, effect)
    made.begin()
    made.die()
    assert output_of(await made.attempt()) == "sent to ann"
    keys = [event.key for event in made.of(ToolStarted)]
    assert len(set(keys)) == 1
    assert len({event.call_id for event in made.of(ToolStarted)}) == 1


async def test_write_left_open_without_a_check_asks() -> None:
    """A write is never repeated blindly."""
    world = World()
    made = bench(world, allowed=ARGS)
    made.begin()
    made.die()
    outcome = await made.attempt()
    assert isinstance(outcome, WaitsFor)
    assert outcome.subject == "in_doubt"
    assert "the process ended between" in outcome.evidence
    assert world.keys == []


class Books:
    """Asked whether a call happened."""

    def __init__(self, found: Any) -> None:
        self.found = found
        self.asked: list[str] = []

    def look(self, key: str) -> Any:
        self.asked.append(key)
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    async def look_slowly(self, key: str) -> Any:
        return self.look(key)

    def __call__(self, anything: str) -> Any:
        return self.look(anything)


def _as_function(books: Books) -> Callable[[str], Any]:
    return lambda k: books.look(k)


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(_as_function, id="function"),
        pytest.param(lambda books: books.look, id="method"),
        pytest.param(lambda books: books.look_slowly, id="coroutine"),
        pytest.param(lambda books: books, id="callable object"),
    ],
)
async def test_check_says_that_it_happened(form: Callable[[Books], Callable[[str], Any]]) -> None:
    """The tool's own books are believed, whatever kind of function asks them."""
    world, books = World(), Books("id 7")
    made = bench(world, allowed=ARGS, check=form(books), apart=True)
    made.begin()
    made.die()
    assert output_of(await made.attempt()) == "id 7"
    assert world.keys == []
    assert books.asked == [made.of(ToolStarted)[0].key]
    assert made.of(ToolSettled)[0].by == "check"


async def test_check_says_that_it_did_not_happen() -> None:
    """The call is made now, once, with the same key."""
    world, books = World(), Books(None)
    made = bench(world, allowed=ARGS, check=books.look)
    made.begin()
    made.die()
    assert output_of(await made.attempt()) == "sent to ann"
    assert world.keys == books.asked


@pytest.mark.parametrize(
    ("found", "said"),
    [
        pytest.param(OSError("no route"), "its check failed: OSError: no route", id="fails"),
        pytest.param(object(), "its check failed: NotKept", id="returns no JSON"),
    ],
)
async def test_check_that_fails_leaves_the_doubt(found: Any, said: str) -> None:
    """Where the books cannot be read, a person is asked."""
    world = World()
    made = bench(world, allowed=ARGS, check=Books(found).look)
    made.begin()
    made.die()
    outcome = await made.attempt()
    assert isinstance(outcome, WaitsFor)
    assert said in outcome.evidence
    assert world.keys == []


@pytest.mark.parametrize("effect", ["read", "idempotent"])
async def test_a_write_left_open_stays_one_whatever_its_tool_says_of_itself_now(
    effect: Effect,
) -> None:
    """It may have happened; that a tool of its name only reads by now does not undo that."""
    world, registry = World(), ToolRegistry()
    made = bench(world, allowed=ARGS, registry=registry)
    made.begin()
    made.die()
    registry.add(make_tool(world.send, effect=effect))
    outcome = await made.attempt()
    assert isinstance(outcome, WaitsFor)
    assert outcome.subject == "in_doubt"
    assert world.keys == []


async def test_other_code_does_not_make_unasked_what_the_check_says_did_not_happen() -> None:
    """Who mends a tool after a crash is asked before the call is made by what he has made of it."""
    world, books, is_changed = World(), Books(None), [False]
    made = bench(world, allowed=ARGS, check=books.look, changed=lambda: is_changed[0])
    made.begin()
    made.die()
    is_changed[0] = True
    outcome = await made.attempt()
    assert isinstance(outcome, WaitsFor)
    assert (outcome.subject, outcome.because) == ("call", CHANGED)
    (call,) = made.calls()
    assert (call.status, call.approved, call.not_happened) == ("asked", False, False)
    assert world.keys == []
    made.decide("approve")
    assert output_of(await made.go_on()) == "sent to ann"
    assert world.keys == [call.key] == books.asked


async def test_check_that_does_not_return_leaves_the_doubt() -> None:
    """It has as long as a call of its tool: nobody waits for it for ever."""
    world, over = World(), threading.Event()
    made = bench(world, allowed=ARGS, check=lambda _key: over.wait(20), timeout="50ms", apart=True)
    made.begin()
    made.die()
    outcome = await made.attempt()
    over.set()
    assert isinstance(outcome, WaitsFor)
    assert outcome.evidence == (
        "its check failed: TimeoutError: the call had not returned after 0.05 s"
    )
    assert world.keys == []


async def test_recorded_outcome_is_used() -> None:
    """A finished call is never made again."""
    world = World()
    made = bench(world, "idempotent")
    made.begin()
    started = made.of(ToolStarted)[0]
    made.fold(
        ToolSucceeded(
            path=started.path, call_id=started.call_id, output=made.keep("old"), latency_seconds=1
        )
    )
    made.die()
    assert output_of(await made.attempt()) == "old"
    assert world.keys == []


# --- arguments, outputs, prints ----------------------------------------------------------------


async def test_arguments_that_do_not_fit_fail_for_good() -> None:
    """The tool is not called, and the sentence names the argument."""
    world = World()
    made = bench(world, "read")
    made._given["args"] = {"whom": "ann"}
    outcome = await made.attempt()
    assert isinstance(outcome, FailedWith)
    assert outcome.error.permanent
    assert "to: Field required" in outcome.error.message
    assert world.keys == []


@pytest.mark.parametrize("effect", ["read", "write"])
async def test_output_of_another_type_fails_and_is_kept(effect: Effect) -> None:
    """The call is finished; only the step fails, and the call is not made again."""
    step = a_tool_step(output={"type": "integer"})
    world = World()
    made = bench(world, effect, step, allowed=ARGS)
    assert "declared type" in error_of(await made.attempt())
    assert made.of(ToolSucceeded)
    if effect == "write":
        assert "declared type" in error_of(await made.attempt())
        assert len(world.keys) == 1


async def test_prints_of_a_tool_become_a_note() -> None:
    """Also those of one that fails."""

    def send(to: str) -> str:
        _print(f"to {to}")
        raise PermanentError("no")

    made = bench(World(), "read")
    _replace(made, send)
    made._authorised = (content_hash(["send", ARGS]),)
    with a_cell() as stdout:
        await made.attempt()
    assert [note.text for note in made.of(NoteAdded)] == ["to ann\n"]
    assert stdout.getvalue() == ""


_print = print


# --- python steps ------------------------------------------------------------------------------


async def test_python_step_is_called_without_an_intent() -> None:
    """What only computes may run again after a crash: nothing needs to be journaled first."""
    world = World()
    made = bench(world, step=a_python_step())
    assert output_of(await made.attempt()) == "sent to ann"
    assert [event.kind for event in made.commits[1]] == ["step.started"]


async def test_python_step_that_writes_is_journaled_like_a_tool() -> None:
    """It asks, and it can be in doubt."""
    world = World(TimeoutError())
    made = bench(world, step=a_python_step(effect="write"))
    assert isinstance(await made.attempt(), WaitsFor)
    made.decide("approve")
    outcome = await made.go_on()
    assert isinstance(outcome, WaitsFor)
    assert outcome.subject == "in_doubt"
    assert len(world.keys) == 1


@pytest.mark.parametrize(
    ("fault", "retry", "permanent"),
    [
        pytest.param(ValueError("x"), None, True, id="programming error"),
        pytest.param(ValueError("x"), {"attempts": 2}, False, id="programming error, retry said"),
        pytest.param(OSError("x"), None, False, id="passing"),
        pytest.param(PermanentError("x"), {"attempts": 2}, True, id="lasting, retry said"),
    ],
)
async def test_python_step_judges_failures(
    fault: Exception, retry: dict[str, JsonValue] | None, permanent: bool
) -> None:
    """A step that says ``retry`` tries again whatever is not final."""
    made = bench(World(fault), step=a_python_step(retry=retry))
    outcome = await made.attempt()
    assert isinstance(outcome, FailedWith)
    assert outcome.error.permanent is permanent


async def test_python_step_checks_its_output() -> None:
    """A declared output is a promise to what follows."""
    made = bench(World(), step=a_python_step(output={"type": "object"}))
    outcome = await made.attempt()
    assert isinstance(outcome, FailedWith)
    assert (outcome.error.type, outcome.error.permanent) == ("OutputInvalid", True)


async def test_function_that_went_away_fails_with_a_sentence() -> None:
    """A cell may be deleted between the start and the call."""
    made = bench(World(), step=a_python_step("gone"))
    with pytest.raises(PermanentError, match="'gone' is not there any more"):
        await made.attempt()


async def test_step_of_another_kind_is_refused() -> None:
    """A handler is for one kind."""
    made = bench(World(), step=a_python_step())
    with pytest.raises(PermanentError, match="expected a python step, found tool"):
        made.handler.missing(a_tool_step())


async def test_nothing_is_written_after_a_kill_in_the_call() -> None:
    """An attempt that dies in its call leaves the intent open, and nothing else."""
    world = World(Killed())
    made = bench(world, allowed=ARGS)
    with pytest.raises(Killed):
        await made.attempt()
    assert made.kinds[-1] == "tool.started"
    made.die()
    assert isinstance(await made.attempt(), WaitsFor)
    assert len(world.keys) == 1


def test_returned_is_what_callers_return() -> None:
    """The double and the real caller are of one kind."""
    assert Returned(1, "").printed == ""
