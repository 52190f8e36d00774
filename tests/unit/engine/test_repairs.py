"""Retry and skip: what a person's repairs make of a run, wherever it stands."""

from typing import Any

import pytest

from mn_notebook.domain.ids import StepPath
from mn_notebook.domain.planning import AskAboutCrash
from mn_notebook.domain.workflow import Expiry, Step, Workflow
from tests.unit.domain.journals import approve, python, workflow
from tests.unit.engine.plays import Play, ask, calls, over, redo, until, wait


def begun(*steps: Step, **children: Workflow) -> Play:
    flow = workflow(*steps)
    return Play(flow.linked(children) if children else flow).begin()


def child(*steps: Step, **more: Any) -> Workflow:
    return workflow(*steps, **more)


# --- retry -------------------------------------------------------------------------------------


def test_a_retry_tries_all_that_failed_and_what_follows():
    """Failed steps are tried afresh; what had ended well stays."""
    play = begun(python("a"), python("b"), python("c", "a"), python("d", "b"))
    play.ends("a", 1).ends("c", 2).fails("b")
    assert play.phase == "failed"
    assert play.says("retry")
    assert play.active == ["b"]
    play.ends("b", 3).ends("d", 4)
    assert play.output == {"c": 2, "d": 4}


def test_one_of_two_failed_steps_is_retried_and_the_other_fails_the_run_again():
    """What stays failed counts again when all that was tried has ended."""
    play = begun(python("a"), python("b"), python("c", "a"))
    play.fails("a").fails("b")
    assert play.says("retry", path="a")
    assert play.active == ["a"]
    play.ends("a")
    assert play.phase == "failed"
    assert play.status("c") == "pending"
    assert play.says("retry", path="b")
    assert play.active == ["b", "c"]
    play.ends("b").ends("c")
    assert play.phase == "succeeded"


def test_a_retried_step_that_fails_again_can_be_retried_again():
    """A retry has no bound of its own."""
    play = begun(python("a"), python("b"))
    play.fails("a").fails("b")
    for _ in range(3):
        assert play.says("retry", path="a")
        play.fails("a")
        assert play.phase == "failed"
    assert play.says("retry")
    play.ends("a").ends("b")
    assert play.phase == "succeeded"


def test_one_failed_item_is_retried_alone():
    """A retry may name an item; the others keep their outcomes."""
    play = begun(python("a", for_each=over(3, on_error="quorum", quorum=1.0)))
    play.fails("a[0]").ends("a[1]", 1).fails("a[2]")
    assert play.phase == "failed"
    assert play.says("retry", path="a[2]")
    assert play.active == ["a[2]"]
    play.ends("a[2]", 2)
    assert play.phase == "failed"
    assert play.says("retry", path="a[0]")
    play.ends("a[0]", 0)
    assert play.output == {"a": [0, 1, 2]}


def test_a_retry_reaches_the_failed_items_of_a_step_whose_other_items_had_not_ended():
    """An item that failed is tried again although the run ended while another one waited."""
    play = begun(python("a", for_each=over(3, on_error="fail", concurrency=2)))
    play.fails("a[0]", final=False, seconds=60).fails("a[1]")
    assert play.phase == "failed"
    assert play.says("retry", path="a[1]")
    assert set(play.active) == {"a[0]", "a[1]"}
    play.ends("a[0]", 0).ends("a[1]", 1).ends("a[2]", 2)
    assert play.output == {"a": [0, 1, 2]}


def test_a_retry_of_a_workflow_step_goes_on_from_its_failed_steps():
    """What had ended well inside is not done again."""
    play = begun(calls("sub", "c"), c=child(python("a"), python("b", "a"), python("z")))
    play.ends("sub/a").ends("sub/z").fails("sub/b")
    assert play.phase == "failed"
    assert play.says("retry", path="sub")
    assert play.active == ["sub/b"]
    play.ends("sub/b", 5)
    assert play.phase == "succeeded"


