"""Code that a workflow in a file names, and that is not there: before it runs, and when it does."""

from pathlib import Path

import pytest

from tests.integration.terminal import Terminal, furnish

pytestmark = pytest.mark.timeout(60)

# No other test has a module of this name: a process has one of each.
CODE = """
from datetime import date
import mn_notebook as mn

raise RuntimeError("nobody imports this")

def double(x):
    return x

@mn.tool(effect="read")
def look_up(name: str) -> str:
    "Look up."
    return name
"""
FLOW = """workflow: flow
steps:
  a: {python: "beside_code:doubl", args: {x: 1}}
  b: {python: beside_code.double, args: {x: 1}}
  c: {python: double, args: {x: 1}}
  d: {python: "beside_code.py:double", args: {x: 1}}
  e: {python: "beside_cod:double", args: {x: 1}}
  f: {tool: "beside_code:lookup", args: {name: x}}
  g: {python: "beside_code:nowhere_near"}
  h: {python: "json:loads"}
"""


@pytest.fixture
def mn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    """A folder with a workflow, and code beside it."""
    furnish(tmp_path, monkeypatch, beside_code=CODE, flow=FLOW)
    return Terminal(tmp_path, capsys)


def test_check_tells_what_is_not_beside_the_file(mn: Terminal) -> None:
    """It reads the modules, and imports none of them."""
    told = mn("check", "flow.yaml")
    for step, name, meant in (
        ("a", "'beside_code:doubl', which is not in beside_code.py", "beside_code:double"),
        ("b", "'beside_code.double', which only a notebook could have", "beside_code:double"),
        ("c", "'double', which only a notebook could have", "beside_code:double"),
        ("f", "'beside_code:lookup', which is not in beside_code.py", "beside_code:look_up"),
    ):
        assert f"Step {step!r} calls {name}; did you mean {meant!r}?" in told
    assert "'beside_code:nowhere_near', which is not in beside_code.py\n" in told
    assert "Step 'h'" not in told
    assert "here it is shown as one that writes" in told
    assert "%mn" not in told


def test_check_tells_that_it_does_not_know_what_a_declared_tool_does(mn: Terminal) -> None:
    """It is shown as one that writes, and that is said."""
    flow = 'workflow: w\ntools: ["beside_code:look_up"]\nsteps: {a: {tool: look_up, args: {}}}\n'
    (mn.folder / "w.yaml").write_text(flow)
    told = mn("check", "w.yaml")
    assert "look_up (write)" in told
    assert "here it is shown as one that writes" in told


def test_run_tells_all_that_is_not_there_at_once(mn: Terminal) -> None:
    """Each step with what it calls, and what it means; nothing is started."""
    (mn.folder / "beside_code.py").write_text(CODE.replace("raise RuntimeError", "str"))
    told = mn("run", "flow.yaml", code=2)
    for line in (
        "step 'a': expected a function 'doubl' in module 'beside_code', found none; did you mean "
        "'beside_code:double'?",
        "step 'b': the function 'beside_code.double' is not there; did you mean "
        "'beside_code:double'?",
        "step 'c': the function 'double' is not there; did you mean 'beside_code:double'?",
        "step 'd': the module of 'beside_code.py:double' is not installed here; did you mean "
        "'beside_code:double'?",
        "step 'e': the module of 'beside_cod:double' is not installed here; did you mean "
        "'beside_code:double'?",
        "step 'f': expected a function 'lookup' in module 'beside_code', found none; did you mean "
        "'beside_code:look_up'?",
        "step 'g': expected a function 'nowhere_near' in module 'beside_code', found none\n",
    ):
        assert line in told, line
    assert "step 'h'" not in told
    assert mn.json("runs")[0]["runs"] == []
