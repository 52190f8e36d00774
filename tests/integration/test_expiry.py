"""Approvals that nobody decides in time."""

from collections.abc import Iterator

import pytest

from mn_notebook.agents.tools import ToolRegistry
from mn_notebook.client import NewRun
from mn_notebook.errors import AlreadyDecided
from mn_notebook.language import parse_cell
from mn_notebook.runtime import Runtime, open_runtime
from mn_notebook.settings import MnSettings

TEXT = """
steps:
  draft:
    python: draft
  review:
    approve: Send it?
    show: [draft]
    expires: {after: 1s, then: reject}
  send:
    python: send
    args: {text: "{{ review.draft }}"}
  mourn:
    when: not review.approved
    python: mourn
"""


@pytest.fixture
def runtime(tmp_path) -> Iterator[Runtime]:
    settings = MnSettings(store=str(tmp_path / "store.db"), notebook="test")
    namespace = {
        "draft": lambda: "a draft",
        "send": lambda text: f"sent {text}",
        "mourn": lambda: "not sent",
    }
    opened = open_runtime(settings, namespace=namespace, registry=ToolRegistry())
    yield opened
    opened.close()


def _start(runtime: Runtime, text: str = TEXT):
    workflow = parse_cell("w", text).workflow
    run_id = runtime.start(NewRun(workflow, text, runtime.origin, {}))
    runtime.wait(run_id, until=lambda line: line.waiting > 0, timeout_seconds=20)
    return run_id


def test_silence_means_no(runtime):
    """An approval that nobody decides is rejected when its time is over, never approved."""
    run_id = _start(runtime)

    line = runtime.wait(run_id, until=lambda row: row.finished_at is not None, timeout_seconds=20)

    assert line.status == "succeeded"
    output = runtime.client.values.load(runtime.client.state(run_id).output)
    assert output == {"send": None, "mourn": "not sent"}


def test_a_decision_after_the_expiry_is_refused(runtime):
    """Who decides too late is told that silence meant no."""
    run_id = _start(runtime)
    request = runtime.client.open_approval(run_id, None).request
    runtime.wait(run_id, until=lambda row: row.finished_at is not None, timeout_seconds=20)

    with pytest.raises(AlreadyDecided, match=r"expired"):
        runtime.client.decide(run_id, request, "approve")


def test_a_decision_that_was_made_in_time_holds_when_it_is_taken_up_late(runtime, monkeypatch):
    """The owner may read its inbox only after the expiry: what counts is when it was decided."""
    worker = runtime._background.worker
    run_id = _start(runtime)
    request = runtime.client.open_approval(run_id, None).request
    deaf = monkeypatch.context()
    with deaf as patch:
        patch.setattr(worker, "_take_up_commands", lambda: None)
        runtime.client.decide(run_id, request, "approve")
        runtime.wait(run_id, until=lambda _row: False, timeout_seconds=2)
        assert runtime.client.run(run_id).finished_at is None
    worker.ring()
    runtime._background.post(worker.take_up_commands)

    line = runtime.wait(run_id, until=lambda row: row.finished_at is not None, timeout_seconds=20)

    output = runtime.client.values.load(runtime.client.state(run_id).output)
    assert line.status == "succeeded"
    assert output == {"send": "sent a draft", "mourn": None}
