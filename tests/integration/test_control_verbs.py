"""What moves a run, from a terminal: what is applied at once, and what is kept until then."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mn_notebook.testing import Script, ScriptedModelServer
from tests.integration.terminal import PAUSE, Terminal, furnish

pytestmark = pytest.mark.timeout(60)

HELPERS = """
from pathlib import Path

def note(text):
    with Path("notes.txt").open("a") as file:
        file.write(f"{text}\\n")
    return {"text": text}

def shaky(text):
    if not Path("mended.txt").exists():
        raise ValueError("the register is down")
    return text
"""
ASKING = """workflow: asking
steps:
  contact:
    ask: Who should receive replies?
    fields: {email: str, copies: int, tags: "list[str]"}
  note:
    python: "helpers:note"
    args: {text: "{{ contact.email }} {{ contact.copies }} {{ contact.tags | length }}"}
    output: {text: str}
"""
SIGNALLED = """workflow: signalled
steps:
  replies: {wait: {signal: replies_in}}
  note: {python: "helpers:note", args: {text: "{{ replies.who }}"}}
"""
BOTH = """workflow: both
steps:
  consent: {ask: "Is it urgent?", fields: {urgent: bool, twice: "bool?"}}
  replies: {wait: {signal: replies_in}}
  note: {python: "helpers:note", args: {text: "{{ consent.urgent }} {{ consent.twice }}"}}
"""
SHAKY = """workflow: shaky
steps:
  first: {python: "helpers:shaky", args: {text: one}, retry: {attempts: 1}}
  after: {python: "helpers:note", args: {text: "{{ first }}"}}
