"""Runs the quickstart with the embedded model, kills its kernel in the middle, and counts.

It executes the cells of the notebook itself, chosen by their tags. Everything that it says at the
end is read from the journal.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text

from mn_notebook.agents.local.local_models import LocalModels
from mn_notebook.agents.local.model import LocalModel
from mn_notebook.agents.local.progress import Progress
from mn_notebook.client import RunClient, open_client
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.state import Call, RunState
from mn_notebook.domain.words import count, duration, money, plural
from mn_notebook.errors import MnError
from mn_notebook.runtime.models import local_models
from mn_notebook.settings import MnSettings

MODEL = "qwen2.5-coder-1.5b"
ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "notebooks" / "quickstart.ipynb"
EXECUTED = NOTEBOOK.parent / "exported" / "quickstart.ipynb"
ITEMS_BEFORE_THE_KILL = 3
IN_FLIGHT_SECONDS = 0.4
"""How old the model call is that the kill hits: old enough to have left the process."""
POLL_SECONDS = 0.1
PATIENCE_SECONDS = 600.0

ENVIRONMENT = {
    "MN_NOTEBOOK": str(NOTEBOOK),
    "MN_MODEL": f"local:{MODEL}",
    "MN_WAIT": "0",
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
}
FOREIGN = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "MN_BASE_URL")
"""The demo asks the embedded model, whatever else is set up here: it must cost nothing."""

console = Console(highlight=False)


class Stop(Exception):
    """The demo cannot go on; the message says why and what to do."""


def main() -> int:
    """Run the demo and return its exit code."""
    began = time.monotonic()
    os.environ.update(ENVIRONMENT)
    for name in FOREIGN:
        os.environ.pop(name, None)
    try:
        with ready_model() as answers, Demo() as demo:
            demo.play()
            heading("The end")
            demo.report(answers, time.monotonic() - began)
    except (Stop, MnError) as fault:
        console.print(f"\n[red]✗[/] {fault}", soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print("\nStopped.")
        return 130
    return 0


# --- the model -----------------------------------------------------------------------------------


@contextmanager
def ready_model() -> Iterator[str]:
    """Install and load the model, and keep it loaded; give its name."""
    settings = MnSettings()
    models = local_models(settings)
    try:
        if not settings.model_path and models.choose(MODEL) is None:
            install_model(models)
        yield load_model(models, models.choose(None if settings.model_path else MODEL))
    finally:
        models.close()


def install_model(models: LocalModels) -> None:
    """Download the model with a bar; what `mn models install` does, in this process."""
    heading(f"Installing the model {MODEL} (once)")
    columns = (TextColumn("  "), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Bar(*columns, TextColumn("[dim]{task.description}[/]"), console=console) as bar:
        task = bar.add_task("")
        last = [""]

        def told(progress: Progress) -> None:
            if progress.done_bytes == 0 and "licence" in progress.text:
                console.print(indented(progress.text), style="dim", soft_wrap=True)
                return
            bar.update(task, completed=progress.done_bytes, total=progress.total_bytes)
            bar.update(task, description=progress.text)
            if not console.is_terminal and progress.text != last[0]:
                last[0] = progress.text
                console.print(f"    {progress.text}")

        try:
            models.install(MODEL, told)
        except MnError as fault:
            message = (
                f"The demo needs the model {MODEL}, which could not be installed: {fault} "
                "What has arrived is kept: run `make demo` again."
            )
            raise Stop(message) from fault


def load_model(models: LocalModels, model: LocalModel | None) -> str:
    """Start the model's server, or join the one that runs already; return the model's name."""
    if model is None:
        message = f"The model {MODEL} is not there: run `mn models install {MODEL}`."
        raise Stop(message)
    heading(f"Loading {model.name}")
    if model.name != MODEL:
        done(f"MN_MODEL_PATH names it; with another model than {MODEL} the answers may differ")
        os.environ["MN_MODEL"] = f"local:{model.name}"
    began = time.monotonic()
    with console.status("starting its server …") as status:

        def told(progress: Progress) -> None:
            status.update(progress.text)

        asyncio.run(models.endpoint(model, on_progress=told))
    done(f"it answers on this machine, after {duration(time.monotonic() - began)}")
    return model.name


# --- the kernel ----------------------------------------------------------------------------------


class Kernel:
    """A kernel that executes the notebook's cells by their tags."""

    def __init__(self, notebook: NotebookNode) -> None:
        self._notebook = notebook
        resources = {"metadata": {"path": str(NOTEBOOK.parent)}}
        self._client = NotebookClient(
            notebook, timeout=120, resources=resources, extra_arguments=["--log-level=ERROR"]
        )
        self._client.create_kernel_manager()
        self._client.start_new_kernel(env=dict(os.environ))
        self._client.start_new_kernel_client()

    @property
    def pid(self) -> int:
        """Return the kernel's process."""
        manager: Any = self._client.km
        return int(manager.provisioner.pid)

    def execute(self, tag: str) -> list[NotebookNode]:
        """Execute the cells with a tag and return them."""
        cells = []
        for index, cell in enumerate(self._notebook.cells):
            if tag in cell.metadata.get("tags", ()):
                try:
                    self._client.execute_cell(cell, index)
                except CellExecutionError as fault:
                    message = f"The cell {cell.id!r} failed: {fault.ename}: {fault.evalue}"
                    raise Stop(message) from fault
                cells.append(cell)
        return cells

    def kill(self) -> None:
        """End the process at once, as a crash would."""
        os.kill(self.pid, signal.SIGKILL)
        self.close()

    def close(self) -> None:
        """Let go of the process."""
        self._client._cleanup_kernel()  # noqa: SLF001 - nbclient has no other way to end a kernel


