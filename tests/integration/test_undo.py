"""What a run did is undone: after a preview, the last call first, each journaled."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, get_args

import pytest

from mn_notebook.agents.tools import ToolRegistry, make_tool, registering_in
from mn_notebook.client import NewRun
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.ledger import EffectState, ledger
from mn_notebook.domain.linking import linked
from mn_notebook.errors import UsageError
from mn_notebook.language import Catalog, parse_cell
from mn_notebook.verbs import control, hold, keep, repair, undo
from mn_notebook.verbs.effect_words import STATES
from mn_notebook.verbs.effects import entries
from mn_notebook.verbs.explain import why
from mn_notebook.verbs.session import Session
from mn_notebook.verbs.showing import as_text
from tests.integration.house import House, Kernel, waits_until, workflow_of
from tests.unit.agents.cells import Cells

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


@dataclass
class World:
    """The outside, with books of its own."""

    books: list[str] = field(default_factory=list)
    broken: bool = False
    """Nothing can be taken back at the moment."""

    def __reduce__(self) -> str:
        """What was done outside is nothing that its tools are made of."""
        return "World"

    def tools(self) -> tuple[Any, ...]:
        def pay(to: str, idempotency_key: str) -> str:
            self.books.append(f"pay {to}")
            return f"receipt of {to}"

        def refund(to: str, result: str, idempotency_key: str) -> None:
            if self.broken:
                message = "the bank is closed"
                raise RuntimeError(message)
            assert result == f"receipt of {to}"
            assert len(idempotency_key) > 10
            self.books.append(f"refund {to}")

        def post(text: str) -> str:
            self.books.append(f"post {text}")
            return "posted"

        return (make_tool(pay, compensate=refund), make_tool(post))


THREE = """
steps:
  one: {tool: pay, args: {to: ann}}
  two: {tool: post, args: {text: hello}, needs: [one]}
  three: {tool: pay, args: {to: bob}, needs: [two]}
  end: {wait: {signal: never}, needs: [three]}
