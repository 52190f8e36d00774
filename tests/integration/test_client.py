"""A client looks, starts and decides; it needs a store and nothing else."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from mn_notebook.agents.tools import make_tool
from mn_notebook.client import NewRun, RunClient
from mn_notebook.client.starting import title_of
from mn_notebook.domain.events import RunCreated
from mn_notebook.domain.ids import ApprovalId, RunId
from mn_notebook.domain.inputs import checked_inputs
from mn_notebook.errors import AlreadyDecided, UnknownRun, UsageError
from mn_notebook.testing.doubles import SequentialIds
from tests.golden.history import FOLDER, History
from tests.integration.house import House, Kernel, waits_until, workflow_of

INPUTS = """
inputs:
  who: str
  limit:
    type: int
    default: 5
  since: date?
  tags: list[str]?
  mood:
    type: up | down
    default: up
  anything:
    type: any
    default: null
steps:
  act: {python: work}
"""
TWO_EDITS = """
steps:
  act:
    python: work
    output: {text: str, score: int}
  other:
    python: work
    output: {text: str, score: int}
  review:
    approve: Good?
    show: [act.score]
    edit: [act.text, other.text]
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A store of its own."""
    found = House(tmp_path)
    yield found
    found.close()


def started(client: RunClient, text: str = INPUTS, **inputs: JsonValue) -> RunId:
    return client.start(NewRun(workflow_of(text), text, "a.ipynb", inputs))


# --- starting ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        pytest.param({}, "needs who: str; say who=…", id="missing"),
        pytest.param({"who": "z", "x": 1}, "has no input 'x'; its inputs: who", id="unknown"),
        pytest.param({"who": 5}, "input 'who': expected str, found 5", id="wrong type"),
        pytest.param(
            {"who": None}, "input 'who': expected str, found nothing (null)", id="nothing"
        ),
        pytest.param({"who": "z", "limit": 1.5}, "input 'limit': expected int", id="half"),
        pytest.param({"who": "z", "limit": "5"}, "input 'limit': expected int", id="text"),
        pytest.param({"who": "z", "mood": "flat"}, "input 'mood': expected", id="no choice"),
        pytest.param({"who": "z", "since": "soon"}, "input 'since': expected date", id="no date"),
        pytest.param({"who": "z", "tags": ["a", 5]}, "input 'tags': expected list[str]", id="item"),
        pytest.param({"who": "z", "anything": object()}, "found object", id="object"),
        pytest.param({"who": "z", "anything": {1, 2}}, "found set", id="set"),
        pytest.param({"who": "z", "anything": b"x"}, "found bytes", id="bytes"),
        pytest.param({"who": "z", "anything": float("nan")}, "not JSON", id="nan"),
        pytest.param({"who": "z", "anything": 10**5000}, "4300 digits", id="endless number"),
    ],
)
def test_unfit_inputs_are_refused(inputs: Mapping[str, Any], said: str) -> None:
    """Before anything runs, in one sentence that names the input."""
    with pytest.raises(UsageError) as caught:
        checked_inputs(workflow_of(INPUTS), inputs)
    assert said.replace("not JSON", "JSON") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_defaults_are_filled_in() -> None:
    """What a run was given is complete."""
    assert checked_inputs(workflow_of(INPUTS), {"who": "z"}) == {
        "who": "z",
        "limit": 5,
        "since": None,
        "tags": None,
        "mood": "up",
        "anything": None,
    }


def test_inputs_are_recorded_as_they_were(house: House) -> None:
    """Changing a value after the start changes no run."""
    tags: list[JsonValue] = ["a"]
    client = house.client()
    run_id = started(client, who="z", tags=tags, since="2030-01-02")
    tags.append("b")
    recorded = client.values.load(client.state(run_id).inputs)
    assert isinstance(recorded, dict)
    assert recorded["tags"] == ["a"]


def test_odd_text_of_an_input_can_be_stored(house: House) -> None:
    """Half of a character is replaced, at the border."""
    client = house.client()
    assert client.picture(started(client, who="caf\udce9")).title.encode()


def test_refused_run_does_not_exist(house: House) -> None:
    """Nothing is left of it."""
    client = house.client()
    with pytest.raises(UsageError):
        started(client)
    assert list(client.runs()) == []


@pytest.mark.parametrize(
    ("inputs", "title"),
    [
        pytest.param({}, "", id="none"),
        pytest.param({"a": "ACME", "b": 5}, "ACME · 5", id="short ones"),
        pytest.param({"a": [1], "b": {"c": 1}, "d": None}, "", id="no short ones"),
        pytest.param({"a": "x" * 100}, "x" * 60, id="long"),
    ],
)
def test_title_tells_runs_apart(inputs: dict[str, JsonValue], title: str) -> None:
    """A few words of the inputs."""
    assert title_of(inputs) == title


def test_run_waits_for_its_notebook(house: House) -> None:
    """A client starts a run and advances none."""
    client = house.client("zoe")
    run_id = started(client, who="z")
    line = client.run(run_id)
    assert (line.status, line.owner, client.owner(line)) == ("queued", None, "none")
    (created,) = [recorded.event for recorded in client.events(run_id)]
    assert isinstance(created, RunCreated)
    assert (created.by, created.title) == ("zoe", "z · 5 · up")


# --- looking -----------------------------------------------------------------------------------


def test_run_is_found_by_the_beginning_of_its_name(house: House) -> None:
    """As short as it is clear."""
    client = house.client()
    run_id = started(client, who="z")
    assert client.run(run_id[:4]).run_id == run_id
    for name in ("", "no-such-run"):
        with pytest.raises(UnknownRun, match="no run answers to"):
            client.run(name)


def test_unknown_run_has_no_picture(house: House) -> None:
    """Looking at what is not there is refused with a sentence."""
    client = house.client()
    for look in (client.picture, client.state):
        with pytest.raises(UnknownRun):
            look(RunId("nobody0000000000"))


def test_newest_runs_come_first(house: House) -> None:
    """Of one notebook or of all."""
    client = house.client()
    runs = [started(client, who=str(number)) for number in range(5)]
    assert [line.run_id for line in client.runs()] == runs[::-1]
    assert [line.run_id for line in client.runs(most=2)] == runs[:2:-1]
    assert list(client.runs(origin="b.ipynb")) == []


def test_signal_goes_to_the_runs_that_have_not_ended(house: House) -> None:
    """A signal without a run is sent to all that may wait for it, and to no other."""
    client = house.client()
    going = "steps:\n  go: {wait: {signal: go}}\n"
    first, second = (started(client, going) for _ in range(2))
    started(client, going.replace("signal: go", "signal: stop"))
    assert client.signal("go") == (first, second)
    with pytest.raises(UsageError, match="signals that are waited for: go, stop"):
        client.signal("gone")


def test_picture_agrees_with_itself_when_its_row_is_old(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run may end between two reads: status and steps must tell the same."""
    kernel = house.kernel(work=lambda: 1)
    client = house.client()
    run_id = kernel.start("steps:\n  act: {python: work}\n")
    old = replace(client.run(run_id), status="running", owner=None)
    kernel.until(run_id)
    monkeypatch.setattr(type(client.store.views), "run", lambda _self, _name: old)
    picture = client.picture(run_id)
    assert picture.nodes[0].status == "succeeded"
    assert picture.status == "succeeded"


