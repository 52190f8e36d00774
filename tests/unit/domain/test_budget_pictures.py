"""What a person is shown who is asked about a budget, in every unit and in every face."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from mn_notebook.display import run_html, run_markdown, run_text
from mn_notebook.domain import events as e
from mn_notebook.domain.drawing import draw
from mn_notebook.domain.events import BudgetUnit
from mn_notebook.domain.fold import apply_event, beginning
from mn_notebook.domain.ids import ApprovalId, AttemptToken, StepPath
from mn_notebook.domain.messages import Estimate
from mn_notebook.domain.picture import PictureApproval, PictureBudget, RunPicture
from mn_notebook.domain.workflow import Budget
from tests.unit.domain.journals import NOON, RUN, agent, stored, workflow

PATH = StepPath("a")


def asked(
    unit: BudgetUnit, offer: Any, reached: dict[str, Any], *, cheaper: str = "small"
) -> RunPicture:
    """A run that was stopped by a limit, and asks."""
    state = beginning(workflow(agent("a")), RUN)
    word = {"seconds": "time", "price": "unknown_price"}.get(unit, unit)
    created = e.RunCreated(
        workflow="w",
        workflow_hash=state.workflow.hash,
        origin="o",
        title="",
        inputs=stored({}),
        by="ann",
        budget=Budget(usd=Decimal(1)),
        cheaper=cheaper,
    )
    started = e.StepStarted(
        path=PATH, attempt=1, token=AttemptToken("t"), input=stored({}), step_key="k"
    )
    short = e.BudgetReached(path=PATH, unit=unit, model="dear", **reached)
    question = e.ApprovalRequested(
        approval_id=ApprovalId("q"),
        path=PATH,
        attempt=1,
        subject="budget",
        prompt="Give more or stop?",
        shown=stored({"left": "9 calls for about $0.40, in 9 steps or items", word: offer}),
        editable=(word, "model"),
    )
    events: tuple[Any, ...] = (created, e.RunStarted(), started, short, question)
    for number, event in enumerate(events, start=1):
        state = apply_event(state, event, number, NOON + timedelta(seconds=number))
    return draw(state, "waiting", NOON + timedelta(minutes=1), "none")


def question_of(picture: RunPicture) -> tuple[PictureApproval, PictureBudget]:
    (approval,) = picture.approvals
    assert approval.budget is not None
    assert (approval.kind, approval.fields) == ("budget", ())
    return approval, approval.budget


DOLLARS: dict[str, Any] = {
    "counted": Decimal("0.98"),
    "limit": Decimal(1),
    "estimate": Estimate(usd=Decimal("0.06"), tokens=100),
}


def test_every_face_draws_dollars_that_are_used_up() -> None:
    """How much of how much, what the next call needs, what is left, and each way to go on."""
    picture = asked("usd", 2.0, DOLLARS)
    approval, budget = question_of(picture)
    assert (budget.counted, budget.limit, budget.wanted) == (
        Decimal("0.98"),
        Decimal(1),
        Decimal("0.06"),
    )
    assert [choice.label for choice in approval.choices] == [
        "Give more",
        "Go on with small",
        "Stop with what there is",
        "Stop the run",
    ]
    for told in (run_text(picture), run_markdown(picture).replace("\\", ""), run_html(picture)):
        for words in (
            "█████████░ $0.98 of $1.00 spent or reserved",
            "the next call is reckoned at $0.06",
            "9 calls for about $0.40, in 9 steps or items",
            "2.00 dollars in all",
            "Go on with small",
            "%mn budget",
        ):
            assert words in " ".join(told.split()), words


@pytest.mark.parametrize(
    ("unit", "offer", "reached", "used", "given"),
    [
        ("calls", 4, {"counted": 1, "limit": 1}, "1 of 1 call made", "4"),
        ("tokens", 200, {"counted": 90, "limit": 100}, "90 of 100 tokens spent or reserved", "200"),
        ("seconds", "7200s", {"counted": 3600, "limit": 3600}, "1 h of 1 h used", "2h"),
    ],
    ids=("calls", "tokens", "seconds"),
)
def test_another_model_is_offered_only_where_it_helps(
    unit: BudgetUnit, offer: Any, reached: dict[str, int], used: str, given: str
) -> None:
    """A call is a call, and a token is a token, of any model; words fit one and many."""
    numbers = {name: Decimal(value) for name, value in reached.items()}
    picture = asked(unit, offer, numbers)
    approval, budget = question_of(picture)
    assert f"{budget.used} {budget.how}" == used
    assert budget.offer == given
    assert (budget.cheaper, budget.another_model) == ("", False)
    assert "cheaper" not in [choice.decision for choice in approval.choices]
    assert "cheaper" not in picture.next


def test_price_that_nobody_knows_is_allowed_or_avoided() -> None:
    """There is no limit to raise; the model that was named is another way on."""
    picture = asked("price", "allow", {"limit": Decimal(1)})
    approval, budget = question_of(picture)
    assert approval.choices[0].label == "Make such calls"
    assert (budget.cheaper, budget.another_model) == ("small", True)
    assert "would give" not in run_text(picture)
    assert approval.command.endswith("--allow-unknown-price")


def test_the_model_that_is_asked_already_is_not_offered() -> None:
    """It would ask again at once."""
    _, budget = question_of(asked("usd", 2.0, DOLLARS, cheaper="dear"))
    assert (budget.cheaper, budget.another_model) == ("", True)
