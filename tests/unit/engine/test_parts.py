"""Small parts of the engine."""

import functools
from collections.abc import Callable
from typing import Any

import pytest

from mn_notebook.domain.values import Stored
from mn_notebook.domain.workflow import ForEach
from mn_notebook.engine.decisions import approve_value, edited
from mn_notebook.engine.faults import error_info, timed_out
from mn_notebook.engine.inputs import expanded, holds, run_output, step_input
from mn_notebook.engine.services import Doorbell, Slots
from mn_notebook.engine.summary import status_of, summary_of
from mn_notebook.engine.values import Values
from mn_notebook.errors import (
    BudgetExceeded,
    ModelMissing,
    PermanentError,
    TransientError,
)
from mn_notebook.language.expressions import SandboxedExpressions
from tests.unit.domain.journals import Journal, agent, approve, python, tool, workflow
from tests.unit.engine.test_values import Folder

EXPRESSIONS = SandboxedExpressions()


# --- the doorbell ------------------------------------------------------------------------------


class Loop:
    """Remembers what it is asked to call."""

    def __init__(self) -> None:
        self.asked: list[Callable[[], None]] = []

    def soon(self, action: Callable[[], None]) -> None:
        self.asked.append(action)

    def run(self) -> None:
        asked, self.asked = self.asked, []
        for action in asked:
            action()


def test_a_crowd_wakes_the_loop_once_and_is_served_in_order():
    """One wake-up for all that comes before it is served."""
    loop, heard = Loop(), list[int]()
    bell = Doorbell(loop.soon)
    for number in range(5):
        bell.post(functools.partial(heard.append, number))
    assert len(loop.asked) == 1
    loop.run()
    assert heard == [0, 1, 2, 3, 4]
    bell.post(lambda: heard.append(5))
    assert len(loop.asked) == 1


def test_what_is_posted_while_others_are_served_is_served_too():
    """Nothing is left in the bell."""
    loop, heard = Loop(), list[int]()
    bell = Doorbell(loop.soon)
    bell.post(lambda: bell.post(lambda: heard.append(1)))
    loop.run()
    loop.run()
    assert heard == [1]


def test_slots_are_never_fewer_than_none():
    """However many are busy."""
    slots = Slots(2)
    assert slots.free == 2
    slots.busy = 3
    assert slots.free == 0


