"""Whole runs through a real store and a real engine thread."""

import asyncio
import io
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.agents.local import LocalModels
from mn_notebook.agents.tools import make_tool
from mn_notebook.client import NewRun
from mn_notebook.clock import SystemClock
from mn_notebook.domain.events import NoteAdded, StepStarted, ToolStarted
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.picture import RunPicture
from mn_notebook.errors import (
    AlreadyDecided,
    PermanentError,
    StoreError,
    TransientError,
    UnknownRun,
    UsageError,
)
from mn_notebook.runtime import open_runtime
from mn_notebook.runtime.models import configured_models, local_models
from mn_notebook.settings import MnSettings
from mn_notebook.testing import Reply, Script, ScriptedCall, ScriptedModelServer
from tests.integration.house import ENDED, House, Kernel, waits_until, workflow_of

WORK = "steps:\n  act:\n    python: work\n"
GUARDED = """
steps:
  draft:
    python: work
    output: {text: str}
  review:
    approve: Send it?
    for: send
    edit: [draft.text]
  send:
    tool: send
    args: {text: "{{ review.draft.text }}"}
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A store of its own."""
    found = House(tmp_path)
    yield found
    found.close()


class Post:
    """A tool that sends, and counts."""

    def __init__(self, *faults: Exception) -> None:
        self.sent: list[tuple[str, str]] = []
        self._faults = list(faults)
        self.tool = make_tool(self.send)

    def send(self, text: str, *, idempotency_key: str) -> str:
        """Send a text."""
        self.sent.append((text, idempotency_key))
        if self._faults:
            raise self._faults.pop(0)
        return f"sent {text}"


def a_draft() -> dict[str, str]:
    return {"text": "draft"}


# --- whole runs --------------------------------------------------------------------------------


