"""What a run will cost is said before it begins: in cells, in a terminal, and as figures."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.agents import budgets, model
from mn_notebook.domain.messages import Price, Usage
from mn_notebook.testing import Reply, Script, ScriptedModelServer
from mn_notebook.verbs import past_costs
from tests.integration.cells import Cells, close_cells, open_cells
from tests.integration.terminal import Terminal, furnish

pytestmark = pytest.mark.timeout(60)

BRIEF = """inputs: {names: "list[str]"}
steps:
  look:
    for_each: inputs.names
    agent: "Look at {{ item }}"
  sum_up: {agent: "Sum up {{ look }}"}
"""
CALL_USD = Decimal("0.01")


def price(_provider: str, name: str, usage: Usage | None, **_more: object) -> Price:
    """A cent a call, of one model."""
    known = usage is not None and "priced" in name
    return Price(usd=CALL_USD if known else None, source="test", matched=name if known else None)


@pytest.fixture
def server() -> Iterator[ScriptedModelServer]:
    with ScriptedModelServer(Script(name="priced", replies=(Reply(text="said"),))) as found:
        yield found


@pytest.fixture
def priced(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The server's model has a price and is taken for a real one."""
    monkeypatch.setattr(model, "price_of", price)
    monkeypatch.setattr(budgets, "price_of", price)
    monkeypatch.setattr(model, "_is_scripted", lambda *_: False)
    budgets._price.cache_clear()
    yield
    budgets._price.cache_clear()


@pytest.fixture
def cells(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    server: ScriptedModelServer,
    priced: None,
) -> Iterator[Cells]:
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    monkeypatch.setenv("MN_MODEL", "priced")
    cells = open_cells(tmp_path, monkeypatch, capsys, "import mn_notebook as mn")
    yield cells
    close_cells(cells)


@pytest.fixture
def mn(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    server: ScriptedModelServer,
) -> Terminal:
    furnish(
        tmp_path,
        monkeypatch,
        brief=f"workflow: brief\n{BRIEF}",
        plain="workflow: plain\nsteps:\n  a: {wait: 0.1s}\n",
    )
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    return Terminal(tmp_path, capsys)


def ran(cells: Cells, names: str, name: str = "brief") -> Any:
    """Run to the end; return the run."""
    cells(f"%mn run {name} names='{names}' --wait")
    return cells.wait("succeeded")


def expected(cells: Cells, call: str) -> Any:
    return cells(call).expected


def test_the_first_run_is_bounded_by_its_definition(cells: Cells) -> None:
    """The cell of the workflow, the preview and the run itself say the same before there is one."""
    shown = cells.define(BRIEF)
    assert "No run to go by yet." in repr(shown)
    assert "and 1 model call for each item of inputs.names (about $0.01)" in " ".join(
        repr(shown).split()
    )
    said = cells.says("%mn run brief names='[a, b]' --wait")
    assert said.startswith(
        "No run to go by. If each agent answers at once: 3 model calls, up to "
    ), said
    assert "tokens and $0.03. It asks before it spends more than $1.00 or 200 calls." in said
    assert cells.wait("succeeded").picture.calls == 3


def test_runs_before_it_tell_what_it_costs(cells: Cells) -> None:
    """Their number, what is typical, and from where to where; what was paid, to the cent."""
    cells.define(BRIEF)
    for names in ("[a]", "[a, b]", "[a, b, c, d]"):
        ran(cells, names)
    found = cells("%mn show brief")
    assert "3 runs: $0.02 to $0.05, " in " ".join(repr(found).split())
    bundle = found._repr_mimebundle_()
    assert "3 runs: <span>$</span>0.02 to <span>$</span>0.05" in bundle["text/html"]
    assert "What it costs" in bundle["text/html"]
    assert "- Expected from 3 runs: \\$0.03 (\\$0.02 to \\$0.05)" in bundle["text/markdown"]
    past = found.result.outline.preview.past
    assert (past.usd.low, past.usd.typical, past.usd.high) == tuple(
        CALL_USD * number for number in (2, 3, 5)
    )
    assert (past.calls.low, past.calls.typical, past.calls.high) == (2, 3, 5)
    assert past.tokens.low > 0
    assert past.seconds.low > 0


