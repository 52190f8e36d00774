"""A case of the suite: a workflow as a user writes it, the world around it, what has to happen.

A file holds documents that lines of ``---`` separate. Those that begin with ``workflow:``, comments
aside, are workflows: the first is the one that is run, the others are those that it calls, or
later versions. The last document tells the story.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from mn_notebook.domain.durations import parse_duration
from mn_notebook.language.findings import Findings
from mn_notebook.language.text import read_text
from mn_notebook.language.tree import plain

FOLDER = Path(__file__).parent / "cases"
AREAS = {
    "kind": "Kinds of steps",
    "values": "Inputs, outputs, types and texts",
    "needs": "Needs and conditions",
    "each": "Once for each item: `for_each`",
    "repeat": "Again until it is right: `repeat_until`",
    "retry": "Attempts: `retry` and `timeout`",
    "failure": "Failures: `on_failure` and `fallback`",
    "join": "When a step starts: `join`",
    "approve": "Approvals",
    "ask": "Forms",
    "wait": "Time and signals",
    "workflow": "Workflows inside of workflows",
    "agent": "Agents and their tools",
    "write": "Writes",
    "policy": "Policies, and what a person may choose",
    "limits": "Limits",
    "control": "What a person can do to a run",
    "rerun": "Running again what has changed",
}
"""What a file's name begins with, in the order of the reference."""

Seconds = Annotated[
    float, BeforeValidator(lambda said: parse_duration(said) if isinstance(said, str) else said)
]


class Told(BaseModel):
    """A part of a story; unknown words are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Doing(Told):
    """What a function or a tool does when it is called."""

    takes: Seconds = 1.0
    gives: JsonValue = None
    """A template over the arguments."""
    fails: str | None = None
    """With this message, a template that may come to nothing; in passing, unless ``lasting``."""
    lasting: bool = False
    retry_after: Seconds | None = None
    breaks: Literal["before", "after"] | None = None
    """The line breaks before, or after, the world has changed."""
    prints: str | None = None
    asks: str | None = None
    """Of a person, before it goes on; ``given`` is then what he filled in, or null."""
    form: dict[str, JsonValue] = Field(default_factory=dict)
    """JSON Schemas of what it asks for, by name."""


Doings = Annotated[
    tuple[Doing, ...],
    BeforeValidator(lambda said: said if isinstance(said, list) else [said]),
]
"""One after the other, the last one from then on."""


class ToolTold(Told):
    """A tool of the notebook."""

    effect: Literal["read", "idempotent", "write"] = "read"
    args: tuple[str, ...] = ()
    concurrency: int | None = None
    does: Doings = (Doing(),)
    checks: bool = False
    """It can say by its key whether a call has happened."""
    undoes: Doings | None = None
    """What its compensation does; None: it has none."""
    undoes_by_key: bool = True
    """The compensation asks for the key, and may be repeated with it."""


class Says(Told):
    """One answer of the model."""

    value: JsonValue = None
    text: str | None = None
    calls: tuple[dict[str, dict[str, JsonValue]], ...] = ()
    """Tools by name with their arguments."""


class Talk(Told):
    """What the model says to a prompt."""

    to: str = ""
    """A piece of the prompt."""
    of: str = ""
    """The model; '': whichever is asked."""
    at_first: Doing | None = None
    """How the first request fails."""
    says: Annotated[
        tuple[Says, ...],
        BeforeValidator(lambda said: said if isinstance(said, list) else [said]),
    ]
    """By the turn of the conversation."""


class Decision(Told):
    """What a person decides about a question."""

    after: Seconds = 1.0
    approves: bool = False
    edits: dict[str, JsonValue] | None = None
    rejects: str | None = None
    answers: dict[str, JsonValue] | None = None
    instead: JsonValue = None
    """What the tool would have returned: its call is not made."""
    always: bool = False
    stops: str | None = None
    """The whole run, because of this."""


class Control(Told):
    """Something that a person does to the run; exactly one of the verbs is set."""

    once: str = ""
    """As soon as the journal holds a fact that begins so; otherwise at the start."""
    after: Seconds = 1.0
    pause: str | None = None
    resume: bool = False
    cancel: str | None = None
    retry: str | None = None
    """A path, or ``all``."""
    skip: str | None = None
    value: JsonValue = None
    because: str = ""
    delegate: str | None = None
    """The question of this path, to whom ``to`` names."""
    to: str = ""
    budget: dict[str, JsonValue] | None = None
    """Another budget, for the run or for ``step``; with ``model`` all further calls are its."""
    step: str = ""
    model: str = ""
    revoke: str | None = None
    """That a tool needs no approval."""
    signal: str | None = None
    undo: str | None = None
    """Undo what the run did, for this reason; with ``keep`` leave it all."""
    leave: tuple[str, ...] = ()
    again: bool = False
    keep: bool = False
    mend: dict[str, Doings] | None = None
    """What functions do from now on."""
    define: str | None = None
    """The next version of a workflow stands from now on."""


class Outside(Told):
    """Everything that is not the program."""

    functions: dict[str, Doings] = Field(default_factory=dict)
    tools: dict[str, ToolTold] = Field(default_factory=dict)
    model: tuple[Talk, ...] = ()
    tool_mode: Literal["native", "schema"] = "native"
    people: dict[str, Decision] = Field(default_factory=dict)
    """By the path that asks."""
    controls: tuple[Control, ...] = ()


class Expected(Told):
    """What has to happen."""

    journal: str
    """A fact on each line; adjacent lines that begin with ``~`` may come in any order. An empty
    line parts two such groups."""
    steps: dict[str, str]
    status: str
    output: JsonValue = None
    error: str = ""
    """What the run's error says."""

    @cached_property
    def facts(self) -> list[list[str]]:
        """The facts, in groups whose order is free."""
        groups: list[list[str]] = []
        free = False
        for line in self.journal.splitlines():
            loose = line.startswith("~ ")
            if line and not (loose and free):
                groups.append([])
            if line:
                groups[-1].append(line.removeprefix("~ "))
            free = loose
        return groups


class Again(Told):
    """A second run that reuses the first one."""

    inputs: dict[str, JsonValue] = Field(default_factory=dict)
    version: int = 1
    """Which of the workflow's documents stands by then, counted from 1."""
    afresh: tuple[str, ...] = ()
    expect: Expected


class Story(Told):
    """The last document of a case."""

    title: str
    about: str
    inputs: dict[str, JsonValue] = Field(default_factory=dict)
    outside: Outside = Outside()
    expect: Expected
    rerun: Again | None = None


@dataclass(frozen=True)
class Case:
    """One file of the suite."""

    name: str
    texts: tuple[str, ...]
    """The workflows; the first one is run."""
    story: Story

    @property
    def area(self) -> str:
        """The first word of its name."""
        return self.name.split("-", 1)[0]


_CUT = re.compile(r"^---\n", re.MULTILINE)


def parts_of(text: str) -> list[str]:
    """Return the documents of a file."""
    return _CUT.split(text)


def read_case(path: Path) -> Case:
    """Read a case from its file."""
    *texts, story = parts_of(path.read_text())
    findings = Findings()
    tree = read_text(story, findings)
    assert tree is not None, (path, findings.problems)
    assert not findings.problems, (path, findings.problems)
    return Case(path.stem, tuple(texts), Story.model_validate(plain(tree)))


def all_cases() -> list[Case]:
    """Return the cases of the suite, by area and name."""
    areas = list(AREAS)
    cases = [read_case(path) for path in FOLDER.glob("*.yaml")]
    return sorted(cases, key=lambda case: (areas.index(case.area), case.name))
