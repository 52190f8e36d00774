"""A call of an agent, asked about in a real JupyterLab: seen in full, changed, answered, stopped.

What was really done is counted outside; what is recorded is read from the journal: two views of
every choice, which have to agree.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from mn_notebook.client import open_client
from mn_notebook.domain.events import ApprovalDecided
from mn_notebook.settings import MnSettings
from mn_notebook.testing import Reply, Rule, Script, ScriptedCall, ScriptedModelServer
from tests.integration.house import waits_until
from tests.ui.lab import Lab, NotebookPage, focused, open_notebook, running_lab

TOOLS = """
%load_ext mn_notebook
import json
import mn_notebook as mn

@mn.tool(effect="write")
def pay(to: str, amount: int = 10, *, idempotency_key: str) -> str:
    \"\"\"Pay somebody.\"\"\"
    with open("paid.jsonl", "a") as book:
        book.write(json.dumps([to, amount]) + "\\n")
    return f"paid {to} {amount}"
"""
WORKFLOW = """%%mn workflow payments
steps:
  settle:
    agent: Settle the bills.
    tools: [pay]
"""
RUN = "%mn run payments"
FRUGAL = """%%mn workflow frugal
budget: {calls: 1}
steps:
  first: {agent: Say one.}
  second: {agent: "Say two after {{ first }}."}
"""
PRICEY = """%%mn workflow pricey
defaults: {model: gpt-5.4, cheaper: "scripted:small"}
budget: {unknown_price: block}
steps:
  only: {agent: Say one.}
"""
THREE = """%%mn workflow three
steps:
  one: {approve: Is one right?}
  two: {approve: Is two right?}
  three: {approve: Is three right?}