"""


@pytest.fixture
def mn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Terminal]:
    furnish(
        tmp_path,
        monkeypatch,
        helpers=HELPERS,
        asking=ASKING,
        signalled=SIGNALLED,
        both=BOTH,
        shaky=SHAKY,
    )
    with ScriptedModelServer(Script(name="note")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        yield Terminal(tmp_path, capsys)


def notes(mn: Terminal) -> str:
    return (mn.folder / "notes.txt").read_text()


def test_form_is_answered_by_the_types_of_its_fields(mn: Terminal) -> None:
    """Fields are read as inputs are; what does not fit is a mistake, and changes nothing."""
    assert "mn answer" in mn("run", "asking.yaml", code=3)
    run = mn.wait_until("waiting")
    assert "the fields of 'contact': email: str, copies: int" in mn(
        "answer", run, "contact", "nobody", code=2
    )
    assert "field 'copies'" in mn("answer", run, "contact", "email=a", "copies=[", code=2)
    assert "needs tags" in mn("answer", run, "contact", "email=a", "copies=2", code=2)
    (mn.folder / "tags.json").write_text('["x", "y"]')
    answered = mn("answer", run, "contact", "email=7", "copies=2", "tags=@tags.json")
    assert "Answered: contact" in answered
    assert "no process advances run" in answered
    assert "already decided" in mn(
        "answer", run, "contact", "email=b", "copies=1", "tags=[]", code=1
    )
    mn("resume", run)
    assert notes(mn) == "7 2 2\n"


def test_question_is_skipped_with_a_value(mn: Terminal) -> None:
    """A value in the place of a step is an override: what follows uses it."""
    mn("run", "asking.yaml", code=3)
    run = mn.wait_until("waiting")
    assert "--because … is missing" in mn("skip", run, "contact", code=2)
    assert "did you mean 'contact'" in mn("skip", run, "contct", "--because", "x", code=2)
    said = mn("skip", run, "note", "--value", "3", "--because", "x", code=2)
    assert "expected {text: str}, found 3" in said
    value = '{"email": "ann", "copies": 1, "tags": []}'
    assert "Recorded" in mn("skip", run, "contact", "--value", value, "--because", "known")
    mn("resume", run)
    assert notes(mn) == "ann 1 0\n"
    assert "with {'email': 'ann'" in mn("log", run)


def test_signal_is_kept_for_the_run_that_waits(mn: Terminal) -> None:
    """A signal with a value reaches the runs that wait for it; a wrong name is a mistake."""
    mn("run", "signalled.yaml", code=3)
    run = mn.wait_until("waiting")
    assert "signals that are waited for: replies_in" in mn("signal", "replies", code=2)
    sent = mn("signal", "replies_in", "--value", '{"who": "ann"}')
    assert "is sent to 1 run" in sent
    assert "It gets the signal as soon as" in sent
    mn("resume", run)
    assert notes(mn) == "ann\n"


def test_paused_run_stays_until_it_is_resumed(mn: Terminal) -> None:
    """A pause holds for whoever comes next: only `resume` lets the run go on."""
    mn("run", "signalled.yaml", code=3)
    run = mn.wait_until("waiting")
    assert f"`mn resume {run}` lets it go on" in mn("pause", run, "--because", "lunch")
    assert "expected a run's id or --all" in mn("pause", code=2)
    mn("signal", "replies_in", run, "--value", '{"who": "bea"}')
    assert "No run is under way" not in mn("pause", "--all", code=0)
    mn("resume", run)
    assert notes(mn) == "bea\n"
    assert "has ended already" in mn("pause", run, code=2)
    assert "No run is under way." in mn("pause", "--all")


def test_failed_step_is_tried_afresh(mn: Terminal) -> None:
    """A retry names a step that failed; what is recorded happens when the run goes on."""
    mn("run", "shaky.yaml", code=1)
    lines = mn.json("runs")[0]["runs"]
    run = lines[0]["short_id"]
    assert "has not failed; failed are: first" in mn("retry", run, "after", code=2)
    assert "first is tried afresh as soon as" in mn("retry", run, "first")
    (mn.folder / "mended.txt").touch()
    mn("resume", run)
    assert notes(mn) == "one\n"
    assert "is succeeded; only failed steps" in mn("retry", run, code=2)


@pytest.mark.parametrize("options", [[], ["--wait"]], ids=["plain", "wait"])
def test_terminal_leaves_a_run_that_only_others_move_on(mn: Terminal, options: list[str]) -> None:
    """With a question beside a signal the command ends with 3 at once, and yes/no is an answer."""
    said = mn.process("run", "both.yaml", *options, code=3)
    assert "mn answer" in said
    run = mn.wait_until("waiting")
    assert "field 'urgent': expected yes or no, found 'perhaps'" in mn(
        "answer", run, "consent", "urgent=perhaps", "twice=no", code=2
    )
    assert "Answered: consent" in mn("answer", run, "consent", "urgent=Yes", "twice=no")
    mn.process("resume", run, *options, code=3)
    assert notes(mn) == "true false\n"
    mn("signal", "replies_in", run)
    mn.process("resume", run)


VERB_LINES = {
    "runs": "runs",
    "show": "show RUN",
    "why": "why RUN",
    "log": "log RUN",
    "approvals": "approvals",
    "check": "check both.yaml",
    "preview": "preview both.yaml consent",
    "pause": "pause RUN",
    "answer": "answer RUN consent urgent=no twice=no",
    "skip": "skip RUN replies --because x",
    "signal": "signal replies_in RUN",
    "export": "export RUN again.yaml",
    "cancel": "cancel RUN",
    "models": "models",
    "doctor": "doctor",
    "backup": "backup kept.mn",
    "prune": "prune --older 30d",
    "restore": "restore kept.mn",
}
"""What can be done about a run that waits for an answer and a signal, in an order that can be."""


def test_json_is_one_object_on_one_line(mn: Terminal) -> None:
    """With --json a verb prints one result and no other line; `log` an event a line before it."""
    [started] = mn.json("run", "both.yaml", code=3)
    assert (started["type"], started["status"]) == ("result", "waiting")
    for verb, line in VERB_LINES.items():
        told = mn.json(*line.replace("RUN", started["short_id"]).split())
        *before, last = (one["type"] for one in told)
        assert last == "result", (verb, told)
        assert set(before) == ({"event"} if verb == "log" else set()), (verb, told)


def test_living_process_is_paused_from_another(mn: Terminal) -> None:
    """A process that waits for a run obeys a terminal beside it at once."""
    first = mn.start("run", "asking.yaml", "--stay")
    run = mn.wait_until("waiting")
    assert f"Run {run} is paused." in mn("pause", run)
    assert "paused already" in mn("pause", run, code=2)
    mn("answer", run, "contact", "email=z", "copies=1", "tags=[]")
    PAUSE.wait(0.3)
    assert not (mn.folder / "notes.txt").exists()
    resumed = mn.json("resume", run)[-1]
    assert resumed["runs"][0]["status"] == "succeeded"
    _out, err = first.communicate(timeout=30)
    assert first.returncode == 0, err
    assert notes(mn) == "z 1 0\n"
