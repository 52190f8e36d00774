"""What TAB offers for each verb, in a terminal; the shells themselves are tested beside."""

import sys
from pathlib import Path

import pytest

from mn_notebook.settings import MnSettings
from mn_notebook.verbs import follow
from mn_notebook.verbs.catalogue import VERBS
from mn_notebook.verbs.completing import offers
from mn_notebook.verbs.parser import options_of
from mn_notebook.verbs.session import TERMINAL, Session
from tests.integration.terminal import Terminal, furnish

pytestmark = pytest.mark.timeout(60)

CODE = """
import mn_notebook as mn

def fine(text):
    return {"text": text}

def fail(text):
    raise ValueError("no such ticker")

@mn.tool(effect="write")
def publish(text: str, *, idempotency_key: str) -> str:
    "Publish."
    return "ok"
"""
ASKING = """workflow: asking
inputs: {who: str, how: {type: str, default: gently}}
tools: ["publish"]
steps:
  first: {python: "code_of:fine", args: {text: "{{ inputs.who }}"}}
  send: {tool: publish, args: {text: "{{ first.text }}"}}
  review: {approve: "Publish it?", edit: [first.text], needs: [send]}
  form: {ask: "Which one?", fields: {which: str, why: str}, needs: [review]}
"""
FAILING = """workflow: failing
steps:
  fine: {python: "code_of:fine", args: {text: x}}
  each: {for_each: "['a', 'b']", python: "code_of:fail", args: {text: "{{ item }}"}}
"""
SIGNAL = """workflow: signalled
steps:
  rate: {wait: {signal: rates}}
"""


@pytest.fixture
def mn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    furnish(tmp_path, monkeypatch, code_of=CODE, asking=ASKING, failing=FAILING, waits=SIGNAL)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "letters.csv").write_text("a\n1\n")
    monkeypatch.setattr(follow, "_PATIENCE_SECONDS", 0.1)
    return Terminal(tmp_path, capsys)


def offered(line: str) -> list[str]:
    """Return what TAB offers after a line, and leave nothing open."""
    *before, last = line.split(" ")
    session = Session(MnSettings(notebook=TERMINAL), via="terminal", namespace=None)
    try:
        return offers(session, before, last)
    finally:
        session.close()


def test_verbs_options_and_files_need_no_run(mn: Terminal) -> None:
    """Each verb is offered, each option until it is typed, and files where files are meant."""
    assert offered("") == list(VERBS)
    for verb in VERBS:
        assert offered(f"{verb} --") == options_of(verb)
    assert offered("settle --skip --s") == ["--stop"]
    assert offered("approve a --edit x=1 --e") == ["--edit"]
    assert offered("run ") == ["asking.yaml", "failing.yaml", "waits.yaml", "data/"]
    assert offered("check f") == ["failing.yaml"]
    assert offered("run asking.yaml ") == ["who=", "how="]
    assert offered("run asking.yaml who=x ") == ["how="]
    assert offered("run asking.yaml who=@data/") == ["who=@data/letters.csv"]
    assert offered("try failing.yaml e") == ["each"]
    assert offered("preview asking.yaml ")[-3:] == ["form", "who=", "how="]
    assert offered("preview asking.yaml first w") == ["who="]
    assert offered("preview asking.yaml who=x ") == ["how="]
    assert offered("restore data/l") == ["data/letters.csv"]
    assert offered("effects a --to data/") == ["data/letters.csv"]
    assert offered("trust s --effect i") == ["idempotent"]
    assert offered("models ins") == ["install"]
    assert offered("budget --usd ") == []
    assert "code_of" not in sys.modules, "TAB runs nobody's code"
    assert offered("nothing ") == offered("why zzzz ") == offered("run no.yaml ") == []


def test_runs_are_offered_to_the_verbs_that_fit_them(mn: Terminal) -> None:
    """A run that waits, one that failed, one that waits for a signal, and what each may get."""
    waits = mn.json("run", "waits.yaml", code=3)[0]["short_id"]
    failed = mn.json("run", "failing.yaml", code=1)[0]["short_id"]
    asks = mn.json("run", "asking.yaml", "who=x", code=3)[0]["short_id"]
    every = [asks, failed, waits]
    for verb in ("show", "why", "log", "effects", "export", "rerun"):
        assert [word for word in offered(f"{verb} ") if word in every] == every, verb
    for verb in ("pause", "cancel", "budget"):
        assert offered(f"{verb} ") == [asks, waits], verb
    for verb in ("undo", "prune", "retry"):
        assert offered(f"{verb} ") == [failed], verb
    assert offered(f"prune {failed} ") == []
    for verb in ("approve", "reject", "delegate", "answer"):
        assert offered(f"{verb} ") == [asks], verb
        assert offered(f"{verb} {asks} ") == ["send"], verb
    assert offered("settle ") == offered("revoke ") == []
    assert offered(f"approve {asks} send --edit ") == ["text="]
    assert offered(f"retry {failed} ") == ["each", "each[0]", "each[1]"]
    assert offered(f"rerun {asks} --from fo") == ["form"]
    assert offered(f"log {asks} --step re") == ["review"]
    assert offered(f"undo {failed} --leave fi") == ["fine"]
    assert offered("signal ") == ["rates"]
    assert offered("signal rates ") == [asks, waits]


def test_a_permission_and_a_form_are_offered(mn: Terminal) -> None:
    """The tool that is always allowed to `revoke`, the fields of a form to `answer`."""
    asks = mn.json("run", "asking.yaml", "who=x", code=3)[0]["short_id"]
    mn("approve", asks, "--always")
    mn("resume", asks, code=3)
    assert offered("revoke ") == [asks]
    assert offered(f"revoke {asks} ") == ["publish"]
    assert offered(f"approve {asks} --edit ") == ["first.text="]
    mn("approve", asks)
    mn("resume", asks, code=3)
    assert offered("answer ") == [asks]
    assert offered("approve ") == []
    assert offered(f"answer {asks} form ") == ["which=", "why="]
    assert offered(f"answer {asks} form which=a ") == ["why="]