def test_workflow_runs_with_a_model_behind_a_socket(house: House, monkeypatch: Any) -> None:
    """Settings, client, loop, store and engine fit together."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "MN_BASE_URL", "MN_MODEL"):
        monkeypatch.delenv(name, raising=False)
    text = "inputs: {who: str}\nsteps:\n  say:\n    agent: Greet {{ inputs.who }}\n"
    with ScriptedModelServer(Script(name="test", replies=(Reply(text="hello"),))) as server:
        settings = house.settings()
        settings.base_url = server.base_url
        kernel = house.kernel(models=configured_models(settings, local_models(settings), _clock()))
        assert kernel.finish(text, who="zed") == {"say": "hello"}
        assert "Greet zed" in str(server.requests[0].body)
        picture = kernel.client.picture(kernel.client.runs()[0].run_id)
    assert picture.scripted
    assert picture.title == "zed"


def _clock() -> Any:
    return SystemClock()


def test_approved_draft_is_sent_exactly_as_edited(house: House) -> None:
    """The decision authorises the call as it was edited; nobody is asked a second time."""
    post = Post()
    kernel = house.kernel(tools=(post.tool,), work=a_draft)
    run_id = kernel.start(GUARDED)
    assert kernel.until(run_id, "waiting").waiting == 1
    shown = kernel.client.open_approval(run_id, "review").request
    kernel.decide(run_id, "approve", edits={"text": "edited"})
    assert kernel.until(run_id).status == "succeeded"
    assert [text for text, _ in post.sent] == ["edited"]
    assert kernel.output(run_id) == {"send": "sent edited"}
    assert kernel.kinds(run_id).count("approval.requested") == 1
    assert shown.calls[0].key != post.sent[0][1]


def test_unedited_call_has_the_key_that_was_shown(house: House) -> None:
    """The card shows the very key that the tool is given."""
    post = Post()
    kernel = house.kernel(tools=(post.tool,), work=a_draft)
    run_id = kernel.start(GUARDED)
    kernel.until(run_id, "waiting")
    (shown,) = kernel.client.open_approval(run_id, None).request.calls
    kernel.decide(run_id, "approve")
    kernel.until(run_id)
    assert post.sent == [("draft", shown.key)]


def test_rejected_draft_is_not_sent(house: House) -> None:
    """A rejection is a success of the review; what uses its content is skipped."""
    post = Post()
    kernel = house.kernel(tools=(post.tool,), work=a_draft)
    run_id = kernel.start(GUARDED)
    kernel.until(run_id, "waiting")
    kernel.decide(run_id, "reject", because="no")
    assert kernel.until(run_id).status == "succeeded"
    statuses = {node.name: node.status for node in kernel.client.picture(run_id).nodes}
    assert statuses == {"draft": "succeeded", "review": "succeeded", "send": "skipped"}
    assert post.sent == []


def test_write_in_doubt_is_settled_and_not_repeated(house: House) -> None:
    """After a broken connection a person says what happened."""
    post = Post(ConnectionResetError("gone"))
    kernel = house.kernel(tools=(post.tool,), work=a_draft)
    run_id = kernel.start(GUARDED)
    kernel.until(run_id, "waiting")
    kernel.decide(run_id, "approve")
    assert waits_until(lambda: "tool.in_doubt" in kernel.kinds(run_id))
    kernel.until(run_id, "waiting")
    picture = kernel.client.picture(run_id)
    assert picture.nodes[2].status == "in_doubt"
    assert "%mn settle" in picture.next
    with pytest.raises(UsageError, match="it cannot be approved"):
        kernel.decide(run_id, "approve")
    kernel.decide(run_id, "happened", value="by hand")
    assert kernel.until(run_id).status == "succeeded"
    assert kernel.output(run_id) == {"send": "by hand"}
    assert len(post.sent) == 1


def test_reopening_does_not_repeat_a_doubtful_write(house: House) -> None:
    """Who refused to say what happened is asked again; the approval does not stand for that."""
    post = Post(TimeoutError("late"))
    kernel = house.kernel(tools=(post.tool,), work=a_draft)
    run_id = kernel.start(GUARDED)
    kernel.until(run_id, "waiting")
    kernel.decide(run_id, "approve")
    assert waits_until(lambda: "tool.in_doubt" in kernel.kinds(run_id))
    kernel.until(run_id, "waiting")
    kernel.decide(run_id, "reject", because="I do not know")
    assert kernel.until(run_id).status == "failed"
    kernel.client.retry(run_id)
    kernel.runtime.ring()
    kernel.until(run_id, "waiting")
    assert kernel.client.open_approval(run_id, None).request.subject == "in_doubt"
    assert len(post.sent) == 1


def test_failed_run_goes_on_once_the_cause_is_mended(house: House) -> None:
    """What has succeeded is not done again."""
    done: list[str] = []

    def first() -> int:
        done.append("first")
        return 1

    kernel = house.kernel(first=first, work=lambda x: x / 0)
    text = 'steps:\n  one: {python: first}\n  act: {python: work, args: {x: "{{ one }}"}}\n'
    run_id = kernel.start(text)
    assert kernel.until(run_id).status == "failed"
    assert "ZeroDivisionError" in str(kernel.client.picture(run_id).error)
    kernel.namespace["work"] = lambda x: x + 1
    kernel.client.retry(run_id)
    kernel.runtime.ring()
    assert kernel.until(run_id, "succeeded").status == "succeeded"
    assert kernel.output(run_id) == {"act": 2}
    assert done == ["first"]


# --- code that is not there --------------------------------------------------------------------


def test_missing_function_is_waited_for(house: House) -> None:
    """The run says which cell to run, and goes on when it has run."""
    kernel = house.kernel()
    run_id = kernel.start(WORK)
    kernel.until(run_id, "waiting")
    picture = kernel.client.picture(run_id)
    assert picture.status_text == "waiting for code"
    assert "run the cell that defines it" in picture.next
    assert picture.nodes[0].status == "waiting"
    kernel.namespace["work"] = lambda: 5
    kernel.runtime.unblock()
    assert kernel.until(run_id).status == "succeeded"
    assert kernel.kinds(run_id).count("step.waiting") == 1


def test_run_that_waits_for_code_outlives_a_clean_restart(house: House) -> None:
    """A kernel that ended tidily leaves no run behind."""
    first = house.kernel()
    run_id = first.start(WORK)
    first.until(run_id, "waiting")
    first.runtime.close()
    second = house.kernel(work=lambda: 5)
    assert second.until(run_id).status == "succeeded"


def test_decision_before_the_cell_has_run_again_waits_for_the_cell(house: House) -> None:
    """An approval that comes before its tool is there is kept, not turned into a failure."""
    post = Post()
    text = "steps:\n  act:\n    tool: send\n    args: {text: t}\n"
    first = house.kernel(tools=(post.tool,))
    run_id = first.start(text)
    first.until(run_id, "waiting")
    first.runtime.close()
    second = house.kernel()
    second.decide(run_id, "approve")
    assert waits_until(lambda: "step.waiting" in second.kinds(run_id))
    assert "the tool 'send' is not there" in second.client.picture(run_id).next
    assert second.client.run(run_id).status == "waiting"
    second.registry.add(post.tool)
    second.runtime.unblock()
    assert second.until(run_id).status == "succeeded"
    assert len(post.sent) == 1


def test_module_without_the_function_fails_with_a_sentence(house: House) -> None:
    """A wrong name fails its step, not the engine."""
    kernel = house.kernel()
    said = kernel.failure("steps:\n  act:\n    python: 'json:nothing'\n")
    assert "expected a function 'nothing' in module 'json', found none" in said
    assert kernel.runtime.is_alive


def test_without_a_model_the_step_fails_closed_and_others_run(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One sentence says what to do; steps that need no model run all the same."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "MN_BASE_URL", "MN_MODEL", "OPENAI_MODEL"):
        monkeypatch.delenv(name, raising=False)
    settings = house.settings()
    settings.model = ""
    none = LocalModels(cache_dir=tmp_path / "cache", runtime_dir=tmp_path / "servers")
    models = configured_models(settings, none, _clock())
    done: list[int] = []
    kernel = house.kernel(models=models, work=lambda: done.append(1))
    text = "steps:\n  act: {python: work}\n  say: {agent: Hello, needs: [act]}\n"
    said = kernel.failure(text)
    assert "no model is configured" in said
    assert "\n" not in said
    assert done == [1]
    run_id = kernel.client.runs()[0].run_id
    assert "model.requested" not in kernel.kinds(run_id)


# --- what an analyst's code can do -------------------------------------------------------------


def _exits() -> None:
    sys.exit(3)


def _interrupts() -> None:
    raise KeyboardInterrupt


async def _cancels() -> None:
    raise asyncio.CancelledError


@pytest.mark.parametrize(
    ("work", "said"),
    [
        pytest.param(_exits, "SystemExit(3)", id="exit"),
        pytest.param(_interrupts, "KeyboardInterrupt", id="interrupt"),
        pytest.param(_cancels, "CancelledError", id="cancel"),
        pytest.param(lambda: next(iter([])), "StopIteration", id="next of nothing"),
        pytest.param(lambda: object(), "found object", id="no JSON"),
        pytest.param(lambda: 10**5000, "4300 digits", id="too large a number"),
    ],
)
def test_no_function_can_stop_the_engine(house: House, work: Any, said: str) -> None:
    """Its step fails with a sentence, and the next run runs."""
    kernel = house.kernel(work=work)
    assert said in kernel.failure(WORK)
    kernel.namespace["work"] = lambda: 1
    assert kernel.finish(WORK) == {"act": 1}


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("\ud800", id="half a character"),
        pytest.param("a\x00b", id="null"),
        pytest.param(10**30, id="huge number"),
        pytest.param(float("nan"), id="nan"),
        pytest.param({"a": None, "": {}}, id="empty key"),
        pytest.param([], id="empty list"),
    ],
)
def test_odd_values_can_be_stored(house: House, value: Any) -> None:
    """A run ends well with whatever a function may return, and its journal can be read."""
    kernel = house.kernel(work=lambda: value)
    assert set(kernel.finish(WORK) or ()) == {"act"}  # type: ignore[arg-type]  # an object


def test_answer_with_half_a_character_can_be_stored(house: House) -> None:
    """Nor can a model's answer stop the writer."""
    kernel = house.kernel(Reply(text='{"note": "\\ud800"}'))
    text = "steps:\n  say:\n    agent: Hello\n    output: {note: str}\n"
    assert "note" in str(kernel.finish(text))
    assert kernel.runtime.trouble is None


