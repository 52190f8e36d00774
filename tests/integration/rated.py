"""A process that starts so many runs of one agent each, and waits for their ends.

``python -m tests.integration.rated RUNS TOPIC``; settings come from the environment.
"""

import sys

from mn_notebook.client import NewRun
from mn_notebook.runtime import open_runtime
from tests.integration.house import ENDED, workflow_of

TEXT = "inputs: {who: str}\nsteps:\n  say:\n    agent: Greet {{ inputs.who }}\n"


def main(runs: int, topic: str) -> None:
    """Do it.

    Raises:
        SystemExit: a run did not succeed.
    """
    runtime = open_runtime()
    workflow = workflow_of(TEXT)
    started = [
        runtime.start(NewRun(workflow, TEXT, runtime.origin, {"who": f"{topic}-{number}"}))
        for number in range(runs)
    ]
    ends = [runtime.wait(run_id, until=lambda line: line.status in ENDED) for run_id in started]
    runtime.close()
    if any(line.status != "succeeded" for line in ends):
        raise SystemExit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
