"""What `--json` promises: each line an object that says what it is, and nothing beside them."""

import json
import math
import os
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.cli import main
from mn_notebook.domain.events import Recorded, SignalReceived
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.values import Stored
from mn_notebook.settings import MnSettings
from mn_notebook.terminal.objects import event_line
from mn_notebook.terminal.watching import Watching
from mn_notebook.verbs import follow
from mn_notebook.verbs.session import TERMINAL, Session
from tests.docs.pages import page, rows, section
from tests.integration.terminal import Terminal, furnish

pytestmark = pytest.mark.timeout(60)

LOUD = """
import os, subprocess, sys
print("a module is loud")
os.write(1, b"so is what it writes by itself\\n")

def loud(text):
    print("kept in the journal")
    subprocess.run([sys.executable, "-c", "print('a program is loud')"], check=True)
    return text
"""
QUIET = """
def same(text):
    return text

def fail(text):
    raise ValueError("no such ticker")
"""
WORKFLOW = """workflow: loud
steps:
  say: {python: "loudly:loud", args: {text: "ütf ✓ 𝄞"}}
"""
PLAIN = WORKFLOW.replace("loudly:loud", "quietly:same").replace("loud", "quiet", 1)
ASKING = """workflow: asking
steps:
  review: {approve: "Publish it?"}
"""
FAILING = """workflow: failing
steps:
  fail: {python: "quietly:fail", args: {text: x}}
"""


@pytest.fixture
def mn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    furnish(
        tmp_path,
        monkeypatch,
        loudly=LOUD,
        quietly=QUIET,
        loud=WORKFLOW,
        quiet=PLAIN,
        asking=ASKING,
        failing=FAILING,
    )
    monkeypatch.setattr(follow, "_PATIENCE_SECONDS", 0.1)
    return Terminal(tmp_path, capsys)


def typed(*words: str, encoding: str = "utf-8") -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "mn_notebook", *words],
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        capture_output=True,
        timeout=50,
    )


def objects(text: str | bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_whatever_else_prints_goes_to_the_error_output(mn: Terminal) -> None:
    """A module that is imported, a program that a step starts: neither is on the output."""
    done = typed("run", "loud.yaml", "--json")
    assert done.returncode == 0, done.stderr
    [result] = objects(done.stdout)
    assert (result["type"], result["verb"], result["exit_code"]) == ("result", "run", 0)
    assert result["status"] == "succeeded"
    for loud in (b"a module is loud", b"so is what it writes by itself", b"a program is loud"):
        assert loud in done.stderr
    assert b"kept in the journal" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_an_output_that_is_full_or_closed_is_no_crash(mn: Terminal) -> None:
    """What is wrong is one sentence, and the command ends with 1; a closed output is nowhere."""
    command = [sys.executable, "-m", "mn_notebook", "runs"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=50)
    assert done.returncode == 1
    assert "the output cannot be written: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    line = f"{shlex.join(command)} --json >&-"
    closed = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=50)
    assert (closed.returncode, closed.stderr) == (0, "")


def test_a_terminal_without_the_letters_is_no_fault(mn: Terminal) -> None:
    """Where an output knows ASCII alone, signs are escaped: in JSON they stay the same value."""
    run = mn.json("run", "quiet.yaml")[0]["short_id"]
    plainly = typed("runs", encoding="ascii")
    assert plainly.returncode == 0, plainly.stderr
    assert b"quiet" in plainly.stdout
    [result] = objects(typed("show", run, "--json", encoding="ascii").stdout)
    assert result["output"] == {"say": "ütf ✓ 𝄞"}


def test_what_is_wrong_is_an_object_on_the_error_output(
    mn: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    """The output stays empty; the object says which error it was, and where in the file."""
    (mn.folder / "wrong.yaml").write_text(WORKFLOW.replace("python:", "pyhton:"))
    for words, error in (
        (["rnu"], "UsageError"),
        (["show", "zzzz"], "UnknownRun"),
        (["check", "wrong.yaml"], "DefinitionError"),
        (["run", "loud.yaml", "--on", "dask"], "UsageError"),
        (["skip", "zzzz"], "UsageError"),
    ):
        assert main([*words, "--json"]) == 2
        told = capsys.readouterr()
        assert told.out == ""
        [fault] = objects(told.err)
        assert (fault["type"], fault["error"], fault["exit_code"]) == ("error", error, 2)
        assert fault["message"]
        assert fault["verb"] == words[0]
    assert main(["check", "wrong.yaml", "--json"]) == 2
    [fault] = objects(capsys.readouterr().err)
    assert [problem["line"] for problem in fault["problems"]] == [3]


def test_what_needs_no_store_is_an_object_too(mn: Terminal) -> None:
    """The help and the version are texts of a result."""
    assert mn.json("--version")[0]["text"].startswith("mn ")
    assert "mn approve " in mn.json("help")[0]["text"]
    assert "Usage: mn run" in mn.json("run", "--help")[0]["text"]
    assert not (mn.folder / "store.db").exists()


def test_a_decision_says_how_the_run_stands_and_a_late_one_fails(mn: Terminal) -> None:
    """A script learns from the exit code that somebody was faster."""
    run = mn.json("run", "asking.yaml", code=3)[0]["short_id"]
    [first] = mn.json("approve", run)
    assert (first["run_status"], first["applied"], first["changed"]) == ("waiting", False, True)
    [late] = mn.json("reject", run, code=1)
    assert (late["changed"], late["exit_code"]) == (False, 1)
    assert "already decided" in late["text"]


def test_commands_in_json_are_those_of_a_terminal(mn: Terminal) -> None:
    """What a program finds as a command can be given to a shell."""
    asks = mn.json("run", "asking.yaml", code=3)[0]
    assert asks["approvals"][0]["command"] == f"mn approve {asks['short_id']} review"
    failed = mn.json("run", "failing.yaml", code=1)[0]
    for words in (["show", failed["short_id"]], ["why", failed["short_id"]], ["approvals"]):
        assert "%mn" not in json.dumps(mn.json(*words))
    told = mn("show", failed["short_id"])
    assert f"  mn retry {failed['short_id']} fail\n" in told
    assert "%mn" not in told


def test_no_line_is_anything_but_json() -> None:
    """JSON has no infinity and no number that is none: they are texts."""
    signal = SignalReceived(name="rate", by="ada", value=Stored(value=[math.nan, math.inf]))
    at = datetime(2026, 1, 1, tzinfo=UTC)
    line = event_line(Recorded(run_id=RunId("r"), seq=1, at=at, event=signal))

    def refuse(word: str) -> None:
        raise AssertionError(word)

    event = json.loads(line, parse_constant=refuse)["event"]
    assert event["value"]["value"] == ["NaN", "Infinity"]


def test_what_takes_long_tells_how_far_it_is_as_objects(
    mn: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the error output: the result stands alone."""
    session = Session(MnSettings(notebook=TERMINAL), via="terminal")
    watching = Watching(session, sys.stdout, as_json=True, new=True, streams=False)
    for done in range(0, 101, 5):
        watching.progress(done, 100, "a model")
    told = capsys.readouterr()
    assert told.out == ""
    assert [one["percent"] for one in objects(told.err)] == list(range(0, 101, 10))
    assert objects(told.err)[0] == {"type": "progress", "percent": 0, "text": "a model"}


def test_types_are_those_of_the_page(mn: Terminal) -> None:
    """The page lists every type of a line; the tests of this file meet them."""
    listed = {row[0].strip("`") for row in rows(section(page("docs/terminal.md"), "## JSON"))}
    assert listed == {"event", "preview", "result", "error", "detached", "progress"}