def test_retry_sees_the_inputs_as_they_were(house: House) -> None:
    """What an attempt did to its arguments does not reach the next one."""
    seen: list[list[int]] = []

    def work(xs: list[int]) -> int:
        seen.append(list(xs))
        xs.pop()
        if len(seen) == 1:
            raise TransientError("again", retry_after_seconds=0)
        return len(xs)

    text = (
        "steps:\n  act:\n    python: work\n    args: {xs: [1, 2]}\n"
        "    retry: {attempts: 2, backoff: 0s}\n"
    )
    assert house.kernel(work=work).finish(text) == {"act": 1}
    assert seen == [[1, 2], [1, 2]]


def test_timed_out_function_fails_and_the_engine_goes_on(house: House) -> None:
    """The thread is left alone; others run meanwhile."""
    go = threading.Event()
    kernel = house.kernel(work=lambda: go.wait(20), other=lambda: 1)
    slow = "steps:\n  act:\n    python: work\n    timeout: 1s\n    retry: {attempts: 1}\n"
    run_id = kernel.start(slow)
    assert kernel.finish("steps:\n  act: {python: other}\n") == {"act": 1}
    assert kernel.until(run_id).status == "failed"
    assert "longer than its timeout of 1 s" in str(kernel.client.picture(run_id).error)
    go.set()


