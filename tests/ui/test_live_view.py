"""The view and the kernel: pictures come, decisions go, and either side may vanish."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.ui.lab import (
    MIME_TYPE,
    PICTURES,
    Lab,
    NotebookPage,
    focused,
    open_notebook,
    show_picture,
)

SERVE = f"""
import json, pathlib, time
from mn_notebook.notebook.comm import register_comm

live = json.loads(pathlib.Path({str(PICTURES / "waiting.json")!r}).read_text())
pushes, actions, slow = [], [], 0

def shown(picture):
    return {{"verb": "picture", "picture": picture}}

def subscribe(run_id, push):
    if run_id != live["run_id"]:
        raise LookupError(run_id)
    pushes.append(push)
    push(shown(live))
    return lambda: pushes.remove(push)

def on_action(action):
    time.sleep(slow)
    actions.append(action)
    if action["verb"] == "reject":
        return {{"ok": False, "message": "already decided by ann 3 min ago"}}
    return {{"ok": True, "message": "approved by you"}}

register_comm(get_ipython(), subscribe, on_action)
"""
SHOW = show_picture("waiting")
BUSY = """
import threading, time
stop = threading.Event()
def work():
    while not stop.wait(0.05):
        live["rev"] += 1
        for push in list(pushes):
            push(shown(live))
thread = threading.Thread(target=work, daemon=True)
thread.start()
time.sleep(6)
stop.set()
"""
REPORT = "print(json.dumps(actions))"
UPDATE = f"""
handle = display({{{MIME_TYPE!r}: {{"run_id": "other", "picture": {{**live, "run_id": "other",
    "title": "first"}}}}}}, raw=True, display_id=True)
for rev, title in [(10**6, "newest"), (1, "outdated")]:
    picture = {{**live, "run_id": "other", "rev": rev, "title": title}}
    handle.update({{{MIME_TYPE!r}: {{"run_id": "other", "picture": picture}}}}, raw=True)
"""
WIDGET = """
from mn_notebook.notebook.widget import RunWidget
widget = RunWidget(on_action)
widget.picture = live
display(widget)
"""
DOUBT = f"""
doubt = json.loads(pathlib.Path({str(PICTURES / "in_doubt.json")!r}).read_text())
pushes[0](shown(doubt))
"""
ASK = f"""
asking = json.loads(pathlib.Path({str(PICTURES / "asking.json")!r}).read_text())
pushes[0](shown({{**asking, "rev": 100}}))
"""
WRITE = f"""
nested = json.loads(pathlib.Path({str(PICTURES / "nested.json")!r}).read_text())
pushes[0](shown({{**nested, "rev": 100}}))
path = "second_opinion[acme]/dig/find"
pushes[0]({{"verb": "text", "run_id": nested["run_id"], "path": path, "call_id": "c1",
    "tail": "Revenue rose <b>14 %</b>", "length": 24}})
"""
GROW = f"""
growing = json.loads(pathlib.Path({str(PICTURES / "nested.json")!r}).read_text())
if "grown" not in globals():
    grown = 0
grown += 10
rows = [{{"path": f"item[{{number}}]", "status": "succeeded", "spans": [
    {{"start": number, "end": number + 1, "status": "succeeded"}}]}}
    for number in range(grown, 60 + grown)]