def test_a_retry_of_a_step_inside_a_subworkflow_names_it_by_its_path():
    """The step is retried, its failed neighbour is not."""
    play = begun(calls("sub", "c"), c=child(python("a"), python("b")))
    play.fails("sub/a").fails("sub/b")
    assert play.says("retry", path="sub/a")
    assert play.active == ["sub/a"]
    play.ends("sub/a")
    assert play.phase == "failed"
    assert play.says("retry", path="sub/b")
    play.ends("sub/b")
    assert play.phase == "succeeded"


def test_a_retry_evaluates_the_outputs_of_a_subworkflow_again():
    """A workflow step that failed for its outputs alone does not hang when it is retried."""
    bad = child(python("a"), outputs={"x": "{{ a.nothing.here }}"})
    play = begun(calls("sub", "c"), c=bad)
    play.ends("sub/a", 1)
    assert play.phase == "failed"
    assert play.says("retry")
    assert play.phase == "failed"


def test_a_fallback_that_was_not_needed_is_skipped_after_a_retry_too():
    """A subworkflow that is reopened forgets none of its steps."""
    inner = child(python("a", fallback="f"), python("f"), python("b"))
    play = begun(calls("sub", "c"), c=inner)
    assert play.says("pause")
    play.ends("sub/a").fails("sub/b")
    assert play.says("resume")
    assert play.phase == "failed"
    assert play.says("retry")
    play.ends("sub/b")
    assert play.phase == "succeeded"
    assert play.status("sub/f") == "skipped"


def test_an_iteration_that_was_to_follow_follows_after_a_retry():
    """A repetition that stood still while its graph failed goes on when that is reopened."""
    inner = child(python("a", repeat=until("a == 1")), python("b"))
    play = begun(calls("sub", "c"), c=inner)
    assert play.says("pause")
    play.ends("sub/a", 0).fails("sub/b")
    assert play.says("resume")
    assert play.phase == "failed"
    assert play.says("retry")
    play.ends("sub/b")
    play.ends("sub/a#2", 1)
    assert play.phase == "succeeded"


def test_a_retry_does_not_begin_items_of_a_step_that_its_fallback_stands_for():
    """Once the fallback was called the step itself does no more."""
    play = begun(
        python("a", for_each=over(3, on_error="fail", concurrency=1), fallback="f"),
        python("f"),
        python("b"),
    )
    play.fails("a[0]")
    play.fails("f", final=False, seconds=60).fails("b")
    assert play.phase == "failed"
    assert play.says("retry")
    assert play.active == ["b", "f"]


def test_a_retry_after_the_fallback_failed_too_begins_with_the_step():
    """The fallback waits again until it is called."""
    play = begun(python("a", fallback="f"), python("f"))
    play.fails("a").fails("f")
    assert play.phase == "failed"
    assert play.says("retry", path="a")
    assert play.active == ["a"]
    play.fails("a")
    assert play.active == ["f#2"]
    play.ends("f#2", "saved")
    assert (play.phase, play.value("a")) == ("succeeded", "saved")


@pytest.mark.parametrize("repair", ["retry", "skip"])
def test_a_fallback_is_repaired_through_the_step_that_it_stands_for(repair: Any):
    """A failed fallback has no way of its own out of the failure."""
    play = begun(python("a", fallback="f"), python("f"))
    play.fails("a").fails("f")
    assert not play.says(repair, path="f", has_value=True, value=1)
    assert play.phase == "failed"


@pytest.mark.parametrize("repair", ["retry", "skip"])
def test_what_failed_in_a_subworkflow_that_did_not_end_the_run_stays_as_it_is(repair: Any):
    """Only what ended the run is repaired."""
    play = begun(calls("sub", "c", on_failure="continue"), python("b"), c=child(python("a")))
    play.fails("sub/a").fails("b")
    assert play.phase == "failed"
    assert not play.says(repair, path="sub/a", has_value=True, value=1)
    assert play.phase == "failed"


def test_a_step_that_nobody_waits_for_any_more_is_not_skipped():
    """A subworkflow whose step has ended is closed, also for people."""
    inner = child(python("a"), python("b", "a"))
    play = begun(calls("sub", "c", on_failure="continue"), python("z"), c=inner)
    play.fails("sub/a")
    assert not play.says("skip", path="sub/b", has_value=True, value=1)