def test_prints_go_into_the_journal(house: House) -> None:
    """Nothing is printed into the wrong cell; also not after another runtime was closed."""
    stream, before = io.StringIO(), (sys.stdout, sys.stderr)
    sys.stdout = sys.stderr = stream
    say = print
    try:
        kernel = house.kernel(work=lambda: say("hidden"))
        house.kernel(notebook="b.ipynb").runtime.close()
        run_id = kernel.start(WORK)
        kernel.until(run_id)
        kernel.runtime.close()
        assert sys.stdout is stream
    finally:
        sys.stdout, sys.stderr = before
    events = [one.event for one in house.client().events(run_id)]
    notes = [event.text for event in events if isinstance(event, NoteAdded)]
    assert notes == ["hidden\n"]
    assert stream.getvalue() == ""


def test_changed_code_is_recorded_with_its_step(house: House) -> None:
    """The hash is that of the code that ran."""
    kernel = house.kernel(work=lambda: 1)
    kernel.finish(WORK)
    kernel.namespace["work"] = lambda: 2 + 2
    kernel.finish(WORK)
    hashes = {
        recorded.event.code_hash
        for line in kernel.client.runs()
        for recorded in kernel.client.events(line.run_id)
        if isinstance(recorded.event, StepStarted)
    }
    assert len(hashes) == 2


# --- large values ------------------------------------------------------------------------------


def test_large_output_flows_downstream_and_is_shown_cut(house: House) -> None:
    """A value of more than 64 KiB becomes an artifact; what follows sees all of it."""
    text = (
        'steps:\n  act: {python: work}\n  count: {python: count, args: {rows: "{{ act }}"}}\n'
        "outputs: {n: '{{ count }}', rows: '{{ act }}'}\n"
    )
    rows = [{"text": "é" * 50, "n": n} for n in range(2000)]
    kernel = house.kernel(work=lambda: rows, count=len)
    kernel.namespace["count"] = lambda rows: len(rows)
    run_id = kernel.start(text)
    assert kernel.until(run_id).status == "succeeded"
    assert kernel.output(run_id) == {"n": 2000, "rows": rows}
    picture = kernel.client.picture(run_id)
    assert picture.nodes[0].output_cut
    assert "kept as artifact" in str(picture.nodes[0].output)
    assert len(picture.model_dump_json()) < 20_000
    assert all(len(one.event.model_dump_json()) < 70_000 for one in kernel.client.events(run_id))


def test_large_draft_can_be_approved(house: House) -> None:
    """An approval names what it cannot show, and authorises it whole."""
    post, long = Post(), "x" * 100_000
    kernel = house.kernel(tools=(post.tool,), work=lambda: {"text": long})
    run_id = kernel.start(GUARDED)
    kernel.until(run_id, "waiting")
    (approval,) = kernel.client.picture(run_id).approvals
    assert [field.path for field in approval.fields] == ["draft.text"]
    kernel.decide(run_id, "approve")
    assert kernel.until(run_id).status == "succeeded"
    assert [text for text, _ in post.sent] == [long]


# --- waiting and watching ----------------------------------------------------------------------


def test_wait_ends_with_its_time(house: House) -> None:
    """The run goes on."""
    go = threading.Event()
    kernel = house.kernel(work=lambda: go.wait(20))
    run_id = kernel.start(WORK)
    ticks: list[str] = []
    line = kernel.runtime.wait(
        run_id,
        until=lambda line: line.status in ENDED,
        timeout_seconds=0.3,
        tick=lambda line: ticks.append(line.status),
    )
    assert line.status not in ENDED
    assert ticks
    go.set()
    assert kernel.until(run_id).status == "succeeded"


