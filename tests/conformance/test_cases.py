"""The workflow language does what its reference says: each construct, from text, built, crashed."""

import re
from collections import Counter

import pytest

from mn_notebook.domain.workflow import Workflow
from mn_notebook.language.written import written
from mn_notebook.testing.simulation import CRASH_SIDES, CrashAt
from tests.conformance.case import AREAS, Case, Expected, all_cases
from tests.conformance.facts import lasting
from tests.conformance.play import Came, Play
from tests.conformance.texts import Read, built, catalog, parsed, taken, versions

CASES = all_cases()
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def hold(came: Came, expected: Expected) -> None:
    """Require that a run came to what the case says."""
    groups = iter(came.facts)
    facts = [sorted(next(groups, "nothing more") for _ in group) for group in expected.facts]
    assert [*facts, *([fact] for fact in groups)] == [sorted(group) for group in expected.facts]
    assert came.steps == expected.steps
    assert came.status == expected.status
    assert came.output == expected.output
    assert came.error == expected.error


def expectations(case: Case) -> list[Expected]:
    story = case.story
    return [story.expect, *([story.rerun.expect] if story.rerun is not None else [])]


def bare(workflow: Workflow) -> Workflow:
    """Return a workflow without the places in its text."""
    return workflow.model_copy(
        update={"steps": tuple(step.model_copy(update={"line": 0}) for step in workflow.steps)}
    )


@each_case
def test_a_run_comes_to_what_the_case_says(case: Case) -> None:
    """Journal, steps, status and outputs are those of the case."""
    came = Play(case, versions(case, parsed)).play()
    for one, expected in zip(came, expectations(case), strict=True):
        hold(one, expected)


@pytest.mark.parametrize("read", [taken, built], ids=["taken", "built"])
@each_case
def test_the_builder_says_the_same_as_the_text(case: Case, read: Read) -> None:
    """Text and builder give one canonical workflow, and it runs alike."""
    by_text, by_builder = versions(case, parsed), versions(case, read)
    for name, workflows in by_text.items():
        assert list(map(bare, by_builder[name])) == list(map(bare, workflows))
    came = Play(case, by_builder).play()
    for one, expected in zip(came, expectations(case), strict=True):
        hold(one, expected)


@each_case
def test_a_workflow_is_written_as_a_text_that_says_the_same(case: Case) -> None:
    """Model to text to model loses nothing."""
    by_text = versions(case, parsed)
    known = {name: workflows[-1] for name, workflows in by_text.items()}
    for workflows in by_text.values():
        for workflow in workflows:
            again = parsed(written(workflow), catalog(case, known))
            assert bare(again) == bare(workflow)


@each_case
def test_a_crash_at_any_commit_changes_nothing_that_lasts(case: Case) -> None:
    """However a process dies, the next one brings the run to the same end."""
    workflows = versions(case, parsed)
    whole = Play(case, workflows)
    came = whole.play()
    for commit in range(1, whole.commits + 1):
        for side in CRASH_SIDES:
            again = Play(case, workflows, crash=CrashAt(commit, side)).play()
            for one, other in zip(again, came, strict=True):
                hold_after_crash(one, other, f"crash {side} commit {commit}")


def hold_after_crash(one: Came, other: Came, where: str) -> None:
    """Require the same end, but for what was under way when its graph failed.

    Nothing is started again in a graph that has failed: what a crash stopped there stays undone.
    """
    undone = [path for path, status in one.steps.items() if status == "cancelled"]
    allowed = {path for path in undone if "failed" in other.steps.values()}
    assert comparable(one, allowed) == comparable(other, allowed), where


def comparable(came: Came, but: set[str]) -> dict[str, object]:
    facts = [
        fact for fact in lasting(list(came.facts)) if not any(f" {one} " in fact for one in but)
    ]
    return {
        "status": came.status,
        "steps": {path: status for path, status in came.steps.items() if path not in but},
        "output": came.output,
        "error": came.error,
        "values": {path: value for path, value in came.values.items() if path not in but},
        "facts": facts,
    }


def test_every_area_has_cases() -> None:
    """The suite is as wide as the language."""
    found = Counter(case.area for case in CASES)
    assert set(found) == set(AREAS)
    assert sum(found.values()) >= 70


@each_case
def test_a_case_is_written_as_a_user_writes(case: Case) -> None:
    """A text holds a comment, and two sentences explain it."""
    assert any(re.search(r"(^|\s)# ", text) for text in case.texts)
    assert len(re.findall(r"[.:!?](\s|$)", case.story.about)) >= 2