"""
HARM = "<img src=x onerror=window.pwned=1>"


def wants(to: str, amount: int) -> Reply:
    said = f"The bill of {to} is due. {HARM}"
    return Reply(
        text=said, calls=(ScriptedCall(name="pay", arguments={"to": to, "amount": amount}),)
    )


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("cards")
    bills = [wants("zed", 5000), wants("amy", 20), wants("bob", 30), Reply(text="All is settled.")]
    script = Script(name="bills", rules=[Rule(contains="Settle", replies=bills, by="turn")])
    with ScriptedModelServer(script) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MN_STORE", str(folder / "store.db"))
        patch.setenv("OPENAI_BASE_URL", server.base_url)
        patch.setenv("OPENAI_MODEL", "scripted:bills")
        patch.setenv("MN_USER", "ann")
        for name in ("OPENAI_API_KEY", "MN_WAIT", "MN_NOTEBOOK", "MN_POLICY"):
            patch.delenv(name, raising=False)
        with running_lab(folder) as lab:
            yield lab


@pytest.fixture
def opened(browser: Browser, lab: Lab, request: pytest.FixtureRequest) -> Iterator[NotebookPage]:
    (lab.root / "paid.jsonl").unlink(missing_ok=True)
    name = f"{request.node.name[:40]}.ipynb"
    lab.write_notebook(name, [TOOLS, WORKFLOW, RUN])
    notebook = open_notebook(browser, lab, name)
    for index in range(3):
        notebook.run_cell(index)
    yield notebook
    notebook.page.close()


def paid(lab: Lab) -> list[list[object]]:
    book = lab.root / "paid.jsonl"
    return [json.loads(line) for line in book.read_text().splitlines()] if book.exists() else []


def decided(count: int) -> list[ApprovalDecided]:
    """Return what was decided, once it is so many; a card is gone before its decision is kept."""
    client = open_client(MnSettings())
    try:
        (line,) = client.runs(most=1)

        def found() -> list[ApprovalDecided]:
            events = (one.event for one in client.events(line.run_id))
            return [event for event in events if isinstance(event, ApprovalDecided)]

        waits_until(lambda: len(found()) >= count, 20)
        assert len(found()) == count, found()
        return found()
    finally:
        client.close()


def card(notebook: NotebookPage, payee: str) -> Locator:
    view = notebook.view(2)
    expect(view).to_contain_text(f"The bill of {payee} is due", timeout=30_000)
    return view.locator(".mn-card")


def button(where: Locator, name: str) -> Locator:
    return where.get_by_role("button", name=name, exact=True)


def test_call_is_seen_in_full_changed_allowed_and_taken_back(
    lab: Lab, opened: NotebookPage, screenshots: Path
) -> None:
    """Why, what, in whose words, at what cost; then exactly what was approved is done."""
    asked = card(opened, "zed")
    expect(asked).to_contain_text("It writes, and nobody has allowed it yet", ignore_case=True)
    expect(asked).to_contain_text(HARM)
    expect(asked).to_contain_text("cost so far")
    expect(asked).to_contain_text("pay is called exactly as shown, or as you edit it")
    expect(asked).to_contain_text("the agent is told what you say")
    asked.screenshot(path=screenshots / "call-asked.png")

    asked.get_by_label("amount").fill("much")
    expect(asked).to_contain_text("This is not JSON yet")
    expect(button(asked, "Approve with 1 edit")).to_have_count(0)
    asked.get_by_label("amount").fill("7")
    expect(asked.locator("ins")).to_have_text("7")
    expect(asked.locator("del")).to_have_text("5000")
    asked.screenshot(path=screenshots / "call-edited.png")
    button(asked, "Approve with 1 edit").click()

    again = card(opened, "amy")
    assert paid(lab) == [["zed", 7]]
    again.get_by_label("always allow pay in this run").check()
    button(again, "Approve").click()
    view = opened.view(2)
    expect(view).to_contain_text("1 of 1 step", timeout=30_000)
    assert paid(lab) == [["zed", 7], ["amy", 20], ["bob", 30]]
    permission = view.get_by_label("Always allowed in this run")
    expect(permission).to_contain_text("pay needs no approval in this run: ann said so")
    view.screenshot(path=screenshots / "call-always.png")
    first, second = decided(2)
    assert (first.edits.value, second.always) == ({"amount": 7}, True)
    assert opened.page.evaluate("() => window.pwned") is None


def test_call_is_rejected_answered_handed_over_and_stopped(
    lab: Lab, opened: NotebookPage, screenshots: Path
) -> None:
    """None of these calls the tool, and the journal says who chose what."""
    asked = card(opened, "zed")
    button(asked, "Reject…").click()
    asked.get_by_label("because").fill("not zed")
    button(asked, "Reject").click()

    asked = card(opened, "amy")
    button(asked, "Answer instead…").click()
    asked.get_by_label("answer").fill("paid by hand")
    asked.screenshot(path=screenshots / "call-answered.png")
    button(asked, "Use this answer").click()

    asked = card(opened, "bob")
    button(asked, "Hand over…").click()
    expect(button(asked, "Hand over")).to_be_disabled()
    asked.get_by_label("who should decide").fill("eve")
    button(asked, "Hand over").click()
    expect(asked).to_contain_text("handed to")
    expect(asked).to_contain_text("eve")
    opened.page.keyboard.press("Escape")
    button(asked, "Stop the run…").click()
    button(asked, "Stop the run").click()
    expect(opened.view(2).locator(".mn-pill").first).to_contain_text("cancelled", timeout=30_000)
    assert paid(lab) == []
    assert [(one.decision, one.because) for one in decided(3)] == [
        ("reject", "not zed"),
        ("answer", ""),
        ("stop", ""),
    ]


def test_budget_that_is_used_up_asks_for_more(
    browser: Browser, lab: Lab, screenshots: Path
) -> None:
    """The card says how much of how much is used; too little is refused, enough moves the run."""
    lab.write_notebook("frugal.ipynb", [TOOLS, FRUGAL, "%mn run frugal"])
    notebook = open_notebook(browser, lab, "frugal.ipynb")
    for index in range(3):
        notebook.run_cell(index)
    view = notebook.view(2)
    expect(view).to_contain_text("a budget is used up", timeout=30_000)
    asked = view.locator(".mn-card")
    asked.screenshot(path=screenshots / "budget-asked.png")
    used = asked.get_by_role("meter")
    expect(used).to_have_attribute("aria-valuetext", "1 of 1 call made")
    expect(asked).to_contain_text(
        "The run's budget is used up: 1 of 1 call made. Give more or stop"
    )
    expect(button(asked, "Stop with what there is…")).to_be_enabled()
    expect(asked).to_contain_text("no model is asked any more")
    expect(button(asked, "Another model…")).to_have_count(0)  # A call is a call of any model.
    expect(view.locator(".mn-cost")).to_contain_text("1 of 1 call")
    give = asked.get_by_label("give: model calls in all")
    expect(give).to_have_value("2")
    give.fill("")
    expect(button(asked, "Give more")).to_be_disabled()
    give.fill("1")
    button(asked, "Give more").click()
    expect(asked).to_contain_text("calls=1 is not enough")
    give.fill("4")
    button(asked, "Give more").click()
    expect(view).to_contain_text("2 of 2 steps", timeout=30_000)
    expect(view.locator(".mn-cost")).to_contain_text("2 of 4 calls")
    notebook.page.close()


def test_budget_goes_on_with_the_cheaper_model(
    browser: Browser, lab: Lab, screenshots: Path
) -> None:
    """Where nobody knows a price, the model that was named is offered, and the journal has it."""
    lab.write_notebook("pricey.ipynb", [TOOLS, PRICEY, "%mn run pricey"])
    notebook = open_notebook(browser, lab, "pricey.ipynb", viewport={"width": 700, "height": 1000})
    for index in range(3):
        notebook.run_cell(index)
    view = notebook.view(2)
    asked = view.locator(".mn-card")
    expect(asked).to_contain_text("Nobody knows what a call of gpt-5.4 costs", timeout=30_000)
    expect(button(asked, "Make such calls")).to_be_enabled()
    expect(asked.get_by_role("textbox")).to_have_count(1)  # because: there is no limit to raise
    asked.screenshot(path=screenshots / "budget-price.png")
    button(asked, "Go on with scripted:small").click()
    expect(view).to_contain_text("1 of 1 step", timeout=30_000)
    notebook.page.close()
    client = open_client(MnSettings())
    try:
        (line,) = client.runs(most=1)
        raised = [
            one.event for one in client.events(line.run_id) if one.event.kind == "budget.raised"
        ]
    finally:
        client.close()
    assert [event.model for event in raised] == ["scripted:small"]


def test_the_next_card_has_the_focus_after_a_decision(browser: Browser, lab: Lab) -> None:
    """Who decides by keys goes from card to card, and is not sent back to the notebook."""
    lab.write_notebook("three.ipynb", [TOOLS, THREE, "%mn run three"])
    notebook = open_notebook(browser, lab, "three.ipynb")
    for index in range(3):
        notebook.run_cell(index)
    cards = notebook.view(2).locator(".mn-card")
    expect(cards).to_have_count(3, timeout=30_000)
    second = cards.nth(1).get_attribute("aria-label")
    third = cards.nth(2).get_attribute("aria-label")
    focused(button(cards.nth(0), "Approve")).press("Enter")
    expect(cards).to_have_count(2, timeout=30_000)
    expect(notebook.page.get_by_role("region", name=second or "")).to_be_focused()
    notebook.page.keyboard.press("Tab")
    expect(cards.first.get_by_label("because")).to_be_focused()
    notebook.page.keyboard.press("Tab")
    notebook.page.keyboard.press("Enter")
    expect(cards).to_have_count(1, timeout=30_000)
    expect(notebook.page.get_by_role("region", name=third or "")).to_be_focused()
    notebook.page.close()
