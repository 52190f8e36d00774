"""Work that is done again: iterations, redos, and what their texts know of the time before."""

from typing import Any

import pytest

from mn_notebook.domain import events as e
from mn_notebook.domain.ids import CallId, StepPath
from mn_notebook.domain.workflow import Retry, Step, Workflow
from mn_notebook.engine.faults import timed_out
from mn_notebook.language.expressions import SandboxedExpressions
from tests.unit.domain.journals import agent, approve, python, stored, tool, workflow
from tests.unit.engine.plays import OOPS, Play, calls, over, redo, until, wait


def begun(*steps: Step, **children: Workflow) -> Play:
    flow = workflow(*steps)
    return Play(flow.linked(children) if children else flow).begin()


SEES = {"previous": "{{ previous }}", "feedback": "{{ feedback }}"}

# --- repeat_until ------------------------------------------------------------------------------


def test_a_condition_that_holds_at_once_needs_one_iteration():
    """The first iteration is judged like any other."""
    play = begun(python("a", repeat=until("a == 1")))
    play.ends("a", 1)
    assert (play.output, play.kinds.count("step.started")) == ({"a": 1}, 1)


def test_the_bound_ends_a_repetition_with_its_last_output():
    """At the bound the step succeeds with what it has."""
    play = begun(python("a", repeat=until("a == 1", 3), args=SEES))
    play.ends("a", "x").ends("a#2", "y").ends("a#3", "z")
    assert play.output == {"a": "z"}
    seen = [play.input(path)["args"]["previous"] for path in ("a", "a#2", "a#3")]
    assert seen == [None, "x", "y"]


def test_a_condition_may_compare_an_iteration_with_the_one_before():
    """While an iteration is judged, `previous` is still the one before it."""
    play = begun(python("a", repeat=until("previous is not none and a == previous", 5)))
    play.ends("a", 1).ends("a#2", 2).ends("a#3", 2)
    assert play.output == {"a": 2}


def test_every_item_is_repeated_for_itself():
    """Items have iterations of their own."""
    play = begun(python("a", for_each=over(2), repeat=until("a == item"), args=SEES))
    play.ends("a[0]", 0).ends("a[1]", 0)
    assert play.active == ["a[1]#2"]
    assert play.input("a[1]#2")["args"]["previous"] == 0
    play.ends("a[1]#2", 1)
    assert play.output == {"a": [0, 1]}


def test_an_item_keeps_its_place_while_it_is_repeated():
    """Concurrency counts items, whatever iteration they are in."""
    play = begun(python("a", for_each=over(2, concurrency=1), repeat=until("a == item")))
    play.ends("a[0]", 5)
    assert play.active == ["a[0]#2"]
    play.ends("a[0]#2", 0)
    assert play.active == ["a[1]"]


@pytest.mark.parametrize("each", [None, over(1)], ids=["step", "item"])
def test_a_condition_that_cannot_be_evaluated_fails_the_step(each: Any):
    """A broken condition neither hangs nor repeats for ever; a retry does the iteration anew."""
    play = begun(python("a", for_each=each, repeat=until("a.x.y == 1")))
    path = "a" if each is None else "a[0]"
    play.ends(path, 1)
    assert play.phase == "failed"
    assert play.says("retry")
    play.ends(path, {"x": {"y": 1}})
    assert play.phase == "succeeded"


def test_a_failed_iteration_is_retried_as_that_iteration():
    """The iterations before it stay as they are."""
    play = begun(python("a", repeat=until("a == 1", 5)))
    play.ends("a", 0).ends("a#2", 0).fails("a#3")
    assert play.says("retry")
    assert play.active == ["a#3"]
    play.ends("a#3", 1)
    assert play.output == {"a": 1}


def test_an_item_that_could_not_begin_its_iteration_still_knows_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
):
    """A retry renders the texts with the same `previous` as the first try."""
    args = {"x": "{{ previous.n if previous else 0 }}"}
    play = begun(python("a", for_each=over(1), repeat=until("a == 2"), args=args))
    play.ends("a[0]", "text")
    assert play.phase == "failed"
    seen: list[Any] = []

    def fill(_expressions: Any, text: Any, names: Any) -> Any:
        seen.append(names)
        return text

    monkeypatch.setattr(SandboxedExpressions, "fill", fill)
    assert play.says("retry")
    assert (play.active, seen[0]["previous"]) == (["a[0]#2"], "text")