def test_a_run_of_more_items_is_scaled(cells: Cells) -> None:
    """What was done for each item is; the rest, and the number of runs, stay."""
    cells.define(BRIEF)
    ran(cells, "[a, b]")
    found = expected(cells, "mn.preview('brief', names=list('abcdefghij'))")
    assert found.past.scaled
    assert (found.past.items, found.past.items_then.typical) == (10, 2)
    assert found.past.calls.typical == 11
    assert found.past.usd.typical == 11 * CALL_USD
    assert "1 run, scaled to 10 items: $0.11, 11 model calls" in found.line
    assert found.bound.once.calls == 11
    line = cells.says("%mn run brief names='[a, b, c]' --wait")
    assert line.startswith("Expected from 1 run, scaled to 3 items: $0.04, 4 model calls"), line


def test_what_no_input_counts_is_not_scaled(cells: Cells) -> None:
    """How many items a step will give is not known: both numbers are told."""
    cells.define(BRIEF + '  each: {for_each: "[1, 2, 3, sum_up]", agent: "Explain {{ item }}"}\n')
    ran(cells, "[a]")
    found = expected(cells, "mn.preview('brief', names=list('abcdefghij'))")
    assert not found.past.scaled
    assert found.past.usd.typical == 6 * CALL_USD
    assert "1 run with 1 item, and this one has 10: $0.06" in found.line
    assert "If each agent answers at once: 11 model calls" in found.line
    assert "Nothing is scaled: how many items each will have is not known before." in found.told


def test_an_earlier_version_is_said_to_be_one(cells: Cells) -> None:
    """Another prompt is another version; another step that asks a model is another workflow."""
    cells.define(BRIEF)
    ran(cells, "[a]")
    shown = cells.define(BRIEF.replace("Sum up", "Tell"))
    assert "1 run of an earlier version: $0.02" in " ".join(repr(shown).split())
    other = cells.define(BRIEF + "  more: {agent: hi}\n")
    assert "No run to go by yet." in repr(other)


def test_taken_over_steps_and_trials_are_no_cheap_runs(cells: Cells) -> None:
    """A rerun pays for what has changed, a trial for a sample: neither says what a run costs."""
    cells.define(BRIEF)
    run = ran(cells, "[a, b, c]")
    cells(f"%mn rerun {run.id[:4]} --from sum_up --wait")
    cells("%mn try brief look names='[a, b, c]' --items 1 --wait")
    found = expected(cells, "mn.preview('brief')")
    assert found.past.runs == 1
    assert found.past.usd.typical == 4 * CALL_USD
    assert "1 run that took over finished steps" in found.left_out
    cells(f"%mn rerun {run.id[:4]} names='[x]' --wait")
    assert expected(cells, "mn.preview('brief')").past.runs == 2


def test_answers_of_other_runs_are_no_cheap_run(cells: Cells) -> None:
    """A run that was answered from the store counts as if it had paid, and that is said."""
    cells.define(BRIEF.replace("    agent:", "    cache: 1h\n    agent:"))
    ran(cells, "[a, b]")
    assert ran(cells, "[a, b, c]").picture.cost_usd == 2 * CALL_USD
    found = expected(cells, "mn.preview('brief')")
    assert (found.past.runs, found.past.spared) == (2, 1)
    assert found.past.usd.low == found.past.usd.high == 4 * CALL_USD
    assert found.past.calls.low == found.past.calls.high == 4


def test_what_failed_or_was_stopped_is_kept_apart(
    cells: Cells, server: ScriptedModelServer
) -> None:
    """It cost something too, and is not what a run costs."""
    cells.define(BRIEF + "budget: {calls: 2}\n")
    cells("%mn run brief names='[a, b]'")
    run = cells.wait("waiting")
    cells(f"%mn budget {run.id[:4]} --stop")
    run.wait(20)
    found = expected(cells, "mn.preview('brief')")
    assert found.past is None
    assert (found.unfinished.runs, found.unfinished.usd.typical) == (1, 2 * CALL_USD)
    assert "1 run failed or stopped short: $0.02." in found.told


