"""Tree to workflow, with every problem at once."""

import re

from mn_notebook.domain.ids import StepName
from mn_notebook.domain.workflow import (
    AgentStep,
    ApproveStep,
    AskStep,
    PythonStep,
    Step,
    ToolStep,
    WaitStep,
    Workflow,
    WorkflowStep,
)
from mn_notebook.errors import DefinitionError
from mn_notebook.language.catalog import Catalog, Checked
from mn_notebook.language.children import check_calls
from mn_notebook.language.drafts import Draft
from mn_notebook.language.fallbacks import check_fallbacks
from mn_notebook.language.findings import Findings
from mn_notebook.language.header import Header, read_header
from mn_notebook.language.joins import check_joins
from mn_notebook.language.knowledge import Knowledge
from mn_notebook.language.needs import Edges, content_uses_of, find_needs, uses_of
from mn_notebook.language.redo import check_redos
from mn_notebook.language.scope import Scope
from mn_notebook.language.section import Section
from mn_notebook.language.steps import read_steps
from mn_notebook.language.text import read_text
from mn_notebook.language.tree import Mark
from mn_notebook.language.typed import check_types
from mn_notebook.language.unreachable import check_reach
from mn_notebook.language.vocabulary import LATER_TOP_KEYS, TOP_KEYS

_WORKFLOW_NAME = re.compile(r"[^\W\d][\w-]*")
_STEP_TYPES: dict[str, type[Step]] = {
    "agent": AgentStep,
    "tool": ToolStep,
    "python": PythonStep,
    "approve": ApproveStep,
    "ask": AskStep,
    "wait": WaitStep,
    "workflow": WorkflowStep,
}


def parse_cell(
    name: str, text: str, catalog: Catalog | None = None, *, first_line: int = 1
) -> Checked:
    """Return the workflow of a ``%%mn workflow NAME`` cell.

    ``first_line`` is the line of the cell that the text begins at: 2 below a magic line.

    Raises:
        DefinitionError: with every problem that was found.
    """
    return _parse(name, text, catalog or Catalog(), first_line)


def parse_file(text: str, catalog: Catalog | None = None) -> Checked:
    """Return the workflow of a file, whose text names it with ``workflow: NAME``.

    Raises:
        DefinitionError: with every problem that was found.
    """
    return _parse(None, text, catalog or Catalog(), 1)


def _parse(name: str | None, text: str, catalog: Catalog, first_line: int) -> Checked:
    findings = Findings()
    root = read_text(text, findings, first_line=first_line)
    if root is None:
        raise DefinitionError(findings.problems, name=name or "")
    section = Section(root, "a workflow", findings)
    section.check_keys(TOP_KEYS | {"workflow"}, LATER_TOP_KEYS)
    called = _name(section, name, first_line)
    header = read_header(section, catalog)
    drafts = read_steps(section, header, catalog)
    needs = _checked_needs(header, drafts, findings)
    check_calls(called, drafts, catalog, findings)
    if findings.problems:
        raise DefinitionError(findings.problems, name=called)
    workflow = _workflow(called, header, drafts, needs)
    return Checked(workflow, findings.warnings, text, header.examples)


def _name(section: Section, name: str | None, first_line: int) -> str:
    written = section.text("workflow", "a name")
    if name is None:
        if written is None:
            if section.value("workflow") is None:
                section.findings.problem(
                    Mark(first_line, 1), "expected `workflow: NAME` at the top of a file"
                )
            return ""
        _check_name(written.text, written.mark, section.findings)
        return written.text
    _check_name(name, Mark(max(first_line - 1, 1), 1), section.findings)
    if written is not None and written.text != name:
        section.findings.problem(
            written.mark,
            f"the cell names the workflow {name!r}, and its text {written.text!r}; "
            "remove one of them",
        )
    return name


def _check_name(name: str, mark: Mark, findings: Findings) -> None:
    if not _WORKFLOW_NAME.fullmatch(name):
        findings.problem(
            mark, f"expected a workflow name of letters, digits, _ and -, found {name!r}"
        )


def _checked_needs(header: Header, drafts: dict[str, Draft], findings: Findings) -> Edges:
    scope = Scope(header.inputs, drafts, findings)
    knowledge = Knowledge(header.inputs, drafts)
    for draft in drafts.values():
        check_types(draft, knowledge, findings)
        for use in draft.uses:
            scope.check(use, draft)
        _check_item_name(draft, drafts, findings)
        _check_edits(draft, findings)
        _warn_unseen(draft, drafts, findings)
    for use in header.output_uses:
        scope.check(use, None)
    for name, mark in header.input_marks.items():
        if name not in scope.used_inputs:
            findings.warning(
                mark,
                f"the input {name!r} is never used; remove it, or use it: {{{{ inputs.{name} }}}}",
            )
    needs = find_needs(drafts, findings)
    check_fallbacks(drafts, needs, findings)
    check_redos(drafts, needs, findings)
    check_joins(drafts, needs, findings)
    check_reach(drafts, needs, findings)
    return needs


def _check_item_name(draft: Draft, drafts: dict[str, Draft], findings: Findings) -> None:
    if draft.item_name in drafts:
        findings.problem(
            draft.mark,
            f"the item of {draft.name!r} is called like the step {draft.item_name!r}; "
            "choose another name for `as`",
        )


def _check_edits(draft: Draft, findings: Findings) -> None:
    for path, mark in draft.edits:
        if path[0] == "inputs":
            findings.problem(mark, "only what a step gave can be edited, not an input")


def _warn_unseen(draft: Draft, drafts: dict[str, Draft], findings: Findings) -> None:
    """Warn of an agent that waits for a step of which its prompt says nothing."""
    if draft.kind != "agent":
        return
    used = uses_of(draft, drafts)
    for need in draft.needs:
        is_time = need.text in drafts and drafts[need.text].kind == "wait"
        if need.text in drafts and need.text not in {*used, draft.name} and not is_time:
            findings.warning(
                need.mark,
                f"the agent {draft.name!r} sees only its prompt, which does not name "
                f"{need.text!r}; write {{{{ {need.text} }}}} in it",
            )


def _workflow(name: str, header: Header, drafts: dict[str, Draft], needs: Edges) -> Workflow:
    return Workflow(
        name=name,
        group=header.group or name,
        about=header.about,
        inputs=header.inputs,
        outputs=header.outputs,
        model=header.model,
        ladder=header.ladder,
        cheaper=header.cheaper,
        budget=header.budget,
        tools=header.tools,
        policy=header.policy,
        servers=header.servers,
        steps=tuple(_step(draft, drafts, needs[draft.name]) for draft in drafts.values()),
        **header.limits,
    )


def _step(draft: Draft, drafts: dict[str, Draft], needs: tuple[str, ...]) -> Step:
    common = {
        "name": StepName(draft.name),
        "needs": needs,
        "uses": content_uses_of(draft, drafts),
        "line": draft.mark.line,
    }
    if draft.authorises is not None:
        common["authorises"] = StepName(draft.authorises.text)
    if draft.fallback is not None:
        common["fallback"] = StepName(draft.fallback.text)
    return _STEP_TYPES[draft.kind or ""](**common, **draft.values)