def test_a_step_that_is_being_repeated_has_no_value_yet():
    """Whoever starts beside it sees null, not an iteration that may not stand."""
    play = begun(
        python("a", repeat=until("a == 1")),
        python("b"),
        python("c", "a", "b", join={"rule": "one_success"}, args={"a": "{{ a }}"}),
    )
    play.ends("a", 0).ends("b")
    assert play.input("c")["args"]["a"] is None


def test_a_redo_gives_a_repetition_its_whole_bound_again():
    """`at_most` counts the iterations since the work was sent back."""
    play = begun(python("a", repeat=until("a == 1", 2)), approve("ok", "a", on_reject=redo("a")))
    play.ends("a", 0).ends("a#2", 0)
    play.decides("ok", "reject")
    play.ends("a#3", 0).ends("a#4", 0)
    assert play.asked == ["ok#2"]


# --- redo --------------------------------------------------------------------------------------


def test_a_rejection_sends_the_work_back_with_its_reason():
    """The step sees what it gave, and why that was not enough."""
    play = begun(python("a", args=SEES), approve("ok", "a", on_reject=redo("a")), python("b", "ok"))
    play.ends("a", "v1").decides("ok", "reject", because="too long")
    assert play.input("a#2")["args"] == {"previous": "v1", "feedback": "too long"}
    play.ends("a#2", "v2")
    assert play.asked == ["ok#2"]
    play.decides("ok#2").ends("b")
    assert (play.phase, play.value("a")) == ("succeeded", "v2")


def test_after_so_many_redos_a_rejection_stands():
    """The bound ends the loop between person and step."""
    play = begun(python("a"), approve("ok", "a", on_reject=redo("a", 2)), python("b", "ok"))
    play.ends("a").decides("ok", "reject").ends("a#2").decides("ok#2", "reject")
    play.ends("a#3").decides("ok#3", "reject")
    assert (play.status("b"), play.phase) == ("skipped", "succeeded")
    assert play.value("ok")["approved"] is False


def test_steps_between_are_done_again_whatever_they_are():
    """A for_each, a subworkflow, a skipped step and another approval between are begun anew."""
    play = begun(
        python("a"),
        python("items", "a", for_each=over(2)),
        calls("sub", "c", "a"),
        python("never", "a", when="a == 'never'"),
        approve("first", "a"),
        approve(
            "ok",
            *("items", "sub", "never", "first"),
            join={"rule": "all_done"},
            on_reject=redo("a"),
        ),
        c=workflow(python("x")),
    )
    play.ends("a").ends("items[0]").ends("items[1]").ends("sub/x").decides("first")
    play.decides("ok", "reject", because="again")
    assert play.active == ["a#2"]
    play.ends("a#2", "never")
    assert play.active == ["items#2[0]", "items#2[1]", "never", "sub#2/x"]
    assert play.asked == ["first#2"]
    play.ends("items#2[0]").ends("items#2[1]").ends("sub#2/x").decides("first#2")
    play.ends("never").decides("ok#2")
    assert play.phase == "succeeded"


def test_a_branch_that_still_runs_between_is_stopped():
    """What nobody wants any more is not waited for; its question is withdrawn."""
    some = {"rule": "one_success"}
    play = begun(
        python("a"),
        python("slow", "a"),
        approve("side", "a"),
        python("quick", "a"),
        approve("ok", "slow", "side", "quick", join=some, on_reject=redo("a")),
    )
    play.ends("a").ends("quick")
    assert (play.active, play.asked) == (["slow"], ["ok", "side"])
    play.decides("ok", "reject")
    assert (play.active, play.asked) == (["a#2"], [])
    play.ends("a#2").ends("slow#2").decides("ok#2").decides("side#2").ends("quick#2")
    assert play.phase == "succeeded"


def test_a_target_with_items_is_done_again_as_a_whole():
    """The items of a redo have paths of their own."""
    play = begun(python("a", for_each=over(2)), approve("ok", "a", on_reject=redo("a")))
    play.ends("a[0]", 1).ends("a[1]", 2).decides("ok", "reject", because="no")
    assert play.active == ["a#2[0]", "a#2[1]"]
    assert play.names("a", 0)["feedback"] == "no"
    play.ends("a#2[0]", 3).ends("a#2[1]", 4).decides("ok#2")
    assert play.value("a") == [3, 4]