"""
FAILS = THREE.replace("{wait: {signal: never}, needs: [three]}", "{python: burst, needs: [three]}")


PAID = ["pay ann", "post hello", "pay bob"]


def burst() -> None:
    message = "burst"
    raise ValueError(message)


def is_asked(kernel: Kernel, run_id: RunId, path: str) -> bool:
    asked = kernel.client.state(run_id).approvals.values()
    return any(waiting.request.path == path for waiting in asked)


def three_done(kernel: Kernel, text: str = THREE, status: str = "waiting") -> RunId:
    """Return a run that has paid, posted and paid again, and waits, or has failed."""
    run_id = kernel.start(text)
    for step in ("one", "two", "three"):
        allow(kernel, run_id, step)
    assert waits_until(lambda: len(kernel.client.state(run_id).undo.plan) == 2)
    assert waits_until(lambda: kernel.client.run(run_id).status == status)
    return run_id


def allow(kernel: Kernel, run_id: RunId, step: str) -> None:
    assert waits_until(lambda: is_asked(kernel, run_id, step))
    kernel.decide(run_id, "approve", path=step)


def session_of(house: House, kernel: Kernel) -> Session:
    return Session(house.settings(), namespace=kernel.namespace, _runtime=kernel.runtime)


def test_a_cancelled_run_is_undone_in_reverse_after_a_preview(house: House) -> None:
    """Three writes, one without compensate: it is listed, the others are taken back, last first."""
    world = World()
    kernel = house.kernel(tools=world.tools())
    session = session_of(house, kernel)
    run_id = three_done(kernel)
    stopped = control.cancel(session, run_id).text
    assert kernel.until(run_id).status == "cancelled"
    assert world.books == PAID
    assert "1. pay(to=bob) at three" in stopped
    assert "2. pay(to=ann) at one" in stopped
    assert "post(text=hello) at two: its tool brings no compensate" in stopped
    assert "`%mn undo" in kernel.client.picture(run_id).next
    done = undo.undo(session, run_id, yes=True, because="wrong month")
    assert done.done
    assert world.books == [*PAID, "refund bob", "refund ann"]
    assert [kind for kind in kernel.kinds(run_id) if kind.startswith(("undo", "comp"))] == [
        "undo.requested",
        *["compensation.started", "compensation.succeeded"] * 2,
    ]
    assert kernel.client.run(run_id).status == "cancelled"
    assert states(kernel, run_id) == ["undone", "succeeded", "undone"]
    told = as_text(why(session, run_id))
    assert "Undone: pay at three, pay at one." in told
    with pytest.raises(UsageError, match="did can be undone"):
        undo.undo(session, run_id, yes=True)


def test_stopping_and_undoing_are_asked_for_at_once(house: House) -> None:
    """Whoever has looked before needs one word."""
    world = World()
    kernel = house.kernel(tools=world.tools())
    session = session_of(house, kernel)
    run_id = three_done(kernel)
    assert "`%mn cancel" in undo.undo(session, run_id).text
    text = control.cancel(session, run_id, undo=True).text
    assert "2 calls" in text
    assert world.books == [*PAID, "refund bob", "refund ann"]
    assert kernel.until(run_id).status == "cancelled"


def test_what_is_kept_is_not_offered_any_more(house: House) -> None:
    """Leaving all as it is is a choice, and is journaled."""
    world = World()
    kernel = house.kernel(tools=world.tools())
    session = session_of(house, kernel)
    run_id = three_done(kernel)
    control.cancel(session, run_id, keep=True, because="it is right")
    assert kernel.until(run_id).status == "cancelled"
    assert "undo" not in kernel.client.picture(run_id).next
    assert "undo.declined" in kernel.kinds(run_id)
    assert "left as it is" in as_text(why(session, run_id))
    assert undo.undo(session, run_id, yes=True).done, "somebody may change his mind"
    assert world.books == [*PAID, "refund bob", "refund ann"]


def test_a_failed_run_offers_it_and_undoes_nothing_by_itself(house: House) -> None:
    """Its next words name both ways on; once undone it cannot go on as if nothing had been."""
    world = World()
    kernel = house.kernel(tools=world.tools(), burst=burst)
    session = session_of(house, kernel)
    run_id = three_done(kernel, FAILS, "failed")
    said = kernel.client.picture(run_id).next
    assert "`%mn resume" in said
    assert "`%mn undo" in said
    assert world.books == PAID
    assert undo.undo(session, run_id, yes=True, leave=("three",)).done
    assert world.books == [*PAID, "refund ann"]
    assert kernel.client.picture(run_id).actions == ()
    with pytest.raises(UsageError, match="cannot go on"):
        repair.retry(session, run_id)
    with pytest.raises(UsageError, match="cannot go on"):
        hold.resume(session, run_id)
    with pytest.raises(UsageError, match="has ended already"):
        repair.skip(session, run_id, "end", because="no")
    assert kernel.client.run(run_id).status == "failed"


def test_a_compensation_that_raises_stops_the_undoing_and_says_how_to_go_on(house: House) -> None:
    """What was done before stays, too; mended, the undoing goes on where it stopped."""
    world = World(broken=True)
    kernel = house.kernel(tools=world.tools(), burst=burst)
    session = session_of(house, kernel)
    run_id = three_done(kernel, FAILS, "failed")
    said = undo.undo(session, run_id, yes=True)
    assert not said.done
    assert "pay at three could not be undone: RuntimeError: the bank is closed" in said.text
    assert "Not undone either, for it was done before: pay at one" in said.text
    assert "--leave three" in said.text
    assert world.books == PAID
    assert kernel.client.run(run_id).status == "failed"
    assert "Its undoing stopped" in kernel.client.picture(run_id).next
    assert "the bank is closed" in as_text(why(session, run_id))
    assert states(kernel, run_id) == ["succeeded", "succeeded", "undo_failed"]
    world.broken = False
    assert undo.undo(session, run_id, yes=True).done
    assert world.books == [*PAID, "refund bob", "refund ann"]


def test_a_compensation_without_the_key_is_in_doubt_when_it_times_out(house: House) -> None:
    """It may happen yet: nobody repeats it before a person says so."""
    books: list[str] = []
    slow = threading.Event()

    def send(to: str) -> str:
        return f"letter to {to}"

    def recall(to: str) -> None:
        books.append(to)
        slow.wait(5 if len(books) == 1 else 0)

    kernel = house.kernel(tools=(make_tool(send, compensate=recall, timeout="50ms"),), burst=burst)
    session = session_of(house, kernel)
    run_id = kernel.start(
        "steps:\n  one: {tool: send, args: {to: ann}}\n  end: {python: burst, needs: [one]}"
    )
    allow(kernel, run_id, "one")
    assert kernel.until(run_id).status == "failed"
    said = undo.undo(session, run_id, yes=True)
    assert "Nobody knows whether send at one is undone" in said.text
    assert "--again" in said.text
    assert states(kernel, run_id) == ["undo_in_doubt"]
    with pytest.raises(UsageError, match="--again"):
        undo.undo(session, run_id, yes=True)
    assert undo.undo(session, run_id, yes=True, again=True).done
    assert books == ["ann", "ann"]
    slow.set()


def test_a_call_in_doubt_is_checked_before_it_is_undone(house: House) -> None:
    """Its own check says whether there is anything to undo; without one nothing is done."""
    books: list[str] = []
    sent: dict[str, str] = {}

    def send(to: str, idempotency_key: str) -> str:
        if to != "nobody":
            sent[idempotency_key] = to
        message = "the line broke"
        raise ConnectionError(message)

    def unsend(to: str, result: str, idempotency_key: str) -> None:
        books.append(f"unsend {to} {result}")

    def tell(to: str, idempotency_key: str) -> str:
        return send(to, idempotency_key)

    tools = (
        make_tool(send, check=sent.get, compensate=unsend),
        make_tool(tell, compensate=lambda to: books.append(f"untell {to}")),
    )
    kernel = house.kernel(tools=tools)
    session = session_of(house, kernel)
    text = """