def test_a_wait_that_was_retried_keeps_its_time():
    """What a wait had waited is not waited again."""
    play = begun(wait("w", duration="10s"), python("a"))
    play.pass_seconds(4).fails("a")
    assert play.says("retry")
    play.ends("a").pass_seconds(5)
    assert play.phase == "started"
    play.pass_seconds(1.5)
    assert play.phase == "succeeded"


def test_the_time_limit_of_a_subworkflow_begins_anew_with_a_retry():
    """A retried subworkflow may not take for ever."""
    play = begun(calls("sub", "c", timeout_seconds=10), c=child(python("a")))
    play.pass_seconds(11)
    assert play.phase == "failed"
    assert play.says("retry")
    assert play.active == ["sub/a"]
    play.pass_seconds(11)
    assert play.phase == "failed"


# --- skip --------------------------------------------------------------------------------------


def test_a_step_that_has_not_begun_is_skipped_with_a_value():
    """The value stands for its output; a fallback is not needed."""
    play = begun(python("a"), python("b", "a", fallback="f"), python("f"), python("c", "b"))
    assert play.says("skip", path="b", has_value=True, value=7)
    play.ends("a").ends("c")
    assert (play.value("b"), play.status("f"), play.phase) == (7, "skipped", "succeeded")


def test_a_step_that_runs_is_stopped_and_skipped():
    """Without a value the skip spreads."""
    play = begun(python("a"), python("b", "a"))
    assert play.says("skip", path="a", because="not today")
    assert (play.status("a"), play.status("b"), play.active) == ("skipped", "skipped", [])
    assert (play.phase, play.because("a")) == ("succeeded", "not today")
    assert "step.interrupted" in play.kinds


@pytest.mark.parametrize(
    "step",
    [
        approve("a"),
        ask("a"),
        ask("a", expires=Expiry(after_seconds=60.0)),
        wait("a", duration="1h"),
        wait("a", signal="go", timeout_seconds=60.0),
        calls("a", "c"),
        calls("a", "c", timeout_seconds=60.0),
    ],
    ids=["approve", "ask", "expiring", "wait", "signal", "workflow", "limited workflow"],
)
def test_what_waits_is_skipped_and_nothing_of_it_is_left(step: Step):
    """Questions are withdrawn, timers and signals forgotten, attempts inside stopped."""
    inner = child(python("x"), approve("q"), wait("w", signal="s"), wait("t", duration="5s"))
    play = begun(step, python("b", "a"), c=inner)
    assert play.says("skip", path="a", has_value=True, value="v")
    assert play.active == ["b"]
    state = play.state
    for left in (state.approvals, state.expiring, state.timers, state.awaited, state.due):
        assert not left
    play.ends("b")
    assert (play.value("a"), play.phase) == ("v", "succeeded")


def test_a_failed_step_is_skipped_with_a_value_and_the_run_goes_on():
    """An override repairs a failed run."""
    play = begun(python("a"), python("b", "a"))
    play.fails("a")
    assert play.says("skip", path="a", has_value=True, value=7)
    assert play.names("b")["a"] == 7
    play.ends("b")
    assert play.phase == "succeeded"


def test_a_failed_item_is_skipped_with_and_without_a_value():
    """An item's override is its output."""
    play = begun(python("a", for_each=over(3, on_error="quorum", quorum=1.0)))
    play.fails("a[0]").fails("a[1]").ends("a[2]", 2)
    assert play.says("skip", path="a[0]", has_value=True, value=0)
    assert play.phase == "failed"
    assert play.says("skip", path="a[1]")
    assert play.value("a") == [0, 2]
    assert [row["status"] for row in play.value("a").rows] == ["succeeded", "skipped", "succeeded"]


def test_an_item_that_runs_is_skipped_and_the_next_one_begins():
    """The place of a skipped item is free."""
    play = begun(python("a", for_each=over(2, concurrency=1)))
    assert play.says("skip", path="a[0]", has_value=True, value=9)
    assert play.active == ["a[1]"]
    play.ends("a[1]", 1)
    assert play.output == {"a": [9, 1]}


