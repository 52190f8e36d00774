"""The magics in a real interactive shell of this process."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.completer import provisionalcompleter

from mn_notebook.notebook.bundle import MIME_TYPE
from mn_notebook.notebook.session import current_notebook
from tests.integration.cells import PAUSE, Cells, close_cells, open_cells

pytestmark = [pytest.mark.timeout(60), pytest.mark.filterwarnings("ignore")]

CODE = """
import mn_notebook as mn
sent = []

@mn.tool(effect="read")
def find_facts(q: str) -> list[str]:
    "Find facts."
    print("printed by a tool")
    return [q + " rose", q + " fell"]

@mn.tool(effect="write")
def send_brief(text: str, *, idempotency_key: str) -> str:
    "Send it."
    sent.append(text)
    return "ok"

def shout(fact):
    return {"text": fact.upper()}
"""
BRIEF = """inputs: {who: str, n: {type: int, default: 1}}
steps:
  find:
    tool: find_facts
    args: {q: "{{ inputs.who }}"}
  each:
    for_each: find
    python: shout
    args: {fact: "{{ item }}"}
  review: {approve: "Send it?", for: send, show: [each], edit: [find]}
  send:
    tool: send_brief
    args: {text: "{{ each[0].text }}"}
    needs: [review]
"""


@pytest.fixture
def cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Cells]:
    cells = open_cells(tmp_path, monkeypatch, capsys, CODE)
    yield cells
    close_cells(cells)


def test_loading_twice_is_harmless(cells: Cells) -> None:
    """Loading again keeps the engine, the completions and the magics as they are."""
    runtime = current_notebook().session.runtime
    before = len(cells.shell.Completer.custom_matchers)
    cells("%reload_ext mn_notebook")
    cells("mn.load_ipython_extension(get_ipython())")
    assert len(cells.shell.Completer.custom_matchers) == before
    assert [t.name for t in threading.enumerate()].count("mn-engine") == 1
    assert runtime is not None


def test_unloading_stops_the_engine(cells: Cells) -> None:
    """Unloading ends the engine's thread and takes the magics away."""
    cells("%unload_ext mn_notebook")
    assert "mn-engine" not in [thread.name for thread in threading.enumerate()]
    assert "not found" in cells.fails("%mn runs")


def test_workflow_runs_in_the_background_and_is_approved(cells: Cells) -> None:
    """The whole way: define, run, decide, read the output and the tables."""
    shown = cells.define(BRIEF)
    assert "calls 1 write tool: send_brief" in repr(shown)
    assert set(shown._repr_mimebundle_()) == {"text/html", "text/markdown", "text/plain"}
    said = cells.says("%mn run brief who=ACME")
    assert "queued" in said or "running" in said
    run = cells.wait("waiting")
    assert cells(f"%mn approve {run.id[:4]} review").result.applied
    assert run.wait(20).output == {"send": "ok"}
    assert cells("sent") == ["ACME ROSE"]
    assert list(run["each"]["text"]) == ["ACME ROSE", "ACME FELL"]
    assert list(run.steps["status"]) == ["succeeded"] * 4
    assert set(run.calls["name"]) == {"find_facts", "send_brief"}
    made = run.effects[run.effects["tool"] == "send_brief"]
    assert list(made["state"]) == ["succeeded"]
    assert made["key"].iloc[0].startswith("mn-")
    assert "send_brief(" in cells.says(f"%mn effects {run.id[:4]}")
    assert run.events["kind"].iloc[-1] == "run.succeeded"
    assert run.cost == 0
    bundle = run._repr_mimebundle_()
    assert bundle[MIME_TYPE]["picture"]["status"] == "succeeded"
    with pytest.raises(KeyError, match="did you mean 'each'"):
        run["eech"]