rows[-1]["status"] = rows[-1]["spans"][0]["status"] = "running"
rows[-1]["spans"][0]["end"] = None
pushes[0](shown({{**growing, "rev": 100 + grown, "owner": "live", "timeline": rows}}))
"""
SLOW = "slow = 1.5"
REST = "time.sleep(4)"
CELLS = [SERVE, SHOW, BUSY, REPORT, UPDATE, WIDGET, DOUBT, ASK, WRITE, GROW, SLOW, REST]
(
    SERVE_CELL,
    SHOW_CELL,
    BUSY_CELL,
    REPORT_CELL,
    UPDATE_CELL,
    WIDGET_CELL,
    DOUBT_CELL,
    ASK_CELL,
    WRITE_CELL,
    GROW_CELL,
    SLOW_CELL,
    REST_CELL,
) = range(len(CELLS))


@pytest.fixture
def notebook(lab: Lab, browser: Browser, request: pytest.FixtureRequest) -> Iterator[NotebookPage]:
    name = f"{request.node.name}.ipynb"
    lab.write_notebook(name, CELLS)
    notebook = open_notebook(browser, lab, name)
    notebook.run_cell(SERVE_CELL)
    notebook.run_cell(SHOW_CELL)
    yield notebook
    notebook.page.close()


def test_edited_approval_reaches_the_kernel(notebook: NotebookPage, screenshots: Path) -> None:
    """What a person typed is what the kernel is told, and keys typed do nothing else."""
    card = notebook.view(SHOW_CELL).locator(".mn-card")
    text = card.get_by_label("draft.text")
    expect(text).to_be_enabled()
    text.click()
    text.press("Control+Home")
    notebook.page.keyboard.type("add ")
    expect(card.locator(".mn-change")).to_contain_text("1 edit")
    card.get_by_label("because").fill("checked")
    approve = card.get_by_role("button", name="Approve with 1 edit")
    notebook.view(SHOW_CELL).screenshot(path=screenshots / "edited.png")
    approve.click()
    expect(card.locator(".mn-outcome")).to_have_text("approved by you")
    notebook.run_cell(REPORT_CELL)
    report = notebook.cell(REPORT_CELL)
    expect(report).to_contain_text('"edits": {"draft.text": "add Revenue rose')
    expect(report).to_contain_text('"because": "checked"')
    expect(notebook.page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(CELLS))


def test_happened_call_is_settled_with_its_result(
    notebook: NotebookPage, screenshots: Path
) -> None:
    """A call in doubt is settled with what the person says that it returned."""
    card = notebook.view(SHOW_CELL).locator(".mn-card")
    expect(card.get_by_role("button", name="Approve", exact=True)).to_be_enabled()
    notebook.run_cell(DOUBT_CELL)
    card.get_by_role("button", name="It happened…").click()
    card.get_by_label("result").fill('{"page": 412}')
    expect(notebook.view(SHOW_CELL)).to_contain_text("will be applied when the run is resumed")
    notebook.view(SHOW_CELL).screenshot(path=screenshots / "settling.png")
    card.get_by_role("button", name="Record that it happened").click()
    expect(card.locator(".mn-outcome")).to_have_text("approved by you")
    notebook.run_cell(REPORT_CELL)
    report = notebook.cell(REPORT_CELL)
    expect(report).to_contain_text('"outcome": "happened", "value": {"page": 412}')


def test_form_is_filled_in_while_the_picture_changes(
    notebook: NotebookPage, screenshots: Path
) -> None:
    """What was typed outlives an update, faults are told beside fields, keys send it typed."""
    view = notebook.view(SHOW_CELL)
    expect(view.get_by_role("button", name="Approve", exact=True)).to_be_enabled()
    notebook.run_cell(ASK_CELL)
    card = view.locator(".mn-card").first
    card.get_by_label("copies").fill("12")
    card.get_by_role("button", name="Answer").click()
    expect(card.locator("#mn-f1-copies-problem")).to_have_text("Expected at most 9.")
    expect(card.get_by_label("email")).to_be_focused()
    notebook.run_cell(ASK_CELL)
    expect(card.get_by_label("copies")).to_have_value("12")
    card.get_by_label("copies").fill("3")
    card.get_by_label("lively").check()
    card.get_by_label("region").select_option("apac")
    card.get_by_label("due").fill("2027-01-02")
    card.get_by_label("cc").fill("x@example.org\ny@example.org")
    card.get_by_label("limits").fill('{"a": 1}')
    view.screenshot(path=screenshots / "form.png")
    card.get_by_label("email").click()
    notebook.page.keyboard.type("a@example.org")
    notebook.page.keyboard.press("Enter")
    expect(card.locator(".mn-outcome")).to_have_text("approved by you")
    notebook.run_cell(REPORT_CELL)
    report = notebook.cell(REPORT_CELL)
    expect(report).to_contain_text('"verb": "answer"')
    expect(report).to_contain_text(
        '"values": {"email": "a@example.org", "copies": 3, "urgent": false, "tone": "lively", '
        '"region": "apac", "due": "2027-01-02", "cc": ["x@example.org", "y@example.org"], '
        '"limits": {"a": 1}}'
    )
    expect(notebook.page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(CELLS))


def test_run_and_step_are_moved_from_the_view(notebook: NotebookPage) -> None:
    """Pause, a confirmed cancel and a skip with a reason reach the kernel as they were meant."""
    view = notebook.view(SHOW_CELL)
    expect(view.get_by_role("button", name="Approve", exact=True)).to_be_enabled()
    notebook.run_cell(WRITE_CELL)
    head = view.locator(".mn-head")
    head.get_by_role("button", name="Pause").click()
    expect(head.locator(".mn-outcome")).to_have_text("approved by you")
    head.get_by_role("button", name="Cancel…").click()
    head.get_by_role("button", name="Keep it").click()
    view.get_by_role("option", name="send").click()
    view.get_by_role("button", name="Skip…").click()
    view.get_by_label("value").fill('{"sent": 0}')
    view.get_by_label("because").fill("known")
    view.get_by_role("button", name="Skip with this value").click()
    expect(view.locator(".mn-can .mn-outcome")).to_have_text("approved by you")
    notebook.run_cell(REPORT_CELL)
    report = notebook.cell(REPORT_CELL)
    expect(report).to_contain_text('"verb": "pause"')
    expect(report).to_contain_text(
        '"path": "send", "has_value": true, "value": {"sent": 0}, "because": "known"'
    )
    expect(report).not_to_contain_text('"verb": "cancel"')


def test_signal_is_sent_by_keys(notebook: NotebookPage) -> None:
    """The field has the focus when it appears, Escape gives it back, and Send is a Tab away."""
    view, keys = notebook.view(SHOW_CELL), notebook.page.keyboard
    expect(view.get_by_role("button", name="Approve", exact=True)).to_be_enabled()
    notebook.run_cell(ASK_CELL)
    begin = view.get_by_role("button", name="Send the signal…")
    focused(begin).press("Enter")
    expect(view.get_by_label("value of the signal")).to_be_focused()
    keys.press("Escape")
    expect(begin).to_be_focused()
    keys.press("Enter")
    keys.type("[1]")
    keys.press("Tab")
    keys.press("Enter")
    expect(view.locator(".mn-waits .mn-outcome")).to_have_text("approved by you")
    notebook.run_cell(REPORT_CELL)
    expect(notebook.cell(REPORT_CELL)).to_contain_text('"has_value": true, "value": [1]')


def test_what_goes_on_is_kept_in_sight(notebook: NotebookPage) -> None:
    """A timeline follows its end while a run works, until somebody looks at its beginning."""
    view = notebook.view(SHOW_CELL)
    expect(view.get_by_role("button", name="Approve", exact=True)).to_be_enabled()
    rows = view.locator(".mn-rows")
    for last in (69, 79):
        notebook.run_cell(GROW_CELL)
        expect(rows).to_contain_text(f"item[{last}]")
        end = "e => Math.round(e.scrollHeight - e.clientHeight - e.scrollTop)"
        assert rows.evaluate("e => e.scrollHeight - e.clientHeight") > 100
        assert rows.evaluate(end) <= 1
    rows.evaluate("e => { e.scrollTop = 20; }")
    notebook.run_cell(GROW_CELL)
    expect(rows).to_contain_text("item[89]")
    assert rows.evaluate("e => e.scrollTop") == 20


def test_text_is_shown_while_it_is_written(notebook: NotebookPage) -> None:
    """A model's words appear as text in the step that writes them."""
    view = notebook.view(SHOW_CELL)
    expect(view.get_by_role("button", name="Approve", exact=True)).to_be_enabled()
    notebook.run_cell(WRITE_CELL)
    view.get_by_role("option", name="second_opinion").click()
    view.locator(".mn-scope").get_by_role("option", name="dig").click()
    view.locator(".mn-scope").get_by_role("option", name="find").click()
    expect(view.locator(".mn-stream")).to_have_text("Revenue rose <b>14 %</b>")
    expect(view.locator(".mn-written").last).to_contain_text("14 %")


