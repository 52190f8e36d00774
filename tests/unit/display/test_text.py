"""Plain text of runs and workflows: short lines, harmless, the next command at the end."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.display import definition_text, run_text, runs_html, runs_markdown, runs_text
from mn_notebook.domain.picture import PictureNode, RunPicture
from mn_notebook.domain.runline import RunLine
from tests.unit.display import pictures
from tests.unit.display.hostile import HOSTILE, tainted

WAITING = """\
earnings_brief · ACME · run 4k2f
◆ waiting for a person · 3 of 5 steps · 3 min 8 s of work · started 2026-07-03
  14:02 UTC
cost $0.0712 of a budget of $0.50 · 6 calls · tokens 3,912 in, 611 out

✓ succeeded  gather   $0.031   agent · 41 s · gpt-5.4-mini
✓ succeeded  check    $0.024   3 of 3 · after gather · 4 attempts · gpt-5.4-mini
✓ succeeded  draft    $0.0163  agent · 38 s · after check, gather · gpt-5.4-mini
◆ waiting    review            waits for you · after draft
○ pending    publish           tool · write · after review, draft

◆ Publish this brief?
  asked by step review · since 2026-07-03 14:06 UTC · expires 2026-07-05 14:02
  UTC, then: reject
  publish_brief · write · idempotency key 7f3a90c1
    title: ACME brief
    body:
      Revenue rose 11 % on services; guidance was kept.
      Two of three facts hold.
    tags: ["earnings", "ACME"]
  draft.text (may be edited): Revenue rose 11 %.
  evidence: 10-Q p. 14: services revenue increased
  Nothing of this happens before somebody decides.
  to decide: %mn approve 4k2f review

As it stood at event 31 of its journal.

Next: When you approve, publish calls publish_brief once, then the run succeeds.
%mn approve 4k2f review"""

FAILED = """\
earnings_brief · ACME · run 4k2f
✗ failed · 0 of 1 step · 3 min 8 s of work · started 2026-07-03 14:02 UTC ·
  finished 2026-07-03 14:07 UTC
cost unknown: at least $0.0012; budget $0.50 · 6 calls · tokens 3,912 in, 611
  out

✗ failed  gather  unknown  agent · 41 s · 3 attempts · gpt-5.4-mini
✗ gather: The model refused three times: 'I cannot judge clauses.'

Error:
  gather: The model refused three times: 'I cannot judge clauses.'
  The last answer was empty.