def text_of(cells: list[NotebookNode]) -> str:
    """Return what cells show, as text."""
    shown = []
    for cell in cells:
        for output in cell.outputs:
            text = output.get("text") or output.get("data", {}).get("text/plain") or ""
            shown.append(text.rstrip())
    return "\n".join(text for text in shown if text)


# --- the play ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kill:
    """What the journal held when the kernel was killed."""

    pid: int
    head: int
    finished: tuple[Call, ...]
    in_flight: tuple[Call, ...]


class Demo:
    """The quickstart from its first cell to the filed note, with a kill in the middle."""

    def __init__(self) -> None:
        self._notebook: NotebookNode = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types
        self._client: RunClient = open_client()
        self._kernel: Kernel | None = None
        self._run: RunId | None = None
        self._told: set[str] = set()
        self._kill: Kill | None = None
        self._key = ""

    def __enter__(self) -> "Demo":
        return self

    def __exit__(self, *_: object) -> None:
        if self._run is not None and not self._client.state(self._run).ended:
            self._client.cancel(self._run, because="the demo was stopped", via="terminal")
            time.sleep(1.0)  # noqa: TID251 - the kernel takes the command up while it lives
        if self._kernel is not None:
            self._kernel.close()
        self._client.close()

    @property
    def run(self) -> RunId:
        """Return the run that the notebook started."""
        if self._run is None:
            message = "no run was started"
            raise Stop(message)
        return self._run

    @property
    def short(self) -> str:
        """Return the run's id as people type it."""
        return self.run[:4]

    def play(self) -> None:
        """Go through the notebook."""
        self._start()
        self._kill = self._kill_the_kernel()
        self._go_on()
        self._approve()
        self._look()

    def _start(self) -> None:
        heading("The quickstart, in a kernel without a window")
        kernel = self._begin_kernel()
        before = {line.run_id for line in self._client.runs(origin=str(NOTEBOOK), most=200)}
        kernel.execute("run")
        lines = self._client.runs(origin=str(NOTEBOOK), most=200)
        started = [line for line in lines if line.run_id not in before]
        if not started:
            message = "The quickstart started no run."
            raise Stop(message)
        self._run = started[0].run_id
        done(f"run {self.short} of {started[0].workflow} works in the background")

    def _begin_kernel(self) -> Kernel:
        with console.status("starting a kernel, executing the first cells …"):
            self._kernel = Kernel(self._notebook)
            cells = self._kernel.execute("setup")
        console.print(Text(indented(text_of(cells[:1])), style="dim"), soft_wrap=True)
        return self._kernel

    def _kill_the_kernel(self) -> Kill:
        self._follow(self._is_time_to_kill)
        assert self._kernel is not None
        pid = self._kernel.pid
        self._kernel.kill()
        self._kernel = None
        state = self._client.state(self.run)
        models = [call for call in calls_of(state) if call.kind == "model"]
        kill = Kill(
            pid,
            state.head,
            tuple(call for call in models if call.status == "succeeded"),
            tuple(call for call in models if call.status == "open"),
        )
        heading(f"kill -9 {pid}: the kernel is dead")
        finished = plural(len(kill.finished), "model call")
        done(f"{finished} had finished, {len(kill.in_flight)} was in flight")
        done(f"the store says: {self._client.picture(self.run).status_text}")
        return kill

    def _is_time_to_kill(self, state: RunState) -> bool:
        items = [i for i in state.instances.values() if i.item is not None]
        finished = sum(item.status == "succeeded" for item in items)
        now = self._client.store.clock.now()
        return finished >= ITEMS_BEFORE_THE_KILL and any(
            call.status == "open" and (now - call.started_at).total_seconds() >= IN_FLIGHT_SECONDS
            for item in items
            for call in item.calls
        )

    def _go_on(self) -> None:
        heading("A new kernel")
        self._begin_kernel()
        self._follow(lambda state: bool(state.approvals))

    def _approve(self) -> None:
        assert self._kernel is not None
        self._kernel.execute("decide")
        approval = self._client.picture(self.run).approvals[0]
        heading(f"The run asks: {approval.prompt}")
        for call in approval.calls:
            self._key = call.key
            args = "\n".join(str(value) for value in call.args.values())
            title = f"{call.tool} · {call.effect} · exactly this call"
            console.print(Panel(Text(args), title=title, title_align="left", style="dim"))
        command = mn("approve", self.short, approval.path)
        console.print(f"  $ mn approve {self.short} {approval.path}     [dim](another process)[/]")
        answer = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - as above
        console.print(
            Text(indented((answer.stdout + answer.stderr).strip()), style="dim"), soft_wrap=True
        )
        if answer.returncode != 0:
            message = "`mn approve` did not work; the lines above say why."
            raise Stop(message)
        self._follow(lambda state: state.ended)

    def _look(self) -> None:
        assert self._kernel is not None
        heading("The last cells of the notebook")
        cells = self._kernel.execute("results")
        console.print(Text(indented(text_of(cells))), soft_wrap=True)
        EXECUTED.parent.mkdir(exist_ok=True)
        nbformat.write(self._notebook, EXECUTED)  # type: ignore[no-untyped-call]  # as above

    # --- following ---------------------------------------------------------------------------

    def _follow(self, is_there: Callable[[RunState], bool]) -> None:
        """Tell each step as it ends, until the run is where it should be."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        with console.status("") as status:
            while True:
                state = self._client.state(self.run)
                self._tell(state)
                if is_there(state):
                    return
                self._require_progress(state, give_up_at)
                status.update(self._under_way(state))
                time.sleep(POLL_SECONDS)  # noqa: TID251 - a script waits in real time

    def _require_progress(self, state: RunState, give_up_at: float) -> None:
        picture = self._client.picture(self.run)
        if state.ended:
            message = f"The run {self.short} ended as {state.phase}: {picture.error}."
            raise Stop(message)
        if time.monotonic() > give_up_at:
            message = f"The run {self.short} stands still: {picture.next}"
            raise Stop(message)

    def _under_way(self, state: RunState) -> str:
        path = next(iter(sorted(state.active)), None)
        if path is None:
            return self._client.picture(self.run).status_text
        since = state.instances[path].spans[-1].start
        seconds = (self._client.store.clock.now() - since).total_seconds()
        return f"{path} … {seconds:.0f} s"

    def _tell(self, state: RunState) -> None:
        ended = [i for i in state.instances.values() if i.status == "succeeded"]
        ended.sort(key=lambda instance: instance.spans[-1].end or instance.spans[-1].start)
        for instance in ended:
            if instance.path in self._told:
                continue
            self._told.add(instance.path)
            output = short(self._client.values.load(instance.output))
            spans = [(s.end - s.start).total_seconds() for s in instance.spans if s.end]
            done(f"{instance.path:<10} {duration(sum(spans)):>7}   {output}")

    # --- the end -----------------------------------------------------------------------------

    def report(self, model: str, seconds: float) -> None:
        """Say what happened, what it cost, what was not repeated and where to look."""
        assert self._kill is not None
        again = asked_again(self._client, self.run, self._kill)
        filed = list((NOTEBOOK.parent / "filed").glob(f"{self._key}*"))
        in_flight = ", ".join(call.id.rpartition("!")[0] for call in self._kill.in_flight)
        last = self._client.picture(self.run).rev
        part("What happened", *happened(self._client, self.run))
        part(
            "",
            f"kernel {self._kill.pid} was killed after event {self._kill.head} of the journal; "
            f"a new one went on to event {last}",
        )
        part(
            "Not repeated",
            f"{plural(len(self._kill.finished), 'model call')} finished before the kill: "
            f"{len(again)} asked again; the call in flight ({in_flight or 'none'}) was made anew",
            f"1 write: {plural(len(filed), 'file')} with its key",
        )
        part("Cost", self._cost(model))
        part("Where to look", *self._places(filed))
        part("Time", duration(seconds))
        if again or len(filed) != 1:
            message = "Something was done twice. This is a defect: please report it."
            raise Stop(message)

    def _cost(self, model: str) -> str:
        picture = self._client.picture(self.run)
        calls = calls_of(self._client.state(self.run))
        seconds = sum(call.latency_seconds for call in calls if call.kind == "model")
        return (
            f"{money(picture.cost_usd)}: {plural(picture.calls, 'call')}, "
            f"{count(picture.tokens_in)} tokens in and {count(picture.tokens_out)} out, "
            f"{duration(seconds)} of {model} on this machine"
        )

    def _places(self, filed: list[Path]) -> Iterator[str]:
        exported = NOTEBOOK.parent / "exported" / "breach_check.yaml"
        places = [(shown_path(path), "the filed note") for path in filed]
        places += [
            (shown_path(exported), "the workflow, to run it again"),
            (shown_path(EXECUTED), "the notebook with its outputs"),
            (f".venv/bin/mn log {self.short}", "every event of the run"),
            ("make lab", "the same in JupyterLab, by your own hand"),
        ]
        width = max(len(place) for place, _ in places)
        for place, what in places:
            yield f"{place:<{width}}   {what}"


def calls_of(state: RunState) -> list[Call]:
    """Return every call of a run."""
    return [call for instance in state.instances.values() for call in instance.calls]


def asked_again(client: RunClient, run_id: RunId, kill: Kill) -> list[str]:
    """Return the finished calls that were asked for again after the kill, from the journal."""
    finished = {(call.id.rpartition("!")[0], call.request_hash) for call in kill.finished}
    return [
        recorded.event.call_id
        for recorded in client.events(run_id, after=kill.head)
        if recorded.event.kind == "model.requested"
        and (recorded.event.path, recorded.event.request_hash) in finished
    ]


def happened(client: RunClient, run_id: RunId) -> Iterator[str]:
    """Say what the run found."""
    state = client.state(run_id)
    read = [i for i in state.instances.values() if i.item is not None and i.status == "succeeded"]
    compared: Any = next(
        client.values.load(instance.output)
        for path, instance in state.instances.items()
        if path == "compare"
    )
    yield (
        f"{plural(len(read), 'report')} read by the model; "
        f"{plural(len(compared['differ']), 'entry', 'entries')} of the register disagree, "
        f"{len(compared['unclear'])} unclear; one note filed"
    )


# --- words ---------------------------------------------------------------------------------------


def mn(*words: str) -> list[str]:
    """Return the command of the terminal, from the environment that runs this script."""
    return [str(Path(sys.executable).parent / "mn"), *words]


def heading(text: str) -> None:
    """Begin a part."""
    console.print(f"\n[bold]{text}[/]")


def part(name: str, *lines: str) -> None:
    """Tell one part of the report."""
    for line in lines:
        console.print(f"[bold]{name:<14}[/]", Text(line), soft_wrap=True)
        name = ""


def done(text: str) -> None:
    """Tell what is done."""
    line = Text.assemble(("  ✓ ", "green"), text)
    line.truncate(max(console.width, 80), overflow="ellipsis")
    console.print(line, soft_wrap=True)


def short(value: object) -> str:
    """Return a value in one line."""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {short(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return plural(len(value), "entry", "entries")
    return " ".join(str(value).split())


def indented(text: str) -> str:
    """Return a text moved to the right."""
    return "\n".join(f"    {line}" for line in text.splitlines())


def shown_path(path: Path) -> str:
    """Return a path as seen from the project's folder."""
    return str(path.relative_to(ROOT))


if __name__ == "__main__":
    sys.exit(main())
