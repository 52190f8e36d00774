"""What a person does in a view of a notebook, with a real engine behind it."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.client import NewRun
from mn_notebook.domain.ids import CallId, RunId, StepPath
from mn_notebook.notebook.actions import Actions
from mn_notebook.notebook.publisher import Publisher
from mn_notebook.ports import OnText, TextPiece
from mn_notebook.verbs.session import Session
from tests.integration.house import ENDED, House, waits_until, workflow_of

pytestmark = pytest.mark.timeout(60)

FORM = """steps:
  contact:
    ask: Who should receive replies?
    fields: {email: str, copies: int}
"""
SIGNAL = """steps:
  replies: {wait: {signal: replies_in}}
"""
BROKEN = """steps:
  send: {python: refuse}
  report: {python: report, needs: [send]}
"""


def refuse() -> None:
    raise ValueError("The mail server refused.")


def report() -> str:
    return "done"


class View:
    """A view of one run: it acts, and keeps what it is sent."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.publisher = Publisher(session)
        self.actions = Actions(session, self.publisher)
        self.runtime = session.engine()
        self.messages: list[dict[str, Any]] = []
        self.run_id = RunId("")

    def start(self, text: str) -> None:
        new = NewRun(workflow_of(text), text, self.runtime.origin, {})
        self.run_id = self.runtime.start(new)
        self.actions.subscribe(self.run_id, self.messages.append)

    def act(self, verb: str, **more: Any) -> dict[str, Any]:
        return self.actions.act({"verb": verb, "id": "1", "run_id": self.run_id, **more})

    def shows(self, holds: Callable[[dict[str, Any]], bool]) -> bool:
        """Wait until the newest picture is such a one."""
        return waits_until(lambda: bool(self.pictures) and holds(self.pictures[-1]), 10)

    @property
    def pictures(self) -> list[dict[str, Any]]:
        return [one["picture"] for one in self.messages if one["verb"] == "picture"]


@pytest.fixture
def view(tmp_path: Path) -> Iterator[View]:
    settings = House(tmp_path).settings()
    namespace = {"refuse": refuse, "report": report}
    session = Session(settings, via="notebook", namespace=namespace)
    view = View(session)
    yield view
    view.publisher.close()
    session.close()


def test_form_is_answered_in_a_view(view: View) -> None:
    """A value that does not fit is told and nothing is recorded; a fitting answer moves the run."""
    view.start(FORM)
    assert view.shows(lambda picture: bool(picture["approvals"]))
    asked = view.pictures[-1]["approvals"][0]
    assert [field["name"] for field in asked["form"]] == ["email", "copies"]
    wrong = {"email": "a@example.org", "copies": "many"}
    said = view.act("answer", approval_id=asked["id"], values=wrong)
    assert not said["ok"]
    assert "copies" in said["message"]
    right = {"email": "a@example.org", "copies": 2}
    said = view.act("answer", approval_id=asked["id"], values=right)
    assert said["ok"], said
    assert view.shows(lambda picture: picture["status"] == "succeeded")
    assert not view.act("answer", approval_id=asked["id"], values=right)["ok"]


def test_form_is_declined_in_a_view(view: View) -> None:
    """Who does not answer says so, with a reason, and the step fails with it."""
    view.start(FORM)
    assert view.shows(lambda picture: bool(picture["approvals"]))
    asked = view.pictures[-1]["approvals"][0]
    said = view.act("reject", approval_id=asked["id"], because="not my business")
    assert said["ok"], said
    assert view.shows(lambda picture: picture["status"] == "failed")
    assert "not my business" in view.pictures[-1]["error"]


def test_run_is_paused_and_resumed_in_a_view(view: View) -> None:
    """The buttons of a picture say what can be asked for, and asking for it again is refused."""
    view.start(FORM)
    assert view.shows(lambda picture: picture["actions"] == ["pause", "cancel"])
    assert view.act("pause")["ok"]
    assert view.shows(lambda picture: picture["status"] == "paused")
    assert view.pictures[-1]["actions"] == ["resume", "cancel"]
    again = view.act("pause")
    assert not again["ok"]
    assert "paused already" in again["message"]
    assert view.act("resume")["ok"]
    assert view.shows(lambda picture: picture["status"] == "waiting")
    assert view.act("cancel")["ok"]
    assert view.shows(lambda picture: picture["status"] == "cancelled")


def test_signal_is_sent_in_a_view(view: View) -> None:
    """A wait names its signal, and the value that is sent is the step's output."""
    view.start(SIGNAL)
    assert view.shows(lambda picture: bool(picture["waits"]))
    assert view.pictures[-1]["waits"][0]["signal"] == "replies_in"
    assert not view.act("signal", signal="replies")["ok"]
    assert view.act("signal", signal="replies_in", value={"n": 3})["ok"]
    assert view.shows(lambda picture: picture["status"] == "succeeded")


def test_failed_step_is_skipped_in_a_view(view: View) -> None:
    """A value with a reason stands for the output of a step that failed."""
    view.start(BROKEN)
    assert view.shows(lambda picture: picture["status"] in ENDED)
    nodes = {node["name"]: node for node in view.pictures[-1]["nodes"]}
    assert nodes["send"]["actions"] == ["retry", "skip"]
    assert not view.act("skip", path="sned", has_value=False, because="a typo")["ok"]
    assert "'because'" in view.act("skip", path="send", has_value=False)["message"]
    said = view.act("skip", path="send", has_value=True, value={"sent": 0}, because="known")
    assert said["ok"], said
    assert view.shows(lambda picture: picture["status"] == "succeeded")


@pytest.mark.parametrize(
    "action",
    [
        {},
        {"verb": "explode"},
        {"verb": "settle", "approval_id": "contact"},
        {"verb": "answer", "approval_id": "contact", "values": ["a"]},
        {"verb": "signal", "signal": ""},
        {"verb": "retry", "path": ["send"]},
        {"verb": "approve", "approval_id": 3},
    ],
)
def test_message_that_is_not_understood_changes_nothing(view: View, action: dict[str, Any]) -> None:
    """It is refused with what was expected, and nothing is recorded."""
    view.start(FORM)
    assert view.shows(lambda picture: bool(picture["approvals"]))
    said = view.actions.act({"run_id": view.run_id, **action})
    assert not said["ok"]
    assert "expected" in said["message"]
    assert not view.session.client.store.inbox.pending((), (view.run_id,))


def test_pieces_of_a_text_reach_a_view_a_few_times_a_second(
    view: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand pieces are a handful of messages, and the last one has the end of the text."""
    heard: list[OnText] = []
    stopped = threading.Event()

    def watch_text(_run_id: RunId, on_text: OnText) -> Callable[[], None]:
        heard.append(on_text)
        return stopped.set

    monkeypatch.setattr(view.runtime, "watch_text", watch_text)
    view.start(FORM)
    stop = view.actions.subscribe(view.run_id, lambda _message: None)
    for number in range(1000):
        heard[0](TextPiece(view.run_id, StepPath("draft"), 1, CallId("c1"), f"{number} "))

    def texts() -> list[dict[str, Any]]:
        return [one for one in view.messages if one["verb"] == "text"]

    assert waits_until(lambda: bool(texts()) and texts()[-1]["tail"].endswith("998 999 "))
    assert len(texts()) < 10
    stop()
    assert stopped.is_set()
