"""What a run did is undone in a real JupyterLab: seen first, chosen call by call, then done."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.ui.lab import (
    MIME_TYPE,
    Lab,
    NotebookPage,
    load_picture,
    open_notebook,
    running_lab,
)

TOOLS = """
%load_ext mn_notebook
import json
import mn_notebook as mn

def book(what):
    with open("book.txt", "a") as file:
        file.write(what + "\\n")

def give_up(hotel: str, *, idempotency_key: str) -> None:
    book(f"gave up {hotel}")

@mn.tool(effect="idempotent", compensate=give_up)
def reserve(hotel: str, *, idempotency_key: str) -> str:
    \"\"\"Reserve a room.\"\"\"
    book(f"reserved {hotel}")
    return hotel

@mn.tool
def tell(text: str) -> str:
    \"\"\"Tell the guests.\"\"\"
    book(f"told {text}")
    return "told"
"""
WORKFLOW = """%%mn workflow trip
steps:
  there: {tool: reserve, args: {hotel: Astoria}}
  news:  {tool: tell, args: {text: "<b>We have a room</b>"}, needs: [there]}
  back:  {tool: reserve, args: {hotel: Bristol}, needs: [news]}
  sure:  {approve: "Is that all?", needs: [back]}
"""
DONE = ["reserved Astoria", "told <b>We have a room</b>", "reserved Bristol"]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MN_STORE", str(folder / "store.db"))
        patch.setenv("MN_USER", "ann")
        for name in ("MN_WAIT", "MN_NOTEBOOK", "MN_POLICY"):
            patch.delenv(name, raising=False)
        with running_lab(folder) as lab:
            yield lab


@pytest.fixture
def trip(browser: Browser, lab: Lab, request: pytest.FixtureRequest) -> Iterator[NotebookPage]:
    """A run that has reserved, told and reserved again, and asks whether that is all."""
    (lab.root / "book.txt").unlink(missing_ok=True)
    name = f"{request.node.name[:30]}.ipynb"
    lab.write_notebook(name, [TOOLS, WORKFLOW, "%mn run trip"])
    notebook = open_notebook(browser, lab, name)
    for index in range(3):
        notebook.run_cell(index)
    card = notebook.view(2).locator(".mn-card")
    expect(card).to_contain_text("May 'tell' be called?", timeout=30_000)
    button(card, "Approve").click()
    expect(card).to_contain_text("Is that all?", timeout=30_000)
    yield notebook
    notebook.page.close()


def button(where: Locator, name: str) -> Locator:
    return where.get_by_role("button", name=name, exact=True)


def book(lab: Lab) -> list[str]:
    return (lab.root / "book.txt").read_text().splitlines()


def plan(view: Locator) -> Locator:
    return view.get_by_role("region", name="Undo what this run did?")


def test_ended_run_is_undone_after_a_preview(
    lab: Lab, trip: NotebookPage, screenshots: Path
) -> None:
    """The order, what stays and who does it are seen first; what is left out is not undone."""
    view = trip.view(2)
    button(view, "Cancel…").click()
    button(view, "Cancel the run").click()
    expect(view.locator(".mn-pill").first).to_contain_text("cancelled", timeout=30_000)
    assert book(lab) == DONE
    button(view, "Undo…").click()
    seen = plan(view)
    expect(seen.get_by_role("listitem")).to_have_text(
        [
            "reserve(hotel=Bristol) at back",
            "reserve(hotel=Astoria) at there",
            "tell(text=<b>We have a room</b>) at news: its tool brings no compensate",
        ]
    )
    expect(seen).to_be_focused()
    expect(seen).to_contain_text("This kernel undoes it, one call after the other")
    view.screenshot(path=screenshots / "undo-seen.png")
    assert book(lab) == DONE

    trip.page.keyboard.press("Escape")
    expect(seen).to_have_count(0)
    expect(button(view, "Undo…")).to_be_focused()
    trip.page.keyboard.press("Enter")
    seen.get_by_label("Astoria").uncheck()
    seen.get_by_label("because").fill("another hotel")
    view.screenshot(path=screenshots / "undo-one-left.png")
    button(seen, "Undo 1 call").click()
    expect(view).to_contain_text("It is undone, but for what there did", timeout=30_000)
    expect(seen).to_have_count(0)
    expect(button(view, "Undo…")).to_have_count(0)
    expect(view).not_to_contain_text("is being stopped")
    assert book(lab) == [*DONE, "gave up Bristol"]
    view.screenshot(path=screenshots / "undo-done.png")


def test_live_run_is_cancelled_and_undone(lab: Lab, trip: NotebookPage, screenshots: Path) -> None:
    """Whoever cancels is offered to undo as well, and sees what before it is done."""
    view = trip.view(2)
    button(view, "Cancel…").click()
    view.screenshot(path=screenshots / "undo-cancel.png")
    button(view, "And undo what it did…").click()
    seen = plan(view)
    expect(seen).to_contain_text("The process that advances the run stops it")
    view.screenshot(path=screenshots / "undo-live.png")
    assert book(lab) == DONE
    button(seen, "Cancel the run and undo these").click()
    expect(view).to_contain_text("It is undone:", timeout=30_000)
    assert book(lab) == [*DONE, "gave up Bristol", "gave up Astoria"]


def test_saved_run_says_who_can_undo_it(browser: Browser, lab: Lab, screenshots: Path) -> None:
    """Where no kernel knows the run there is no button, but the line to type, and for whom."""
    picture = {**load_picture("failed"), "actions": ["retry", "undo"], "undoable": 2}
    bundle = {MIME_TYPE: {"run_id": picture["run_id"], "picture": picture}, "text/plain": ""}
    (lab.root / "saved.json").write_text(json.dumps(bundle))
    show = (
        "import json, pathlib\nfrom IPython.display import display\n"
        "display(json.loads(pathlib.Path('saved.json').read_text()), raw=True)"
    )
    lab.write_notebook("saved.ipynb", [show])
    notebook = open_notebook(browser, lab, "saved.ipynb")
    notebook.run_cell(0)
    view = notebook.view(0)
    expect(view).to_contain_text("No kernel is connected here to undo what this run did")
    expect(view.locator(".mn-note")).to_contain_text(f"%mn undo {picture['short_id']}")
    expect(button(view, "Undo…")).to_have_count(0)
    view.screenshot(path=screenshots / "undo-saved.png")
    notebook.page.close()
