"""Makes histories, and goes on with them: cases of the conformance suite, cut where processes end.

A process that dies at a cut leaves everything as it is; the next one, of this program or of one
that is written years later, takes the store over.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import JsonValue
from typing_extensions import override

from mn_notebook.agents.calling import route_prints, unroute_prints
from mn_notebook.agents.handlers import Code
from mn_notebook.client import RunClient
from mn_notebook.display import run_text
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.state import RunState
from mn_notebook.domain.tables import as_records
from mn_notebook.domain.why import Explanation, why_run, why_step
from mn_notebook.domain.workflow import Workflow
from mn_notebook.engine.summary import status_of
from mn_notebook.testing.doubles import SequentialIds
from mn_notebook.testing.simulation import Crash
from mn_notebook.verbs.telling import told
from tests.conformance.case import Case
from tests.conformance.facts import lasting
from tests.conformance.play import Came, Play
from tests.conformance.texts import parsed, versions
from tests.conformance.world import World
from tests.golden.history import Facts, History, dumped, packed, write_history
from tests.golden.summary import Plain, short, summary

WIDTH = 80


@dataclass(frozen=True)
class Cut:
    """Where a process dies: when the journal holds such facts so often, and so much later."""

    once: str
    """What the fact begins with."""
    after: float = 0.0
    times: int = 1


class WorldWithout(World):
    """The world while some functions and tools are not there yet."""

    absent: tuple[str, ...] = ()

    @override
    def code(self) -> Code:
        here = self.told.model_copy(
            update={
                "functions": {n: f for n, f in self.told.functions.items() if n not in self.absent},
                "tools": {n: t for n, t in self.told.tools.items() if n not in self.absent},
            }
        )
        whole, self.told = self.told, here
        try:
            return super().code()
        finally:
            self.told = whole


@dataclass
class Recording(Play):
    """A play whose processes die at cuts; it may stay unfinished."""

    absent: tuple[str, ...] = ()
    lives: int = 0
    cut: Cut | None = None
    _cut_since: float | None = None

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        world = WorldWithout(self.case.story.outside, self.clock)
        world.absent = self.absent
        self.world = world

    @override
    def _ask_for(self, workflow: Workflow, inputs: Mapping[str, JsonValue], **more: Any) -> RunId:
        return super()._ask_for(
            workflow, inputs, code=self.world.code().references(workflow), **more
        )

    def live_until(self, cut: Cut | None) -> None:
        """Let one more process live until the cut, or until all is over."""
        self.cut, self._cut_since = cut, None
        lived = self._live(self.lives, None)
        assert lived is (cut is None), f"{self.case.name}: it came to its end before {cut}"
        self.lives += 1

    @override
    def _take_part(self, state: RunState) -> None:
        if self.cut is not None:
            now = self.clock.monotonic()
            facts = self._facts(self.runs[-1])
            if sum(fact.startswith(self.cut.once) for fact in facts) >= self.cut.times:
                if self._cut_since is None:
                    self._cut_since = now
                if now >= self._cut_since + self.cut.after:
                    raise Crash
        super()._take_part(state)


def record(
    folder: Path,
    case: Case,
    *,
    about: str,
    story: str,
    cuts: tuple[Cut, ...],
    ends: bool,
    absent: tuple[str, ...] = (),
) -> History:
    """Play a story to its last cut, or to its end, and write down all that is left of it."""
    play = Recording(case, versions(case, parsed), absent=absent)
    route_prints()
    try:
        play._start()
        for cut in (*cuts, *([None] if ends else [])):
            play.live_until(cut)
        client = play.client
        facts = Facts(
            about=about,
            seconds=play.clock.monotonic(),
            lives=play.lives,
            runs=tuple(play.runs),
            made=dict(sorted(play.world.made.items())),
            written=play.world.written,
            done=tuple(sorted(play._done)),
            stands=tuple(summary(client.state(run), client.values) for run in play.runs),
            artifacts=packed(play.store.artifacts._memory),
        )
        sql, shown = dumped(play.store), shown_of(client, play.runs)
    finally:
        unroute_prints()
        play.store.close()
    return write_history(folder, facts, sql=sql, story=story, shown=shown)


@dataclass
class Resuming(Play):
    """A play that goes on with a history, in the program as it is now."""

    history: History = field(kw_only=True)
    folder: Path = field(kw_only=True)

    @override
    def __post_init__(self) -> None:
        facts = self.history.facts
        self.store, self.clock = self.history.opened(self.folder)
        ids = SequentialIds(f"r{facts.lives}x")
        self.client = RunClient(self.store, user="ann", clock=self.clock, ids=ids)
        self.world = World(self.case.story.outside, self.clock)
        self.standing = {name: versions[0] for name, versions in self.workflows.items()}
        self.runs = list(facts.runs)
        self._done = set(facts.done)
        for place in facts.done:
            control = self.case.story.outside.controls[place]
            self.world.mend(control.mend or {})
            if control.define is not None:
                self.standing[control.define] = self.workflows[control.define][-1]
        self.world.made = Counter(facts.made)
        self.world.written = dict(facts.written)

    def go_on(self) -> tuple[Plain, ...]:
        """Return what the runs come to."""
        try:
            assert self._live(self.history.facts.lives, None)
            assert not self._doubled(), f"writes that happened twice: {self._doubled()}"
            return tuple(end_of(self._came(run_id)) for run_id in self.runs)
        finally:
            self.store.close()


def resumed(history: History, folder: Path) -> tuple[Plain, ...]:
    """Go on with a history and return what its runs come to."""
    case = history.case
    return Resuming(case, versions(case, parsed), history=history, folder=folder).go_on()


def end_of(came: Came) -> Plain:
    """Return what a run came to, without what depends on when it was gone on with."""
    values = {path: as_records(value) for path, value in came.values.items()}
    return {
        "status": came.status,
        "steps": dict(sorted(came.steps.items())),
        "output": short(as_records(came.output)),
        "error": came.error,
        "values": {path: short(value) for path, value in values.items()},
        "facts": [short(fact) for fact in lasting(list(came.facts))],
    }


# --- displays ----------------------------------------------------------------------------------


def shown_of(client: RunClient, runs: list[RunId]) -> str:
    """Return what a terminal shows of runs: their pictures, explanations and logs."""
    blocks: list[str] = []
    for run_id in runs:
        blocks.append(f"$ mn show\n\n{run_text(client.picture(run_id), width=WIDTH)}")
        blocks += [f"$ mn why {step}\n\n{_said(one)}" for step, one in explained(client, run_id)]
        blocks.append("$ mn log\n\n" + "\n".join(map(told, client.events(run_id))))
    return "\n\n".join(blocks) + "\n"


def explained(client: RunClient, run_id: RunId) -> list[tuple[str, Explanation]]:
    """Explain a run, each of its steps, and each unit of their work."""
    state, events = client.state(run_id), client.events(run_id)
    status, now = status_of(state), client.clock.now()
    owner = client.owner(client.run(run_id))
    found = [("", why_run(state, events, status, owner, now))]
    for path in sorted({*state.progress, *state.instances}):
        one = why_step(state, events, status, owner, now, path)
        assert one is not None
        found.append((path, one))
    return found


def _said(one: Explanation) -> str:
    lines = [one.head, *one.did, *one.why, one.next]
    return "\n".join([*lines, *(f"{command.line}  # {command.does}" for command in one.commands)])