# --- faults ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "permanent"),
    [
        (TransientError("x"), False),
        (PermanentError("x"), True),
        (ModelMissing("x"), True),
        (BudgetExceeded("x"), True),
        (ValueError("x"), True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_only_what_says_so_may_be_tried_again(fault: Exception, permanent: bool):
    """An unknown fault is not repeated."""
    assert error_info(fault).permanent == permanent


def test_what_the_other_side_asked_for_is_kept():
    """``Retry-After`` reaches the policy."""
    fault = TransientError("x", retry_after_seconds=7.0)
    assert error_info(fault).retry_after_seconds == 7.0


def test_a_timeout_says_what_to_do_and_may_be_tried_again():
    """It is not the step's last word."""
    error = timed_out(300)
    assert not error.permanent
    assert "300 s" in error.message


def test_what_still_runs_in_a_thread_is_not_tried_beside_itself():
    """A thread cannot be stopped; a second attempt could do the same thing at the same time."""
    error = timed_out(300, still_running=True)
    assert error.permanent
    assert "cannot be stopped" in error.message


# --- inputs ------------------------------------------------------------------------------------


def test_each_kind_of_step_is_given_its_rendered_texts():
    """What is journaled is all that the step will see."""
    names = {"a": {"x": [1, 2]}}
    assert step_input(tool("t", args={"q": "{{ a.x }}"}), names, EXPRESSIONS) == {
        "args": {"q": [1, 2]}
    }
    assert step_input(python("p", args={"q": "n={{ a.x[0] }}"}), names, EXPRESSIONS) == {
        "args": {"q": "n=1"}
    }
    asked = step_input(approve("r", show=("a.x",)), names, EXPRESSIONS)
    assert asked == {"prompt": "ok?", "shown": {"a.x": [1, 2]}}
    assert step_input(agent("g"), names, EXPRESSIONS) == {"prompt": "p", "tools": {}}


@pytest.mark.parametrize(("when", "result"), [(None, True), ("n > 1", True), ("n > 2", False)])
def test_a_condition_is_a_truth(when: str | None, result: bool):
    """None always holds."""
    assert holds(python("a", when=when), {"n": 2}, EXPRESSIONS) is result


def over(**more: Any) -> Any:
    return python("a", for_each=ForEach(**{"over": "rows", **more}))


def test_items_are_known_by_their_place_or_by_their_key():
    """As the step says."""
    rows = [{"name": "x"}, {"name": "y"}]
    assert expanded(over(), {"rows": rows}, EXPRESSIONS) == (rows, ("0", "1"))
    keyed = expanded(over(key="item.name"), {"rows": rows}, EXPRESSIONS)
    assert keyed == (rows, ("x", "y"))


@pytest.mark.parametrize(
    ("rows", "more", "message"),
    [
        ("text", {}, "expected a list"),
        ([1, 2, 3], {"max_items": 2}, "3 items are more than the limit of 2"),
        ([1, 1], {"key": "item"}, "two items have the same key '1'"),
        ([{}], {"key": "item"}, "expected a text or a number"),
        ([""], {"key": "item"}, "expected a text or a number"),
    ],
    ids=["no list", "too many", "doubled", "no name", "empty name"],
)
def test_items_that_cannot_be_told_apart_are_refused(rows: Any, more: Any, message: str):
    """Before anything starts."""
    with pytest.raises(PermanentError, match=message):
        expanded(over(**more), {"rows": rows}, EXPRESSIONS)


def test_a_run_without_declared_outputs_gives_those_of_its_last_steps():
    """The steps that nobody needs."""
    flow = workflow(python("a"), python("b", "a"), python("c", "a"))
    assert run_output(flow, {"a": 1, "b": 2, "c": 3}, EXPRESSIONS) == {"b": 2, "c": 3}
    declared = workflow(python("a"), outputs={"twice": "{{ a * 2 }}"})
    assert run_output(declared, {"a": 1}, EXPRESSIONS) == {"twice": 2}


# --- people ------------------------------------------------------------------------------------


def test_an_approval_gives_what_it_showed_by_path_and_by_last_name():
    """A last name that two paths share names neither."""
    value = approve_value(
        {"a.text": 1, "b.text": 2, "b.more": 3}, approved=True, by="ann", because=""
    )
    assert value["a"] == {"text": 1}
    assert value["b"] == {"text": 2, "more": 3}
    assert value["more"] == 3
    assert "text" not in value
    assert (value["approved"], value["by"]) == (True, "ann")


def test_only_what_may_be_edited_is_edited():
    """Whatever a decision brings along."""
    values = Values(Folder())
    journal = Journal(workflow(approve("a"))).begun().started("a")
    journal.asked("a", shown=Stored(value={"x": 1, "y": 2}), editable=("x",))
    (waiting,) = journal.state.approvals.values()
    assert edited(waiting.request, {"x": 7, "y": 8, "z": 9}, values) == {"x": 7, "y": 2}
    assert edited(waiting.request, None, values) == {"x": 1, "y": 2}


# --- the row of a run --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("journal", "status"),
    [
        (Journal(workflow(python("a"))), "queued"),
        (Journal(workflow(python("a"))).begun(), "running"),
        (Journal(workflow(python("a"))).begun().started("a"), "running"),
        (Journal(workflow(approve("a"))).begun().started("a").asked("a"), "waiting"),
        (
            Journal(workflow(tool("a"))).begun().started("a").asked("a", "call").decided("a"),
            "running",
        ),
    ],
    ids=["created", "ready", "under way", "asking", "decided"],
)
def test_a_status_says_whether_somebody_has_something_to_do(journal: Journal, status: str):
    """The words are those of the glossary."""
    assert status_of(journal.state) == status


def test_a_row_counts_what_has_ended_and_what_waits():
    """And when time alone makes the run go on."""
    journal = Journal(workflow(python("a"), python("b"), approve("c"))).begun()
    journal.started("a").succeeded("a").started("c").asked("c")
    journal.started("b").failed("b", final=False).retried("b", 2, 5)
    summary = summary_of(journal.state)
    assert (summary.steps_done, summary.waiting, summary.status) == (1, 1, "waiting")
    assert summary.wake_at is not None