def test_interrupting_a_wait_leaves_the_run_alone(house: House) -> None:
    """Stopping a cell detaches from a run, it never cancels one."""
    go = threading.Event()
    kernel = house.kernel(work=lambda: go.wait(20))
    run_id = kernel.start(WORK)

    def interrupt(_line: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kernel.runtime.wait(run_id, until=lambda _line: False, tick=interrupt)
    go.set()
    assert kernel.until(run_id).status == "succeeded"
    assert "run.cancel_requested" not in kernel.kinds(run_id)


def test_pictures_grow(house: House) -> None:
    """A watcher never gets an older picture after a newer one, and gets the last."""
    seen: list[RunPicture] = []
    kernel = house.kernel(work=lambda: 1)
    text = "steps:\n" + "".join(
        f"  s{n}: {{python: work{f', needs: [s{n - 1}]' if n else ''}}}\n" for n in range(8)
    )
    run_id = kernel.start(text)
    stop = kernel.runtime.watch(run_id, seen.append)
    kernel.until(run_id)
    assert waits_until(lambda: bool(seen) and seen[-1].status == "succeeded")
    revisions = [picture.rev for picture in seen]
    assert revisions == sorted(revisions)
    assert revisions[-1] == kernel.client.picture(run_id).rev
    stop()


def test_late_watcher_gets_a_picture_at_once(house: House) -> None:
    """Also of a run that has ended long ago."""
    kernel = house.kernel(work=lambda: 1)
    run_id = kernel.start(WORK)
    kernel.until(run_id)
    seen: list[RunPicture] = []
    kernel.runtime.watch(run_id, seen.append)
    assert waits_until(lambda: bool(seen))
    assert (seen[0].status, seen[0].owner) == ("succeeded", "none")


def test_watcher_that_fails_stops_nothing(house: House) -> None:
    """Who looks on cannot hold up the engine, nor those who look on as well."""
    kernel = house.kernel(work=lambda: 1)
    seen: list[RunPicture] = []

    def broken(_picture: RunPicture) -> None:
        raise RuntimeError("the widget is gone")

    other = kernel.start(WORK)
    run_id = kernel.start(WORK)
    kernel.runtime.watch(other, broken)
    kernel.runtime.watch(run_id, seen.append)
    assert kernel.until(run_id).status == "succeeded"
    assert kernel.until(other).status == "succeeded"
    assert waits_until(lambda: bool(seen) and seen[-1].status == "succeeded")
    assert kernel.runtime.is_alive


def test_unknown_run_stops_nothing(house: House) -> None:
    """A wrong name is the caller's mistake."""
    kernel = house.kernel(work=lambda: 1)
    nobody = RunId("nobody0000000000")
    with pytest.raises(UnknownRun):
        kernel.until(nobody)
    kernel.runtime.watch(nobody, lambda _picture: None)
    with pytest.raises(UnknownRun):
        kernel.runtime.resume(nobody)
    assert kernel.finish(WORK) == {"act": 1}


# --- several processes -------------------------------------------------------------------------


def test_run_of_one_runtime_is_decided_through_another(house: House) -> None:
    """Two runtimes share nothing but the store."""
    post = Post()
    one = house.kernel(tools=(post.tool,), work=a_draft)
    other = house.kernel(notebook="b.ipynb", user="bob")
    run_id = one.start(GUARDED)
    one.until(run_id, "waiting")
    assert [line.run_id for line in other.client.approvals()] == [run_id]
    other.decide(run_id, "approve", edits={"text": "bob's"})
    assert one.until(run_id).status == "succeeded"
    assert [text for text, _ in post.sent] == ["bob's"]
    assert "'by': 'bob'" in str(one.client.values.load(_output(one, run_id, "review")))


def _output(kernel: Kernel, run_id: RunId, step: str) -> Any:
    return kernel.client.state(run_id).instances[step].output  # type: ignore[index]  # a path


def test_decision_waits_for_an_owner(house: House) -> None:
    """With no kernel alive a decision is kept, and is taken up by the next one."""
    post = Post()
    first = house.kernel(tools=(post.tool,), work=a_draft)
    run_id = first.start(GUARDED)
    first.until(run_id, "waiting")
    first.runtime.close()
    client = house.client("bob")
    client.decide(run_id, client.open_approval(run_id, None).request, "approve")
    assert client.run(run_id).status == "waiting"
    second = house.kernel(tools=(post.tool,), work=a_draft)
    assert second.until(run_id).status == "succeeded"
    assert len(post.sent) == 1


def test_other_notebooks_runs_are_left_alone(house: House) -> None:
    """A kernel takes up its own notebook's runs; another's only when it is told to."""
    go = threading.Event()
    first = house.kernel(work=lambda: go.wait(20))
    run_id = first.start(WORK)
    first.until(run_id, "running")
    assert not house.kernel(notebook="b.ipynb").runtime.resume(run_id)
    first.runtime.close()
    go.set()
    other = house.kernel(notebook="c.ipynb", work=lambda: 7)
    assert other.until(run_id, seconds=0.5).status == "running"
    assert other.runtime.resume(run_id)
    assert other.until(run_id).status == "succeeded"
    assert other.output(run_id) == {"act": 7}


def test_interrupted_run_is_taken_over_and_told(house: House) -> None:
    """A new kernel of the notebook goes on where the old one was; finished steps stay."""
    go = threading.Event()
    done: list[str] = []
    text = "steps:\n  one: {python: first}\n  act: {python: work, needs: [one]}\n"
    first = house.kernel(first=lambda: done.append("one"), work=lambda: go.wait(20))
    run_id = first.start(text)
    assert waits_until(lambda: len(first.kinds(run_id)) > 0 and bool(done))
    assert waits_until(lambda: first.kinds(run_id).count("step.started") == 2)
    first.runtime.close()
    second = house.kernel(first=lambda: done.append("again"), work=lambda: 1)
    assert second.until(run_id).status == "succeeded"
    assert second.runtime.recovered == (run_id,)
    assert done == ["one"]
    go.set()


# --- stopping ----------------------------------------------------------------------------------


def test_running_run_is_cancelled(house: House) -> None:
    """What is under way is stopped, and said to be."""
    go = threading.Event()
    kernel = house.kernel(work=lambda: go.wait(20))
    run_id = kernel.start(WORK)
    assert waits_until(lambda: "step.started" in kernel.kinds(run_id))
    kernel.client.cancel(run_id, because="enough")
    kernel.runtime.ring()
    assert kernel.until(run_id).status == "cancelled"
    picture = kernel.client.picture(run_id)
    assert (picture.nodes[0].status, picture.status_text) == ("cancelled", "cancelled")
    go.set()


def test_waiting_run_is_cancelled(house: House) -> None:
    """Its approval is closed: nobody is asked on behalf of a run that has ended."""
    kernel = house.kernel(tools=(Post().tool,), work=a_draft)
    run_id = kernel.start(GUARDED)
    kernel.until(run_id, "waiting")
    request = kernel.client.open_approval(run_id, None).request
    kernel.client.cancel(run_id)
    kernel.runtime.ring()
    assert kernel.until(run_id).status == "cancelled"
    assert kernel.client.approvals() == []
    with pytest.raises((AlreadyDecided, UsageError)):
        kernel.client.decide(run_id, request, "approve")


@pytest.mark.parametrize("work", [lambda: 1, lambda: 1 / 0], ids=["succeeded", "failed"])
def test_ended_run_cannot_be_cancelled(house: House, work: Any) -> None:
    """The refusal says how it ended."""
    kernel = house.kernel(work=work)
    run_id = kernel.start(WORK)
    status = kernel.until(run_id).status
    with pytest.raises(UsageError, match=f"has ended already: it is {status}"):
        kernel.client.cancel(run_id)


@pytest.mark.parametrize("status", ["succeeded", "waiting", "cancelled"])
def test_only_failed_runs_are_reopened(house: House, status: str) -> None:
    """The refusal says what the run is."""
    kernel = house.kernel()
    if status == "succeeded":
        kernel.namespace["work"] = lambda: 1
    run_id = kernel.start(WORK)
    kernel.until(run_id, "succeeded", "waiting")
    if status == "cancelled":
        kernel.client.cancel(run_id)
        kernel.runtime.ring()
        kernel.until(run_id, "cancelled")
    with pytest.raises(UsageError, match=f"is {status}; only failed steps of a failed run"):
        kernel.client.retry(run_id)


# --- a closed runtime --------------------------------------------------------------------------


def test_closed_runtime_refuses_with_a_sentence(house: House) -> None:
    """Nothing hangs, nothing prints a traceback, and what was stored can still be looked at."""
    kernel = house.kernel(work=lambda: 1)
    run_id = kernel.start(WORK)
    kernel.until(run_id)
    kernel.runtime.close()
    kernel.runtime.close()
    assert not kernel.runtime.is_alive
    for act in (
        lambda: kernel.start(WORK),
        lambda: kernel.runtime.resume(run_id),
        lambda: kernel.until(run_id),
        lambda: kernel.runtime.watch(run_id, lambda _picture: None),
    ):
        with pytest.raises(StoreError, match=r"has ended|has stopped") as caught:
            act()
        assert "\n" not in str(caught.value)
    kernel.runtime.ring()
    kernel.runtime.unblock()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_runtime_of_a_forked_child_is_disabled(tmp_path: Path) -> None:
    """The runs belong to the parent, which goes on."""
    program = f"""
import os, sys, warnings
warnings.simplefilter("ignore")
from pathlib import Path
from tests.integration.house import House
house = House(Path({str(tmp_path)!r}))
kernel = house.kernel(work=lambda: 1)
child = os.fork()
if child == 0:
    try:
        kernel.start("steps:\\n  act: {{python: work}}\\n")
    except Exception as fault:
        os._exit(7 if "forked" in str(fault) else 8)
    os._exit(9)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert kernel.finish("steps:\\n  act: {{python: work}}\\n") == {{"act": 1}}
house.close()
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=40)


def test_agent_in_a_run_asks_for_its_write(house: House) -> None:
    """The call that a model wants waits in the store, and is made once."""
    post = Post()
    kernel = house.kernel(
        Reply(calls=(ScriptedCall(name="send", arguments={"text": "t"}),)),
        Reply(text="done"),
        tools=(post.tool,),
    )
    run_id = kernel.start("steps:\n  say:\n    agent: Send it\n    tools: [send]\n")
    kernel.until(run_id, "waiting")
    assert kernel.client.picture(run_id).approvals[0].kind == "call"
    kernel.decide(run_id, "approve")
    assert kernel.until(run_id).status == "succeeded"
    assert len(post.sent) == 1
    started = [one for one in kernel.client.events(run_id) if _is_call(one.event)]
    assert len(started) == 1


def _is_call(event: Any) -> bool:
    return isinstance(event, ToolStarted)


def test_many_items_run_side_by_side(house: House) -> None:
    """A ``for_each`` collects its outputs in the order of its items."""
    text = (
        "steps:\n  act:\n    for_each: inputs.xs\n    python: work\n    args: {x: '{{ item }}'}\n"
    )
    kernel = house.kernel(work=lambda x: x * 2)
    text = "inputs: {xs: 'list[int]'}\n" + text
    xs: Any = list(range(60))
    assert kernel.finish(text, xs=xs) == {"act": [2 * x for x in range(60)]}


def test_unusable_settings_are_refused_before_anything_runs(tmp_path: Path) -> None:
    """A store that cannot be is said to be so."""
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    with pytest.raises((StoreError, UsageError)) as caught:
        open_runtime(MnSettings(store=str(blocked / "store.db"), notebook="a", user="ann"))
    assert str(blocked) in str(caught.value)


def test_permanent_error_of_a_tool_is_final(house: House) -> None:
    """`PermanentError` is not tried again, whatever the step says."""
    tries: list[int] = []

    def work() -> None:
        tries.append(1)
        raise PermanentError("never")

    text = "steps:\n  act:\n    python: work\n    retry: {attempts: 5, backoff: 0s}\n"
    assert "never" in house.kernel(work=work).failure(text)
    assert tries == [1]


def test_start_takes_runs_of_other_origins(house: House) -> None:
    """A file's run belongs to the file, and is advanced by who started it."""
    kernel = house.kernel(work=lambda: 1)
    new = NewRun(workflow_of(WORK), WORK, "some/file.yaml", {})
    run_id = kernel.runtime.start(new)
    assert kernel.until(run_id).status == "succeeded"
