"""What any release has written is readable for ever: it folds, goes on, and is shown."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

import mn_notebook
from mn_notebook.client import RunClient
from mn_notebook.display import (
    run_html,
    run_markdown,
    run_text,
    runs_html,
    runs_markdown,
    runs_text,
)
from mn_notebook.domain import events as e
from mn_notebook.domain import fold
from mn_notebook.domain.budgets import GRANTING, granted
from mn_notebook.domain.events import KINDS
from mn_notebook.domain.why_facts import FACT_KINDS, facts_of
from mn_notebook.testing.doubles import SequentialIds
from mn_notebook.verbs.look import line_of
from tests.golden.history import FOLDER, ROOT, History, all_histories
from tests.golden.playing import resumed, shown_of
from tests.golden.record import RECIPES, make
from tests.golden.summary import summary

HISTORIES = all_histories()
each_history = pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.name)

NEVER_WRITTEN = {
    # No server yet proves who decides: there are no two people.
    "approval.decided": {"verified", "counts"},
    "approval.requested": {"given", "needed"},
    # A story has no settings: no budget of a day, and no cheaper model.
    "budget.reached": {"day", "until"},
    "budget.raised": {"day"},
    "run.created": {"cheaper"},
    "model.failed": {"paid"},  # only a real server may have done the work all the same
    "model.responded": {"request_id"},  # only a real server names its requests
}
"""Fields that no history can contain, each with the reason."""

RENEW = "python -m tests.golden.record --shown"


Look = Callable[[History], RunClient]


@pytest.fixture(scope="module")
def look(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Look]:
    """Look at a history, at the time at which its last process died."""
    clients: dict[Path, RunClient] = {}

    def look(history: History) -> RunClient:
        if history.folder not in clients:
            store, clock = history.opened(tmp_path_factory.mktemp("history"))
            ids = SequentialIds()
            clients[history.folder] = RunClient(store, user="ann", clock=clock, ids=ids)
        return clients[history.folder]

    yield look
    for client in clients.values():
        client.close()


@each_history
def test_a_history_folds_to_where_it_stood(history: History, look: Look) -> None:
    """Events are for ever: their fold is what it was."""
    client = look(history)
    stands = [summary(client.state(run), client.values) for run in history.facts.runs]
    assert json.loads(json.dumps(stands)) == list(history.facts.stands)


FORGETS = (e.StepRetryScheduled, e.ToolInDoubt, e.StepIterated, e.SignalReceived, e.TimerSet)


@pytest.mark.parametrize("kind", FORGETS)
def test_a_fold_that_forgets_something_is_noticed(
    kind: type, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above can fail."""
    monkeypatch.setitem(fold._APPLY, kind, lambda state, _event, _at: state)
    differ = 0
    for history in HISTORIES:
        client = look(history)
        run, stands = history.facts.runs[-1], history.facts.stands[-1]
        workflow = client.store.journal.workflow(client.run(run).workflow_hash)
        try:
            state = fold.fold(workflow, run, client.events(run))
        except LookupError:  # A later event asks for what was forgotten.
            differ += 1
        else:
            differ += json.loads(json.dumps(summary(state, client.values))) != stands
    assert differ


@each_history
def test_explaining_a_history_reads_all_that_it_has_to(history: History, look: Look) -> None:
    """Of a long journal only some kinds of events are read, and they tell the same."""
    client = look(history)
    for run in history.facts.runs:
        assert facts_of(client.events(run, kinds=FACT_KINDS)) == facts_of(client.events(run))


@each_history
def test_a_history_lists_what_its_journal_says(history: History, look: Look) -> None:
    """The row of a run says the same as the fold of its events."""
    client = look(history)
    for run, stands in zip(history.facts.runs, history.facts.stands, strict=True):
        line = client.run(run)
        assert (line.status, line.head) == (stands["status"], stands["head"])
        assert client.store.journal.workflow(line.workflow_hash).hash == line.workflow_hash
        state = client.state(run)
        assert granted(client.events(run, kinds=GRANTING)) == state.budget
        may_spend = state.budget.usd if state.budget and state.workflow.asks_models else None
        assert line_of(client, line).budget_usd == may_spend


@each_history
def test_a_history_is_gone_on_with_to_its_end(history: History, tmp_path: Path) -> None:
    """A run that an older program began comes to the end that it would have brought it to."""
    ends = resumed(history, tmp_path)
    assert json.loads(json.dumps(ends)) == list(history.facts.ends)


@each_history
def test_a_history_is_shown_as_it_was(history: History, look: Look) -> None:
    """Text, explanations and log; words that were changed on purpose are renewed by ``RENEW``."""
    client = look(history)
    shown = shown_of(client, list(history.facts.runs))
    assert shown == history.shown, f"if the new words are meant: {RENEW}"


