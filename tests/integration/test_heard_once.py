"""What people ask for is taken up once, however often an owner looks into its inbox."""

from mn_notebook.agents.tools import ToolRegistry
from mn_notebook.client import NewRun
from mn_notebook.language import parse_cell
from mn_notebook.runtime import open_runtime
from mn_notebook.settings import MnSettings

TEXT = """
outputs: {first: "{{ first }}", second: "{{ second }}"}
steps:
  first: {signal: go}
  second: {signal: go, needs: [first]}
"""


def test_a_signal_that_is_seen_again_before_its_commit_counts_once(tmp_path, monkeypatch):
    """The inbox shows a command until its events are durable; a second look must not obey it."""
    settings = MnSettings(store=str(tmp_path / "store.db"), notebook="test")
    runtime = open_runtime(settings, namespace={}, registry=ToolRegistry())
    worker = runtime._background.worker
    workflow = parse_cell("w", TEXT).workflow
    run_id = runtime.start(NewRun(workflow, TEXT, runtime.origin, {}))
    runtime.wait(run_id, until=lambda line: line.status == "waiting", timeout_seconds=20)

    def look_twice() -> None:
        worker.take_up_commands()
        worker.take_up_commands()

    with monkeypatch.context() as patch:
        patch.setattr(worker, "_take_up_commands", lambda: None)
        runtime.client.signal("go", run_id=run_id, value=1)
        runtime._background.post(look_twice)
        runtime.wait(run_id, until=lambda _row: False, timeout_seconds=1)
    runtime.client.signal("go", run_id=run_id, value=2)
    worker.ring()
    runtime.wait(run_id, until=lambda line: line.finished_at is not None, timeout_seconds=20)
    assert runtime.client.output(run_id) == {"first": 1, "second": 2}
    runtime.close()