def test_looking_from_many_threads_is_safe(house: House) -> None:
    """Faces ask from wherever they are."""
    kernel = house.kernel(work=lambda: 1)
    client = house.client()
    steps = "".join(
        f"  s{n}: {{python: work{f', needs: [s{n - 1}]' if n else ''}}}\n" for n in range(20)
    )
    run_id = kernel.start("steps:\n" + steps)
    faults: list[BaseException] = []
    seen: list[list[int]] = [[] for _ in range(4)]
    done = threading.Event()

    def look(revisions: list[int]) -> None:
        try:
            while not done.is_set():
                revisions.append(client.picture(run_id).rev)
        except BaseException as fault:  # noqa: BLE001 - told by the test
            faults.append(fault)

    threads = [threading.Thread(target=look, args=(revisions,)) for revisions in seen]
    for thread in threads:
        thread.start()
    kernel.until(run_id)
    done.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert client.picture(run_id).status == "succeeded"
    assert all(revisions == sorted(revisions) for revisions in seen)


# --- deciding ----------------------------------------------------------------------------------


def asked(house: House, text: str = TWO_EDITS) -> tuple[Kernel, RunId]:
    """Let a run ask for an approval."""
    kernel = house.kernel(work=lambda: {"text": "t", "score": 1})
    run_id = kernel.start(text)
    kernel.until(run_id, "waiting")
    return kernel, run_id


