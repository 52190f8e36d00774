"""The command ``mn``: real processes over one store."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mn_notebook import cli
from mn_notebook.cli import main
from mn_notebook.terminal.codes import FAILED, INTERRUPTED, MISTAKE, OK, WAITS
from mn_notebook.terminal.writing import undisturbed
from mn_notebook.testing import Script, ScriptedModelServer
from mn_notebook.verbs import follow
from tests.docs.pages import page, rows, section
from tests.integration.terminal import PAUSE, Terminal, furnish

pytestmark = pytest.mark.timeout(60)

HELPERS = """
import time
from pathlib import Path
import mn_notebook as mn

def up(text):
    print("printed by a step")
    return {"text": text.upper()}

def fail(text):
    raise ValueError("no such ticker")

def slow(text):
    Path("slow.txt").open("a").write("began\\n")
    if not Path("quick.txt").exists():
        time.sleep(40)
    return text

@mn.tool(effect="write")
def publish(text: str, *, idempotency_key: str) -> str:
    "Publish."
    Path("published.txt").open("a").write(text + "\\n")
    return "ok"
"""
PLAIN = """workflow: plain
inputs: {who: str}
steps:
  say:
    agent: Say something about {{ inputs.who }}
    output: {note: str}
  up: {python: "helpers:up", args: {text: "{{ say.note }}"}}
"""
FAILING = """workflow: failing
steps:
  fail: {python: "helpers:fail", args: {text: x}}
"""
ASKING = """workflow: asking
inputs: {who: str}
tools: ["helpers:publish"]
steps:
  up: {python: "helpers:up", args: {text: "{{ inputs.who }}"}}
  review: {approve: "Publish it?", for: send, edit: [up.text]}
  send: {tool: publish, args: {text: "{{ review.up.text }}"}}
"""
SLOW = """workflow: slow
steps:
  up: {python: "helpers:up", args: {text: x}}
  slow: {python: "helpers:slow", args: {text: "{{ up.text }}"}}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files and a store."""
    furnish(
        tmp_path,
        monkeypatch,
        helpers=HELPERS,
        agent=PLAIN.partition("  up:")[0],
        plain=PLAIN,
        failing=FAILING,
        asking=ASKING,
        slow=SLOW,
    )
    return tmp_path


@pytest.fixture
def mn(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Terminal]:
    with ScriptedModelServer(Script(name="note")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        yield Terminal(here, capsys)


def test_run_that_succeeds_ends_with_0(mn: Terminal) -> None:
    """With --wait a run's events and its end are JSON lines; what its steps print is not there."""
    out = mn.process("run", "plain.yaml", "who=ACME", "--wait", "--json")
    preview, *lines = [json.loads(line) for line in out.splitlines()]
    assert preview["type"] == "preview"
    assert [line["type"] for line in lines] == ["event"] * (len(lines) - 1) + ["result"]
    assert [line["seq"] for line in lines[:-1]] == list(range(1, len(lines)))
    assert lines[0]["event"]["kind"] == "run.created"
    assert [line["event"]["kind"] for line in lines[:-1]].count("model.responded") == 1
    assert lines[-1]["status"] == "succeeded"
    *logged, told_of = mn.json("log", lines[-1]["short_id"])
    assert (told_of["type"], told_of["run"]["status"]) == ("result", "succeeded")
    assert [line["seq"] for line in logged] == [line["seq"] for line in lines[:-1]]
    told = mn("log", lines[-1]["short_id"], "--step", "up")
    assert "printed: printed by a step" in told
    exported = mn("export", lines[-1]["short_id"], "again.yaml")
    assert "again.yaml" in exported
    again = (mn.folder / "again.yaml").read_text()
    assert again.startswith("workflow: plain\n")
    assert 'who: "ACME"' in again
    assert "plain" in mn("check", "again.yaml")