steps:
  one: {tool: send, args: {to: ann}}
  two: {tool: send, args: {to: nobody}}
  three: {tool: tell, args: {to: bob}}
"""
    run_id = kernel.start(text)
    for step in ("one", "two", "three"):
        allow(kernel, run_id, step)
    assert waits_until(lambda: states(kernel, run_id) == ["in_doubt"] * 3)
    stopped = control.cancel(session, run_id).text
    assert "in doubt; its check says first whether it happened" in stopped
    assert "tell(to=bob) at three: nobody knows whether it happened" in stopped
    assert undo.undo(session, run_id, yes=True).done
    assert books == ["unsend ann ann"]
    assert sorted(states(kernel, run_id)) == ["in_doubt", "not_happened", "undone"]


def test_a_rerun_takes_over_nothing_that_was_undone(house: House) -> None:
    """The payment that was taken back is made again; what stands is reused."""
    world = World()
    kernel = house.kernel(tools=world.tools())
    session = session_of(house, kernel)
    run_id = three_done(kernel)
    control.cancel(session, run_id)
    kernel.until(run_id)
    assert undo.undo(session, run_id, yes=True, leave=("one",)).done
    again = kernel.runtime.start(
        NewRun(workflow_of(THREE), THREE, kernel.runtime.origin, {}, reuses=run_id)
    )
    allow(kernel, again, "three")
    assert waits_until(lambda: states(kernel, again) == ["succeeded"])
    assert world.books == [*PAID, "refund bob", "pay bob"]


def test_what_later_runs_took_over_is_told_and_taken_over_no_further(house: House) -> None:
    """Neither from the run that was undone, however often it was looked into, nor by way of it."""
    world = World()
    kernel = house.kernel(tools=world.tools())
    session = session_of(house, kernel)
    first = three_done(kernel)
    control.cancel(session, first)
    kernel.until(first)

    def rerun_of(run_id: RunId) -> RunId:
        new = NewRun(workflow_of(THREE), THREE, kernel.runtime.origin, {}, reuses=run_id)
        return kernel.runtime.start(new)

    def has_begun_all(run_id: RunId) -> bool:
        return len(kernel.client.state(run_id).instances) == 4

    def has_all_from(run_id: RunId) -> bool:
        found = kernel.client.state(run_id).instances
        return has_begun_all(run_id) and sum(bool(one.reused_from) for one in found.values()) == 3

    assert "Later runs" not in undo.undo(session, first).text
    second = rerun_of(first)
    assert waits_until(lambda: has_all_from(second))
    third = rerun_of(second)
    assert waits_until(lambda: has_all_from(third))
    fourth = rerun_of(third)
    assert waits_until(lambda: has_all_from(fourth))
    assert world.books == PAID
    shown = undo.undo(session, first)
    assert shown.taken_over_by == (second, third, fourth)
    assert f"run {third[:4]} (waiting): one, three" in shown.text
    assert "Later runs" not in undo.undo(session, second).text
    assert undo.undo(session, first, yes=True).done
    assert undo.undo(session, first).taken_over_by == (second, third, fourth)
    for before in (first, third):
        again = rerun_of(before)
        allow(kernel, again, "one")
        allow(kernel, again, "three")
        assert waits_until(partial(has_begun_all, again))
        found = kernel.client.state(again).instances
        assert [str(path) for path, one in found.items() if one.reused_from] == ["two"]
    back = ["refund bob", "refund ann"]
    assert world.books == [*PAID, *back, *["pay ann", "pay bob"] * 2]


def test_calls_of_items_loops_and_subworkflows_are_undone(house: House) -> None:
    """Each has a path and a key of its own, which stay what they were."""
    paid: dict[str, str] = {}
    back: list[str] = []

    def pay(to: str, idempotency_key: str) -> str:
        assert idempotency_key not in paid
        paid[idempotency_key] = to
        return to

    def refund(idempotency_key: str) -> None:
        back.append(paid[idempotency_key])

    kernel = house.kernel(tools=(make_tool(pay, compensate=refund, effect="idempotent"),))
    session = session_of(house, kernel)
    inner = workflow_of(
        "inputs: {to: str}\nsteps:\n  pay: {tool: pay, args: {to: '{{ inputs.to }}'}}"
    )
    text = """