def test_second_decision_is_told_who_decided(house: House) -> None:
    """The first decision counts, wherever it was made."""
    kernel, run_id = asked(house)
    request = kernel.client.open_approval(run_id, None).request
    house.client("bob").decide(run_id, request, "approve")
    with pytest.raises(AlreadyDecided, match="bob"):
        house.client("eve").decide(run_id, request, "reject")
    assert kernel.until(run_id).status == "succeeded"
    with pytest.raises(AlreadyDecided, match="bob"):
        kernel.client.decide(run_id, request, "approve")


def test_one_of_many_decisions_at_once_counts(house: House) -> None:
    """Compare and set, in the store."""
    kernel, run_id = asked(house)
    request = kernel.client.open_approval(run_id, None).request
    clients = [house.client(f"user{number}") for number in range(4)]
    refused: list[str] = []
    barrier = threading.Barrier(len(clients))

    def decide(client: RunClient) -> None:
        barrier.wait()
        try:
            client.decide(run_id, request, "approve")
        except AlreadyDecided:
            refused.append(client.user)

    threads = [threading.Thread(target=decide, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == len(clients) - 1
    assert kernel.until(run_id).status == "succeeded"
    assert kernel.kinds(run_id).count("approval.decided") == 1


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        pytest.param({"act.score": 9}, "'act.score' cannot be edited here", id="only shown"),
        pytest.param({"score": 9}, "'score' cannot be edited here", id="only shown, short"),
        pytest.param({"nothing": 9}, "editable: act.text, other.text", id="unknown"),
        pytest.param({"text": "x"}, "'text' cannot be edited here", id="two of that name"),
        pytest.param({"act.text": object()}, "expected a JSON value", id="no JSON"),
        pytest.param({"act.text": float("nan")}, "expected a JSON value", id="nan"),
    ],
)
def test_edit_that_is_not_allowed_is_refused(
    house: House, edits: dict[str, Any], said: str
) -> None:
    """The refusal names what may be edited, and decides nothing."""
    kernel, run_id = asked(house)
    request = kernel.client.open_approval(run_id, None).request
    with pytest.raises(UsageError) as caught:
        kernel.client.decide(run_id, request, "approve", edits=edits)
    assert said in str(caught.value)
    assert kernel.client.open_approval(run_id, None).request == request


def test_edits_reach_what_follows(house: House) -> None:
    """By full path; what was not edited stays."""
    kernel, run_id = asked(house)
    kernel.decide(run_id, "approve", edits={"act.text": "mine"}, because="better")
    kernel.until(run_id)
    output = kernel.output(run_id)
    assert isinstance(output, dict)
    review = output["review"]
    assert isinstance(review, dict)
    assert review["act"] == {"score": 1, "text": "mine"}
    assert review["other"] == {"text": "t"}
    assert (review["approved"], review["by"], review["because"]) == (True, "ann", "better")


def test_whole_path_wins_over_a_last_name(house: House) -> None:
    """A path that is the last name of another one can still be edited."""
    text = """
steps:
  text: {python: work}
  act: {python: work, output: {text: str, score: int}}
  review: {approve: Good?, edit: [text, act.text]}
"""
    kernel, run_id = asked(house, text)
    kernel.decide(run_id, "approve", edits={"text": "whole"})
    assert kernel.until(run_id).status == "succeeded"
    assert "'text': 'whole'" in str(kernel.output(run_id))


@pytest.mark.parametrize("decision", ["happened", "not_happened", "maybe", ""])
def test_decision_of_another_kind_is_refused(house: House, decision: str) -> None:
    """An approval is approved or rejected."""
    kernel, run_id = asked(house)
    request = kernel.client.open_approval(run_id, None).request
    with pytest.raises(UsageError, match="asks for approve or reject, not for"):
        kernel.client.decide(run_id, request, decision)