def test_refused_decision_is_told_beside_the_card(notebook: NotebookPage) -> None:
    """A decision that came too late says who decided, and the card stays usable."""
    card = notebook.view(SHOW_CELL).locator(".mn-card")
    card.get_by_role("button", name="Reject…").click()
    card.get_by_role("button", name="Reject", exact=True).click()
    expect(card.locator(".mn-outcome")).to_have_text("already decided by ann 3 min ago")
    expect(card.get_by_role("button", name="Approve", exact=True)).to_be_enabled()


def test_decision_is_taken_while_a_cell_runs(notebook: NotebookPage) -> None:
    """A busy kernel whose thread keeps sending pictures still takes a click at once."""
    card = notebook.view(SHOW_CELL).locator(".mn-card")
    approve = card.get_by_role("button", name="Approve", exact=True)
    expect(approve).to_be_enabled()
    notebook.run_cell(BUSY_CELL, wait=False)
    notebook.page.wait_for_timeout(1000)
    clicked = time.monotonic()
    approve.click()
    expect(card.locator(".mn-outcome")).to_have_text("approved by you")
    assert time.monotonic() - clicked < 2
    expect(notebook.cell(BUSY_CELL).locator(".jp-InputPrompt")).to_contain_text("*")


def test_a_view_that_is_replaced_leaves_nothing_in_a_cell(notebook: NotebookPage) -> None:
    """A view may go while the kernel still reads what it sent: no cell is told of its end."""
    approve = notebook.view(SHOW_CELL).get_by_role("button", name="Approve", exact=True)
    expect(approve).to_be_enabled()
    notebook.run_cell(SLOW_CELL)
    approve.click()
    notebook.page.wait_for_timeout(300)
    notebook.run_cell(SHOW_CELL)
    notebook.run_cell(REST_CELL)
    expect(approve).to_be_enabled()
    expect(notebook.cell(SHOW_CELL).locator(".jp-OutputArea-child")).to_have_count(1)
    for index in (SLOW_CELL, REST_CELL):
        expect(notebook.cell(index).locator(".jp-OutputArea-child")).to_have_count(0)