def test_failed_run_ends_with_1(mn: Terminal) -> None:
    """A run that fails says why, and ends the command with 1."""
    said = mn.process("run", "failing.yaml", code=1)
    assert "no such ticker" in said
    assert "mn resume" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rnu"], "did you mean 'run'?"),
        (["run", "nowhere.yaml"], "cannot be read"),
        (
            ["run", "plain"],
            "is no YAML file: expected one with a workflow; did you mean",
        ),
        (["run", "agent.yaml"], "needs who: str"),
        (["run", "plain.yaml", "who"], "expected name=value"),
        (["run", "plain.yaml", "who=x", "--on", "dask"], "--on is not available yet"),
        (["show", "zzzz"], "no run answers to 'zzzz'"),
    ],
    ids=["verb", "file", "name", "missing", "argument", "later", "run"],
)
def test_mistake_ends_with_2_and_one_sentence(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """A mistake of the user's is one sentence, and ends the command with 2."""
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
    assert "Traceback" not in told.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("run plain", "did you mean 'plain.yaml'?"),
        ("run plain.yml who=x", "did you mean 'plain.yaml'?"),
        ("run plain.yaml who = x", "found 'who' alone: no space stands around the ="),
        ("run plain.yaml --who x", "values are typed as name=value: who=…"),
        ("run plain.yaml wo=x who=y", "has no input 'wo'; its inputs: who"),
        ("run plain.yaml who=@no.txt", "the file 'no.txt' cannot be read"),
        (
            "run imports.yaml",
            "it needs 'nowhere_to_be_found', which is not here; nothing was started",
        ),
        (
            "try imports.yaml a",
            "it needs 'nowhere_to_be_found', which is not here; nothing was started",
        ),
        ("run bare.yaml", "names its code as module:name"),
        ("run helpers.py", "is no YAML file: expected one with a workflow; here are: "),
        ("plain.yaml", "`mn run plain.yaml` runs the workflow of a file"),
        ("list", "did you mean `mn runs`?"),
        ("stop", "did you mean `mn cancel RUN`?"),
        ("show", "RUN is missing: `mn runs` lists them"),
        ("try plain.yaml sya who=x", "did you mean 'say'?"),
        ("signal rates", "no run that goes on can wait for a signal 'rates'"),
        ("models install smol", "There is no model 'smol' to install; there are: "),
    ],
)
def test_typical_mistakes_are_told_what_is_meant(mn: Terminal, line: str, said: str) -> None:
    """Whoever types it for the first time learns what to type instead; nothing was done."""
    (mn.folder / "importing.py").write_text("import nowhere_to_be_found\n")
    for name, function in (("imports", "importing:up"), ("bare", "up")):
        text = f'workflow: {name}\nsteps: {{a: {{python: "{function}", args: {{text: x}}}}}}\n'
        (mn.folder / f"{name}.yaml").write_text(text)
    assert said in " ".join(mn(*line.split(), code=2).split())
    assert mn.json("runs")[0]["runs"] == []


def test_a_signal_that_a_run_has_not_is_a_mistake(mn: Terminal) -> None:
    """The message says that it cannot wait for it."""
    run = mn.json("run", "asking.yaml", "who=x", code=3)[0]["short_id"]
    assert f"run {run} cannot wait for a signal 'rates'" in mn("signal", "rates", run, code=2)


