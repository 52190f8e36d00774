"""The way of a user through the product in a real JupyterLab: define, run, decide, break, go on."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from mn_notebook.client import open_client
from mn_notebook.settings import MnSettings
from mn_notebook.testing import Reply, Rule, Script, ScriptedModelServer
from tests.ui.lab import Lab, NotebookPage, open_notebook, running_lab

LOAD = "%load_ext mn_notebook"
TOOLS = """
import pathlib, time
import mn_notebook as mn

FILED = pathlib.Path("filed")

def filed_as(key):
    note = FILED / key
    return str(note) if note.exists() else None

@mn.tool(effect="write", check=filed_as)
def file_note(text: str, *, idempotency_key: str) -> str:
    \"\"\"File a note.\"\"\"
    print("this must not appear in a cell")
    FILED.mkdir(exist_ok=True)
    (FILED / idempotency_key).write_text(text)
    return text

def slowly(name):
    time.sleep(1.0)
    with open("slowly.log", "a") as log:
        log.write(name + "\\n")
    return name.title()
"""
WORKFLOW = """%%mn workflow notes
inputs:
  names: list[str]
steps:
  greet:
    for_each: inputs.names
    concurrency: 1
    python: slowly
    args: {name: "{{ item }}"}
  draft:
    agent: "Write a note to {{ greet }}."
    output:
      note: str
  review:
    approve: File this note?
    for: file_note
    edit: [draft.note]
  file_note:
    tool: file_note
    args: {text: "{{ review.draft.note }}"}
"""
FORM = """%%mn workflow invite
steps:
  contact:
    ask: Who is invited?
    fields:
      email: str
      tone: calm | lively
  greet:
    python: greeting
    args: {email: "{{ contact.email }}", tone: "{{ contact.tone }}"}
