"""Restate: its server with a log of its own, and handlers that it calls over HTTP/2.

The server is linked statically, so the disk of a fixed speed does not reach it.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import restate
from hypercorn.asyncio import serve
from hypercorn.config import Config

from benchmarks import wait_costs
from benchmarks.case import Case, WrongResult, require_total, right_ones
from benchmarks.commands import command
from benchmarks.environments import npm_folder
from benchmarks.meter import gaps
from benchmarks.payload import EFFECTS, traces, work
from benchmarks.recovery import record

PACKAGES = npm_folder("restate") / "node_modules" / "@restatedev"
PATIENCE_SECONDS = 60.0

bench = restate.Service("bench")
asking = restate.Workflow("asking")


@bench.handler()
async def steps_in_a_row(ctx: restate.Context, count: int) -> int:
    """Do steps, one after the other."""
    total = 0
    for i in range(count):
        result = await ctx.run_typed(f"s{i}", work, i=i)
        total += result["v"]
    return total


@bench.handler()
async def spread(ctx: restate.Context, middle: int) -> int:
    """Do a first step, then those in the middle at once, then the last."""
    await ctx.run_typed("first", work, i=0)
    futures = [ctx.run_typed(f"m{i}", work, i=i) for i in range(middle)]
    await restate.gather(*futures)
    results = [await future for future in futures]
    await ctx.run_typed("last", work, i=0)
    return sum(result["v"] for result in results)


@asking.main()
async def ask(ctx: restate.WorkflowContext, i: int) -> None:
    """Do a step, wait for a person, do another."""
    await ctx.run_typed("before", work, i=i)
    await ctx.promise("answer").value()
    await ctx.run_typed("after", work, i=i)


@asking.handler()
async def answer(ctx: restate.WorkflowSharedContext, said: str) -> None:
    """Take a person's answer."""
    await ctx.promise("answer").resolve(said)


def server() -> Path:
    """Return the binary for this machine, not the script around it, which could not be ended."""
    (found,) = PACKAGES.glob("restate-server-*/bin/restate-server")
    return found


class Stack:
    """A server and a process with the handlers, on ports that were free a moment ago."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._folder = case.folder
        self._node, self._admin, self._ingress, self._handlers = free_ports(4)
        self._server: subprocess.Popen[bytes] | None = None
        self.handlers: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start both, and make one known to the other."""
        config = self._folder / "restate.toml"
        config.write_text(
            f"""
            cluster-name = "bench"
            node-name = "bench"
            base-dir = "{self._folder}/restate"
            bind-address = "127.0.0.1:{self._node}"
            advertised-address = "http://127.0.0.1:{self._node}"
            disable-telemetry = true
            default-num-partitions = 4
            [admin]
            bind-address = "127.0.0.1:{self._admin}"
            [ingress]
            bind-address = "127.0.0.1:{self._ingress}"
            """
        )
        with (self._folder / "server.log").open("ab") as log:
            self._server = subprocess.Popen(
                [server(), "--config-file", config],
                stdout=log,
                stderr=log,
                env={**os.environ, "RUST_LOG": "warn"},
            )
        wait_for(f"http://127.0.0.1:{self._admin}/health")
        wait_for(f"http://127.0.0.1:{self._ingress}/restate/health")
        self.start_handlers()
        uri = {"uri": f"http://127.0.0.1:{self._handlers}"}
        post(f"http://127.0.0.1:{self._admin}/deployments", uri)
        self.call("bench/steps_in_a_row", 1)  # The first call waits for the server's partitions.

    def start_handlers(self) -> None:
        """Start the process with the handlers; return when it listens."""
        (self._folder / "port").write_text(str(self._handlers))
        with (self._folder / "handlers.log").open("ab") as log:
            self.handlers = subprocess.Popen(
                command("restate", "serve_handlers", self._case),
                stdout=log,
                stderr=log,
                env={**os.environ, EFFECTS: str(self._folder / "traces")},
            )
        wait_for_port(self._handlers)

    def call(self, what: str, given: object) -> Any:
        """Call a handler and return what it gives."""
        return post(f"http://127.0.0.1:{self._ingress}/{what}", given)

    def stop(self) -> None:
        """End both."""
        for process in (self.handlers, self._server):
            if process is not None:
                process.kill()
                process.wait()


@contextmanager
def running(case: Case) -> Iterator[Stack]:
    """Keep a server and the handlers running."""
    stack = Stack(case)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


