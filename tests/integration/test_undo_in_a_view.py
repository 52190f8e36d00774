"""What a run did is undone from its view: what is shown first is what is done, and no more."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.notebook.actions import Actions
from mn_notebook.notebook.publisher import Publisher
from mn_notebook.verbs.session import Session
from tests.integration.house import House, waits_until
from tests.integration.test_undo import PAID, World, three_done

pytestmark = pytest.mark.timeout(60)


class View:
    """A view of a run that has paid twice, and waits; and the world that it acts on."""

    def __init__(self, house: House) -> None:
        self.world = World()
        self.kernel = house.kernel(tools=self.world.tools())
        self.session = Session(house.settings(), via="notebook", _runtime=self.kernel.runtime)
        self.publisher = Publisher(self.session)
        self.actions = Actions(self.session, self.publisher)
        self.run_id = three_done(self.kernel)

    def act(self, verb: str, **more: Any) -> dict[str, Any]:
        return self.actions.act({"verb": verb, "id": "1", "run_id": self.run_id, **more})

    @property
    def picture(self) -> dict[str, Any]:
        return self.kernel.client.picture(self.run_id).model_dump(mode="json")

    def becomes(self, actions: list[str]) -> bool:
        return waits_until(lambda: self.picture["actions"] == actions)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


@pytest.fixture
def view(house: House) -> Iterator[View]:
    view = View(house)
    yield view
    view.publisher.close()


def seen(plan: dict[str, Any]) -> list[str]:
    return [call["call_id"] for call in plan["calls"]]


def test_nothing_is_undone_before_somebody_has_seen_it(view: View) -> None:
    """The plan says order, what stays and who does it; doing it undoes what it says."""
    assert view.picture["undoable"] == 2
    assert view.act("cancel")["ok"]
    assert view.becomes(["undo"])
    plan = view.act("look_undo")["plan"]
    assert [call["text"] for call in plan["calls"]] == [
        "pay(to=bob) at three",
        "pay(to=ann) at one",
    ]
    assert plan["stays"] == ["post(text=hello) at two: its tool brings no compensate"]
    assert plan["by"].startswith("This kernel undoes it")
    assert view.world.books == PAID
    said = view.act("undo", calls=seen(plan))
    assert said["ok"], said
    assert "being undone" in said["message"]
    assert view.becomes([])
    assert view.world.books == [*PAID, "refund bob", "refund ann"]


def test_what_was_not_shown_is_not_undone(view: View) -> None:
    """Who saw one of two calls has not said yes to both; leaving the other one is another word."""
    assert view.act("cancel")["ok"]
    assert view.becomes(["undo"])
    plan = view.act("look_undo")["plan"]
    shown = seen(plan)[:1]
    said = view.act("undo", calls=shown)
    assert not said["ok"]
    assert "more can be undone now than was shown" in said["message"]
    assert not view.act("undo", calls="all")["ok"]
    assert not view.act("undo", calls=shown, leave=["nine"])["ok"]
    assert view.world.books == PAID
    assert view.act("undo", calls=shown, leave=["one"])["ok"]
    assert waits_until(lambda: "refund bob" in view.world.books)
    assert view.becomes([])
    assert "refund ann" not in view.world.books


def test_a_live_run_is_stopped_and_undone(view: View) -> None:
    """The plan says that the run has to be stopped, and by whom; cancelling undoes as well."""
    plan = view.act("look_undo")["plan"]
    assert not plan["ended"]
    assert plan["by"] == "The process that advances the run stops it, and then undoes this."
    assert not view.act("undo", calls=seen(plan))["ok"]
    said = view.act("cancel", undo=True)
    assert "what it did is undone then" in said["message"]
    assert waits_until(lambda: len(view.world.books) == 5)
    assert view.world.books == [*PAID, "refund bob", "refund ann"]


def test_what_could_not_be_undone_is_offered_again(view: View) -> None:
    """The plan says why; when the cause is mended it is undone, and all may be left as it is."""
    view.world.broken = True
    assert view.act("cancel", undo=True)["ok"]
    assert view.becomes(["undo"])
    plan = view.act("look_undo")["plan"]
    assert "could not be undone: RuntimeError: the bank is closed" in plan["calls"][0]["text"]
    view.world.broken = False
    assert view.act("undo", calls=seen(plan))["ok"]
    assert waits_until(lambda: len(view.world.books) == 5)
    assert view.becomes([])


def test_all_is_left_as_it_is(view: View) -> None:
    """Whoever leaves what was done is not asked about it any more."""
    assert view.act("cancel")["ok"]
    assert view.becomes(["undo"])
    assert "stays as it is" in view.act("keep")["message"]
    assert view.becomes([])
    assert view.world.books == PAID


def test_code_that_is_not_here_is_said(view: View, house: House) -> None:
    """A kernel whose cells have not run says that it undoes nothing before they have."""
    assert view.act("cancel")["ok"]
    assert view.becomes(["undo"])
    view.kernel.runtime.close()
    later = house.kernel()
    view.actions = Actions(
        Session(house.settings(), via="notebook", _runtime=later.runtime), view.publisher
    )
    plan = view.act("look_undo")["plan"]
    assert plan["by"].startswith("The code of pay is not in this kernel")