def test_a_skipped_step_needs_its_fallback_no_more():
    """A fallback that stands in already is stopped, and skipped."""
    play = begun(python("a", fallback="f"), python("f"), python("b", "a"))
    play.fails("a")
    assert play.active == ["f"]
    assert play.says("skip", path="a", has_value=True, value=7)
    assert play.active == ["b"]
    assert (play.status("f"), play.value("a")) == ("skipped", 7)
    play.ends("b")
    assert play.phase == "succeeded"


@pytest.mark.parametrize("given", [True, False], ids=["value", "nothing"])
def test_a_fallback_that_was_skipped_before_it_was_called_stands_in_at_once(*, given: bool):
    """A step whose fallback has ended already does not wait for it."""
    play = begun(python("a", fallback="f"), python("f"), python("b", "a"))
    assert play.says("skip", path="f", has_value=given, value=7)
    play.fails("a")
    if given:
        assert play.names("b")["a"] == 7
        play.ends("b")
    assert play.phase == ("succeeded" if given else "failed")


def test_a_call_that_a_person_allowed_is_taken_back_with_its_step():
    """An attempt that a decision has released, and that has not gone on, is closed as well."""
    play = begun(python("a"), python("b"))
    (token,) = [one.token for one in play.state.instances.values() if one.path == "a"]
    question = play.moves.of(play.state, _crash(play)).events[0]
    play.add(question.model_copy(update={"subject": "call"}))
    assert play.says("pause")
    play.decides("a")
    assert play.state.instances[StepPath("a")].token == token
    assert play.says("skip", path="a")
    assert "step.interrupted" in play.kinds, "its token would stay valid"


def _crash(play: Play) -> Any:
    return AskAboutCrash(StepPath("a"))


def test_the_rows_of_a_value_that_was_given_are_a_list():
    """What builds on the rows of a skipped step finds some."""
    play = begun(python("a", for_each=over(2)), python("b", "a"))
    assert play.says("skip", path="a", has_value=True, value=[5, 6])
    given = play.names("b")["a"]
    assert given == [5, 6]
    assert [row["output"] for row in given.rows] == [5, 6]


def test_a_skipped_repetition_ends_at_once():
    """No further iteration follows, whatever the condition says."""
    play = begun(python("a", repeat=until("a == 1")))
    play.ends("a", 0)
    assert play.says("skip", path="a#2", has_value=True, value=5)
    assert play.output == {"a": 5}


def test_a_rejection_in_a_failing_run_sends_nothing_back():
    """Work is not begun anew in a run that is about to fail: it is asked again after a retry."""
    play = begun(
        python("a"),
        python("b", "a"),
        approve("ok", "a", on_reject=redo("a")),
        python("z"),
    )
    play.ends("a").fails("b")
    assert (play.asked, play.active) == (["ok"], ["z"])
    play.says("decide", approval_id=play.question("ok"), decision="reject", edits=None)
    play.ends("z")
    assert play.phase == "failed"
    assert play.says("retry")
    play.ends("b")
    play.decides("ok")
    assert play.phase == "succeeded"


@pytest.mark.parametrize("repair", ["retry", "skip"])
def test_an_iteration_before_the_one_that_failed_is_not_repaired(repair: Any):
    """A repair names the step, or the iteration that it is in."""
    play = begun(python("a", repeat=until("a == 1")))
    play.ends("a", 0).ends("a#2", 0).fails("a#3")
    assert not play.says(repair, path="a#2", has_value=True, value=1)
    assert play.says(repair, path="a#3", has_value=True, value=1)


@pytest.mark.parametrize("repair", ["retry", "skip"])
def test_an_item_of_before_a_redo_is_not_repaired(repair: Any):
    """What was sent back has items no more until it is expanded anew."""
    play = begun(
        python("t"),
        python("a", "t", for_each=over(1)),
        approve("ok", "a", on_reject=redo("t")),
    )
    play.ends("t").ends("a[0]").decides("ok", "reject")
    assert not play.says(repair, path="a[0]", has_value=True, value=1)
    play.fails("t#2")
    assert not play.says(repair, path="a[0]", has_value=True, value=1)


# --- items whose turn has not come -------------------------------------------------------------