def test_arguments_are_taken_as_written(cells: Cells) -> None:
    """Neither $ nor braces are expanded; ``:name`` takes a variable, ``@file`` a file."""
    cells.define(BRIEF)
    cells("x = 'expanded'; who = 'of a variable'")
    cells("%mn run brief who='$x {x}'")
    assert cells("mn.runs[-1].inputs") == {"who": "$x {x}", "n": 1}
    cells("%mn run brief who=:who n=3")
    assert cells("mn.runs[-1].inputs") == {"who": "of a variable", "n": 3}
    assert cells("mn.runs[mn.runs[-1].id[:4]].inputs") == {"who": "of a variable", "n": 3}
    exported = cells("mn.runs[-1].export('kept.yaml', force=True)")
    assert exported.read_text().startswith("workflow: brief")
    exported.unlink()
    assert "no variable 'nobody'" in cells.fails("%mn run brief who=:nobody")
    assert "expected int" in cells.fails("%mn run brief who=x n=many")


def test_mistakes_in_a_cell_are_shown_with_their_line(cells: Cells) -> None:
    """Every problem is shown with line, column and a mark, and without a traceback."""
    wrong = BRIEF.replace("tool: find_facts", "tool: find_fact").replace("shout", "shot")
    said = cells.fails(f"%%mn workflow brief\n{wrong}")
    assert "cell, line 5, column 11: unknown tool 'find_fact'; did you mean 'find_facts'?" in said
    assert "    5 |     tool: find_fact\n                  ^" in said
    assert "unknown function 'shot'; did you mean 'shout'?" in said
    assert "no workflow 'brief' is defined here" in cells.fails("%mn run brief who=x")


def test_mistakes_name_lines_as_a_cell_takes_them(cells: Cells) -> None:
    """What a message says to type next can be typed where it is read."""
    assert "no run answers to 'zzzz'; `%mn runs` lists them" in cells.fails("%mn show zzzz")


def test_new_version_leaves_runs_alone(cells: Cells) -> None:
    """A cell that runs again makes a new version; runs under way keep theirs, and it says so."""
    cells.define(BRIEF)
    cells("%mn run brief who=ACME")
    cells.wait("waiting")
    again = cells.define(BRIEF.replace("Send it?", "Send this?"))
    assert "new version" in repr(again)
    assert "1 run in flight" in repr(again)
    assert repr(cells("%mn approvals")).startswith("◆ Send it?")


def test_a_cell_that_is_run_again_names_the_run_that_it_leaves(cells: Cells) -> None:
    """The view of the first run goes with the output: what it waits for is not forgotten."""
    cells.define(BRIEF)
    assert "is not over yet" not in cells.says("%mn run brief who=ACME")
    first = cells.wait("waiting")
    said = cells.says("%mn run brief who=ACME")
    assert (
        f"Run {first.id[:4]} of brief is not over yet (waiting for a person): "
        f"%mn show {first.id[:4]}" in said
    )
    cells(f"%mn cancel {first.id}")
    cells.wait("waiting")
    assert first.id[:4] not in cells.says("%mn run brief who=ACME")


def test_run_waits_for_a_cell_and_goes_on_when_it_has_run(cells: Cells) -> None:
    """A function that is gone is waited for, and the next cell that brings it moves the run on."""
    cells.define(BRIEF)
    cells("kept = shout\ndel shout")
    cells("%mn run brief who=ACME")
    cells.wait("waiting")
    assert "run the cell that defines it" in cells("mn.runs[-1].picture").next
    cells("shout = kept")
    run = cells("mn.runs[-1]")
    end = time.monotonic() + 10
    while not run.picture.approvals and time.monotonic() < end:
        PAUSE.wait(0.02)
    assert run.picture.approvals


def test_python_interface_takes_values(cells: Cells) -> None:
    """``mn.run`` takes Python values, and its mistakes are shown without a traceback."""
    cells.define("inputs: {rows: table}\nsteps:\n  one: {python: shout, args: {fact: ok}}\n", "t")
    cells("import pandas as pd\nrun = mn.run('t', rows=pd.DataFrame({'a': [1, 2]}))")
    assert cells("run.inputs['rows'].equals(pd.DataFrame({'a': [1, 2]}))")
    assert cells("run.wait(20).output") == {"one": {"text": "OK"}}
    assert cells("(await run).status") == "succeeded"
    assert cells("len(mn.runs), len(mn.runs.all)") == (1, 1)
    assert "no workflow 'tt' is defined here" in cells.fails("mn.run('tt')")


