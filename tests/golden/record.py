"""Records the histories of this release: ``python -m tests.golden.record [NAME…]``.

Golden histories are never edited, only added: a folder of a release that exists already is left
alone unless ``--again`` says that this release has not been published yet. ``--shown`` renews
nothing but what a terminal shows of every history, for words that were changed on purpose.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

import mn_notebook
from mn_notebook.client import RunClient
from mn_notebook.testing.doubles import SequentialIds
from tests.conformance.case import FOLDER as CASES
from tests.conformance.case import read_case
from tests.conformance.conftest import hasten
from tests.golden.history import FOLDER, History, all_histories
from tests.golden.playing import Cut, record, resumed, shown_of

STORIES = Path(__file__).parent / "stories"


@dataclass(frozen=True)
class Recipe:
    """How a history is made."""

    name: str
    story: str
    """A story of this folder, or a case of the conformance suite."""
    about: str
    cuts: tuple[Cut, ...] = ()
    ends: bool = False
    """After its cuts it is brought to its end; otherwise it stays as its last process left it."""
    absent: tuple[str, ...] = ()
    """Functions and tools that are not there yet."""


def done(name: str, story: str, about: str, *cuts: Cut) -> Recipe:
    """Return the recipe of a history that has come to its end."""
    return Recipe(name, story, about, cuts, ends=True)


def left(name: str, story: str, about: str, *cuts: Cut, absent: tuple[str, ...] = ()) -> Recipe:
    """Return the recipe of a history that is left unfinished."""
    return Recipe(name, story, about, cuts, absent=absent)


RECIPES = (
    done("succeeded", "values-outputs", "A run that succeeded"),
    done("failed", "failure-fail", "A run that failed"),
    done("put-off", "retry-model", "A model's server wanted a call later"),
    done("cancelled", "control-cancel", "A run that was cancelled while a person was asked"),
    done("cancelled-call", "control-cancel-call", "A call was under way when it was cancelled"),
    left("queued", "kind-python", "Nobody has begun it"),
    left("pausing", "control-pause", "A pause is asked for, a call goes on", Cut("ann asked")),
    left("paused", "control-pause", "A paused run", Cut("paused", 1)),
    done("resumed", "control-pause-waiting", "A paused run that went on"),
    left("approval", "approve-edited", "A person is asked, and may edit", Cut("asked at", 0.2)),
    left("escalated", "approve-expires-escalate", "Nobody answered in time", Cut("escalated", 1)),
    done("expired", "approve-expires-reject", "Silence meant no"),
    left("redone", "approve-redo", "A rejection sent the work back", Cut("sent back")),
    left("form", "kind-ask", "A form waits to be filled in", Cut("asked at", 0.5)),
    done("answered", "kind-ask", "A form was filled in"),
    left("held-back", "limits-calls", "A call waits for its minute", Cut("held back", 5)),
    left("timer", "wait-until", "A step waits for a date", Cut("open sleeps", 1)),
    left("signal", "wait-signal", "A step waits for a signal", Cut("arrived waits", 1)),
    left("signal-kept", "wait-signal-before", "A signal came early", Cut("ann sent")),
    done("timeout", "wait-timeout", "A signal that did not come"),
    left("code", "code", "A step waits for its code", Cut("held up", 1), absent=("later",)),
    left("agent", "agent-tools", "A tool of an agent is at work", Cut("called")),
    left("agent-turn", "agent-tools", "Its model is asked again", Cut("asked the model", times=2)),
    done("agent-crashed", "agent-tools", "An agent went on after a crash", Cut("called", 0.5)),
    done("agent-schema", "agent-tools-schema", "Tools chosen by a schema"),
    done("agent-repaired", "agent-repaired", "A malformed answer was repaired"),
    done("agent-refused", "agent-write-refused", "A person refused a call"),
    left("agent-two", "agent-two", "Two writes of one answer", Cut("called", 0.5, times=2)),
    done("agent-failing", "agent-tool-fails", "A tool of an agent failed"),
    left("model-failed", "retry-model", "A model call failed in passing", Cut("next attempt")),
    left("retrying", "retry-passing", "Another attempt has its time", Cut("next attempt", times=2)),
    left("write-asked", "write-asks", "A write asks for leave", Cut("asked leave", 0.5)),
    left("write-doubt", "write-doubt", "A write is in doubt", Cut("in doubt", 0.5)),
    done("write-settled", "write-doubt-repeated", "A write in doubt was made again"),
    done("write-told", "write-doubt", "A person said that a write had happened"),
    done("tool-asked", "ask-by-tool", "A tool asked a person something, and went on"),
    left("tool-asking", "ask-by-tool", "A tool asks a person something", Cut("asked at sign", 1)),
    done("write-approved", "approve-for", "An approval allowed the calls that it showed"),
    left("write-crashed", "write-python", "A process died in a write", Cut("called", 0.5)),
    left("crashing", "crashing", "It ended 3 processes", *[Cut("started", 5)] * 3, Cut("asked")),
    done("items", "each-collect", "Items, of which some failed"),
    done("items-unbegun", "items-unbegun", "Items that failed before their first attempt"),
    done("items-skipped", "control-skip-unbegun", "Items that were skipped before their turn"),
    done("items-skipped-inner", "skipped-inner", "An item inside was skipped before its turn"),
    left("items-half", "each-concurrency", "Items, of which some are done", Cut("succeeded")),
    left("loop", "repeat-previous", "In the middle of a loop", Cut("judged", times=1)),
    done("loop-items", "repeat-items", "Loops of items"),
    left("nested", "workflow-each-repeat", "Subworkflows of items in loops", Cut("succeeded")),
    done("nested-redone", "workflow-redo", "A subworkflow was sent back"),
    left("nested-timeout", "workflow-timeout", "A subworkflow has time", Cut("started", 0.5)),
    done("nested-stopped", "stopped", "What was under way in a subworkflow was stopped"),
    left("reopened", "control-retry", "A failed run was reopened", Cut("ann reopened")),
    done("reopened-item", "control-retry-item", "A failed item was tried again"),
    done("skipped-value", "control-skip-value", "A person gave a value"),
    done("skipped-question", "control-skip-approval", "A question was withdrawn"),
    done("fallback", "failure-fallback", "A fallback stood in"),
    done("reused", "rerun-items", "A second run reused the first"),
    left("reusing", "rerun-people", "A second run asks anew", Cut("asked at", 0.5)),
    done("reused-afresh", "rerun-afresh", "A step was done afresh"),
    done("undone", "control-undo", "What a cancelled run did was undone"),
    left("undoing", "control-undo", "A call is being undone", Cut("undoing", 0.5)),
    done("undoing-crashed", "control-undo", "It was undone after a crash", Cut("undoing", 0.5)),
    done("undoing-failed", "undo", "An undoing failed, was left, and then all was kept"),
    left(
        "undoing-doubt",
        "undo-doubt",
        "Nobody knows whether a call is undone",
        Cut("undoing", 0.5),
        Cut("in doubt: the undoing", 0.5),
    ),
    left("values", "values", "A table, a long text, a print", Cut("asked at tell", 0.5)),
    done("values-done", "values", "The same, at its end"),
    done("rules", "policy-rules", "A policy let a call pass, denied one and asked about one"),
    done("edited-call", "policy-edited", "A call was approved with other arguments"),
    done("answered-call", "policy-instead", "Somebody answered in place of a tool"),
    done("stopped-call", "policy-stop", "Somebody stopped the run when it asked"),
    done("always", "policy-always", "A tool was always allowed, until that was taken back"),
    done("form-answered", "kind-ask", "A form was filled in, and the run went on"),
    done("went-on", "control-pause-waiting", "A paused run that went on"),
    done("handed-over", "policy-escalates", "A question was escalated, and handed over"),
    left("budget", "limits-budget", "A budget is used up", Cut("asked for more")),
    done("budget-raised", "limits-budget", "A budget was used up, and raised"),
    done("budget-given", "limits-budget-given", "A budget was raised before it was used up"),
    done("overdue", "approve-expires-escalate", "A question was escalated, and decided late"),
    done("in-doubt-again", "write-doubt", "A call was in doubt, and a person knew"),
    done("ladder", "agent-ladder", "A step went up its ladder of models"),
    done("summary", "agent-long-summary", "A long result was summarised"),
    done("summary-empty", "summary-empty", "A summary was empty, and the result was cut"),
    done("cut", "agent-long-cut", "A long result was cut"),
    done("spared", "agent-cache", "Identical calls were made once"),
    done("spared-ladder", "spared", "A whole conversation was taken over"),
    done("budget-stopped", "limits-budget-step", "A run ended with what there was"),
)


def make(recipe: Recipe, folder: Path) -> History:
    """Record a history, and what it comes to when it is gone on with."""
    path = STORIES / f"{recipe.story}.yaml"
    path = path if path.exists() else CASES / f"{recipe.story}.yaml"
    history = record(
        folder / recipe.name,
        read_case(path),
        about=recipe.about,
        story=path.read_text("utf-8"),
        cuts=recipe.cuts,
        ends=recipe.ends,
        absent=recipe.absent,
    )
    with tempfile.TemporaryDirectory() as scratch:
        ends = resumed(history, Path(scratch))
    facts = history.facts.model_copy(update={"ends": ends})
    text = facts.model_dump_json(indent=1)
    (history.folder / "history.json").write_text(text + "\n", "utf-8")
    return history


def show_again(history: History) -> None:
    """Renew what a terminal shows of a history."""
    with tempfile.TemporaryDirectory() as scratch:
        store, clock = history.opened(Path(scratch))
        client = RunClient(store, user="ann", clock=clock, ids=SequentialIds())
        shown = shown_of(client, list(history.facts.runs))
        store.close()
    (history.folder / "shown.txt").write_text(shown, "utf-8")


def main(words: list[str]) -> None:
    """Do what a command line says."""
    hasten(pytest.MonkeyPatch())
    if "--shown" in words:
        for history in all_histories():
            show_again(history)
        return
    release = FOLDER / mn_notebook.__version__
    names = {word for word in words if not word.startswith("--")}
    for recipe in RECIPES:
        if names and recipe.name not in names:
            continue
        if (release / recipe.name).exists() and "--again" not in words:
            print(f"kept {recipe.name}: it is recorded already")  # noqa: T201 - a script
            continue
        print(f"recorded {make(recipe, release).name}")  # noqa: T201 - a script


if __name__ == "__main__":
    main(sys.argv[1:])