def test_a_step_whose_fallback_stood_in_is_tried_again_by_a_redo():
    """A redo begins with the step itself, and its fallback may be called again."""
    play = begun(python("a", fallback="f"), python("f"), approve("ok", "a", on_reject=redo("a")))
    play.fails("a").ends("f", 1).decides("ok", "reject")
    assert play.active == ["a#2"]
    play.fails("a#2").ends("f#2", 2).decides("ok#2")
    assert (play.phase, play.value("a")) == ("succeeded", 2)


def test_an_expired_approval_sends_nothing_back():
    """Silence is no reason."""
    expires = {"after_seconds": 5, "then": "reject"}
    play = begun(python("a"), approve("ok", "a", on_reject=redo("a"), expires=expires))
    play.ends("a").pass_seconds(6)
    assert play.phase == "succeeded"


# --- attempts of a subworkflow, and time -------------------------------------------------------


def test_a_workflow_step_is_retried_as_it_says():
    """Another attempt goes on from what failed inside."""
    play = begun(
        calls("sub", "c", retry=Retry(attempts=2, backoff_seconds=4)),
        c=workflow(python("x"), python("y", "x")),
    )
    play.ends("sub/x").fails("sub/y")
    assert (play.phase, play.active) == ("started", [])
    play.pass_seconds(5)
    assert play.active == ["sub/y"]
    play.fails("sub/y")
    assert play.phase == "failed"


def test_a_workflow_step_that_says_retry_tries_what_failed_for_good_inside_again():
    """Inside, trying again was no use; who wrote `retry` outside knows better."""
    final = OOPS.model_copy(update={"permanent": True})
    retry = Retry(attempts=2, backoff_seconds=4)
    for said, phase in ((retry, "started"), (None, "failed")):
        play = begun(calls("sub", "c", retry=said), c=workflow(python("x")))
        play.fails("sub/x", error=final)
        assert play.phase == phase


def test_a_wait_that_lasts_longer_than_its_timeout_fails_in_time():
    """`timeout` bounds every wait."""
    play = begun(wait("w", duration="10s", timeout_seconds=4.0))
    play.pass_seconds(5)
    assert play.phase == "failed"
    play = begun(wait("w", duration="3s", timeout_seconds=4.0))
    play.pass_seconds(3.5)
    assert play.phase == "succeeded"


def test_a_quorum_of_items_is_counted_without_rounding_errors():
    """0.28 of 25 is 7."""
    each = over(25, on_error="quorum", quorum=0.28, concurrency=25)
    play = Play(workflow(python("a", for_each=each)), slots=25).begin()
    for item in range(25):
        play = play.ends(f"a[{item}]") if item < 7 else play.fails(f"a[{item}]")
    assert play.phase == "succeeded"


# --- a subworkflow that takes too long ---------------------------------------------------------

TWICE = Retry(attempts=2, backoff_seconds=4)


def apart(name: str, *needs: str, **more: Any) -> Any:
    return python(name, *needs, isolation="process", **more)


def test_a_subworkflow_that_takes_too_long_goes_on_with_the_whole_time():
    """What has succeeded stays, what was stopped begins anew, and a wait keeps its time."""
    inner = workflow(
        python("x"), apart("y", "x"), approve("ok"), wait("w", duration="15s"), python("z", "y")
    )
    play = begun(calls("sub", "c", retry=TWICE, timeout_seconds=10.0), c=inner)
    play.ends("sub/x")
    assert (play.active, play.asked) == (["sub/y"], ["sub/ok"])
    play.pass_seconds(10.5)
    assert (play.active, play.asked, play.phase) == ([], [], "started")
    play.pass_seconds(4)
    assert (play.active, play.asked) == (["sub/y"], ["sub/ok"])
    assert play.state.instances[StepPath("sub/x")].attempt == 1
    play.decides("sub/ok").ends("sub/y").ends("sub/z")
    play.pass_seconds(1)
    assert play.state.instances[StepPath("sub/w")].status == "succeeded"
    assert play.phase == "succeeded"


def test_a_subworkflow_has_no_more_time_than_its_attempts():
    """The last attempt fails the step, and the run."""
    play = begun(calls("sub", "c", retry=TWICE, timeout_seconds=10.0), c=workflow(apart("x")))
    play.pass_seconds(10.5).pass_seconds(4)
    assert play.active == ["sub/x"]
    play.pass_seconds(10.5)
    assert (play.phase, play.active) == ("failed", [])