"""
GREETING = "def greeting(email, tone):\n    return f'{email} is greeted, {tone}'"
RUN = '%mn run notes \'names=["ann", "bob", "<b>eve</b>"]\''
TYPO = WORKFLOW.replace("for_each", "for_eech")
OUTPUT = "print(mn.runs[-1].status, mn.runs[-1].output)"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("way")
    note = Reply(value={"note": "Dear all, <script>window.pwned = true</script> welcome."})
    script = Script(name="notes", rules=[Rule(contains="Write a note", replies=[note])])
    with ScriptedModelServer(script) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MN_STORE", str(folder / "store.db"))
        patch.setenv("OPENAI_BASE_URL", server.base_url)
        patch.setenv("OPENAI_MODEL", "scripted:notes")
        for name in ("OPENAI_API_KEY", "MN_WAIT", "MN_NOTEBOOK", "MN_USER"):
            patch.delenv(name, raising=False)
        with running_lab(folder) as lab:
            yield lab


def _open(browser: Browser, lab: Lab, name: str, cells: list[str]) -> NotebookPage:
    lab.write_notebook(name, cells)
    return open_notebook(browser, lab, name)


def _run_all(notebook: NotebookPage, count: int) -> None:
    for index in range(count):
        notebook.run_cell(index)


def test_a_user_defines_runs_edits_and_approves(browser, lab, screenshots):
    """A workflow is drawn, its run is followed live, and an edited approval acts exactly once."""
    cells = [LOAD, TOOLS, WORKFLOW, RUN, OUTPUT]
    notebook = _open(browser, lab, "way.ipynb", cells)
    _run_all(notebook, 4)

    expect(notebook.cell(0)).to_contain_text("mn")
    for step in ("greet", "draft", "review", "file_note"):
        expect(notebook.cell(2)).to_contain_text(step)
    view = notebook.view(3)
    expect(view).to_contain_text("running", timeout=20_000)
    notebook.page.screenshot(path=screenshots / "way-running.png")
    expect(view).to_contain_text("waiting for a person", timeout=30_000)
    expect(view).to_contain_text("Scripted", ignore_case=True)
    notebook.page.screenshot(path=screenshots / "way-waiting.png")

    view.locator("textarea").first.fill("Dear all, welcome back.")
    view.get_by_role("button", name="Approve with 1 edit", exact=True).click()

    expect(view).to_contain_text("4 of 4 steps", timeout=20_000)
    notebook.run_cell(4)
    expect(notebook.cell(4)).to_contain_text("Dear all, welcome back.")
    notebook.page.screenshot(path=screenshots / "way-done.png")
    filed = list((lab.root / "filed").iterdir())
    assert [note.read_text() for note in filed] == ["Dear all, welcome back."]
    assert notebook.page.evaluate("() => window.pwned") is None
    for outputs in notebook.page.locator(".jp-Notebook .jp-OutputArea").all():
        expect(outputs).not_to_contain_text("must not appear")


def test_a_mistake_in_a_cell_is_shown_with_its_place_and_no_traceback(browser, lab, screenshots):
    """An unknown key is told with its line, its column and the nearest right name."""
    notebook = _open(browser, lab, "typo.ipynb", [LOAD, TOOLS, TYPO])
    _run_all(notebook, 3)

    shown = notebook.cell(2).locator(".jp-OutputArea")
    expect(shown).to_contain_text("for_each")
    expect(shown).to_contain_text("line 6")
    expect(shown).not_to_contain_text("Traceback")
    notebook.page.screenshot(path=screenshots / "way-typo.png")


def test_a_killed_kernel_goes_on_and_repeats_nothing(browser, lab):
    """After kill -9 the run goes on by itself once the cells have run again; no item is redone."""
    log = lab.root / "slowly.log"
    before = log.read_text().splitlines() if log.exists() else []
    kill = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    wait = (
        "import time\n"
        "while not pathlib.Path('slowly.log').exists() "
        f"or len(open('slowly.log').readlines()) < {len(before) + 1}: time.sleep(0.05)\n"
        "time.sleep(0.3)"
    )
    notebook = _open(browser, lab, "killed.ipynb", [LOAD, TOOLS, WORKFLOW, RUN, wait, kill])
    _run_all(notebook, 5)
    notebook.run_cell(5, wait=False)
    notebook.page.wait_for_timeout(3_000)
    dialog = notebook.page.locator(".jp-Dialog button")
    if dialog.count():
        dialog.last.click()
    notebook.wait_until_idle()
    _run_all(notebook, 3)

    expect(notebook.cell(0)).to_contain_text("interrupted", timeout=10_000)
    expect(notebook.view(3)).to_contain_text("waiting for a person", timeout=30_000)
    done = log.read_text().splitlines()[len(before) :]
    assert sorted(set(done)) == sorted(["ann", "bob", "<b>eve</b>"])
    assert len(done) <= 4  # only what was under way at the kill may be seen twice


def test_a_saved_notebook_tells_the_end_without_a_kernel(browser, lab):
    """What was saved is still true and drawn after a new kernel that knows nothing."""
    notebook = _open(browser, lab, "saved.ipynb", [LOAD, TOOLS, WORKFLOW, RUN])
    _run_all(notebook, 4)
    expect(notebook.view(3)).to_contain_text("waiting for a person", timeout=40_000)
    notebook.page.wait_for_timeout(1_000)
    notebook.execute("docmanager:save")
    notebook.page.wait_for_timeout(1_500)

    saved = json.loads((lab.root / "saved.ipynb").read_text())
    bundle = saved["cells"][3]["outputs"][-1]["data"]
    assert "waiting for a person" in "".join(bundle["text/html"])
    assert "waiting for a person" in "".join(bundle["text/markdown"])
    notebook.page.close()
    again = open_notebook(browser, lab, "saved.ipynb")
    expect(again.view(3)).to_contain_text("waiting for a person")


SAVED = """() => {
    const { model } = window.jupyterapp.shell.currentWidget.content.widgets[3];
    const kept = model.sharedModel.toJSON().outputs.at(-1).data;
    return ['text/html', 'text/markdown', 'text/plain']
        .every(type => [].concat(kept[type]).join('').includes('✓ succeeded'));
}"""


def test_a_run_that_ends_after_a_restart_is_saved_as_it_ended(browser, lab):
    """The kernel that showed a run is gone, and no other updates its output: it still ends true."""
    notebook = _open(browser, lab, "ended.ipynb", [LOAD, TOOLS, WORKFLOW, RUN])
    _run_all(notebook, 4)
    view = notebook.view(3)
    expect(view).to_contain_text("waiting for a person", timeout=40_000)
    notebook.restart_kernel()
    expect(view).to_contain_text("no kernel is connected that knows it")
    expect(view.get_by_text("%load_ext mn_notebook")).to_be_visible()
    _run_all(notebook, 3)

    view.get_by_role("button", name="Approve", exact=True).click()
    expect(view).to_contain_text("4 of 4 steps", timeout=20_000)
    notebook.page.wait_for_function(SAVED, timeout=20_000)
    notebook.execute("docmanager:save")
    notebook.page.wait_for_timeout(1_500)
    saved = json.loads((lab.root / "ended.ipynb").read_text())
    bundle = saved["cells"][3]["outputs"][-1]["data"]
    assert "succeeded" in "".join(bundle["text/markdown"])
    notebook.page.close()


def test_a_run_is_approved_from_a_terminal_while_the_kernel_is_busy(browser, lab):
    """A decision is a row in the store; the engine of a busy kernel takes it up all the same."""
    busy = "import time; time.sleep(8)"
    notebook = _open(browser, lab, "busy.ipynb", [LOAD, TOOLS, WORKFLOW, RUN, busy])
    _run_all(notebook, 4)
    view = notebook.view(3)
    expect(view).to_contain_text("waiting for a person", timeout=40_000)
    run_id = _newest_waiting()
    notebook.run_cell(4, wait=False)

    told = subprocess.run(
        [sys.executable, "-m", "mn_notebook", "approve", run_id, "review"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 0, told.stderr
    expect(view).to_contain_text("4 of 4 steps", timeout=6_000)


def _newest_waiting() -> str:
    client = open_client(MnSettings(store=os.environ["MN_STORE"]))
    try:
        return next(line.run_id for line in client.runs() if line.waiting)
    finally:
        client.close()


def test_the_folder_of_the_way_is_the_labs_own(lab):
    """What the ways leave behind lies in the lab's own folder."""
    assert (lab.root / "way.ipynb").is_file()
    assert Path(os.environ["MN_STORE"]).is_relative_to(lab.folder)