steps:
  each: {tool: pay, args: {to: "item {{ item }}"}, for_each: "[1, 2]"}
  again:
    tool: pay
    args: {to: "round {{ previous }}"}
    repeat_until: again == "round round null"
    at_most: 3
    needs: [each]
  sub: {workflow: inner, args: {to: "sub {{ item }}"}, for_each: "[1, 2]", needs: [again]}
  end: {wait: {signal: never}, needs: [sub]}
"""
    catalog = Catalog(tools=None, functions=None, types={}, workflows=None)
    flow = linked(parse_cell("outer", text, catalog).workflow, {"inner": inner}.get)
    run_id = kernel.runtime.start(NewRun(flow, text, kernel.runtime.origin, {}))
    assert waits_until(lambda: len(kernel.client.state(run_id).undo.plan) == 6)
    keys = [entry.key for entry in entries(session, run_id)[0]]
    control.cancel(session, run_id, undo=True)
    assert [entry.key for entry in entries(session, run_id)[0]] == keys
    assert sorted(back) == sorted(paid.values())
    assert back[2:4] == ["round round null", "round null"]
    assert {one.split()[0] for one in back[:2]} == {"sub"}
    assert states(kernel, run_id) == ["undone"] * 6


def states(kernel: Kernel, run_id: RunId) -> list[str]:
    found = ledger(kernel.client.state(run_id), kernel.client.events(run_id))
    return [entry.state for entry in found if entry.call_id]


def test_who_keeps_while_a_call_is_being_undone_may_change_his_mind_after_a_restart(
    house: House,
) -> None:
    """What nobody waited for any more is found by the next owner, and repeated with its key."""
    begun, back = threading.Event(), list[str]()

    def refund(to: str, idempotency_key: str) -> None:
        back.append(to)
        if len(back) == 1:
            begun.set()
            threading.Event().wait(5)

    pay = make_tool(lambda to: to, name="pay", compensate=refund)
    kernel = house.kernel(tools=(pay,))
    run_id = kernel.start("steps:\n  one: {tool: pay, args: {to: ann}}\n  end: {wait: {signal: x}}")
    allow(kernel, run_id, "one")
    assert waits_until(lambda: len(kernel.client.state(run_id).undo.plan) == 1)
    kernel.client.cancel(run_id, undo=True)
    kernel.runtime.ring()
    assert begun.wait(5)
    kernel.client.undo(run_id, keep=True)
    kernel.runtime.ring()
    assert waits_until(lambda: kernel.client.state(run_id).undo.declined)
    kernel.runtime.close()
    later = house.kernel(tools=(pay,))
    assert states(later, run_id) == ["undo_open"]
    assert undo.undo(session_of(house, later), run_id, yes=True).done
    assert back == ["ann", "ann"]
    assert states(later, run_id) == ["undone"]


def test_a_backup_that_is_put_back_undoes_nothing_by_itself(house: House, tmp_path: Path) -> None:
    """The backup was made in the middle of an undoing, which came to its end afterwards."""
    go_on, begun, back = threading.Event(), threading.Event(), list[str]()

    def refund(to: str, idempotency_key: str) -> None:
        begun.set()
        go_on.wait(10)
        back.append(to)

    pay = make_tool(lambda to: to, name="pay", compensate=refund)
    kernel = house.kernel(tools=(pay,))
    session = session_of(house, kernel)
    run_id = kernel.start(
        "steps:\n  one: {tool: pay, args: {to: ann}}\n  two: {tool: pay, args: {to: bob}, needs: "
        "[one]}\n  end: {wait: {signal: x}, needs: [two]}"
    )
    allow(kernel, run_id, "one")
    allow(kernel, run_id, "two")
    assert waits_until(lambda: len(kernel.client.state(run_id).undo.plan) == 2)
    kernel.client.cancel(run_id, undo=True)
    kernel.runtime.ring()
    assert begun.wait(5)
    keep.backup(session, str(tmp_path / "backup.db"))
    go_on.set()
    assert waits_until(lambda: not kernel.client.state(run_id).undo.plan)
    assert back == ["bob", "ann"]
    elsewhere = House(tmp_path / "elsewhere")
    elsewhere.folder.mkdir()
    looking = Session(elsewhere.settings())
    assert keep.restore(looking, str(tmp_path / "backup.db")).held == (run_id,)
    looking.close()
    other = elsewhere.kernel(tools=(pay,))
    other.runtime.resume(run_id)
    other.until(run_id, "cancelled")
    assert other.client.run(run_id).status == "cancelled"
    assert back == ["bob", "ann"], "nothing is undone again before somebody says so"
    assert "undo.declined" in other.kinds(run_id)
    assert undo.undo(session_of(elsewhere, other), run_id, yes=True).done
    assert back == ["bob", "ann", "bob", "ann"], "with the keys that it had"
    elsewhere.close()


def test_undoing_waits_for_the_code_of_its_tool(house: House) -> None:
    """After a restart the cell has not run: it says so, and goes on when the tool is there."""
    world = World()
    kernel = house.kernel(tools=world.tools())
    run_id = three_done(kernel)
    control.cancel(session_of(house, kernel), run_id)
    kernel.until(run_id)
    kernel.runtime.close()
    later = house.kernel()
    later.client.undo(run_id)
    later.runtime.ring()
    assert waits_until(lambda: "waiting for code" in later.client.picture(run_id).status_text)
    assert "run the cell that defines it" in later.client.picture(run_id).next
    assert world.books == PAID
    for tool in world.tools():
        later.registry.add(tool)
    later.runtime.unblock()
    assert waits_until(lambda: not later.client.state(run_id).undo.plan)
    assert world.books == [*PAID, "refund bob", "refund ann"]
    progress = later.client.state(run_id).progress.values()
    assert not any(one.waiting_because for one in progress), "nothing is waited for any more"


def test_recorded_source_brings_its_compensation_along(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A tool of a cell can be undone after a restart although its cell has not run again."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    cells = Cells()
    log = tmp_path / "log.txt"
    cells.run("import mn_notebook as mn")
    cells.run("from pathlib import Path")
    cells.run(f"LOG = {str(log)!r}")
    cells.run("def note(text):\n    with Path(LOG).open('a') as file:\n        file.write(text)\n")
    cells.run("def back(to):\n    note(f'back {to};')\n")
    registry = ToolRegistry()
    with registering_in(registry):
        cells.run("@mn.tool(compensate=back)\ndef pay(to: str) -> None:\n    note(f'pay {to};')\n")
    kernel = house.kernel(tools=(registry.get("pay"),))
    text = "steps:\n  one: {tool: pay, args: {to: ann}}\n  end: {wait: {signal: never}}"
    flow = workflow_of(text)
    refs = kernel.runtime.code.references(flow)
    run_id = kernel.runtime.start(NewRun(flow, text, kernel.runtime.origin, {}, refs))
    allow(kernel, run_id, "one")
    assert waits_until(lambda: len(kernel.client.state(run_id).undo.plan) == 1)
    kernel.client.cancel(run_id)
    kernel.runtime.ring()
    kernel.until(run_id)
    kernel.runtime.close()
    later = house.kernel()
    later.client.undo(run_id)
    later.runtime.ring()
    assert waits_until(lambda: not later.client.state(run_id).undo.plan, 10)
    assert log.read_text() == "pay ann;back ann;"


def test_words_for_every_state_of_the_ledger() -> None:
    """A face can say each of them."""
    assert set(STATES) == set(get_args(EffectState))


def by_key(to: str, key: str) -> None: ...
def by_all(to: str, **rest: str) -> None: ...
def by_result(result: str) -> None: ...


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"compensate": by_key}, "expected some of to, idempotency_key, result, found 'key'"),
        ({"compensate": by_all}, "found '**rest'"),
        ({"compensate": by_all, "effect": "read"}, "nothing that compensate could undo"),
        ({"timeout": "soon"}, "expected a duration"),
        ({"timeout": 0}, "above 0 seconds"),
        ({"serial": True, "concurrency": 2}, "cannot be"),
    ],
    ids=["key", "rest", "read", "duration", "zero", "serial"],
)
def test_what_a_tool_says_wrongly_is_said_at_once(more: dict[str, Any], said: str) -> None:
    """Not when it is needed: then it would be too late."""
    with pytest.raises(UsageError) as fault:
        make_tool(lambda to: to, name="pay", **more)
    assert said in str(fault.value)


def test_an_argument_called_result_is_not_mistaken_for_the_result() -> None:
    """One word, one meaning."""
    with pytest.raises(UsageError, match="rename the tool's argument"):
        make_tool(lambda result: result, name="pay", compensate=by_result)
