"""A real SIGKILL around an effect, and around its undoing: the ledger says what the world saw."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.client import NewRun, RunClient, open_client
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.ledger import Entry, ledger
from mn_notebook.domain.why import why_run
from mn_notebook.engine.summary import status_of
from tests.recovery.effect_owner import AGENT, ORIGIN, TEXT, Outside, settings_of, workflow_of
from tests.recovery.processes import Forked, Nursery, kill, until


class Stage:
    """A store, the world, people, and owners that are killed one after the other."""

    def __init__(self, nursery: Nursery, folder: Path) -> None:
        self.folder = folder
        self._nursery = nursery
        self.outside = Outside(folder)
        self.client: RunClient = open_client(settings_of(folder, "bob"))
        self._owner: Forked | None = None

    def owner(self, moment: str = "none") -> None:
        """Let a process own the runs; it stands still at a moment."""
        self.outside.reached.unlink(missing_ok=True)
        self._owner = self._nursery.fork({}, role="effects", folder=str(self.folder), moment=moment)
        until((self.folder / f"up-{self._owner.pid}").exists, "an owner")

    def kill_at(self, moment: str) -> None:
        """Kill the owner at the moment where it stands still, and see that it was killed."""
        until(self.outside.reached.exists, f"the owner to reach {moment}")
        assert self.outside.reached.read_text() == moment
        self.kill()

    def kill(self) -> None:
        """Kill the owner."""
        assert self._owner is not None
        assert kill(self._owner) == -signal.SIGKILL
        self._owner = None

    def start(self, text: str) -> RunId:
        """Ask for a run."""
        origin = str(self.folder / ORIGIN)
        return self.client.start(NewRun(workflow_of(text), text, origin, {}))

    def allow(self, run_id: RunId, path: str, calls: int = 1) -> None:
        """Approve what is asked at a step."""

        def asked() -> Any:
            found = self.client.state(run_id).approvals.values()
            return next((one.request for one in found if one.request.path == path), None)

        self.client.decide(run_id, until(asked, f"a question at {path}"), "approve")

    def status(self, run_id: RunId, status: str) -> None:
        """Wait for a status."""
        until(lambda: self.client.run(run_id).status == status, f"{run_id} to be {status}")

    def ledger(self, run_id: RunId) -> tuple[Entry, ...]:
        """Return what the run says it did."""
        return ledger(self.client.state(run_id), self.client.events(run_id))

    def kinds(self, run_id: RunId) -> list[str]:
        """Return the kinds of the run's facts."""
        return [recorded.event.kind for recorded in self.client.events(run_id)]

    def why(self, run_id: RunId) -> str:
        """Say why the run stands where it stands."""
        state = self.client.state(run_id)
        told = why_run(
            state, self.client.events(run_id), status_of(state), "none", self.client.clock.now()
        )
        return " ".join([*told.why, told.next])

    def close(self) -> None:
        """Leave nothing behind."""
        if self._owner is not None:
            self.kill()
        self.client.close()


