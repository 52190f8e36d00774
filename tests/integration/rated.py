"""A process that starts so many runs of one agent each, and waits for their ends.

``python -m tests.integration.rated RUNS TOPIC``; settings come from the environment. It begins when
it is told to by a line, after it has made one run, so that all is imported, and said so.
"""

import os
import sys

from mn_notebook.client import NewRun
from mn_notebook.domain.workflow import Workflow
from mn_notebook.runtime import Runtime, open_runtime
from tests.integration.house import ENDED, workflow_of

TEXT = "inputs: {who: str}\nsteps:\n  say:\n    agent: Greet {{ inputs.who }}\n"


def main(runs: int, topic: str) -> None:
    """Do it.

    Raises:
        SystemExit: a run did not succeed.
    """
    runtime = open_runtime()
    workflow = workflow_of(TEXT)
    all_of(runtime, workflow, [f"{topic}-first"])
    os.write(1, b"ready\n")
    sys.stdin.readline()
    all_of(runtime, workflow, [f"{topic}-{number}" for number in range(runs)])
    runtime.close()


def all_of(runtime: Runtime, workflow: Workflow, topics: list[str]) -> None:
    """Make a run of each topic, all at once.

    Raises:
        SystemExit: one did not succeed.
    """
    started = [
        runtime.start(NewRun(workflow, TEXT, runtime.origin, {"who": topic})) for topic in topics
    ]
    ends = [runtime.wait(run_id, until=lambda line: line.status in ENDED) for run_id in started]
    if any(line.status != "succeeded" for line in ends):
        raise SystemExit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