def test_verbs_explain_themselves(cells: Cells) -> None:
    """``%mn`` lists the verbs, and ``%mn VERB?`` explains one."""
    assert "%mn approvals" in repr(cells("%mn"))
    assert "Usage: %mn approve RUN [STEP]" in repr(cells("%mn approve?"))
    assert "did you mean 'show'?" in cells.fails("%mn sow")
    assert "Usage: %mn show RUN" in cells.fails("%mn show")
    assert "a quote is opened" in cells.fails("%mn run brief who='x")


def test_run_records_which_cell_its_code_comes_from(cells: Cells) -> None:
    """By its number, and by its id in the notebook's file where the front end tells it."""
    shell = cells.shell
    for name, cell_id in (("told", "3f1c-a0"), ("untold", None)):
        text = f"def {name}():\n    return 1"
        assert shell.run_cell(text, store_history=True, cell_id=cell_id).success
    # Asked by the front end on its own account: no cell of the notebook.
    assert shell.run_cell("1", store_history=False, cell_id="no-cell").success
    cells.define("steps:\n  a: {python: told}\n  b: {python: untold}", "both")
    cells("%mn run both --wait")
    run = cells("mn.runs[-1]")
    created = run._session.client.events(run.id)[0].event
    code = {ref.name: ref for ref in created.code}
    assert (code["told"].cell_id, code["untold"].cell_id) == ("3f1c-a0", "")
    assert code["untold"].cell == code["told"].cell + 1


def test_tab_completes(cells: Cells) -> None:
    """TAB offers verbs, workflows, inputs, options, runs and steps."""
    cells.define(BRIEF)
    cells("%mn run brief who=ACME")
    run = cells.wait("waiting")
    short = run.id[:4]
    assert offered(cells, "%mn ru") == ["run", "runs"]
    assert offered(cells, "%mn run b") == ["brief"]
    assert offered(cells, "%mn run brief w") == ["who="]
    assert offered(cells, "%mn run brief --") == ["--budget", "--stay", "--wait"]
    assert offered(cells, "%mn approve ") == [short]
    assert offered(cells, f"%mn approve {short} ") == ["review"]
    assert offered(cells, f"%mn why {short} se") == ["send"]
    assert offered(cells, f"%mn skip {short} re") == ["review"]
    assert offered(cells, "%mn pause ") == [short]
    assert offered(cells, "%mn preview brief ea") == ["each"]
    steps = offered(cells, f"%mn rerun {short} --from ")
    assert "review" in steps
    assert "each" in steps
    assert offered(cells, "%mn rerun --from revi") == ["review"]
    assert offered(cells, f"%mn rerun {short} who=x --from revi") == ["review"]
    assert offered(cells, f"%mn rerun {short} --fr") == ["--from"]
    assert offered(cells, "%mn try brief each w") == ["who="]
    assert offered(cells, "%%mn w") == ["workflow"]


def offered(cells: Cells, text: str) -> list[str]:
    with provisionalcompleter():
        return [found.text for found in cells.shell.Completer.completions(text, len(text))]


def test_views_act_on_runs(cells: Cells) -> None:
    """What a view asks for is done once and answered; a wrong request is an answer, too."""
    cells.define(BRIEF)
    cells("%mn run brief who=ACME")
    run = cells.wait("waiting")
    actions = current_notebook().actions
    pictures: list[dict[str, Any]] = []

    def follow(told: dict[str, Any]) -> None:
        if told["verb"] == "picture":
            pictures.append(told["picture"])

    stop = actions.subscribe(run.id, follow)
    assert pictures[0]["status"] == "waiting"
    approval = pictures[0]["approvals"][0]["id"]
    wanted = {"run_id": run.id, "approval_id": approval, "verb": "approve", "edits": {"x": 1}}
    assert not actions.act(wanted)["ok"]
    assert not actions.act({**wanted, "verb": "explode"})["ok"]
    assert actions.act({**wanted, "edits": {}})["ok"]
    run.wait(20)
    end = time.monotonic() + 5
    while pictures[-1]["status"] != "succeeded" and time.monotonic() < end:
        PAUSE.wait(0.02)
    assert pictures[-1]["status"] == "succeeded"
    kept = actions.act({"run_id": run.id, "verb": "look_saved"})["bundle"]
    assert kept[MIME_TYPE]["picture"]["rev"] == pictures[-1]["rev"]
    assert "✓ succeeded" in kept["text/markdown"]
    stop()
    with pytest.raises(LookupError):
        actions.subscribe("nothing", pictures.append)