class Balanced(HTMLParser):
    """Requires that what is opened is closed."""

    void = frozenset({"br", "hr", "img", "meta", "input", "link"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.void:
            self.open.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag not in self.void:
            assert self.open.pop() == tag


@each_history
def test_a_history_is_drawn_on_every_face(history: History, look: Look) -> None:
    """Also in HTML, in Markdown, narrow, and in the list of runs."""
    client = look(history)
    for run in history.facts.runs:
        picture = client.picture(run)
        markdown = run_markdown(picture).replace("\\", "")
        for drawn in (run_html(picture), markdown, run_text(picture, width=40)):
            assert picture.workflow in drawn
            assert all(node.name in drawn for node in picture.nodes)
        page = Balanced()
        page.feed(run_html(picture))
        assert page.open == []
    rows = [line_of(client, line) for line in client.runs()]
    for drawn in (runs_html(rows), runs_markdown(rows), runs_text(rows)):
        assert all(row.run_id[:4] in drawn for row in rows)


@each_history
def test_a_history_says_nothing_of_where_it_was_recorded(history: History) -> None:
    """Anybody may record one, and anybody may read it."""
    texts = [file.read_text("utf-8") for file in history.folder.iterdir()]
    assert [text for text in texts if str(ROOT) in text] == []


# --- completeness ------------------------------------------------------------------------------


def recorded() -> dict[tuple[str, int], set[str]]:
    """Return what the histories contain: the fields that are set, by kind and version."""
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    for history in HISTORIES:
        for kind, version, body in history.events():
            found[kind, version].update(json.loads(body))
    return found


def missing(found: dict[tuple[str, int], set[str]]) -> list[str]:
    """Return in words what no history contains."""
    versions = {(kind, n) for kind, cls in KINDS.items() for n in range(1, cls.VERSION + 1)}
    lacking = [f"{kind} of version {version}" for kind, version in sorted(versions - found.keys())]
    for kind, cls in sorted(KINDS.items()):
        fields = set(cls.model_fields) - {"kind"} - NEVER_WRITTEN.get(kind, set())
        unset = sorted(fields - found.get((kind, cls.VERSION), set()))
        if (kind, cls.VERSION) in found and unset:
            lacking.append(f"{kind} of version {cls.VERSION} with {', '.join(unset)}")
    return lacking


def test_every_event_is_in_a_history() -> None:
    """Whoever adds an event, a field or a version records a run that contains it."""
    assert missing(recorded()) == [], "add a recipe to tests/golden/record.py, and run it"


def test_a_version_that_was_not_recorded_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail: for a new version, and for a new field."""
    monkeypatch.setattr(KINDS["run.paused"], "VERSION", 2)
    found = recorded()
    found["run.resumed", 1].discard("by")
    assert missing(found) == ["run.paused of version 2", "run.resumed of version 1 with by"]


def test_every_situation_is_in_a_history() -> None:
    """A run may have been left in any of them."""
    statuses = {one["status"] for history in HISTORIES for one in history.facts.stands}
    assert statuses == {
        "queued",
        "running",
        "waiting",
        "paused",
        "succeeded",
        "failed",
        "cancelled",
    }
    waits = {name for history in HISTORIES for one in history.facts.stands for name in one}
    assert waits >= {"approvals", "timers", "due", "awaited", "signals", "active", "reuses"}
    every: list[Any] = [one for history in HISTORIES for one in history.facts.stands]
    subjects = {asked["subject"] for one in every for asked in one.get("approvals", ())}
    assert subjects == {"approve", "call", "in_doubt", "crashing", "ask", "budget"}


# --- recording ---------------------------------------------------------------------------------


def test_this_release_is_recorded() -> None:
    """Every recipe has its history in the folder of some release."""
    names = {history.folder.name for history in HISTORIES}
    assert {recipe.name for recipe in RECIPES} <= names
    assert (FOLDER / mn_notebook.__version__).is_dir(), "python -m tests.golden.record"


@pytest.mark.parametrize("name", ["agent", "values", "reusing"])
def test_a_history_can_be_recorded_anew(name: str, tmp_path: Path) -> None:
    """The script that records works, and writes the same every time."""
    recipe = next(one for one in RECIPES if one.name == name)
    one, other = make(recipe, tmp_path / "one"), make(recipe, tmp_path / "other")
    for file in sorted(one.folder.iterdir()):
        assert file.read_text("utf-8") == (other.folder / file.name).read_text("utf-8")
    assert one.facts.ends
