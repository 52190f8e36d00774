"""An analyst's loop: preview, try and rerun, with the model's server counting what is asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mn_notebook.testing import Script, ScriptedModelServer
from tests.integration.cells import Cells, close_cells, open_cells

pytestmark = [pytest.mark.timeout(60), pytest.mark.filterwarnings("ignore")]

BRIEF = """inputs: {who: str, topics: "list[str]"}
steps:
  gather: {agent: "Facts about {{ inputs.who }}"}
  check:
    for_each: inputs.topics
    agent: "Is {{ item }} true of: {{ gather }}"
  tidy: {agent: "Tidy {{ inputs.who }}"}
  draft: {agent: "Write about {{ check.rows | length }} facts, {{ tidy }}"}
  report: {agent: "Report {{ draft }}"}
"""


class Paid:
    """What the model's server was asked since somebody last looked."""

    def __init__(self, server: ScriptedModelServer) -> None:
        self._server = server
        self._seen = 0

    def since(self) -> list[str]:
        asked = [seen.prompt for seen in self._server.requests]
        new, self._seen = asked[self._seen :], len(asked)
        return sorted(prompt.split()[0] for prompt in new)


@pytest.fixture
def paid(monkeypatch: pytest.MonkeyPatch) -> Iterator[Paid]:
    monkeypatch.setenv("MN_MODEL", "scripted:note")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    with ScriptedModelServer(Script(name="note")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        yield Paid(server)


@pytest.fixture
def cells(
    paid: Paid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Cells]:
    found = open_cells(tmp_path, monkeypatch, capsys, "import mn_notebook as mn")
    found.define(BRIEF)
    yield found
    close_cells(found)


def first_run(cells: Cells, paid: Paid) -> None:
    cells("mn.run('brief', who='ACME', topics=['a', 'b', 'c']).wait(30)")
    assert paid.since() == ["Facts", "Is", "Is", "Is", "Report", "Tidy", "Write"]


def test_rerun_pays_for_a_changed_prompt_and_what_follows_alone(cells: Cells, paid: Paid) -> None:
    """After a changed prompt only that step and its descendants are paid for, and that is said."""
    first_run(cells, paid)
    cells.define(BRIEF.replace("Write about", "Draft about"))
    said = repr(cells("%mn rerun --wait"))
    assert "Expected to be taken over, unpaid: gather, check, tidy." in said
    assert "Done anew: draft." in said
    assert "only if what they are given has changed: report." in said
    assert paid.since() == ["Draft", "Report"]
    assert cells("mn.runs[-1].picture.reuses") == cells("mn.runs[-2].id")
    short = cells("mn.runs[-1].id")[:4]
    assert "was taken over from gather of run" in repr(cells(f"%mn why {short}"))


def test_unchanged_rerun_is_free_and_from_a_step_it_is_not(cells: Cells, paid: Paid) -> None:
    """Nothing changed: nothing is paid. --from does a step and its descendants anew."""
    first_run(cells, paid)
    short = cells("mn.runs[-1].id")[:4]
    cells(f"%mn rerun {short} --wait")
    assert paid.since() == []
    assert "Done anew: draft, report." in repr(cells(f"%mn rerun {short} --from draft --wait"))
    assert paid.since() == ["Report", "Write"]
    said = repr(cells(f"%mn rerun {short} topics='[a, b, d]' --wait"))
    assert "unpaid: gather, tidy." in said
    assert paid.since() == ["Is"]  # `draft` only counts the facts: it is given the same again
    assert "did you mean 'draft'?" in cells.fails("%mn rerun --from drft")


def test_trial_runs_one_step_on_its_first_items(cells: Cells, paid: Paid) -> None:
    """A trial does what the step needs and no more, and is paid for what is new alone."""
    first_run(cells, paid)
    cells.define(BRIEF.replace("Is {{ item }}", "Was {{ item }}"))
    cells("%mn try brief check --items 2 --wait")
    assert paid.since() == ["Was", "Was"]
    run = cells("mn.runs[-1]")
    assert run.picture.title.startswith("trial of check on 2 items")
    assert set(run.output) == {"check"}
    assert len(run.output["check"]) == 2
    assert "has no items" in cells.fails("%mn try brief gather --items 2")


def test_preview_is_free(cells: Cells, paid: Paid) -> None:
    """The rendered prompt and its size are shown without a call; what is missing is named."""
    assert "uses the value of 'gather', and there is no run yet" in cells.fails(
        "%mn preview brief check who=x topics='[a]'"
    )
    said = repr(cells("%mn preview brief gather who=ACME topics='[a]'"))
    assert "16 characters, about 5 tokens (an estimate)\nFacts about ACME" in said
    first_run(cells, paid)
    said = repr(cells("%mn preview brief check"))
    assert "item 0: " in said
    assert "Is a true of: " in said
    assert "1 more item." in said
    assert paid.since() == []


SCALES = """
import functools, threading
class Scale:
    def __init__(self, by): self.by = by
    def __call__(self, n): return n * self.by
    def twice(self, n): return 2 * n * self.by
def times(n, by): return n * by
def making(by):
    def work(n): return n * by
    return work
"""


@pytest.mark.parametrize(
    "made",
    [
        pytest.param("Scale({0})", id="an object"),
        pytest.param("Scale({0}).twice", id="a bound method"),
        pytest.param("functools.partial(times, by={0})", id="a partial"),
        pytest.param("making({0})", id="a closure"),
        pytest.param("lambda n, by={0}: n * by", id="a default"),
    ],
)
def test_rerun_does_anew_what_a_callable_with_other_data_would_do_otherwise(
    cells: Cells, made: str
) -> None:
    """Its code is the same; equal data are taken for equal, and a lock for nothing at all."""
    cells(SCALES + "scale = " + made.format(3))
    cells.define("steps:\n  grow: {python: scale, args: {n: 2}}\n", "growing")
    run = cells("mn.run('growing')")
    run.wait(30)
    first = run.output["grow"]
    cells("scale = " + made.format(3))
    assert "Done anew" not in repr(cells(f"%mn rerun {run.id[:4]} --wait"))
    cells("scale = " + made.format(5))
    assert "Done anew: grow." in repr(cells(f"%mn rerun {run.id[:4]} --wait"))
    changed = cells("mn.runs[-1]")
    assert changed.output["grow"] * 3 == first * 5
    more = "class Locked(int):\n    def __reduce__(self): return threading.Lock()\n"
    cells(more + "scale = " + made.format("Locked(5)"))
    for _ in range(2):
        said = repr(cells(f"%mn rerun {changed.id[:4]} --wait"))
        assert "Done anew: grow." in said
        changed = cells("mn.runs[-1]")