def test_import_is_light() -> None:
    """Importing the package loads neither a vendor, nor a shell, nor a server, nor a parser."""
    heavy = "('openai', 'IPython', 'jupyter_server', 'cyclopts', 'sqlmodel', 'pandas')"
    code = f"import sys, mn_notebook; print([m for m in {heavy} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_failed_step_gives_the_call_that_failed(cells: Cells) -> None:
    """Function and arguments as the journal has them: what `%debug` needs to look into it."""
    cells("def risky(a, rows):\n    return a / rows[0]\n")
    text = "steps:\n  fine: {python: shout, args: {fact: ok}}\n"
    text += "  risky: {python: risky, args: {a: 1, rows: [0]}, needs: [fine]}\n"
    cells.define(text, "t")
    cells("run = mn.run('t')")
    cells.wait("failed")
    assert "<Step risky failed: ZeroDivisionError" in repr(cells("run['risky']"))
    assert "return a / rows[0]" in cells("run['risky'].traceback")
    assert cells("fn, args = run['risky'].call()\nargs") == {"a": 1, "rows": [0]}
    with pytest.raises(ZeroDivisionError):
        cells("fn")(**cells("args"))
    assert cells("run['fine']") == {"text": "OK"}

    cells("del risky")
    assert cells("run['risky'].call()[0].__name__") == "risky", "its recorded source stands in"


def test_failed_item_gives_the_call_that_failed(cells: Cells) -> None:
    """A single item is named by its path; the whole step stays a table."""
    cells("def risky(n):\n    return 1 / n\n")
    each = "{for_each: '[1, 0]', python: risky, args: {n: '{{ item }}'}}"
    cells.define(f"steps:\n  each: {each}\n", "t")
    cells("run = mn.run('t')")
    cells.wait("failed")
    assert len(cells("run['each']")) == 2
    assert cells("run['each[0]']") == 1.0
    assert cells("run['each[1]'].call()[1]") == {"n": 0}
    with pytest.raises(KeyError, match="no step"):
        cells("run")["each[7]"]


ASKING = """steps:
  who: {ask: "Who?", fields: {name: str, copies: int}}
  go: {wait: {signal: go}, needs: [who]}
  loud: {python: shout, args: {fact: "{{ who.name }} {{ go }}"}}
"""


def test_run_is_moved_by_its_methods(cells: Cells) -> None:
    """What the verbs do, a run's methods do; its repr ends with what to type next."""
    cells.define(ASKING, "asking")
    run = cells("mn.run('asking')")
    cells.wait("waiting")
    assert repr(run).splitlines()[-1].startswith(f"%mn answer {run.id[:4]} who name=")
    assert offered(cells, f"%mn answer {run.id[:4]} who c") == ["copies="]
    assert "waits for a person to fill in a form" in repr(run.why("who"))
    assert run.pause(because="lunch").applied
    cells.wait("paused")
    assert "paused by" in repr(run.why())
    run.resume()
    assert run.answer("who", name="ann", copies=2).applied
    assert offered(cells, "%mn signal ") == ["go"]
    assert run.signal("go", "now").applied
    assert run.wait(20).output == {"loud": {"text": "ANN NOW"}}
    again = run.rerun(from_="who")
    cells.wait("waiting")
    assert again.skip("who", value={"name": "bea", "copies": 1}, because="known").applied
    assert again.signal("go", "later").applied
    assert again.wait(20).output == {"loud": {"text": "BEA LATER"}}
