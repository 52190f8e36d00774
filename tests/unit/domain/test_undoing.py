"""Calls are undone from the last to the first, and each change of a person's mind is followed."""

from datetime import UTC, datetime
from typing import Any

import hypothesis.strategies as st
from hypothesis import given

from mn_notebook.domain import events as e
from mn_notebook.domain.fold import apply_event, beginning
from mn_notebook.domain.ids import AttemptToken, CallId, RunId, StepPath
from mn_notebook.domain.ledger import ledger
from mn_notebook.domain.planning import StopUndoing, UndoCall, decide
from mn_notebook.domain.state import RunState
from mn_notebook.domain.values import NOTHING
from mn_notebook.domain.workflow import ToolStep, Workflow
from tests.unit.domain.journals import names

AT = datetime(2030, 1, 1, tzinfo=UTC)


def ended(outcomes: list[str], journal: list[Any] | None = None) -> RunState:
    """Return a cancelled run with a call of each outcome, begun in this order.

    Its events are added to ``journal``.
    """
    journal = [] if journal is None else journal
    steps = tuple(ToolStep(name=f"s{n}", tool="pay", needs=names()) for n in range(len(outcomes)))
    state = beginning(Workflow(name="w", group="w", steps=steps), RunId("run"))
    state = told(state, e.RunStarted(), journal=journal)
    for number, outcome in enumerate(outcomes):
        path, call_id = StepPath(f"s{number}"), CallId(f"s{number}!1")
        state = told(
            state,
            e.StepStarted(
                path=path, attempt=1, token=AttemptToken("t"), input=NOTHING, step_key="k"
            ),
            e.ToolStarted(
                path=path,
                attempt=1,
                call_id=call_id,
                tool="pay",
                effect="write",
                args=NOTHING,
                args_hash="h",
                key=f"k{number}",
                compensates=outcome != "plain",
                checks=outcome == "checked",
            ),
            journal=journal,
        )
        if outcome in ("done", "plain"):
            done = e.ToolSucceeded(path=path, call_id=call_id, output=NOTHING, latency_seconds=1.0)
            state = told(state, done, journal=journal)
        if outcome in ("doubt", "checked"):
            doubt = e.ToolInDoubt(path=path, call_id=call_id, evidence="?")
            state = told(state, doubt, journal=journal)
        cut_off = e.StepInterrupted(path=path, attempt=1, because="the run was cancelled")
        state = told(state, cut_off, journal=journal)
    return told(state, e.RunCancelRequested(by="ann"), e.RunCancelled(), journal=journal)


def told(state: RunState, *events: Any, journal: list[Any] | None = None) -> RunState:
    for event in events:
        state = apply_event(state, event, state.head + 1, AT)
    if journal is not None:
        journal += events
    return state


def wanted(state: RunState) -> CallId | None:
    command = decide(state, AT, 8)
    return command.call_id if isinstance(command, UndoCall) else None


@given(
    st.lists(st.sampled_from(["done", "plain", "doubt", "checked"]), max_size=8),
    st.sets(st.integers(0, 7)),
    st.lists(st.tuples(st.booleans(), st.integers(0, 2)), min_size=8, max_size=8),
)
def test_the_plan_is_carried_out_in_reverse_and_ends(
    outcomes: list[str], left: set[int], fate: list[tuple[bool, int]]
) -> None:
    """Whatever fails on the way: nothing is undone twice, before its turn, or against a word."""
    state = ended(outcomes)
    assert wanted(state) is None, "nobody has asked"
    leave = tuple(f"s{n}" for n in sorted(left))
    state = told(state, e.UndoRequested(by="ann", leave=leave))
    plan = [call.call_id for call in state.undo.plan]
    can = [n for n, outcome in enumerate(outcomes) if outcome in ("done", "checked")]
    assert plan == [f"s{n}!1" for n in reversed(can) if n not in left]
    made: list[str] = []
    fails = [count for _, count in fate]
    while (call_id := wanted(state)) is not None:
        assert state.undoing
        path = state.undo.calls[call_id].path
        number = int(path[1:])
        assert not made or number < int(made[-1][1])
        if state.undo.calls[call_id].outcome == "in_doubt":
            settled = e.ToolSettled(
                path=path,
                call_id=call_id,
                outcome="happened" if fate[number][0] else "not_happened",
                by="check",
            )
            state = told(state, settled)
            continue
        begun = e.CompensationStarted(path=path, call_id=call_id, tool="pay", key="k")
        state = told(state, begun)
        assert wanted(state) is None, "one at a time"
        assert state.undoing
        if not fails[number]:
            made.append(call_id)
            state = told(state, e.CompensationSucceeded(path=path, call_id=call_id))
        else:
            fails[number] -= 1
            error = e.ErrorInfo(type="Oops", message="oops")
            state = told(state, e.CompensationFailed(path=path, call_id=call_id, error=error))
            assert not state.undoing, "it stops"
            state = told(state, e.UndoRequested(by="ann"))
    assert not state.undoing
    assert len(made) == len(set(made))
    assert [call for call in plan if call in made] == made
    assert state.undo.plan == (), "all that can be is undone"
    assert state.undo.begun is bool(made)


