"""Markdown of runs and workflows: whole tables, harmless texts, the command to type."""

import re

import pytest

from mn_notebook.display import definition_markdown, run_markdown, runs_markdown
from tests.unit.display import pictures
from tests.unit.display.hostile import HOSTILE, tainted


def outside_code(markdown: str) -> str:
    """Leave out fenced blocks and code spans, by the rule that fences match in length."""
    markdown = re.sub(r"^(`{3,})text\n.*?\n\1$", "", markdown, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"(?<![\\`])(`+)(?!`).*?(?<!`)\1(?!`)", "", markdown)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_texts_stay_text(hostile: str) -> None:
    """No text becomes a tag, a link, a picture, a heading, a formula or a column."""
    lines = [tainted(line, hostile) for line in pictures.some_lines()]
    shown = [
        run_markdown(tainted(pictures.a_waiting_run(), hostile)),
        run_markdown(tainted(pictures.a_run_in_doubt(), hostile)),
        runs_markdown(lines),
        definition_markdown(tainted(pictures.an_outline(), hostile)),
    ]
    for markdown in map(outside_code, shown):
        assert not re.search(r"[<>]", markdown)
        assert not re.search(r"(?<!\\)[\[\]$]", markdown)
        assert not re.search(r"^#{1,3} ", markdown, flags=re.MULTILINE)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_every_row_of_a_table_has_its_columns(hostile: str) -> None:
    """No text adds a column or ends a row."""
    markdown = run_markdown(tainted(pictures.a_waiting_run(approvals=()), hostile))
    rows = [line for line in markdown.splitlines() if line.startswith("| ")]
    assert len(rows) == 7
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {9}


def test_a_waiting_run_tells_all() -> None:
    """State, order, cost, call and command are all there."""
    markdown = run_markdown(pictures.a_waiting_run())
    for fact in (
        "**◆ waiting for a person**",
        r"Cost \$0.0712 of a budget of \$0.50",
        "| check, gather |",
        "Two of three facts hold.\n```",
        "`%mn approve 4k2f review`",
    ):
        assert fact in markdown


def test_a_failed_run_shows_its_error_and_the_way_on() -> None:
    """An error is shown whole, and what to type once."""
    markdown = run_markdown(pictures.a_failed_run())
    assert "The last answer was empty.\n```" in markdown
    assert markdown.endswith("**Next:** Change the step and go on with `%mn retry 4k2f gather`.\n")
    assert markdown.count("%mn retry") == 1


def test_an_empty_run_and_a_huge_one_are_shown() -> None:
    """Neither nothing nor very much is an error."""
    assert "No steps yet." in run_markdown(pictures.an_empty_run())
    assert "975 more approvals" in run_markdown(pictures.a_huge_run())
    assert len(run_markdown(pictures.a_huge_run())) < 60_000


def test_an_output_by_name_is_shown_by_name() -> None:
    """Each value stands under its name."""
    markdown = run_markdown(pictures.a_run(output={"1. text": "a\nb"}, scripted=True))
    assert "1\\. text:\n\n```text\na\nb\n```" in markdown
    assert "**Scripted model" in markdown


def test_lists_and_bare_definitions_end_with_a_command() -> None:
    """A reader always knows what to type."""
    bare = pictures.an_outline(nodes=(), edges=(), inputs=(), may_do=(), max_model_calls=0)
    assert runs_markdown([]).endswith("`%mn run WORKFLOW name=value`\n")
    assert runs_markdown(pictures.some_lines()).endswith("`%mn approvals`\n")
    assert definition_markdown(bare).endswith("`%mn run earnings_brief`\n")