def test_decision_that_cannot_be_used_counts_as_a_no(house: House) -> None:
    """What some other program put into the inbox stops neither the engine nor the run."""
    kernel, run_id = asked(house)
    request = kernel.client.open_approval(run_id, None).request
    other = house.client()
    body: dict[str, JsonValue] = {"edits": {"act.text": float("nan")}}
    other.store.inbox.decide(run_id, request.approval_id, "approve", body, by="eve", via="by hand")
    assert kernel.until(run_id).status == "succeeded"
    assert "'approved': False" in str(kernel.output(run_id))
    assert kernel.runtime.is_alive


def test_unknown_approval_is_refused(house: House) -> None:
    """The refusal names the command that lists them."""
    kernel, run_id = asked(house)
    request = kernel.client.open_approval(run_id, None).request
    unknown = request.model_copy(update={"approval_id": ApprovalId("nobody")})
    with pytest.raises(UsageError, match="there is no approval 'nobody'"):
        kernel.client.decide(run_id, unknown, "approve")


def test_approval_is_named_where_several_wait(house: House) -> None:
    """By its path or its id; the refusal lists them."""
    text = "steps:\n  one: {approve: One?}\n  two: {approve: Two?}\n"
    kernel = house.kernel()
    run_id = kernel.start(text)
    assert waits_until(lambda: len(kernel.client.state(run_id).approvals) == 2)
    client = kernel.client
    with pytest.raises(UsageError, match="several steps wait, name one of them: one, two"):
        client.open_approval(run_id, None)
    with pytest.raises(UsageError, match="nothing waits at 'three'; waiting: one, two"):
        client.open_approval(run_id, "three")
    one = client.open_approval(run_id, "one").request
    assert client.open_approval(run_id, one.approval_id).request == one
    kernel.decide(run_id, "approve", path="one")
    kernel.decide(run_id, "approve", path="two")
    assert kernel.until(run_id).status == "succeeded"
    with pytest.raises(UsageError, match="nothing waits for a person in run"):
        client.open_approval(run_id, None)


def test_call_in_doubt_takes_its_own_words(house: House) -> None:
    """Approve is no answer to the question what happened; the value must be JSON."""

    def send() -> None:
        raise TimeoutError

    kernel = house.kernel(tools=(make_tool(send),))
    run_id = kernel.start("steps:\n  act: {tool: send}\n")
    kernel.until(run_id, "waiting")
    kernel.decide(run_id, "approve")
    assert waits_until(lambda: "tool.in_doubt" in kernel.kinds(run_id))
    kernel.until(run_id, "waiting")
    request = kernel.client.open_approval(run_id, None).request
    with pytest.raises(UsageError, match="say with `settle` whether it happened"):
        kernel.client.decide(run_id, request, "approve")
    with pytest.raises(UsageError, match="the value: expected a JSON value"):
        kernel.client.decide(run_id, request, "happened", value=float("inf"))
    kernel.decide(run_id, "happened", value={"id": 7})
    assert kernel.until(run_id).status == "succeeded"
    assert kernel.output(run_id) == {"act": {"id": 7}}


# --- items that have not begun -----------------------------------------------------------------


@pytest.fixture
def half_done(tmp_path: Path) -> Iterator[RunClient]:
    """A run in which some items of a step are done, some are under way, and some wait."""
    store, clock = History(FOLDER / "0.1.0" / "items-half").opened(tmp_path)
    yield RunClient(store, user="ann", clock=clock, ids=SequentialIds("n"))
    store.close()


def test_item_that_waits_for_its_turn_is_skipped(half_done: RunClient) -> None:
    """The wish is kept until the run's owner obeys it; of what there is not, it is said."""
    (line,) = half_done.runs()
    state = half_done.state(line.run_id)
    ((node, progress),) = [entry for entry in state.progress.items() if entry[1].total]
    last = state.current_path(node, progress.total - 1)
    assert last not in state.instances
    with pytest.raises(UsageError, match="has no step"):
        half_done.skip(line.run_id, f"{node}[no such item]", because="not needed")
    half_done.skip(line.run_id, last, because="not needed")
    (command,) = half_done.store.inbox.pending([line.origin], [])
    assert (command.kind, command.body["path"]) == ("skip", last)
