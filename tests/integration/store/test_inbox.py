"""Two people decide at the same moment."""

from pathlib import Path

import pytest

from mn_notebook.domain import events as e
from mn_notebook.domain.ids import ApprovalId, AttemptToken, StepPath
from mn_notebook.domain.values import Stored
from tests.integration.store.files import end, holder, opened, said, script, tell
from tests.unit.store.stores import append, create, group

DECIDER = """
import sys
from pathlib import Path
from mn_notebook.domain.ids import ApprovalId, RunId
from mn_notebook.errors import AlreadyDecided
from tests.integration.store.files import opened
who = sys.argv[2]
store = opened(Path(sys.argv[1]), threaded=False, name=who)
print("ready", flush=True)
sys.stdin.readline()
for number in range(10):
    try:
        ask = ApprovalId(f"ask{number}")
        store.inbox.decide(RunId("run1"), ask, "approve", {}, by=who, via="t")
        print("made", flush=True)
    except AlreadyDecided as told:
        print(told, flush=True)
"""


@pytest.mark.timeout(90)
def test_of_two_processes_that_decide_one_is_told_who_was_faster(tmp_path: Path):
    """Compare-and-set where it is written: each approval has one decision and one command."""
    path = tmp_path / "store.db"
    store = opened(path, threaded=False)
    run_id = create(store)
    leases = holder(store, "p1")
    fence = leases.claim(run_id, store.clock.now())
    started = e.StepStarted(
        path=StepPath("a"), attempt=1, token=AttemptToken("t"), input=Stored(), step_key="k"
    )
    questions = [
        e.ApprovalRequested(
            approval_id=ApprovalId(f"ask{number}"),
            path=StepPath("a"),
            attempt=1,
            subject="approve",
            prompt="ok?",
        )
        for number in range(10)
    ]
    append(store, group(store, run_id, fence, e.RunStarted(), started, *questions))
    deciders = [script(DECIDER, path, who) for who in ("ann", "bob")]
    try:
        assert [said(decider) for decider in deciders] == ["ready", "ready"]
        for decider in deciders:
            tell(decider)
        answers = [[said(decider) for _ in range(10)] for decider in deciders]
    finally:
        for decider in deciders:
            end(decider)
    for ann, bob in zip(*answers, strict=True):
        assert [ann, bob].count("made") == 1
        loser, winner = (ann, "bob") if bob == "made" else (bob, "ann")
        assert f"already decided: {winner} chose 'approve'" in loser
    assert len(store.inbox.pending(["n"], [])) == 10
    leases.close()
    store.close()