@pytest.fixture
def stage(nursery: Nursery, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(nursery, tmp_path)
    yield stage
    stage.close()


DONE = ("succeeded", "happened", "undone", "undo_failed", "undo_in_doubt")


def agrees(stage: Stage, run_id: RunId) -> bool:
    """Tell whether the ledger says exactly what the world saw, in its order."""
    done = [(entry.tool, entry.key) for entry in stage.ledger(run_id) if entry.state in DONE]
    undone = [(entry.tool, entry.key) for entry in stage.ledger(run_id) if entry.state == "undone"]
    seen = [(line["name"], line["key"]) for line in stage.outside.lines()]
    back = [("pay", key) for name, key in seen if name == "refund"]
    acts = [(name, key) for name, key in seen if name not in ("refund", "recall")]
    paid = [one for one in undone if one[0] == "pay"]
    return done == acts and paid[::-1] == back and len(set(acts)) == len(acts)


@pytest.mark.parametrize("side", ["before", "after"])
def test_the_ledger_is_what_the_world_saw_after_two_kills_and_an_undoing(
    stage: Stage, side: str
) -> None:
    """One owner dies in a payment, the next in a refund; each thing happened once, and is known.

    The refund takes its key: it is repeated with it, and the world tells the repetition.
    """
    stage.owner(f"pay:{side}")
    run_id = stage.start(TEXT)
    stage.allow(run_id, "one")
    stage.kill_at(f"pay:{side}")
    stage.owner(f"refund:{side}")
    for step in ("two", "three", "four"):
        stage.allow(run_id, step)
    until(lambda: len(stage.client.state(run_id).undo.plan) == 3, "three payments and a mail")
    assert agrees(stage, run_id)
    assert stage.kinds(run_id).count("tool.settled") == 1, "its check was asked"
    stage.client.cancel(run_id, undo=True)
    stage.kill_at(f"refund:{side}")
    assert stage.kinds(run_id)[-1] == "compensation.started"
    assert stage.client.run(run_id).status == "running", "somebody has to go on with it"
    picture = stage.client.picture(run_id)
    assert picture.status_text == "interrupted while it was being undone: its process ended"
    assert "`%mn resume" in picture.next
    stage.owner()
    stage.status(run_id, "cancelled")
    assert agrees(stage, run_id)
    states = [entry.state for entry in stage.ledger(run_id)]
    assert states == ["undone", "succeeded", "undone", "undone"]
    names = [line["name"] for line in stage.outside.lines()]
    assert names == ["pay", "post", "pay", "mail", "recall", "refund", "refund"]
    doubts = [
        f.event for f in stage.client.events(run_id) if f.event.kind == "compensation.in_doubt"
    ]
    assert [doubt.again for doubt in doubts] == [True]
    stage.kill()


@pytest.mark.parametrize("side", ["before", "after"])
def test_an_undoing_without_its_key_is_in_doubt_after_a_kill(stage: Stage, side: str) -> None:
    """Nobody can tell whether it happened: it is not repeated, and nothing after it is undone."""
    stage.owner(f"recall:{side}")
    run_id = stage.start(TEXT)
    for step in ("one", "two", "three", "four"):
        stage.allow(run_id, step)
    until(lambda: len(stage.client.state(run_id).undo.plan) == 3, "three calls to undo")
    stage.client.cancel(run_id)
    stage.status(run_id, "cancelled")
    stage.client.undo(run_id)
    stage.kill_at(f"recall:{side}")
    seen = [line["name"] for line in stage.outside.lines()]
    assert seen.count("recall") == (side == "after")
    stage.owner()
    stage.status(run_id, "cancelled")
    states = [entry.state for entry in stage.ledger(run_id)]
    assert states == ["succeeded", "succeeded", "succeeded", "undo_in_doubt"]
    assert [line["name"] for line in stage.outside.lines()] == seen
    assert "Whether mail at four is undone is in doubt: the process" in stage.why(run_id)
    stage.client.undo(run_id, leave=["four"])
    until(lambda: not stage.client.state(run_id).undo.plan, "the rest to be undone")
    stage.status(run_id, "cancelled")
    assert [entry.state for entry in stage.ledger(run_id)] == [
        "undone", "succeeded", "undone", "undo_in_doubt",
    ]  # fmt: skip
    assert [line["name"] for line in stage.outside.lines()] == [*seen, "refund", "refund"]
    stage.kill()


def test_a_retry_after_a_committed_write_continues_the_transcript(stage: Stage) -> None:
    """The owner dies after the payment of an agent; the agent fails, and a retry pays nothing."""
    stage.owner("pay:after")
    run_id = stage.start(AGENT)
    stage.allow(run_id, "clerk")
    stage.kill_at("pay:after")
    stage.owner()
    stage.status(run_id, "failed")
    (call,) = stage.ledger(run_id)
    assert call.state == "happened"
    asked = (stage.folder / "asked.jsonl").read_text().splitlines()
    (stage.folder / "mended").touch()
    stage.client.retry(run_id)
    stage.status(run_id, "succeeded")
    assert agrees(stage, run_id)
    assert [line["name"] for line in stage.outside.lines()] == ["pay"]
    assert stage.ledger(run_id) == (call,), "the same call, with the same key"
    later = (stage.folder / "asked.jsonl").read_text().splitlines()[len(asked) :]
    assert later == ['["system", "user", "assistant", "tool"]'], (
        "the model goes on from what was done"
    )
    stage.kill()