def test_view_follows_the_kernel_through_a_restart(notebook: NotebookPage) -> None:
    """A restart takes the buttons away, and loading again gives them back."""
    approve = notebook.view(SHOW_CELL).get_by_role("button", name="Approve", exact=True)
    expect(approve).to_be_enabled()
    notebook.restart_kernel()
    expect(approve).to_be_disabled()
    notebook.run_cell(SERVE_CELL)
    expect(approve).to_be_enabled()


def test_updated_display_never_shows_an_older_picture(notebook: NotebookPage) -> None:
    """An update of the same output is drawn unless it is older than what is shown."""
    notebook.run_cell(UPDATE_CELL)
    expect(notebook.view(UPDATE_CELL).locator(".mn-title")).to_have_text("newest")


def test_widget_shows_the_same_view(notebook: NotebookPage) -> None:
    """The widget of other front ends draws the run, and its decisions reach the kernel."""
    notebook.run_cell(WIDGET_CELL)
    card = notebook.view(WIDGET_CELL).locator(".mn-card")
    card.get_by_role("button", name="Approve", exact=True).click()
    expect(card.locator(".mn-outcome")).to_have_text("approved by you")


def test_workflow_cell_is_coloured_as_yaml(notebook: NotebookPage) -> None:
    """A cell becomes YAML while its first line says that it is a workflow."""
    types = notebook.page.evaluate(
        """async () => {
            const cell = window.jupyterapp.shell.currentWidget.content.widgets[5].model;
            const seen = [cell.mimeType];
            for (const source of ['%%mn workflow w\\nsteps: {}', 'print(1)']) {
                cell.sharedModel.setSource(source);
                await new Promise(done => setTimeout(done, 50));
                seen.push(cell.mimeType);
            }
            return seen;
        }"""
    )
    assert types == ["text/x-ipython", "text/x-yaml", "text/x-ipython"]
