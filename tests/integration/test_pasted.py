"""What a terminal says can be typed as it stands, and says no more than is so."""

import re
import shlex
from pathlib import Path

import pytest

from tests.integration.terminal import Terminal, furnish

pytestmark = pytest.mark.timeout(60)

GREET = """workflow: greet
inputs:
  name: str
  loud: {type: bool, default: false}
  times: {type: int, default: 1}
  more: list[str]
steps:
  many: {python: "json:loads", args: {s: "3"}}
  ok: {approve: "Greet {{ inputs.name }}?", edit: [many]}
"""
UNBEGUN = """workflow: unbegun
inputs: {xs: any}
steps:
  each: {for_each: inputs.xs, python: "json:dumps", args: {obj: "{{ item }}"}}
"""


@pytest.fixture
def mn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    """A folder with two workflows."""
    furnish(tmp_path, monkeypatch, greet=GREET, unbegun=UNBEGUN)
    return Terminal(tmp_path, capsys)


def test_an_exported_workflow_runs_again_as_it_says(mn: Terminal) -> None:
    """The line has the inputs that must be given, and leaves a sign for what is long."""
    mn("run", "greet.yaml", "name=Ann & Bob", "loud=yes", "more=[a]", code=3)
    run = mn.wait_until("waiting")
    [typed] = re.findall("`(mn run [^`]*)`", mn("export", run, "again.yaml"))
    assert typed == "mn run again.yaml 'name=Ann & Bob' loud=true more=…"
    mn(*shlex.split(typed.replace("…", "[a]"))[1:], code=3)


def test_a_title_tells_short_inputs_in_one_line(mn: Terminal) -> None:
    """Neither an empty text, nor yes and no, nor a line's end stands in it."""
    mn("run", "greet.yaml", "name=Ann\nBob", "more=[a]", code=3)
    mn("run", "greet.yaml", "name=", "more=[a]", code=3)
    titles = [line["title"] for line in mn.json("runs")[0]["runs"]]
    assert titles == ["1", "Ann Bob · 1"]


def test_an_edit_that_is_typed_like_an_input_is_told_right(mn: Terminal) -> None:
    """`answer` takes field=value as it stands, and `approve` behind --edit."""
    mn("run", "greet.yaml", "name=Ann", "more=[a]", code=3)
    run = mn.wait_until("waiting")
    told = mn("approve", run, "ok", "many=3", code=2)
    assert "; an edit is --edit many=3\n" in told
    mn("approve", run, "ok", "--edit", "many=3")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("3", "failed: for_each: expected a list from 'inputs.xs', found a number"),
        ("null", "failed: for_each: expected a list from 'inputs.xs', found nothing (null)"),
        (str([*range(1001)]), "go over parts of the list, such as: inputs.xs | batch(50)"),
    ],
    ids=["a number", "null", "too many"],
)
def test_what_could_not_begin_counts_no_attempt(mn: Terminal, given: str, told: str) -> None:
    """It is told what was found, in the words of the language, and what to do."""
    mn("run", "unbegun.yaml", f"xs={given}", code=1)
    run = mn.wait_until("failed")
    assert told in " ".join(mn("show", run).split())
    assert "each: failed: for_each: " in mn("log", run)


def test_many_items_go_in_parts(mn: Terminal) -> None:
    """What the message says to write is right."""
    text = UNBEGUN.replace("for_each: inputs.xs", 'for_each: "inputs.xs | batch(50)"')
    (mn.folder / "parts.yaml").write_text(text)
    mn("run", "parts.yaml", f"xs={[*range(1001)]}")


CHILD = """workflow: my-child
inputs: {x: int}
steps:
  ok: {python: "json:dumps", args: {obj: "{{ inputs.x }}"}}
"""
PARENT = """workflow: parent
steps:
  all: {workflow: my-child, args: {x: 1}}
"""


def test_a_workflow_beside_is_found_by_any_name_and_run_through_its_file(mn: Terminal) -> None:
    """A name may have a dash; no line is shown that runs by a name what only a file has."""
    (mn.folder / "my-child.yaml").write_text(CHILD)
    (mn.folder / "parent.yaml").write_text(PARENT)
    for words in (("check", "parent.yaml"), ("show", "parent.yaml")):
        typed = [line for line in mn(*words).splitlines() if "mn run" in line]
        assert typed == ["mn run parent.yaml"], words
    mn("run", "parent.yaml")


def test_an_exported_file_tells_what_has_to_go_along(mn: Terminal) -> None:
    """Modules are looked for beside the file: in another folder they are not there."""
    (mn.folder / "pasted_code.py").write_text("def go(): return 1\n")
    flow = 'workflow: flow\nsteps: {a: {python: "pasted_code:go"}, b: {python: "json:dumps"}}\n'
    (mn.folder / "flow.yaml").write_text(flow)
    mn("run", "flow.yaml", code=1)
    run = mn.wait_until("failed")
    assert "copy it" not in mn("export", run, "beside.yaml")
    (mn.folder / "other").mkdir()
    told = mn("export", run, "other/flow.yaml")
    assert "the code of pasted_code, which is looked for beside the file: copy it from" in told


def test_resuming_tells_that_the_file_was_mended_meanwhile(mn: Terminal) -> None:
    """A run keeps the workflow that it began with; who mends the file wants `rerun`."""
    text = PARENT.replace("workflow: my-child, args: {x: 1}", 'python: "json:dumps", args: {no: 1}')
    (mn.folder / "parent.yaml").write_text(text)
    mn("run", "parent.yaml", code=1)
    run = mn.wait_until("failed")
    assert "has changed since" not in mn("resume", run, code=1)
    (mn.folder / "parent.yaml").write_text(text.replace("no: 1", "obj: 1"))
    told = mn("resume", run, code=1)
    assert f"parent.yaml has changed since, and run {run} goes on with the workflow" in told
    assert f"`mn rerun {run}` runs it as it stands now" in told
    mn("rerun", run)