Next: Change the step and go on with `%mn retry 4k2f gather`.
%mn retry 4k2f gather"""

RUNS = [
    pytest.param(pictures.a_run(), "%mn show 4k2f", id="succeeded"),
    pytest.param(pictures.a_run(status="paused"), "%mn why 4k2f", id="paused"),
    pytest.param(
        pictures.a_run(next="Type %mn budget 4k2f 1.50."), "%mn budget 4k2f 1.50", id="named"
    ),
    pytest.param(pictures.a_waiting_run(), "%mn approve 4k2f review", id="waiting"),
    pytest.param(pictures.a_failed_run(), "%mn retry 4k2f gather", id="failed"),
    pytest.param(pictures.a_run_in_doubt(), "%mn settle 4k2f c9", id="in-doubt"),
    pytest.param(pictures.an_empty_run(), "%mn show 4k2f", id="empty"),
    pytest.param(pictures.a_huge_run(), "%mn approve 4k2f review", id="huge"),
]


def test_a_waiting_run_reads_like_this() -> None:
    """The whole text of a run that waits for a person."""
    assert run_text(pictures.a_waiting_run()) == WAITING


def test_a_failed_run_reads_like_this() -> None:
    """The whole text of a run that failed."""
    assert run_text(pictures.a_failed_run()) == FAILED


@pytest.mark.parametrize(("picture", "command"), RUNS)
def test_the_last_line_is_the_next_command(picture: RunPicture, command: str) -> None:
    """A reader always knows what to type."""
    assert run_text(picture).splitlines()[-1] == command


@pytest.mark.parametrize(("picture", "command"), RUNS)
@pytest.mark.parametrize("width", [40, 60, 80, 132])
def test_lines_keep_to_the_width(picture: RunPicture, command: str, width: int) -> None:
    """Nothing is broken by the terminal."""
    assert max(map(len, run_text(picture, width=width).splitlines())) <= width


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_texts_do_not_steer_a_terminal(hostile: str) -> None:
    """No control letter reaches a terminal, and no text invents a line of its own."""
    lines = [tainted(line, hostile) for line in pictures.some_lines()]
    shown = run_text(tainted(pictures.a_waiting_run(), hostile))
    shown += runs_text(lines) + definition_text(tainted(pictures.an_outline(), hostile))
    assert not set(shown) & {"\x1b", "\x00", "\x9b", "\u202e", "\r"}


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zl", "Zp"])))
def test_an_argument_of_a_call_keeps_every_letter(text: str) -> None:
    """What is approved is shown to its last letter, however lines are broken."""
    body = f"begin {text} end"
    approval = pictures.an_approval(calls=(pictures.a_call(args={"body": body}),), fields=())
    shown = run_text(pictures.a_waiting_run(approvals=(approval,)))
    assert "".join(body.split()) in "".join(shown.split())


def test_wide_letters_keep_the_columns_apart() -> None:
    """A name of wide letters takes two places for each."""
    wide: PictureNode = pictures.a_node("収集")
    narrow: PictureNode = pictures.a_node("get")
    text = run_text(pictures.a_run(nodes=(wide, narrow)))
    assert "収集  $0.031" in text
    assert "get   $0.031" in text


def test_a_scripted_run_bears_a_stamp() -> None:
    """Nobody takes a scripted run for a live one."""
    assert "Scripted model" in run_text(pictures.a_run(scripted=True))


def test_an_output_is_shown_and_its_cut_is_said() -> None:
    """A long output is cut, and the reader is told where all of it is."""
    text = run_text(pictures.a_run(output="a " * 9000, output_cut=True))
    assert "more characters" in text
    assert "Cut for display; all of it: `.output` of run 4k2f" in text


def test_a_list_of_runs_tells_what_waits() -> None:
    """Each run has its status, steps, cost and origin."""
    text = runs_text(pictures.some_lines())
    assert text.startswith("3 runs · 1 waits for a person\n")
    assert "✗ 77aa · legal_review\n  failed: clauses · 2 of 5 steps · at least $0.0012" in text
    assert text.endswith("%mn approvals")


@pytest.mark.parametrize("width", [40, 100])
def test_a_list_of_runs_tells_of_budgets(width: int) -> None:
    """What may be spent stands beside what is spent, where there is a budget, in any window."""
    known = pictures.a_line(budget_usd=Decimal("2.5"))
    unknown = {"cost_usd": None, "cost_floor_usd": Decimal("0.01"), "budget_usd": Decimal(1)}
    nothing = {"cost_usd": None, "cost_floor_usd": Decimal(0), "budget_usd": Decimal(1)}
    for line, told in (
        (known, "· $0.0712 of $2.50 ·"),
        (pictures.a_line(**unknown), "· at least $0.01; budget $1.00 ·"),
        (pictures.a_line(**nothing), "· unknown; budget $1.00 ·"),
        (pictures.a_line(scripted=True, **nothing), "· scripted ·"),
        (pictures.a_line(), "· $0.0712 ·"),
    ):
        text = runs_text([line], width=width)
        assert told in " ".join(text.split())
        assert max(map(len, text.splitlines())) <= width
    assert "$0.0712 of $2.50" in runs_html([known]).replace("<span>$</span>", "$")
    assert r"\$0.0712 of \$2.50" in runs_markdown([known])


@pytest.mark.parametrize(
    ("rows", "command"),
    [((), "%mn run WORKFLOW name=value"), ((pictures.a_line(),), "%mn show 4k2f")],
    ids=["none", "one"],
)
def test_a_list_of_runs_ends_with_a_command(rows: tuple[RunLine, ...], command: str) -> None:
    """A reader always knows what to type."""
    assert runs_text(rows).splitlines()[-1] == command


def test_a_definition_tells_what_it_may_do() -> None:
    """A preview names inputs, tools, people, ceilings and warnings, and how to run it."""
    text = definition_text(pictures.an_outline())
    assert "version 3f9ac1 · class briefs · 5 steps · at most 14 model calls" in text
    assert "tool     publish  tool · after review, draft · publish_brief (write)" in text
    assert "Warning: Step check has no ceiling on its items." in text
    assert text.endswith("%mn run earnings_brief ticker=VALUE")


def test_a_bare_definition_is_shown_too() -> None:
    """A workflow of nothing is no error."""
    bare = pictures.an_outline(nodes=(), edges=(), inputs=(), group="", max_model_calls=0)
    assert "version 3f9ac1 · 0 steps · no model calls" in definition_text(bare)
    assert "No steps yet." in definition_text(bare)
