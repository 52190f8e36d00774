"""Every verb as its help shows it: it works when it is pasted, and ends as the page says."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from mn_notebook.verbs import follow
from mn_notebook.verbs.catalogue import VERBS
from mn_notebook.verbs.examples import EXAMPLES
from tests.integration.terminal import Terminal, furnish

pytestmark = pytest.mark.timeout(60)

CODE = """
from pathlib import Path
import mn_notebook as mn

def draft(who):
    return {"text": f"About {who}"}

def fail(who):
    if Path("mended").exists():
        return {"text": "mended"}
    raise ValueError("no such company")

def unpublish(text: str, *, idempotency_key: str) -> None:
    Path("page.txt").unlink()

@mn.tool(effect="write", compensate=unpublish)
def publish(text: str, *, idempotency_key: str) -> str:
    "Publish."
    Path("page.txt").write_text(text)
    return "ok"
"""
BRIEF = """workflow: brief
inputs: {who: str}
tools: ["brief_code:publish"]
steps:
  draft: {python: "brief_code:draft", args: {who: "{{ inputs.who }}"}}
  review: {approve: "Publish it?", edit: [draft.text]}
  publish: {tool: publish, args: {text: "{{ review.draft.text }}"}}
  price: {ask: "What does it cost?", fields: {dollars: float}, needs: [publish]}
  figures: {wait: {signal: figures_are_out}, needs: [price]}
"""
BROKEN = """workflow: broken
inputs: {who: str}
steps:
  draft: {python: "brief_code:fail", args: {who: "{{ inputs.who }}"}}
"""


@pytest.fixture
def mn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    furnish(tmp_path, monkeypatch, brief_code=CODE, brief=BRIEF, broken=BROKEN)
    monkeypatch.setattr(follow, "_PATIENCE_SECONDS", 0.1)  # nobody else takes anything up
    (tmp_path / "name.txt").write_text("ACME")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9")
    return Terminal(tmp_path, capsys)


def asking(mn: Terminal) -> str:
    return str(mn.json("run", "brief.yaml", "who=ACME", code=3)[0]["short_id"])


def allowed(mn: Terminal) -> str:
    """Return a run that has published, may do so again, and asks for a price."""
    run = asking(mn)
    mn("approve", run, "review")
    mn("resume", run, code=3)
    mn("approve", run, "publish", "--always")
    mn("resume", run, code=3)
    return run


def failed(mn: Terminal) -> str:
    return str(mn.json("run", "broken.yaml", "who=ACME", code=1)[0]["short_id"])


def stopped(mn: Terminal) -> str:
    run = allowed(mn)
    mn("cancel", run)
    mn("resume", run, code=1)
    assert (mn.folder / "page.txt").exists()
    return run


Situation = Callable[[Terminal], str]

SITUATIONS: dict[str, Situation] = {
    **dict.fromkeys(("answer", "revoke", "effects"), allowed),
    **dict.fromkeys(("retry", "skip"), failed),
    "undo": stopped,
}
"""What a run is like that an example is about, where it does not just ask."""

CODES = {
    "run brief.yaml who=ACME": 3,
    "run brief.yaml who=@name.txt --budget 2.50 --wait": 3,
    "rerun 9tj8": 3,
    "rerun 9tj8 who=GLOBEX --from draft": 3,
    "resume 9tj8": 3,
    "resume --all": 0,
    "undo 9tj8 --yes": 0,
    # Nothing is in doubt, no server is known: both are mistakes here.
    'settle 9tj8 publish --happened --because "it is on the page"': 2,
    "settle 9tj8 --not-happened": 2,
    "servers tickets": 2,
    # No model answers here, which is bad.
    "doctor": 1,
    "doctor --whole": 1,
    "trust tickets search --effect read": 2,
}
"""What an example ends with, where it is not 0."""

ELSEWHERE = {"models install smollm2-135m"}
"""It would be downloaded; tests of models do so from a folder."""


@pytest.mark.parametrize("verb", VERBS)
def test_examples_work_when_they_are_pasted(verb: str, mn: Terminal) -> None:
    """Each ends with its code, says the same as JSON, and is no mistake but where it has to be."""
    run = ""
    if any("9tj8" in line for line in EXAMPLES[verb]) or verb == "signal":
        run = SITUATIONS.get(verb, asking)(mn)
    if verb == "restore":
        mn("backup", "monday.mn")
    for example in EXAMPLES[verb]:
        if example in ELSEWHERE:
            continue
        if "--yes" not in example and verb in ("approve", "reject", "pause", "cancel", "resume"):
            run = asking(mn)
        words = shlex.split(example.replace("9tj8", run))
        lines = mn.json(*words, code=CODES.get(example, 0))
        assert lines[-1]["type"] == ("error" if CODES.get(example) == 2 else "result"), example
        assert (lines[-1]["verb"], lines[-1]["exit_code"]) == (verb, CODES.get(example, 0))
    if verb == "undo":
        assert not (mn.folder / "page.txt").exists()


def test_a_run_that_is_not_there_is_a_mistake(mn: Terminal) -> None:
    """Whatever is asked of no run ends with 2 and tells where runs are listed."""
    for lines in EXAMPLES.values():
        for line in (line for line in lines if "9tj8" in line):
            [fault] = mn.json(*shlex.split(line), code=2)
            assert (fault["error"], fault["exit_code"]) == ("UnknownRun", 2), line
            assert "`mn runs` lists them" in fault["message"]


def test_what_is_said_to_do_next_works_when_it_is_pasted(mn: Terminal) -> None:
    """The last line of an answer is a command: pasted, it is understood and finds what it names."""
    (mn.folder / "two words.yaml").write_text(BRIEF)
    run, broken = asking(mn), failed(mn)
    for words, code in (
        (["show", run], 0),
        (["show", broken], 0),
        (["runs"], 0),
        (["show", "brief.yaml"], 0),
        (["check", "two words.yaml"], 0),
        (["approvals"], 0),
    ):
        last = mn(*words, code=code).rstrip().splitlines()[-1].strip()
        program, *line = shlex.split(last.replace("VALUE", "ACME"))
        assert program == "mn", words
        if line[0] in ("run", "approve", "resume", "approvals", "show"):
            ends = {"run": (3,), "resume": (1, 3)}.get(line[0], (0,))
            assert mn.json(*line, code=ends[0])[-1]["type"] == "result", last
        else:
            raise AssertionError(last)
    refused = mn("preview", "two words.yaml", "publish", "who=x", code=2)
    offered = refused.split("`")[1]
    assert mn.json(*shlex.split(offered)[1:], code=3), offered
    assert json.dumps(mn.json("preview", "two words.yaml", "draft", "who=x"))
