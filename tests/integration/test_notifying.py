"""People elsewhere are told that something waits: once, not in quiet hours, at no run's cost."""

import http.server
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.domain import events as e
from mn_notebook.domain.ids import ApprovalId, AttemptToken, ProcessId, RunId, StepPath
from mn_notebook.domain.notices import Notice, QuietHours, Waits
from mn_notebook.domain.values import Stored
from mn_notebook.engine import notifying
from mn_notebook.engine.hooks import Command, Webhook, hook_of, shown
from mn_notebook.engine.notifying import PAUSES_SECONDS, Notifier, Telling
from mn_notebook.errors import TransientError, UsageError
from mn_notebook.secrecy import known
from mn_notebook.settings import MnSettings
from mn_notebook.store.copying import forget_run
from mn_notebook.store.notices import failing
from mn_notebook.store.store import Store
from mn_notebook.testing.doubles import FakeClock
from mn_notebook.verbs.doctor import doctor
from mn_notebook.verbs.session import Session
from tests.canary import leaks
from tests.integration.house import House, waits_until
from tests.integration.store.files import end, holder, opened, said, script
from tests.unit.store.stores import append, create, group

EVENING = datetime(2026, 3, 1, 21, 0, tzinfo=UTC)


class Desk:
    """A store in which things begin to wait, and processes that tell of them."""

    def __init__(self, path: Path) -> None:
        self.clock = FakeClock(EVENING)
        self.store = opened(path, threaded=False, clock=self.clock)
        self.told: list[Notice] = []
        self.alive = {ProcessId("p1"), ProcessId("p2")}
        self.fault = ""

    def hear(self, notice: Notice) -> None:
        if self.fault:
            raise TransientError(self.fault)
        self.told.append(notice)

    def process(
        self, name: str = "p1", origins: tuple[str, ...] = ("n",), **telling: Any
    ) -> Notifier:
        return Notifier(
            self.store.notices(ProcessId(name)),
            Telling(**{"hook": self.hear, "every_seconds": 0, **telling}),
            self.clock,
            origins=lambda: origins,
            is_alive=lambda one: one in self.alive,
        )

    def asks(self, name: str, *, origin: str = "n") -> RunId:
        return asking(self.store, name, origin=origin)

    def ids(self) -> list[list[str]]:
        return [[waits.approval_id for waits in notice.waits] for notice in self.told]

    def decide(self, name: str) -> None:
        self.store.inbox.decide(
            RunId(name), ApprovalId(f"ask-{name}"), "approve", {}, by="ann", via="t"
        )


def asking(store: Store, name: str, *, origin: str = "n") -> RunId:
    run_id = create(store, name, origin=origin)
    fence = holder(store, f"owner-{name}").claim(run_id, store.clock.now())
    request = e.ApprovalRequested(
        approval_id=ApprovalId(f"ask-{name}"),
        path=StepPath("a"),
        attempt=1,
        subject="approve",
        prompt=f"May {name} go on?",
    )
    started = e.StepStarted(
        path=StepPath("a"), attempt=1, token=AttemptToken("t"), input=Stored(), step_key="k"
    )
    owner = ProcessId(f"owner-{name}")
    append(store, group(store, run_id, fence, e.RunStarted(), started, request, owner=owner))
    assert any(line.run_id == run_id for line in store.views.approvals())
    return run_id


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = Desk(tmp_path / "store.db")
    yield found
    found.store.close()


# --- once ----------------------------------------------------------------------------------------


def test_each_thing_is_told_once(desk: Desk) -> None:
    """However often and in however many processes is looked, and after a restart."""
    one, other = desk.process("p1"), desk.process("p2")
    assert not one.look()
    desk.asks("one")
    desk.asks("two")
    assert one.look()
    assert desk.ids() == [["ask-one", "ask-two"]]
    assert [notifier.look() for notifier in (one, other, desk.process("p3"))] == [False] * 3
    desk.asks("three")
    assert other.look()
    assert not one.look()
    assert desk.ids()[1:] == [["ask-three"]]