def chain(case: Case) -> None:
    """Call one handler that does many steps."""
    with running(case) as stack:
        with case.meter.measuring(case.sizes.chain, is_line=True):
            total = stack.call("bench/steps_in_a_row", case.sizes.chain)
        require_total(total, case.sizes.chain)
        moments = [trace.at for trace in traces(case.folder / "traces")]
        case.meter.found |= gaps(moments[-case.sizes.chain :])


def fan_out(case: Case) -> None:
    """Call the handler for each run from a pool of threads."""
    sizes = case.sizes
    with running(case) as stack:

        def run(_: int) -> Any:
            return stack.call("bench/steps_in_a_row", sizes.run_steps)

        with (
            case.meter.measuring(sizes.runs * sizes.run_steps),
            ThreadPoolExecutor(sizes.at_once) as pool,
        ):
            totals = list(pool.map(run, range(sizes.runs)))
    if right_ones(totals, sizes.run_steps) != sizes.runs:
        raise WrongResult(f"expected {sizes.runs} right runs, found {totals}")


def graph(case: Case) -> None:
    """Gather steps in one handler: there is no graph object."""
    with running(case) as stack:
        with case.meter.measuring(case.sizes.graph):
            total = stack.call("bench/spread", case.sizes.middle)
        require_total(total, case.sizes.middle)


def recovery(case: Case) -> None:
    """Kill the process with the handlers; the server lives on and notices by itself."""
    steps, file = case.sizes.chain, case.folder / "traces"
    with running(case) as stack, ThreadPoolExecutor(1) as pool:
        file.unlink(missing_ok=True)
        total = pool.submit(stack.call, "bench/steps_in_a_row", steps)
        while len(traces(file)) < steps // 2:
            time.sleep(0.002)
        assert stack.handlers is not None
        stack.handlers.send_signal(signal.SIGKILL)
        stack.handlers.wait()
        before, spawned = traces(file), time.monotonic()
        stack.start_handlers()
        require_total(total.result(), steps)
        after = traces(file)[len(before) :]
        up = float((case.folder / f"up_{stack.handlers.pid}").read_text())
    record(case, before, after, spawned=spawned, up=up)


def waiting(case: Case) -> None:
    """Let workflows wait for a promise; the answers come from outside by their nature."""
    with running(case) as stack:

        def start(number: int) -> None:
            stack.call(f"asking/{number}/ask/send", number)

        def park(numbers: Sequence[int]) -> None:
            with ThreadPoolExecutor(16) as pool:
                list(pool.map(start, numbers))
            while len(traces(case.folder / "traces")) < numbers[-1] + 1:
                time.sleep(0.25)

        wait_costs.measure(
            case, park, lambda: {"store_bytes": wait_costs.folder_bytes(case.folder / "restate")}
        )
        (case.folder / "traces").unlink()
        wait_costs.measure_decisions(
            case, lambda number: stack.call(f"asking/{number}/answer", "yes")
        )
    case.meter.found["elsewhere_p50_ms"] = case.meter.found.pop("decision_p50_ms")


def post(url: str, body: object) -> Any:
    """Send JSON and return the JSON that comes back."""
    request = urllib.request.Request(
        url,
        data=json.dumps(body).encode(),
        method="POST",
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=300) as reply:
        text = reply.read()
    return json.loads(text) if text else None


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens at now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def wait_for(url: str) -> None:
    """Wait until a server answers.

    Raises:
        WrongResult: it does not in time.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except (OSError, urllib.error.URLError):
            time.sleep(0.02)
        else:
            return
    raise WrongResult(f"{url} did not answer within {PATIENCE_SECONDS} s")


def wait_for_port(port: int) -> None:
    """Wait until somebody listens at a port.

    Raises:
        WrongResult: nobody does in time.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise WrongResult(f"nobody listens at {port} after {PATIENCE_SECONDS} s")


def serve_handlers(case: Case) -> None:
    """Serve the handlers until the process is ended; note when its interpreter was up."""
    up = case.meter.found["interpreter_up_at"]
    (case.folder / f"up_{os.getpid()}").write_text(str(up))
    config = Config()
    config.bind = [f"127.0.0.1:{(case.folder / 'port').read_text()}"]
    config.h2_max_concurrent_streams = 2**31 - 1
    asyncio.run(serve(restate.app([bench, asking]), config))