def test_a_copy_of_a_store_goes_on_undoing_nothing_by_itself() -> None:
    """What was undone elsewhere since is not known in it: somebody has to say so again."""
    state = told(ended(["done", "done"]), e.UndoRequested(by="ann"))
    state = told(state, e.RunPauseRequested(by="mn", because="the store is a copy"))
    assert isinstance(decide(state, AT, 8), StopUndoing)
    state = told(state, e.UndoDeclined(by="mn"))
    assert decide(state, AT, 8) is None
    assert not state.undoing
    state = told(state, e.UndoRequested(by="ann"))
    assert wanted(state) == "s1!1"


def test_who_says_keep_stops_it_after_the_call_that_is_under_way() -> None:
    """And whoever changes his mind goes on where it stopped."""
    state = told(ended(["done", "done"]), e.UndoRequested(by="ann"))
    begun = e.CompensationStarted(path=StepPath("s1"), call_id=CallId("s1!1"), tool="pay", key="k")
    state = told(state, begun, e.UndoDeclined(by="bob"))
    assert not state.undoing
    done = e.CompensationSucceeded(path=StepPath("s1"), call_id=CallId("s1!1"))
    state = told(state, done)
    assert wanted(state) is None
    state = told(state, e.UndoRequested(by="ann"))
    assert wanted(state) == "s0!1"


def undoing(state: RunState, call_id: CallId, fate: str) -> list[Any]:
    """Return what is journaled of a call whose undoing comes to this."""
    path = state.undo.calls[call_id].path
    if state.undo.calls[call_id].outcome == "in_doubt":
        happened: Any = "happened" if fate == "undone" else "not_happened"
        return [e.ToolSettled(path=path, call_id=call_id, outcome=happened, by="check")]
    begun = e.CompensationStarted(path=path, call_id=call_id, tool="pay", key="k")
    if fate == "undone":
        return [begun, e.CompensationSucceeded(path=path, call_id=call_id)]
    if fate == "fails":
        error = e.ErrorInfo(type="Oops", message="oops")
        return [begun, e.CompensationFailed(path=path, call_id=call_id, error=error)]
    again = fate == "again"
    doubt = e.CompensationInDoubt(path=path, call_id=call_id, evidence="?", again=again)
    return [begun, doubt]


@given(
    st.lists(st.sampled_from(["done", "plain", "doubt", "checked", "open"]), max_size=6),
    st.lists(st.sampled_from(["undone", "fails", "doubt", "again"]), max_size=8),
)
def test_ledger_and_undoing_say_the_same_of_every_call(
    outcomes: list[str], fates: list[str]
) -> None:
    """Two readings of one journal: what may stand by the one is what stands by the other."""
    journal: list[Any] = []
    state = ended(outcomes, journal)
    state = told(state, e.UndoRequested(by="ann"), journal=journal)
    for fate in fates:
        if wanted(state) is None:
            state = told(state, e.UndoRequested(by="ann"), journal=journal)
        call_id = wanted(state)
        if call_id is None:
            break
        state = told(state, *undoing(state, call_id, fate), journal=journal)
    recorded = [
        e.Recorded(run_id=state.run_id, seq=number, at=AT, event=event)
        for number, event in enumerate(journal, start=1)
    ]
    lines = ledger(state, recorded)
    assert [line.call_id for line in lines] == [f"s{n}!1" for n in range(len(outcomes))]
    standing = {call.call_id for call in state.undo.standing}
    assert {line.call_id for line in lines if line.compensates and line.may_stand} == standing
    undone = {call.call_id for call in state.undo.calls.values() if call.undone == "undone"}
    assert {line.call_id for line in lines if line.state == "undone"} == undone
