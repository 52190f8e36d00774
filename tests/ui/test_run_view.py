"""What a run looks like in a notebook, in every state it can be in."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from mn_notebook.domain.picture import RunPicture
from tests.ui.extremes import EXTREMES, LARGE
from tests.ui.lab import (
    PICTURES,
    ROOT,
    Lab,
    NotebookPage,
    load_picture,
    open_notebook,
    show_picture,
)

NAMES = (
    "waiting",
    "in_doubt",
    "running",
    "failed",
    "done",
    "huge",
    "empty",
    "asking",
    "nested",
    "paused",
    "budget",
)
CELL = {name: index for index, name in enumerate((*NAMES, *EXTREMES))}
CHECKED = {
    "wide": ("asking", "budget", "failed", "in_doubt", "large_argument", "running", "waiting"),
    "narrow": ("nested", "waiting"),
}
"""What axe-core looks at: a second each; where there is little room only the steps are others."""
AXE = ROOT / "labextension" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def notebook(lab: Lab, browser: Browser) -> Iterator[NotebookPage]:
    for name, picture in EXTREMES.items():
        (lab.folder / f"{name}.json").write_text(json.dumps(picture))
    cells = [show_picture(name) for name in NAMES]
    cells += [show_picture(name, lab.folder) for name in EXTREMES]
    lab.write_notebook("pictures.ipynb", cells)
    tall = {"width": 1440, "height": 4200}
    notebook = open_notebook(browser, lab, "pictures.ipynb", viewport=tall)
    for index in CELL.values():
        notebook.run_cell(index)
    notebook.page.add_script_tag(path=AXE)
    # The page's body has no height, and hides what does not fit: to axe-core all of it is unseen.
    notebook.page.add_style_tag(content="body, .jp-LabShell { overflow: visible !important; }")
    yield notebook
    notebook.page.close()


@pytest.mark.parametrize("name", sorted(path.stem for path in PICTURES.glob("*.json")))
def test_kept_pictures_are_pictures(name: str) -> None:
    """A picture kept for these tests has the shape that the product sends."""
    RunPicture.model_validate(load_picture(name))


@pytest.mark.parametrize("name", sorted(EXTREMES))
def test_extreme_pictures_are_pictures(name: str) -> None:
    """What is drawn here could be sent."""
    RunPicture.model_validate(EXTREMES[name])


@pytest.mark.parametrize("width", ["wide", "narrow"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_state_is_drawn_in_theme_and_width(
    notebook: NotebookPage, screenshots: Path, theme: str, width: str
) -> None:
    """No state loses its header, and all can use it, whatever the theme and the width are."""
    notebook.execute("apputils:change-theme", {"theme": f"JupyterLab {theme.title()}"})
    notebook.page.wait_for_selector(
        f"body[data-jp-theme-light='{str(theme == 'light').lower()}']", state="attached"
    )
    narrow = notebook.page.add_style_tag(
        content=".mn-run { width: 248px; }" if width == "narrow" else ".mn-run { width: auto; }"
    )
    notebook.page.wait_for_selector(f".mn-run.mn-{width}")
    notebook.page.wait_for_timeout(200)
    try:
        for name, index in CELL.items():
            view = notebook.view(index)
            workflow = (EXTREMES.get(name) or load_picture(name))["workflow"]
            expect(view.locator(".mn-name")).to_have_text(workflow)
            overflow = view.evaluate("element => element.scrollWidth - element.clientWidth")
            assert overflow <= 0, f"{name} is {overflow} px wider than its {width} frame"
            view.screenshot(path=screenshots / f"{name}-{theme}-{width}.png")
            if name in CHECKED[width]:
                assert violations(notebook, view) == [], name
    finally:
        narrow.evaluate("element => element.remove()")


def violations(notebook: NotebookPage, view: Locator) -> list[str]:
    """What axe-core finds in a view: contrast, names, roles, what keys do not reach."""
    # A box of the graph is called by its step; what stands in it in small print is told in words.
    found: list[str] = notebook.page.evaluate(
        """async view => {
            const rules = { 'label-content-name-mismatch': { enabled: false } };
            const found = await axe.run(view, { resultTypes: ['violations'], rules });
            return found.violations.flatMap(
                one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 120)}`));
        }""",
        view.element_handle(),
    )
    return found


def test_contrast_is_looked_at(notebook: NotebookPage) -> None:
    """The check that finds nothing would find a text that cannot be read."""
    view = notebook.view(CELL["done"])
    faint = "color-mix(in srgb, var(--mn-ink) 20%, var(--mn-bg))"
    pale = notebook.page.add_style_tag(content=f".mn-name {{ color: {faint} !important; }}")
    assert any("color-contrast" in one for one in violations(notebook, view))
    pale.evaluate("element => element.remove()")


def test_two_hundred_questions_are_counted_and_few_are_drawn(notebook: NotebookPage) -> None:
    """Nobody scrolls past 200 cards; how many wait, and where all are, is said."""
    view = notebook.view(CELL["many_approvals"])
    expect(view.locator(".mn-card")).to_have_count(5)
    expect(view).to_contain_text("195 more approvals wait")
    view.get_by_role("button", name="Show 20 more").click()
    expect(view.locator(".mn-card")).to_have_count(25)
    expect(view).to_contain_text("175 more approvals wait")


def test_large_argument_is_there_in_full_and_reached_by_keys(notebook: NotebookPage) -> None:
    """What is approved can be seen: to its end, and without a mouse."""
    text = notebook.view(CELL["large_argument"]).locator(".mn-text").first
    assert len(text.inner_text()) == LARGE
    card = notebook.view(CELL["large_argument"]).locator(".mn-card")
    expect(card).to_contain_text("50,000 characters, all of them here")
    text.focus()
    expect(text).to_be_focused()


def test_run_data_is_shown_as_text(notebook: NotebookPage) -> None:
    """Markup in the data of a run is text: it makes no element, and runs nothing."""
    waiting = notebook.view(CELL["waiting"])
    expect(waiting.locator("textarea").first).to_have_value(
        load_picture("waiting")["approvals"][0]["fields"][0]["value"]
    )
    expect(waiting).to_contain_text("<script>window.mnPwned = true</script>")
    expect(notebook.view(CELL["running"])).to_contain_text("ticker=ACME & <b>friends</b>")
    assert notebook.page.locator(".mn-run script, .mn-run img").count() == 0
    assert notebook.page.evaluate("() => window.mnPwned") is None


def test_saved_picture_says_how_to_decide_without_kernel(notebook: NotebookPage) -> None:
    """Where no kernel knows the run, the buttons are off and the command is shown."""
    card = notebook.view(CELL["waiting"]).locator(".mn-card")
    expect(card.get_by_role("button", name="Approve", exact=True)).to_be_disabled()
    expect(card).to_contain_text("No kernel is connected here")
    expect(card.locator(".mn-cmd")).to_have_text("%mn approve 4k2f review")


def test_step_is_selected_by_click_and_by_keys(notebook: NotebookPage) -> None:
    """The details show the step that was clicked, or that the arrow keys went to."""
    view = notebook.view(CELL["done"])
    view.get_by_role("option", name="gather").click()
    details = view.locator(".mn-details")
    expect(details.locator("h3").first).to_contain_text("gather")
    expect(details).to_contain_text("4,100 in · 820 out")
    notebook.page.keyboard.press("ArrowRight")
    expect(details.locator("h3").first).to_contain_text("check")


def test_what_was_spared_is_said(notebook: NotebookPage) -> None:
    """Calls that were not made are told with what that saved, where there are any."""
    assert load_picture("done")["spared"]
    expect(notebook.view(CELL["done"]).locator(".mn-head")).to_contain_text(
        "2 calls spared, $0.02 saved"
    )
    expect(notebook.view(CELL["running"]).locator(".mn-head")).not_to_contain_text("spared")


def test_what_hides_in_a_text_is_shown(notebook: NotebookPage) -> None:
    """A call is never approved that reads like another one."""
    view = notebook.view(CELL["hidden_characters"])
    shown = r"\u202egnp.exe \u001b[2J"
    for part in (".mn-title", ".mn-prompt", ".mn-call .mn-text >> nth=0"):
        expect(view.locator(part)).to_contain_text(shown)
    assert "\u202e" not in view.inner_text()
    expect(view.get_by_role("note").filter(has_text="cannot be seen")).to_contain_text(
        r"\u202e \u001b"
    )


def test_unknown_cost_is_not_shown_as_a_number(notebook: NotebookPage) -> None:
    """A run with a call of unknown price says so, with what is known."""
    cost = notebook.view(CELL["running"]).locator(".mn-cost")
    expect(cost).to_contain_text("cost unknown")
    expect(cost).to_contain_text("at least $0.031")


def test_subworkflow_is_opened_and_left_by_its_way(notebook: NotebookPage) -> None:
    """A step that runs a workflow shows its graph, to any depth, and the way back."""
    view = notebook.view(CELL["nested"])
    view.get_by_role("option", name="second_opinion").click()
    inner = view.locator(".mn-scope")
    expect(inner).to_contain_text("earnings_brief / second_opinion[acme]")
    inner.get_by_role("option", name="dig").click()
    expect(inner.get_by_role("option")).to_have_count(2)
    expect(inner).to_contain_text("second_opinion[acme] / dig")
    inner.get_by_role("button", name="second_opinion[acme]").click()
    inner.get_by_role("combobox").select_option("second_opinion[globex]")
    expect(inner.get_by_role("option", name="read, agent, failed")).to_be_visible()
    inner.get_by_role("button", name="Close the subworkflow").click()
    expect(inner).to_have_count(0)