def test_a_user_pauses_a_run_fills_in_its_form_and_resumes_it(browser, lab, screenshots):
    """What is answered while a run is paused is kept, and the run goes on with it when resumed."""
    cells = [LOAD, "import mn_notebook as mn\n" + GREETING, FORM, "%mn run invite", OUTPUT]
    notebook = _open(browser, lab, "form.ipynb", cells)
    _run_all(notebook, 4)
    view = notebook.view(3)
    head = view.locator(".mn-head")
    expect(view.locator(".mn-card")).to_contain_text("Who is invited?", timeout=20_000)
    head.get_by_role("button", name="Pause", exact=True).click()
    expect(head).to_contain_text("paused", timeout=20_000)

    view.get_by_label("lively").check()
    view.get_by_label("email").fill("ann@example.org")
    notebook.page.screenshot(path=screenshots / "way-form.png")
    view.get_by_role("button", name="Answer", exact=True).click()
    resume = head.get_by_role("button", name="Resume", exact=True)
    expect(view.locator(".mn-card")).to_have_count(0, timeout=20_000)
    expect(resume).to_be_visible()
    resume.click()
    expect(view).to_contain_text("2 of 2 steps", timeout=20_000)
    notebook.run_cell(4)
    expect(notebook.cell(4)).to_contain_text("succeeded")
    notebook.page.close()