def test_another_model_is_another_price(cells: Cells, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model is a setting: runs with another one are counted, and not reckoned with."""
    cells.define(BRIEF)
    ran(cells, "[a]")
    cells.define("defaults: {model: priced-too}\n" + BRIEF, "brief")
    found = expected(cells, "mn.preview('brief')")
    assert found.past is None
    assert found.models == ("priced-too",)
    assert found.left_out == ("1 run with another model",)


def test_unknown_price_stays_unknown(cells: Cells, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the bound and in what was: never $0.00."""
    for module in (model, budgets):
        monkeypatch.setattr(module, "price_of", lambda *_, **__: Price(usd=None, source="unknown"))
    shown = cells.define(BRIEF)
    assert "Nobody knows the price of priced." in repr(shown)
    ran(cells, "[a]")
    found = expected(cells, "mn.preview('brief')")
    assert (found.past.runs, found.past.usd, found.past.usd_runs) == (1, None, 0)
    assert "cost unknown" in found.line
    assert "$0" not in found.line
    assert found.bound.once.usd is None


def test_scripted_runs_are_never_mixed_with_real_ones(
    cells: Cells, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real run is not expected to cost what scripted ones did, nor the other way round."""
    monkeypatch.undo()
    cells.define(BRIEF)
    with monkeypatch.context() as again:
        again.setattr(model, "_is_scripted", lambda *_: True)
        ran(cells, "[a]")
    found = expected(cells, "mn.preview('brief')")
    assert (found.past, found.scripted) == (None, False)
    assert found.left_out == ("1 run with a scripted model",)


def test_a_program_is_told_once(cells: Cells) -> None:
    """Fifty runs that a loop starts say it one time; another version says it again."""
    cells.define(BRIEF)
    said = cells.says("for _ in range(3): mn.run('brief', names=['a']).wait(20)")
    assert said.count("It asks before it spends more than") == 1
    cells.define(BRIEF.replace("Sum up", "Tell"))
    assert "It asks before" in cells.says("mn.run('brief', names=['a']).wait(20)")


def test_the_budget_that_is_said_is_the_one_that_is_told(cells: Cells) -> None:
    """What is granted for one run goes before all else."""
    cells.define(BRIEF)
    assert "more than $0.25 or 200 calls" in cells.says(
        "%mn run brief names='[a]' --budget 0.25 --wait"
    )
    assert "at most $0.50 and 200 calls" in repr(cells("%mn preview brief --budget 0.5"))


@pytest.fixture
def a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """What all runs may spend today is bounded."""
    monkeypatch.setenv("MN_DAY_BUDGET", "usd=0.06")
    monkeypatch.setenv("MN_CLASS_BUDGETS", "news: calls=6; other: calls=1")


@pytest.mark.usefixtures("a_day")
def test_what_is_left_of_the_day_is_told(cells: Cells) -> None:
    """Of all runs, and of the class: in the preview, and before a run where it is too little."""
    cells.define(f"group: news\n{BRIEF}")
    ran(cells, "[a, b]")
    found = expected(cells, "mn.preview('brief', names=list('abcd'))")
    assert [(one.workflow_class, one.left.usd, one.left.calls) for one in found.daily] == [
        ("", Decimal("0.03"), None),
        ("news", None, 3),
    ]
    assert "Today's budget has $0.03 of $0.06 left, and the run probably asks" in found.line
    assert "of the class news has 3 of 6 calls left, and the run probably asks" in found.line
    shown = " ".join(repr(cells("%mn preview brief")).split())
    assert "Today's budget has $0.03 of $0.06 left." in shown
    line = cells.says("%mn run brief names='[a, b]' --wait")
    assert "oday" not in line, "three calls are left, and three are expected"
    cells.wait("succeeded")
    found = expected(cells, "mn.preview('brief', names=['a'])")
    assert [(one.workflow_class, unit) for one, unit in found.short_today] == [
        ("", "usd"),
        ("news", "calls"),
    ]
    cells("%mn run brief names='[a]'")
    cells.wait("waiting")
    cells(f"%mn budget {cells('mn.runs[-1]').id} 0.09")
    found = expected(cells, "mn.preview('brief', names=['a'])")
    assert found.daily[0].limit.usd == Decimal("0.09"), "raised for the day, for all runs"
    assert found.daily[0].left.usd in (Decimal("0.02"), Decimal("0.03")), "a call may be made"


def test_a_preview_without_a_step(cells: Cells) -> None:
    """Inputs may follow the workflow's name; what was typed wrongly is a mistake."""
    cells.define(BRIEF)
    said = repr(cells("%mn preview brief names='[a, b, c]'"))
    assert "If each agent answers at once: 4 model calls" in said
    assert "nothing is run." in said
    assert "has no input 'nmaes'" in cells.fails("%mn preview brief nmaes='[a]'")
    assert repr(cells("mn.preview('brief')")).startswith("brief; nothing is run.")
    cells.define("steps:\n  a: {wait: 0.1s}\n", "plain")
    assert "It asks no model: a run costs nothing." in repr(cells("%mn preview plain"))
    assert "asks no model" in cells.fails("mn.preview('plain').expected")
    assert "What it costs" not in cells("%mn show plain")._repr_mimebundle_()["text/html"]


def test_each_journal_is_read_once(cells: Cells, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel keeps what it has read off a run that has ended, until the run goes on."""
    cells.define(BRIEF)
    ran(cells, "[a]")
    read: list[str] = []
    trace = past_costs._trace

    def watched(client: Any, line: Any) -> Any:
        read.append(line.run_id)
        return trace(client, line)

    monkeypatch.setattr(past_costs, "_trace", watched)
    for _ in range(3):
        cells("%mn show brief")
    assert len(read) == 1


def test_a_damaged_fact_is_not_guessed_at(cells: Cells, tmp_path: Path) -> None:
    """The run that it belongs to is left out; the others tell."""
    cells.define(BRIEF)
    for names in ("[a]", "[a, b, c]"):
        ran(cells, names)
    cells("%unload_ext mn_notebook")
    with closing(sqlite3.connect(tmp_path / "store.db")) as store:
        changed = store.execute(
            "UPDATE mn_event SET body = replace(body, '0.01', '7.01') WHERE kind = "
            "'model.responded' AND run_id = (SELECT id FROM mn_run ORDER BY created_at LIMIT 1)"
        )
        assert changed.rowcount == 2
        store.commit()
    cells("%load_ext mn_notebook")
    cells.define(BRIEF)
    found = expected(cells, "mn.preview('brief')")
    assert (found.past.runs, found.past.usd.typical) == (1, 4 * CALL_USD)


def test_a_copy_of_the_notebook_knows_what_it_costs(
    cells: Cells, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The very definition counts wherever it ran; only its name does not."""
    cells.define(BRIEF)
    ran(cells, "[a]")
    cells("%unload_ext mn_notebook")
    monkeypatch.setenv("MN_NOTEBOOK", str(tmp_path / "copy.ipynb"))
    cells("%load_ext mn_notebook")
    cells.define(BRIEF)
    assert expected(cells, "mn.preview('brief')").past.runs == 1
    cells.define(BRIEF.replace("Sum up", "Tell"))
    assert expected(cells, "mn.preview('brief')").past is None


def test_nothing_is_reckoned_where_no_model_is_asked(
    cells: Cells, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chain of Python steps starts as fast as ever, and no line is said."""
    monkeypatch.setattr(
        past_costs, "compared", lambda *_: pytest.fail("a workflow without agents was looked into")
    )
    cells("def twice(x): return 2 * x")
    cells.define("steps:\n  a: {python: twice, args: {x: 1}}\n", "plain")
    assert "It asks before" not in cells.says("%mn run plain --wait")


def test_in_a_terminal(mn: Terminal) -> None:
    """A line before the run; with --json and --wait an object, of which tools read the figures."""
    said = mn("run", "brief.yaml", "names=[a, b]")
    assert said.startswith("No run to go by. If each agent answers at once: 3 model calls")
    assert "3 model calls, up to " in said.splitlines()[0]
    first, *events, result = mn.json("run", "brief.yaml", "names=[a, b]", "--wait")
    assert first["type"] == "preview"
    assert first["line"].startswith("Expected from 1 scripted run: $0.00, 3 model calls")
    assert (first["scripted"], first["past"]["runs"]) == (True, 1)
    assert first["past"]["calls"] == {"typical": 3, "low": 3, "high": 3}
    assert first["budget"]["usd"] == "1"
    assert {event["type"] for event in events} == {"event"}
    assert result["status"] == "succeeded"
    assert [line["type"] for line in mn.json("run", "brief.yaml", "names=[a]")] == ["result"]


def test_shown_in_a_terminal(mn: Terminal) -> None:
    """`show` and `preview` of a file, for people and for tools; of a plain one they say nothing."""
    mn("run", "brief.yaml", "names=[a, b]")
    assert "1 scripted run: $0.00" in mn("show", "brief.yaml")
    [shown] = mn.json("show", "brief.yaml")
    assert shown["outline"]["preview"]["so_far"].startswith("1 scripted run: $0.00")
    [preview] = mn.json("preview", "brief.yaml", "names=[a, b, c, d]")
    assert preview["expected"]["past"]["calls"]["typical"] == 5
    assert preview["expected"]["bound"]["once"]["calls"] == 5
    assert preview["rendered"] == []
    assert json.loads(json.dumps(preview["expected"]))["past"]["scaled"]
    [plain] = mn.json("preview", "plain.yaml")
    assert plain["expected"] is None
    assert "budget" not in mn("run", "plain.yaml")