def test_processes_that_look_at_once_tell_once(desk: Desk) -> None:
    """The claim is one transaction: of many, one tells."""
    for number in range(20):
        desk.asks(f"r{number}")
    start = threading.Barrier(6)

    def look(notifier: Notifier) -> None:
        start.wait()
        notifier.look()

    desk.alive |= {ProcessId(f"q{n}") for n in range(6)}
    threads = [threading.Thread(target=look, args=(desk.process(f"q{n}"),)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one for ids in desk.ids() for one in ids) == sorted(
        f"ask-r{number}" for number in range(20)
    )


def test_what_is_decided_is_not_told(desk: Desk) -> None:
    """Who was quicker than the notice needs none."""
    desk.asks("one")
    desk.decide("one")
    assert not desk.process().look()
    assert desk.told == []


def test_another_notebooks_things_are_told_when_nobody_does(desk: Desk) -> None:
    """Its own process comes first; if it is gone, whoever is there tells it a minute later."""
    desk.asks("one", origin="other.ipynb")
    mine, its = desk.process("p1"), desk.process("p2", ("other.ipynb",))
    assert not mine.look()
    assert its.look()
    desk.asks("two", origin="other.ipynb")
    desk.clock.advance(notifying.OTHERS_AFTER_SECONDS)
    assert mine.look()
    assert desk.ids() == [["ask-one"], ["ask-two"]]


def test_what_a_dead_process_began_is_told_again_under_the_same_id(desk: Desk) -> None:
    """Nobody knows whether it was told: it is told again, and can be recognised."""

    class Died(BaseException):
        pass

    def hear_and_die(notice: Notice) -> None:
        desk.told.append(notice)
        raise Died

    desk.asks("one")
    with pytest.raises(Died):
        desk.process("p1", hook=hear_and_die).look()
    other = desk.process("p2")
    assert not other.look()  # it may be at it just now
    desk.alive.discard(ProcessId("p1"))
    assert other.look()
    assert [notice.id for notice in desk.told] == [desk.told[0].id] * 2
    assert not other.look()


def test_what_a_dead_process_began_is_dropped_where_nobody_waits(desk: Desk) -> None:
    """A decision in between makes the notice needless."""
    desk.asks("one")
    desk.store.notices(ProcessId("dead")).claimed(("n",), every_seconds=0, others_after_seconds=60)
    desk.decide("one")
    notifier = desk.process("p2")
    assert not notifier.look()
    assert not notifier.look()
    assert desk.told == []
    assert desk.store.notices(ProcessId("p3")).taken_up(lambda _: False) is None


# --- escalated -----------------------------------------------------------------------------------


def escalate(store: Store, name: str, to: str = "") -> None:
    """Let nobody have decided in time."""
    approval_id = ApprovalId(f"ask-{name}")
    fact = e.ApprovalEscalated(approval_id=approval_id, path=StepPath("a"), to=to)
    run_id, owner = RunId(name), ProcessId(f"owner-{name}")
    fence = store.views.run(run_id).fence
    sent = group(store, run_id, fence, fact, batch="b2", owner=owner)
    assert isinstance(append(store, sent), int)


def test_an_escalation_is_told_once_with_whom_it_goes_to(desk: Desk) -> None:
    """After the question itself, under another id; however many look, and after a restart."""
    one, other = desk.process("p1"), desk.process("p2")
    desk.asks("one")
    desk.asks("two")
    assert one.look()
    desk.clock.advance(3600)
    escalate(desk.store, "one", to="ann@example.org")
    assert other.look()
    assert [notifier.look() for notifier in (one, other, desk.process("p3"))] == [False] * 3
    first, second = desk.told
    assert (len(first.waits), len(second.waits)) == (2, 1)
    assert first.id != second.id
    (waits,) = second.waits
    assert waits.approval_id == "ask-one"
    assert (waits.escalated_to, waits.escalated_at) == ("ann@example.org", desk.clock.now())
    assert second.text == (
        "Nobody decided in time, escalated to ann@example.org: w, run one, step a: May one go on?"
    )
    (told,) = json.loads(json.dumps(second.as_json()))["waiting"]
    assert told["escalated_to"] == "ann@example.org"
    assert [one.escalated_at for one in first.waits] == [None, None]


def test_an_escalation_before_any_notice_is_the_only_one(desk: Desk) -> None:
    """In quiet hours, say: who looks in the morning is told how it stands, and not twice."""
    notifier = desk.process()
    desk.asks("one")
    desk.asks("two")
    escalate(desk.store, "one")
    assert notifier.look()
    assert not notifier.look()
    assert desk.ids() == [["ask-one", "ask-two"]]
    assert desk.told[0].text.splitlines()[1].startswith("- nobody decided in time, escalated: w, ")


@pytest.mark.parametrize("told", [False, True], ids=["claimed", "told"])
def test_a_death_over_an_escalation_costs_no_notice(desk: Desk, told: bool) -> None:
    """Another process tells it, under the same id; the first notice is not told anew."""

    class Died(BaseException):
        pass

    def hear_and_die(notice: Notice) -> None:
        if told:
            desk.told.append(notice)
        raise Died

    desk.asks("one")
    assert desk.process("p1").look()
    escalate(desk.store, "one", to="bob")
    with pytest.raises(Died):
        desk.process("p1", hook=hear_and_die).look()
    other = desk.process("p2")
    assert not other.look(), "p1 may be at it just now"
    desk.alive.discard(ProcessId("p1"))
    assert other.look()
    assert not other.look()
    assert not desk.process("p3").look()
    again = desk.told[1:]
    assert len(again) == (2 if told else 1)
    assert len({notice.id for notice in again}) == 1
    assert {waits.escalated_to for notice in again for waits in notice.waits} == {"bob"}


def test_a_notice_that_an_escalation_overtook_is_not_told_any_more(desk: Desk) -> None:
    """Its process died over it: what is to be told by now is the escalation."""
    desk.asks("one")
    desk.store.notices(ProcessId("dead")).claimed(("n",), every_seconds=0, others_after_seconds=60)
    escalate(desk.store, "one", to="bob")
    notifier = desk.process("p2")
    assert [notifier.look() for _ in range(4)].count(True) == 1
    assert [waits.escalated_to for notice in desk.told for waits in notice.waits] == ["bob"]


def test_another_notebooks_escalation_is_told_when_nobody_does(desk: Desk) -> None:
    """From the escalation on its own process has its time, however long it waits already."""
    mine = desk.process(origins=("n",))
    desk.asks("two", origin="other.ipynb")
    desk.clock.advance(notifying.OTHERS_AFTER_SECONDS)
    assert mine.look()
    escalate(desk.store, "two")
    assert not mine.look()
    desk.clock.advance(notifying.OTHERS_AFTER_SECONDS)
    assert mine.look()
    assert not mine.look()


def test_what_is_decided_after_its_escalation_is_not_told(desk: Desk) -> None:
    """Somebody was there after all."""
    desk.asks("one")
    assert desk.process().look()
    escalate(desk.store, "one")
    desk.decide("one")
    assert not desk.process().look()


# --- when ----------------------------------------------------------------------------------------


def test_quiet_hours_end_in_one_digest(desk: Desk) -> None:
    """Nothing is told over midnight; in the morning one notice tells what waits still."""
    notifier = desk.process(quiet=QuietHours.read("22:00-07:00"), local=lambda at: at)
    desk.asks("evening")
    assert notifier.look()
    desk.clock.advance(3600)
    for number in range(12):
        desk.asks(f"night{number}")
        assert not notifier.look()
        desk.clock.advance(30 * 60)
    desk.decide("night3")
    assert desk.ids() == [["ask-evening"]]
    desk.clock.advance(4 * 3600 - 1)
    while desk.clock.now().hour != 7:
        assert not notifier.look()
        desk.clock.advance(60)
    assert notifier.look()
    assert not notifier.look()
    digest = desk.told[1]
    assert len(digest.waits) == 11
    assert "night3" not in digest.text
    assert digest.text.startswith("11 decisions wait for you:")
    assert digest.text.endswith("- and 1 more: mn approvals")


def test_quiet_hours_are_those_of_this_place(desk: Desk) -> None:
    """21:00 UTC is 23:00 two hours to the east."""
    east = timezone(timedelta(hours=2))
    quiet = QuietHours.read("22:00-07:00")
    desk.asks("one")
    assert not desk.process(quiet=quiet, local=lambda at: at.astimezone(east)).look()
    assert desk.process(quiet=quiet, local=lambda at: at).look()


@pytest.mark.parametrize("text", ["22-7", "22:00", "25:00-07:00", "07:00-07:00", "now"])
def test_hours_that_are_none_are_said(text: str) -> None:
    """The notice shows how hours are written."""
    with pytest.raises(UsageError, match="22:00-07:00"):
        QuietHours.read(text)


def test_messages_keep_their_distance(desk: Desk) -> None:
    """What begins to wait soon after a notice comes together in the next one, of any process."""
    one, other = desk.process("p1", every_seconds=60), desk.process("p2", every_seconds=60)
    desk.asks("one")
    assert one.look()
    desk.asks("two")
    desk.clock.advance(1)
    desk.asks("three")
    desk.clock.advance(58)
    assert not one.look()
    assert not other.look()
    desk.clock.advance(1)
    assert other.look()
    assert desk.ids() == [["ask-one"], ["ask-two", "ask-three"]]
    desk.asks("four")
    desk.clock.jump(-3600)  # a clock that was put back must not keep anybody waiting
    assert one.look()


# --- what fails ----------------------------------------------------------------------------------


def test_a_hook_that_fails_is_tried_again_and_given_up_at_last(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """With growing pauses; the log says it once, and the doctor as long as it is so."""
    desk.asks("one")
    desk.fault = "the hook is broken"
    notifier = desk.process()
    with caplog.at_level("WARNING"):
        for pause in PAUSES_SECONDS:
            assert not notifier.look()
            assert [one.given_up for one in failing(desk.store.reader)] == [False]
            desk.clock.advance(pause - 1)
            assert desk.store.notices(ProcessId("p1")).taken_up(lambda _: True) is None
            desk.clock.advance(1)
        assert not notifier.look()
    assert [(one.fault, one.given_up) for one in failing(desk.store.reader)] == [
        ("the hook is broken", True)
    ]
    assert caplog.text.count("the hook is broken") == 1
    desk.fault = ""
    desk.clock.advance(100_000)
    assert not notifier.look()
    desk.asks("two")
    assert notifier.look()


def test_a_hook_that_works_again_is_told_what_it_missed(desk: Desk) -> None:
    """The same notice comes, later."""
    desk.asks("one")
    desk.fault = "away"
    notifier = desk.process()
    assert not notifier.look()
    desk.fault = ""
    assert not notifier.look()
    desk.clock.advance(PAUSES_SECONDS[0])
    assert notifier.look()
    assert desk.ids() == [["ask-one"]]
    assert failing(desk.store.reader) == []


def test_pruned_runs_leave_nothing(desk: Desk) -> None:
    """What was told of a run goes with it."""
    desk.asks("one")
    assert desk.process().look()
    desk.store.writer.call(lambda cursor: forget_run(cursor, "one"))
    rows = desk.store.database.connect().execute("SELECT count(*) FROM mn_notice").fetchone()
    assert rows == (0,)


# --- by what -------------------------------------------------------------------------------------


def notice(question: str = "May it go on?") -> Notice:
    return Notice(
        "mn-notice-1",
        (
            Waits(
                ApprovalId("ask"),
                RunId("9tj8aaaa"),
                "brief",
                "ACME",
                StepPath("review"),
                "approve",
                question,
                EVENING,
            ),
        ),
    )


def test_a_command_gets_the_message(tmp_path: Path) -> None:
    """As JSON on its input, as one word where it asks for it, and never through a shell."""
    keep = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read()); "
    keep += "open(sys.argv[2], 'w').write(sys.argv[3])"
    words = [sys.executable, "-c", keep, str(tmp_path / "json"), str(tmp_path / "text"), "{text}"]
    hook_of(" ".join(f'"{word}"' for word in words))(notice("$(touch /tmp/x); `id` 'q' \"r\""))
    found = json.loads((tmp_path / "json").read_text())
    assert found["id"] == "mn-notice-1"
    assert found["waiting"][0] | {"question": ""} == {
        "approval": "ask",
        "run": "9tj8aaaa",
        "workflow": "brief",
        "title": "ACME",
        "step": "review",
        "kind": "approve",
        "question": "",
        "requested_at": "2026-03-01T21:00:00+00:00",
        "expires_at": None,
        "escalated_at": None,
        "escalated_to": "",
        "look": "mn show 9tj8",
    }
    text = (tmp_path / "text").read_text()
    assert text == (
        "A decision waits for you: brief (ACME), run 9tj8, step review: "
        "$(touch /tmp/x); `id` 'q' \"r\""
    )


def test_a_command_that_fails_says_why(tmp_path: Path) -> None:
    """By its code and its last words, or that it is not there."""
    with pytest.raises(TransientError, match="ended with 3: broken"):
        Command((sys.executable, "-c", "import sys; sys.stderr.write('broken'); sys.exit(3)"))(
            notice()
        )
    with pytest.raises(TransientError, match="cannot be started"):
        Command((str(tmp_path / "nothing"),))(notice())


def test_a_command_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    """Nothing of it is left."""
    forks = (
        "import os, subprocess, sys, time; child = subprocess.Popen(['sleep', '600']); "
        f"open({str(tmp_path / 'part')!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}'); "
        f"os.rename({str(tmp_path / 'part')!r}, {str(tmp_path / 'pids')!r}); "
        "time.sleep(600)"
    )
    for seconds in (1.5, 8, 24):  # a busy machine does not start two programs in one and a half
        with pytest.raises(TransientError, match=f"longer than {seconds:g} "):
            Command((sys.executable, "-c", forks), patience_seconds=seconds)(notice())
        if (tmp_path / "pids").exists():
            break
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 2
    assert waits_until(lambda: not any(is_there(pid) for pid in pids))


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A child of a child that nobody has waited for is a shadow, not a process.
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


class Ear:
    """An address on this machine that keeps what is posted to it."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.heard: list[tuple[dict[str, str], Any]] = []
        ear = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                ear.heard.append((dict(self.headers), json.loads(body)))
                self.send_response(ear.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}/secret-path"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def ear() -> Iterator[Ear]:
    found = Ear()
    yield found
    found.close()


def test_an_address_is_posted_to(ear: Ear) -> None:
    """With the notice as JSON and its id as the idempotency key."""
    hook_of(ear.address)(notice())
    ((headers, body),) = ear.heard
    assert headers["Idempotency-Key"] == body["id"] == "mn-notice-1"
    assert body["text"].startswith("A decision waits for you: brief")


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_address_that_refuses_is_not_shown_in_full(ear: Ear, status: int) -> None:
    """Its path can be a secret."""
    ear.status = status
    with pytest.raises(TransientError, match=f"answered {status}") as raised:
        hook_of(ear.address)(notice())
    assert "secret" not in f"{raised.value} {hook_of(ear.address)!r}"
    ear.close()
    with pytest.raises(TransientError, match="could not be told") as raised:
        Webhook(ear.address)(notice())
    assert "secret" not in str(raised.value)
    assert "secret" not in shown(ear.address)


@pytest.mark.parametrize("said", ["  ", "'open", "https://"])
def test_what_is_no_hook_is_said(said: str) -> None:
    """The notice says what is expected."""
    with pytest.raises(UsageError, match="MN_NOTIFY"):
        hook_of(said)


# --- in whole runs -------------------------------------------------------------------------------

ASKING = """
inputs: {secret: str}
steps:
  ask:
    approve: May it be sent?
    for: send
  send:
    needs: [ask]
    tool: send
    args: {text: "{{ inputs.secret }}"}
"""


def send(text: str) -> str:
    """Send a text."""
    return text


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(notifying, "LOOK_SECONDS", 0.05)
    found = House(tmp_path)
    yield found
    found.close()


@pytest.mark.parametrize("details", ["", "yes"])
def test_a_waiting_run_is_told_to_an_address(
    house: House, ear: Ear, monkeypatch: pytest.MonkeyPatch, details: str
) -> None:
    """Once, though two kernels look; without the arguments, unless somebody wants them."""
    monkeypatch.setenv("MN_NOTIFY", ear.address)
    monkeypatch.setenv("MN_NOTIFY_DETAILS", details)
    monkeypatch.setenv("MN_NOTIFY_EVERY", "0")
    kernel, _other = house.kernel(tools=(send,)), house.kernel(notebook="b.ipynb")
    # Longer than what a run's title takes of an input.
    run_id = kernel.start(ASKING, secret="x" * 80 + "canary")
    assert waits_until(lambda: bool(ear.heard))
    kernel.decide(run_id, "approve")
    assert kernel.until(run_id).status == "succeeded"
    second = kernel.start(ASKING, secret="y" * 80 + "canary")
    assert waits_until(lambda: len(ear.heard) == 2)
    assert kernel.until(second, "waiting").status == "waiting"
    assert [body["waiting"][0]["run"] for _, body in ear.heard] == [run_id, second]
    assert ("canary" in str(ear.heard)) is bool(details)
    assert len(ear.heard) == 2


ESCALATING = """steps:
  review:
    approve: Send these answers?
    expires: {after: 0.5s, then: escalate, to: the night shift}
"""


def test_a_run_that_escalates_is_told_twice_over_a_restart(
    house: House, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question, and that nobody decided in time; a kernel that comes later adds nothing."""
    monkeypatch.setenv("MN_NOTIFY", ear.address)
    monkeypatch.setenv("MN_NOTIFY_EVERY", "0")
    kernel = house.kernel()
    run_id = kernel.start(ESCALATING)
    assert waits_until(lambda: len(ear.heard) == 2)
    kernel.runtime.close()
    again = house.kernel()
    again.decide(run_id, "approve")
    assert again.until(run_id).status == "succeeded"
    first, second = (body for _, body in ear.heard)
    assert first["waiting"][0]["escalated_at"] is None
    assert second["waiting"][0]["escalated_to"] == "the night shift"
    assert "escalated to the night shift" in second["text"]
    assert first["id"] != second["id"]


def test_nobody_is_told_by_default(house: House, ear: Ear) -> None:
    """It is off, and costs no thread."""
    kernel = house.kernel(tools=(send,))
    run_id = kernel.start(ASKING, secret="x")
    assert kernel.until(run_id, "waiting").status == "waiting"
    assert kernel.runtime.notifier is None
    assert not any(thread.name == "mn-notify" for thread in threading.enumerate())


def test_a_hook_that_hangs_holds_nobody_up(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run goes on while its hook hangs, and ends while it does."""
    began = tmp_path / "began"
    hangs = tmp_path / "hangs.py"
    hangs.write_text(f"import time; open({str(began)!r}, 'w').close(); time.sleep(60)")
    monkeypatch.setenv("MN_NOTIFY", f"{sys.executable} {hangs}")
    monkeypatch.setattr(notifying, "LAST_LOOK_SECONDS", 0.1)
    kernel = house.kernel(tools=(send,))
    run_id = kernel.start(ASKING, secret="x")
    assert waits_until(began.exists, 20)
    kernel.decide(run_id, "approve")
    assert kernel.until(run_id).status == "succeeded"
    monkeypatch.setattr(Command, "__call__", lambda *_: None)


def test_a_process_that_ends_at_once_tells_before(
    house: House, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal's `mn run` does not stay: what waits by then is told as it closes."""
    monkeypatch.setattr(notifying, "LOOK_SECONDS", 600.0)
    monkeypatch.setenv("MN_NOTIFY", ear.address)
    kernel = house.kernel(tools=(send,))
    run_id = kernel.start(ASKING, secret="x")
    assert kernel.until(run_id, "waiting").status == "waiting"
    assert ear.heard == []
    kernel.runtime.close()
    assert len(ear.heard) == 1


KILLED = """
import os, signal, sys
from mn_notebook.domain.ids import ProcessId
from mn_notebook.engine.hooks import hook_of
from mn_notebook.engine.notifying import Notifier, Telling
from tests.integration.store.files import holder, opened
from pathlib import Path

store = opened(Path(sys.argv[1]), threaded=False, name="killed")
holder(store, "killed")
tell = hook_of(sys.argv[2])

def hook(notice):
    tell(notice)
    print("told", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

Notifier(
    store.notices(ProcessId("killed")), Telling(hook), store.clock,
    origins=lambda: ("n",), is_alive=lambda _: True,
).look()
"""


def test_a_process_that_is_killed_between_telling_and_writing(tmp_path: Path, ear: Ear) -> None:
    """A real process dies over a real notice: the next one tells it again, under the same id."""
    path = tmp_path / "store.db"
    store = opened(path, threaded=False)
    asking(store, "one")
    dies = script(KILLED, path, ear.address)
    try:
        assert said(dies) == "told"
        assert dies.wait(timeout=20) == -signal.SIGKILL
    finally:
        end(dies)
    leases = holder(store, "next")
    notifier = Notifier(
        store.notices(ProcessId("next")),
        Telling(hook_of(ear.address)),
        store.clock,
        origins=lambda: ("n",),
        is_alive=leases.is_locked,
    )
    assert notifier.look()
    assert not notifier.look()
    assert [body["id"] for _, body in ear.heard] == [ear.heard[0][1]["id"]] * 2
    leases.close()
    store.close()


def test_the_doctor_tells_of_the_hook(
    tmp_path: Path, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether somebody is told, when not, and what went wrong; never the whole address."""
    found: Callable[[], list[Any]] = lambda: [  # noqa: E731 - looked at again and again
        finding
        for finding in doctor(Session(MnSettings(store=str(tmp_path / "store.db")))).findings
        if finding.subject == "notify"
    ]
    assert found() == []
    desk = Desk(tmp_path / "store.db")
    monkeypatch.setenv("MN_NOTIFY", ear.address)
    monkeypatch.setenv("MN_NOTIFY_QUIET", "22:00-07:00")
    ((finding),) = found()
    assert "http://127.0.0.1" in finding.text
    assert "nothing was told yet" in finding.text
    assert "22:00 to 07:00" in finding.text
    desk.asks("one")
    assert desk.process().look()
    desk.asks("two")
    desk.fault = "no way"
    assert not desk.process().look()
    well, badly = found()
    assert "last told 2026-03-01 21:00" in well.text
    assert badly.verdict == "warn"
    assert "no way" in badly.text
    assert "secret" not in f"{well} {badly}"
    monkeypatch.setenv("MN_NOTIFY_QUIET", "late")
    assert [finding.verdict for finding in found()] == ["bad"]
    desk.store.close()


def test_wrong_settings_are_said_when_a_notebook_opens(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything waits, not after."""
    monkeypatch.setenv("MN_NOTIFY", "'open")
    with pytest.raises(UsageError, match="MN_NOTIFY"):
        house.kernel()
    monkeypatch.setenv("MN_NOTIFY", "true")
    monkeypatch.setenv("MN_NOTIFY_EVERY", "often")
    with pytest.raises(UsageError, match="MN_NOTIFY_EVERY"):
        house.kernel()


@pytest.mark.parametrize("before", [0, 185], ids=["whole", "where it is cut"])
def test_what_a_command_says_when_it_fails_is_kept_without_secrets(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    """Clients like to say the address that they could not reach, with its token."""
    secret = "tok-Q7r9/Zz+31kLmN0p"
    monkeypatch.setattr(known, "_known", None)
    known.remember("DESK_TOKEN", secret)
    fails = f"import sys; sys.exit('x' * {before} + {secret!r} + ' is refused')"
    desk.asks("one")
    notifier = desk.process(hook=Command((sys.executable, "-c", fails)))
    assert not notifier.look()
    (trouble,) = failing(desk.store.reader)
    assert "ended with 1" in trouble.fault
    assert "Q7r9" not in trouble.fault
    assert leaks("tok-Q7r9", tmp_path) == []
    known.forget()
