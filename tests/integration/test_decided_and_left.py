"""What is decided while nobody advances a run, and what `resume` makes of it."""

from pathlib import Path
from unittest.mock import ANY as ANYBODY

import pytest

from tests.integration.terminal import PAUSE, Terminal, furnish

pytestmark = pytest.mark.timeout(60)


FORM = """workflow: form
steps:
  who: {ask: Who?, fields: {email: str}}
"""
REVIEW = """workflow: review
inputs: {text: {type: str, default: x}}
steps:
  review: {approve: Good?, show: [inputs.text]}
"""
EXPIRING = """workflow: expiring
steps:
  ok: {approve: Now?, expires: {after: 1s, then: skip}}
"""


@pytest.fixture
def mn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    """A folder with workflows that ask."""
    furnish(tmp_path, monkeypatch, form=FORM, review=REVIEW, expiring=EXPIRING)
    return Terminal(tmp_path, capsys)


def test_a_form_that_was_declined_is_not_asked_again_by_resuming(mn: Terminal) -> None:
    """`resume` applies the no and stops: only a run that had failed before is tried afresh."""
    mn("run", "form.yaml", code=3)
    run = mn.wait_until("waiting")
    assert f"mn resume {run}" in mn("reject", run, "who", "--because", "nobody")
    assert "declined to answer: nobody" in mn("resume", run, code=1)
    assert "run.reopened" not in [line["event"]["kind"] for line in mn.json("log", run)[:-1]]
    mn("resume", run, code=3)  # Now it had failed: it is asked again.


def test_resume_all_goes_on_with_what_was_answered(mn: Terminal) -> None:
    """`answer`, then `resume --all`, as the page says, moves the run on."""
    mn("run", "form.yaml", code=3)
    run = mn.wait_until("waiting")
    assert "No run is interrupted" in mn("resume", "--all")
    mn("answer", run, "who", "email=ann@example.org")
    *events, result = mn.json("resume", "--all", "--wait")
    told = [line["event"]["kind"] for line in events]
    assert told == ["lease.taken", "approval.decided", "step.succeeded", "run.succeeded"]
    assert result["runs"][0]["output"] == {"who": {"email": "ann@example.org", "by": ANYBODY}}
    assert mn.wait_until("succeeded") == run


def test_resume_all_lets_silence_mean_what_it_means(mn: Terminal) -> None:
    """A question that nobody answered in time is over, as soon as anybody looks after its run."""
    mn("run", "expiring.yaml", code=3)
    run = mn.wait_until("waiting")
    told = ""
    while "skipped" not in told:
        told = mn("resume", "--all")
        PAUSE.wait(0.5)
    assert "nobody decided in time" in mn("log", run)


def test_what_a_terminal_says_can_be_pasted_into_it(mn: Terminal) -> None:
    """No sentence of `mn resume` names a command as a notebook types it."""
    mn("run", "review.yaml", code=3)
    run = mn.wait_until("waiting")
    told = mn("resume", run, code=3)
    assert f"`mn approve {run} review` moves it on" in told
    assert "%mn" not in told


def test_resume_all_outlives_a_pause_that_nobody_has_taken_up(mn: Terminal) -> None:
    """Whoever holds all runs, and then lets all go on, has them go on."""
    mn("run", "form.yaml", code=3)
    run = mn.wait_until("waiting")
    assert "Recorded" in mn("pause", "--all")
    assert "paused" not in mn("resume", "--all")
    assert mn.wait_until("waiting") == run


def test_nothing_is_asked_of_a_run_that_is_to_be_stopped(mn: Terminal) -> None:
    """A `cancel` that nobody has taken up yet is told, and the question no more."""
    mn("run", "form.yaml", code=3)
    run = mn.wait_until("waiting")
    mn("cancel", run)
    for verb in ("why", "show"):
        told = " ".join(mn(verb, run).split())
        assert "'cancel' is recorded, and no process advances the run" in told
        assert f"mn answer {run}" not in told
    assert "cancelled" in mn("resume", run, code=1)


def test_what_was_decided_is_told_before_it_is_applied(mn: Terminal) -> None:
    """`why` and `show` tell a decision that nobody has taken up, and what applies it."""
    mn("run", "form.yaml", code=3)
    run = mn.wait_until("waiting")
    mn("answer", run, "who", "email=ann@example.org")
    for words in (("why", run), ("why", run, "who"), ("show", run)):
        told = " ".join(mn(*words).split())
        assert "'answer' is recorded, and no process advances the run" in told, words
        assert f"mn resume {run}" in told, words
        assert f"mn answer {run}" not in told, words