def in_turns(**more: Any) -> Play:
    return begun(python("a", for_each=over(4, concurrency=1, **more)), python("b", "a"))


def test_an_item_is_skipped_before_its_turn_and_never_begins():
    """The next one begins in its place; with a value it counts as succeeded."""
    play = in_turns()
    assert play.says("skip", path="a[1]")
    assert play.says("skip", path="a[3]", has_value=True, value=7)
    assert not play.says("skip", path="a[3]")
    assert play.active == ["a[0]"]
    play.ends("a[0]", 1)
    assert play.active == ["a[2]"]
    play.ends("a[2]", 2)
    rows = play.names("b")["a"].rows
    assert [row["status"] for row in rows] == ["succeeded", "skipped", "succeeded", "succeeded"]
    assert play.names("b")["a"] == [1, 2, 7]


def test_a_step_ends_with_its_last_item_though_it_never_began():
    """Whatever the order in which items end and are skipped."""
    play = in_turns()
    play.ends("a[0]", 0)
    assert play.says("skip", path="a[2]")
    assert play.says("skip", path="a[3]")
    assert play.active == ["a[1]"]
    play.ends("a[1]", 1)
    assert play.active == ["b"]
    play = in_turns()
    for item in (1, 2, 3):
        assert play.says("skip", path=f"a[{item}]")
    play.ends("a[0]", 0)
    assert play.names("b")["a"] == [0]


@pytest.mark.parametrize("on_error", ["collect", "quorum"])
def test_a_skipped_item_counts_as_one_that_did_not_fail(on_error: Any):
    """With a value it counts for a quorum, without one it does not."""
    quorum = 0.5 if on_error == "quorum" else None
    play = in_turns(on_error=on_error, quorum=quorum)
    assert play.says("skip", path="a[2]")
    assert play.says("skip", path="a[3]", has_value=True, value=7)
    play.fails("a[0]").ends("a[1]", 1)
    assert play.names("b")["a"] == [1, 7]
    play = in_turns(on_error="quorum", quorum=0.75)
    assert play.says("skip", path="a[2]")
    play.fails("a[0]").ends("a[1]", 1).ends("a[3]", 3)
    assert play.phase == "failed"


def test_an_item_of_a_step_that_fails_is_skipped_and_stays_so():
    """The step fails all the same; after a retry the item is still skipped."""
    play = begun(python("a", for_each=over(4, concurrency=2)))
    play.fails("a[0]")
    assert play.says("skip", path="a[2]")
    play.ends("a[1]", 1)
    assert play.phase == "failed"
    assert not play.says("skip", path="a[3]")
    assert play.says("retry")
    play.ends("a[0]", 0).ends("a[3]", 3)
    assert play.output == {"a": [0, 1, 3]}


def test_no_item_is_skipped_for_which_a_fallback_stands_in():
    """They never begin, and the step ends with its fallback."""
    play = begun(python("a", for_each=over(3, concurrency=1), fallback="c"), python("c"))
    play.fails("a[0]")
    assert play.active == ["c"]
    assert not play.says("skip", path="a[1]")
    play.ends("c", 5)
    assert play.output == {"a": 5}


def test_an_item_of_a_subworkflow_is_skipped_before_its_turn():
    """Also in an item of a step that runs it, and in what was done anew."""
    inner = child(python("x", for_each=over(2, concurrency=1)))
    play = begun(calls("s", "inner", for_each=over(1)), inner=inner)
    assert play.says("skip", path="s[0]/x[1]", has_value=True, value=9)
    play.ends("s[0]/x[0]", 8)
    assert play.output == {"s": [{"x": [8, 9]}]}
    play = begun(
        python("a", for_each=over(2, concurrency=1)), approve("ok", "a", on_reject=redo("a"))
    )
    assert play.says("skip", path="a[1]")
    play.ends("a[0]").decides("ok", "reject")
    assert not play.says("skip", path="a[1]")
    assert play.says("skip", path="a#2[1]")
    assert not play.says("skip", path="a#2[0]#2")
    play.ends("a#2[0]").decides("ok#2")
    assert play.phase == "succeeded"
