"""Forms in a real JupyterLab: those of an `ask` step, and those that a server asks for."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.ui.lab import Lab, NotebookPage, focused, open_notebook, running_lab

WILD = Path(__file__).parents[1] / "integration" / "mcp" / "wild.py"
ASK = """%%mn workflow replies
steps:
  contact:
    ask: Who should receive replies?
    fields:
      email: str
      copies: {type: int, default: 2}
      tone: friendly | formal
      tags: "list[str]?"
      urgent: bool
      due: date?
"""
SIGN = """%%mn workflow contract
steps:
  sign: {tool: "mcp:wild/ask", args: {text: lease}}
"""
FORM = {
    "type": "object",
    "properties": {
        "name": {
            "type": "string",
            "title": "Full name",
            "description": "As in the passport <b>please</b>",
            "minLength": 3,
        },
        "copies": {"type": "integer", "title": "Copies", "minimum": 1, "maximum": 9, "default": 2},
        "way": {
            "type": "string",
            "oneOf": [
                {"const": "post", "title": "By post"},
                {"const": "mail", "title": "By e-mail"},
            ],
        },
        "annexes": {
            "type": "array",
            "items": {"anyOf": [{"const": "a", "title": "Plan"}, {"const": "b", "title": "Keys"}]},
        },
    },
    "required": ["name", "way"],
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    command = [sys.executable, "-I", "-S", str(WILD), str(folder / "wild"), "new"]
    (folder / "wild").mkdir()
    (folder / "wild" / "form").write_text(json.dumps(FORM))
    (folder / "servers.yaml").write_text(json.dumps({"wild": {"command": command}}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MN_STORE", str(folder / "store.db"))
        patch.setenv("MN_SERVERS", str(folder / "servers.yaml"))
        patch.setenv("MN_TRUST", str(folder / "trust.json"))
        for name in ("MN_WAIT", "MN_NOTEBOOK", "MN_POLICY"):
            patch.delenv(name, raising=False)
        with running_lab(folder) as lab:
            yield lab


def started(browser: Browser, lab: Lab, name: str, workflow: str) -> NotebookPage:
    run = f"%mn run {workflow.split()[2]}"
    lab.write_notebook(f"{name}.ipynb", ["%load_ext mn_notebook", workflow, run, "run.output"])
    notebook = open_notebook(browser, lab, f"{name}.ipynb")
    for index in range(3):
        notebook.run_cell(index)
    return notebook


def button(where: Locator, name: str) -> Locator:
    return where.get_by_role("button", name=name, exact=True)


def test_form_of_a_step_is_filled_in_by_keys(browser: Browser, lab: Lab, screenshots: Path) -> None:
    """Each field has its control, faults stand beside them, and no mouse is needed."""
    notebook = started(browser, lab, "ask", ASK)
    view, keys = notebook.view(2), notebook.page.keyboard
    card = view.locator(".mn-card")
    expect(card).to_contain_text("Who should receive replies?", timeout=30_000)
    email = card.get_by_label("email")
    focused(email).press("Enter")
    expect(card.get_by_role("alert").filter(has_text="This is required.")).to_have_count(2)
    expect(email).to_be_focused()
    card.screenshot(path=screenshots / "form-faults.png")
    keys.type("ann@example.org")
    keys.press("Tab")
    expect(card.get_by_label("copies")).to_be_focused()
    expect(card.get_by_label("copies")).to_have_value("2")
    keys.press("Tab")
    keys.press("Space")
    expect(card.get_by_role("radio", name="friendly")).to_be_checked()
    keys.press("Tab")
    keys.type("a\nb")  # JupyterLab would not let Enter break a line in a cell.
    expect(card.get_by_label("tags")).to_have_value("a\nb")
    card.screenshot(path=screenshots / "form-filled.png")
    keys.press("Control+Enter")
    expect(view).to_contain_text("1 of 1 step", timeout=30_000)
    output = view.get_by_role("region", name="Output")
    expect(output).to_contain_text("ann@example.org")
    expect(output).to_contain_text("friendly")
    notebook.page.close()


def test_form_of_a_server_is_filled_in(browser: Browser, lab: Lab, screenshots: Path) -> None:
    """What a server asks in the middle of a call has its titles, choices and bounds."""
    notebook = started(browser, lab, "sign", SIGN)
    view = notebook.view(2)
    card = view.locator(".mn-card")
    expect(card).to_contain_text("mcp:wild/ask", timeout=60_000)
    button(card, "Approve").click()
    expect(card).to_contain_text("mcp:wild/ask asks: Who signs?", timeout=60_000)
    expect(card).to_contain_text("As in the passport <b>please</b>")
    card.screenshot(path=screenshots / "server-asks.png")
    card.get_by_label("Full name").fill("An")
    card.get_by_label("Copies").fill("12")
    button(card, "Answer").click()
    expect(card).to_contain_text("Expected at least 3 characters, found 2.")
    expect(card).to_contain_text("Expected at most 9.")
    card.screenshot(path=screenshots / "server-faults.png")
    card.get_by_label("Full name").fill("Ann Ray")
    card.get_by_label("Copies").fill("3")
    card.get_by_label("By e-mail").check()
    card.get_by_label("Keys").check()
    button(card, "Answer").click()
    expect(view).to_contain_text("1 of 1 step", timeout=60_000)
    (answer,) = (lab.folder / "wild" / "answers").read_text().splitlines()
    assert json.loads(answer) == {
        "name": "Ann Ray",
        "copies": 3,
        "way": "mail",
        "annexes": ["b"],
    }
    notebook.page.close()


def test_server_is_told_that_nobody_answers(browser: Browser, lab: Lab) -> None:
    """Declining says so, with what follows, and the server is told."""
    notebook = started(browser, lab, "declined", SIGN)
    view = notebook.view(2)
    card = view.locator(".mn-card")
    expect(card).to_contain_text("mcp:wild/ask", timeout=60_000)
    button(card, "Approve").click()
    expect(card).to_contain_text("Who signs?", timeout=60_000)
    button(card, "Decline…").click()
    expect(card).to_contain_text("mcp:wild/ask is told so")
    button(card, "Decline").click()
    expect(view).to_contain_text("not signed: decline", timeout=60_000)
    notebook.page.close()