def test_without_retry_a_subworkflow_has_its_time_once():
    """Nobody asked for more."""
    play = begun(calls("sub", "c", timeout_seconds=10.0), c=workflow(apart("x")))
    play.pass_seconds(10.5)
    assert play.phase == "failed"


def test_what_is_nested_is_stopped_and_goes_on_as_well():
    """However deep, with items and their own limits."""
    deep = workflow(apart("x", for_each=over(3, concurrency=1)), python("y", "x"))
    middle = workflow(calls("deep", "d")).linked({"d": deep})
    play = begun(calls("sub", "c", retry=TWICE, timeout_seconds=10.0), c=middle)
    play.ends("sub/deep/x[0]", 0)
    assert play.active == ["sub/deep/x[1]"]
    play.pass_seconds(10.5)
    assert play.active == []
    play.pass_seconds(4)
    assert play.active == ["sub/deep/x[1]"]
    play.ends("sub/deep/x[1]", 1).ends("sub/deep/x[2]", 2)
    assert play.names("sub/deep/y")["x"] == [0, 1, 2]
    play.ends("sub/deep/y")
    assert play.phase == "succeeded"


def begins_a_call(play: Play, path: str, effect: Any) -> None:
    instance = play.running(path)
    call = e.ToolStarted(
        path=instance.path,
        call_id=CallId(f"{path}!1"),
        tool="send",
        effect=effect,
        args=stored({}),
        args_hash="h",
        key="k",
        attempt=instance.attempt,
    )
    play.add(call)


@pytest.mark.parametrize(
    ("step", "effect"),
    [
        pytest.param(python("x"), None, id="a function in a thread"),
        pytest.param(tool("x"), "read", id="a call of a tool"),
        pytest.param(agent("x"), "write", id="a write of an agent"),
    ],
)
def test_what_may_act_still_is_not_tried_again(step: Any, effect: Any):
    """Beside what cannot be stopped another attempt could do the same twice at once."""
    play = begun(calls("sub", "c", retry=TWICE, timeout_seconds=10.0), c=workflow(step))
    if effect is not None:
        begins_a_call(play, "sub/x", effect)
    play.pass_seconds(10.5)
    assert play.phase == "failed"
    assert play.state.failure is not None
    assert "what 'sub/x' does cannot be stopped" in play.state.failure.message


@pytest.mark.parametrize("deep", [False, True], ids=["inside", "two levels inside"])
def test_a_step_inside_that_may_act_still_is_not_tried_again(*, deep: bool):
    """The word of the outer step's `retry` does not count where a thread goes on by itself."""
    inner = workflow(python("x"))
    child = workflow(calls("in", "d", retry=TWICE)).linked({"d": inner}) if deep else inner
    play = begun(calls("sub", "c", retry=TWICE), c=child)
    path = "sub/in/x" if deep else "sub/x"
    play.fails(path, error=timed_out(10.0, still_running=True))
    assert play.phase == "failed"
    assert play.state.failure is not None
    assert "cannot be stopped" in play.state.failure.message


def test_another_failure_that_lasts_is_tried_again_where_the_step_says_so():
    """What has ended may be done once more: the outer step's `retry` is taken at its word."""
    play = begun(calls("sub", "c", retry=TWICE), c=workflow(python("x")))
    play.fails("sub/x", error=timed_out(10.0).model_copy(update={"permanent": True}))
    assert play.phase == "started"


@pytest.mark.parametrize(
    ("step", "effect"),
    [
        pytest.param(apart("x"), "write", id="a write in a process"),
        pytest.param(tool("x"), None, id="a tool that waits for its turn"),
        pytest.param(agent("x"), "read", id="a read of an agent"),
    ],
)
def test_what_was_stopped_is_tried_again_and_a_write_is_in_doubt(step: Any, effect: Any):
    """The next attempt has the call that was cut off, and settles it before another one."""
    play = begun(calls("sub", "c", retry=TWICE, timeout_seconds=10.0), c=workflow(step))
    if effect is not None:
        begins_a_call(play, "sub/x", effect)
    play.pass_seconds(10.5).pass_seconds(4)
    assert play.active == ["sub/x"]
    instance = play.state.instances[StepPath("sub/x")]
    assert instance.attempt == 2
    found = [call.status for call in instance.calls]
    assert found == {"write": ["in_doubt"], "read": ["open"], None: []}[effect]