def test_mistake_in_a_file_is_shown_with_its_line(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that cannot be right is shown with line, column and a mark."""
    (here / "wrong.yaml").write_text(PLAIN.replace("agent:", "agnet:"))
    assert main(["check", "wrong.yaml"]) == 2
    said = capsys.readouterr().err
    assert "wrong.yaml, line 4, column 3" in said
    assert "    4 |   say:\n          ^" in said


def test_a_file_is_named_in_the_command_that_comes_next(mn: Terminal) -> None:
    """In a terminal a workflow's name is nothing that could be run: its file is."""
    assert mn("check", "plain.yaml").splitlines()[-1] == "mn run plain.yaml who=VALUE"
    assert mn("show", "./plain.yaml").splitlines()[-1] == "mn run ./plain.yaml who=VALUE"
    said = mn("preview", "plain.yaml", "up", "who=x", code=2)
    assert "there is no run yet: `mn try plain.yaml say` makes one" in said


def test_help_names_every_verb(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`mn` alone lists the verbs; nothing is opened for it."""
    assert main([]) == 0
    assert "mn approve " in capsys.readouterr().out
    assert not (here / "store.db").exists()


def test_run_that_asks_ends_with_3_and_goes_on_when_resumed(mn: Terminal) -> None:
    """A terminal leaves a run that asks; a decision is kept, and applied when it is resumed."""
    assert "mn approve" in mn.process("run", "asking.yaml", "who=acme", code=3)
    run = mn.wait_until("waiting")
    [waiting] = mn.json("approvals")
    assert waiting["waiting"][0]["approval"]["path"] == "review"
    recorded = mn("approve", run, "--edit", "text=edited: yes")
    assert "It is recorded" in recorded
    assert f"mn resume {run}" in recorded
    assert "already decided" in mn("reject", run, "--because", "late", code=1)
    mn.process("resume", run)
    assert (mn.folder / "published.txt").read_text() == "edited: yes\n"


def test_second_process_approves_while_the_first_waits(mn: Terminal) -> None:
    """`--stay` stays with a run that asks; whoever decides elsewhere moves it on."""
    first = mn.start("run", "asking.yaml", "who=acme", "--stay")
    run = mn.wait_until("waiting")
    assert "The run goes on" in mn("approve", run, "review", "--because", "fine")
    out, err = first.communicate(timeout=30)
    assert first.returncode == 0, err
    assert "approve by" in out
    assert (mn.folder / "published.txt").read_text() == "ACME\n"


def test_interrupted_run_is_resumed(mn: Terminal) -> None:
    """Ctrl-C lets go of a run calmly, at once, and `resume` goes on without a repetition."""
    first = mn.start("run", "slow.yaml", "--json")
    end = time.monotonic() + 30
    while not (mn.folder / "slow.txt").exists() and time.monotonic() < end:
        PAUSE.wait(0.05)
    first.send_signal(signal.SIGINT)
    out, err = first.communicate(timeout=20)
    assert (first.returncode, out) == (130, "")
    [detached] = [json.loads(line) for line in err.splitlines()]
    assert (detached["type"], detached["exit_code"]) == ("detached", 130)
    [run_id] = detached["runs"]
    assert f"`mn resume {run_id[:4]}` goes on with it" in detached["text"]
    (mn.folder / "quick.txt").touch()
    resumed = json.loads(mn.process("resume", "--all", "--json").splitlines()[-1])
    assert resumed["runs"][0]["status"] == "succeeded"
    *ups, _ = mn.json("log", resumed["runs"][0]["short_id"], "--step", "up")
    assert [line["event"]["kind"] for line in ups].count("step.started") == 1


def test_ctrl_c_in_the_middle_of_a_frame_is_heard_after_it() -> None:
    """A frame is drawn whole, so that it can be taken away whole."""
    done: list[str] = []

    def draw() -> None:
        signal.raise_signal(signal.SIGINT)
        done.append("drawn")

    with pytest.raises(KeyboardInterrupt), undisturbed():
        draw()
    assert done == ["drawn"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_once_more_leaves_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever presses it while the run is let go of does not wait; nothing durable is lost."""
    left: list[int] = []
    monkeypatch.setattr(os, "_exit", left.append)

    def press() -> None:
        raise KeyboardInterrupt

    with cli._at_once():
        press()
    assert left == [130]


RUNNING = {
    "run": ("run FILE", 0),
    "try": ("try plain.yaml say who=x", 0),
    "rerun": ("rerun RUN", 0),
    "retry": ("retry FAILED", 0),
    "resume": ("resume FAILED", 1),
    "cancelled": ("resume CANCELLED", 2),
    "approve": ("approve ASKING", 0),
    "reject": ("reject ASKED", 0),
    "waits": ("run asking.yaml who=x", 3),
}


def test_json_is_a_contract(mn: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line is an object that says what it is; the result comes last, and once.

    Without --wait it is the only one, with it the run's events come before, each once.
    """
    monkeypatch.setattr(follow, "_PATIENCE_SECONDS", 0.1)  # nobody else takes anything up
    names = {"FILE": "plain.yaml who=x"}
    [first] = mn.json("run", "plain.yaml", "who=x")
    names["RUN"] = first["short_id"]
    [failed] = mn.json("run", "failing.yaml", code=1)
    names["FAILED"] = failed["short_id"]
    for name in ("ASKING", "ASKED", "CANCELLED"):
        [asking] = mn.json("run", "asking.yaml", "who=x", code=3)
        names[name] = asking["short_id"]
    mn("cancel", names["CANCELLED"])
    mn("resume", names["CANCELLED"], code=1)
    for verb, (line, code) in RUNNING.items():
        words = [part for word in line.split() for part in names.get(word, word).split()]
        told = mn.json(*words, code=code) if code != 2 else []
        if code == 2:
            [fault] = mn.json(*words, code=2)
            assert (fault["type"], fault["verb"], fault["exit_code"]) == ("error", words[0], 2)
        else:
            assert [one["type"] for one in told] == ["result"], verb
            assert (told[0]["verb"], told[0]["exit_code"]) == (words[0], code)
    for words in (["run", "asking.yaml", "who=x"], ["rerun", names["RUN"]]):
        *events, result = mn.json(*words, "--wait", code=3 if "asking.yaml" in words else 0)
        assert result["type"] == "result"
        assert {one["type"] for one in events} == {"event"}
        assert [one["seq"] for one in events] == list(range(1, len(events) + 1))


def test_exit_codes_are_those_of_the_page(mn: Terminal) -> None:
    """The page lists what a process may end with; the other ones are tested beside their causes."""
    listed = [int(row[0]) for row in rows(section(page("docs/terminal.md"), "## Exit codes"))]
    assert listed == [OK, FAILED, MISTAKE, WAITS, INTERRUPTED] == [0, 1, 2, 3, 130]
    said = mn.process("show", "zzzz", code=2)
    assert said.startswith("mn: no run answers to 'zzzz'")


def test_doctor_shows_no_key(mn: Terminal) -> None:
    """The doctor looks at store and model, and never shows the key."""
    said = mn("doctor")
    assert "scripted:note at http://127.0.0.1:" in said
    assert "reachable" in said
    assert "sk-very-secret" not in said


def test_doctor_looks_at_the_rest_where_the_store_is_none(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is no store is one finding among others, and is left as it is."""
    monkeypatch.setenv("MN_STORE", str(here / "helpers.py"))
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9")
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "MN_STORE names the store" in told
    assert "python" in told
    assert main(["runs"]) == 1
    assert "is damaged (file is not a database)" in capsys.readouterr().err
    assert (here / "helpers.py").read_text() == HELPERS
