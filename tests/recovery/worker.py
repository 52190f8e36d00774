"""A process that advances runs until it is killed: the patient of the recovery tests.

What it is to do stands in its environment, as for a kernel (``MN_STORE``, ``MN_NOTEBOOK``,
``OPENAI_BASE_URL``), and in a JSON object::

    python -m tests.recovery.worker '{"role": "advance"}'

With ``--serve`` it becomes a nursery instead: it has imported everything and opened nothing, and
for each line on its standard input it forks a child or signals one. A child is as good a process
as any, and begins in milliseconds.
"""

import json
import logging
import os
import selectors
import signal
import sys
import traceback
from typing import Any, NoReturn

import openai  # noqa: F401 - a nursery's children must not pay for this import

from tests.recovery.roles import ROLES, shorten_leases
from tests.recovery.stories import STORIES, workflow_of


def do(job: dict[str, Any]) -> None:
    """Play a role."""
    os.environ.update(job.get("env", {}))
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    if "lease" in job:
        shorten_leases(job["lease"], job.get("beat"))
    ROLES[job["role"]](job)


# --- the nursery -------------------------------------------------------------------------------


class Nursery:
    """Forks children, signals them, and says how each ended."""

    def __init__(self) -> None:
        for story in STORIES:
            workflow_of(story)  # kept: no child has to parse it again
        self._children: dict[int, str] = {}
        self._wake, self._alarm = os.pipe()
        for end in (self._wake, self._alarm):
            os.set_blocking(end, False)

    def serve(self) -> None:
        """Obey until standard input is closed; then end every child."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._alarm)
        with selectors.DefaultSelector() as selector:
            selector.register(0, selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
            rest = b""
            while True:
                for key, _ in selector.select():
                    content = os.read(int(key.fd), 65536)
                    if key.fd == 0:
                        if not content:
                            return self._end_all()
                        *whole, rest = (rest + content).split(b"\n")
                        for line in whole:
                            self._obey(json.loads(line))
                self._reap()

    def _obey(self, order: dict[str, Any]) -> None:
        if "signal" in order:
            for pid, name in self._children.items():
                if name == order["name"]:
                    os.kill(pid, order["signal"])
            return
        pid = os.fork()
        if pid == 0:
            self._become(order)
        self._children[pid] = order["name"]
        self._say(name=order["name"], pid=pid)

    def _reap(self) -> None:
        for pid in list(self._children):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                name = self._children.pop(pid)
                self._say(name=name, code=os.waitstatus_to_exitcode(status))

    def _end_all(self) -> None:
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)
        for pid in list(self._children):
            os.waitpid(pid, 0)

    def _say(self, **what: Any) -> None:
        os.write(1, (json.dumps(what) + "\n").encode())

    def _become(self, order: dict[str, Any]) -> NoReturn:
        """Be a child: let go of what is the nursery's, do the job, end as a program ends."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(self._wake)
        os.close(self._alarm)
        told = os.open(order["stdin"] or os.devnull, os.O_RDONLY)
        out = os.open(order["stdout"], os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        os.dup2(told, 0)
        os.dup2(out, 1)
        os.dup2(out, 2)
        try:
            do(order["job"])
        except BaseException:  # noqa: BLE001 - told where the tests look, and by the exit code
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        # As at the end of a main program: what runs at exit runs, and threads are waited for.
        sys.exit(0)


def main() -> None:
    """Serve, or do one job."""
    if sys.argv[1] == "--serve":
        Nursery().serve()
    else:
        do(json.loads(sys.argv[1]))


if __name__ == "__main__":
    main()
