"""Each control meets a kill at each moment: asked before it, at it, after it, and just obeyed."""

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mn_notebook.domain.ids import RunId
from tests.recovery.arena import Arena
from tests.recovery.audit import Findings
from tests.recovery.books import commands
from tests.recovery.controls import CONTROLS, Moment, Wish, at_once
from tests.recovery.processes import Forked, ModelProcess, Nursery, kill, until

MOMENTS: tuple[Moment, ...] = ("before", "at", "after", "obeyed")
PLAYS: dict[str, tuple[str, tuple[str, ...]]] = {
    "answer": ("dialogue", ()),
    "approve": ("ask", ()),
    "cancel": ("dialogue", ()),
    "pause": ("dialogue", ()),
    "reject": ("dialogue", ("answer",)),
    "resume": ("dialogue", ("pause",)),
    "retry": ("mishap", ("approve",)),
    "signal": ("dialogue", ()),
    "skip": ("dialogue", ()),
    "skip with a value": ("dialogue", ()),
}
"""The story in which a control makes sense, and what is asked of it before that."""


class Killing:
    """A store in which every owner is killed at one moment of a control."""

    def __init__(self, arena: Arena, nursery: Nursery, moment: Moment) -> None:
        self.arena = arena
        self.kills = 0
        self._nursery = nursery
        self._moment: Moment = moment

    def run(self) -> None:
        """Kill an owner for each control."""
        for kind in CONTROLS:
            story, before = PLAYS[kind]
            run_id = self.arena.start(story)
            owner = self._nursery.fork(self.arena.env)
            for one in before:
                self.arena.hand.wish(run_id, self._found(one, run_id), "later")
            self._kill(owner, run_id, self._found(kind, run_id))

    def _found(self, kind: str, run_id: RunId) -> Wish:
        arena = self.arena
        story = arena.story_of(run_id)
        found: Wish = until(lambda: arena.hand.find(kind, run_id, story), f"a run to {kind}")
        return found

    def _kill(self, owner: Forked, run_id: RunId, wish: Wish) -> None:
        assert run_id in self.arena.unfinished()

        def ask() -> None:
            self.arena.hand.wish(run_id, wish, self._moment)

        if self._moment in ("before", "obeyed"):
            ask()
        if self._moment == "obeyed":
            until(lambda: self._is_heard(run_id), "the owner to obey")
        asking = at_once(ask) if self._moment == "at" else None
        assert kill(owner) == -signal.SIGKILL
        self.kills += 1
        if asking is not None:
            asking.join()
        if self._moment == "after":
            ask()
        self.arena.dead |= self.arena.processes_of(owner.pid)

    def _is_heard(self, run_id: RunId) -> bool:
        return all(row.taken for row in commands(self.arena.peek) if row.run_id == run_id)


def test_every_control_takes_effect_once_whenever_the_owner_is_killed(
    nursery: Nursery, model: ModelProcess, tmp_path: Path
) -> None:
    """Ten controls at four moments: each by a kill that landed; none is lost, none counts twice."""
    arenas = [
        Arena(nursery, model, tmp_path / f"store-{moment}.db", 30 + number, controlled=True)
        for number, moment in enumerate(MOMENTS)
    ]
    pairs = zip(arenas, MOMENTS, strict=True)
    killings = [Killing(arena, nursery, moment) for arena, moment in pairs]
    with ThreadPoolExecutor(len(killings)) as pool:
        list(pool.map(Killing.run, killings))
    people = nursery.fork({}, role="decide", stores=[str(arena.store) for arena in arenas])
    found = Findings()
    for arena in arenas:
        arena.finish(deadline=0)
        found.add(arena.judge())
        arena.close()
    kill(people)
    assert found.faults == [], "\n".join(found.faults)
    assert sum(one.kills for one in killings) == len(CONTROLS) * len(MOMENTS)
    wanted = {(kind, moment) for kind in CONTROLS for moment in MOMENTS}
    assert wanted <= {one for one, times in found.met.items() if times}
