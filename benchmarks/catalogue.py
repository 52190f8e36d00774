"""What there is to measure: the subjects, the jobs, and which of them go together."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from benchmarks.sizes import Sizes


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that does durable work."""

    name: str
    title: str
    jobs: frozenset[str]
    environment: str = ""
    """Its section in `environments.toml`; "" is the environment that runs the benchmark."""
    is_reached: bool = True
    """Whether its syncs can be slowed and counted: not those of a program linked statically."""
    once: frozenset[str] = frozenset()
    """Jobs that take minutes: they are done in the first round alone."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What it needs in its environment so that it can be measured at all."""


@dataclass(frozen=True, slots=True)
class Job:
    """Some work, the same for all subjects."""

    name: str
    title: str
    disks: tuple[str, ...]
    is_rate: bool = False
    """Whether its steps per second are put beside bare commits."""
    function: str = ""
    """What does it, where that is called otherwise."""

    def sizes(self, sizes: Sizes) -> Sizes:
        """Return the sizes that the job is done with."""
        if self.name == "many_waiting":
            return replace(sizes, waiting=sizes.many_waiting)
        return sizes


JOBS = {
    job.name: job
    for job in (
        Job("chain", "Chain of 500 steps", ("2ms", "free"), is_rate=True),
        Job("fan_out", "Fan-out: 200 runs of 10 steps, 50 at once", ("2ms", "free"), is_rate=True),
        Job("graph", "Graph of 100 steps: 1, 98, 1", ("2ms", "free"), is_rate=True),
        Job("kernel", "The chain in the cells of a real kernel", ("2ms", "free"), is_rate=True),
        Job("recovery", "Killed in the middle of the chain (SIGKILL)", ("2ms", "free")),
        Job("writers", "50 processes write to one store", ("2ms",)),
        Job("waiting", "1,000 runs wait for a person", ("free",)),
        Job("many_waiting", "10,000 runs wait for a person", ("free",), function="waiting"),
        Job("loading", "Import, and load the extension", ("free",)),
    )
}

_RATES = frozenset({"chain", "fan_out", "graph"})
_EMBEDDED = _RATES | {"kernel", "recovery", "writers", "waiting", "many_waiting", "loading"}

SUBJECTS = {
    subject.name: subject
    for subject in (
        Subject("mn", "mn_notebook", _EMBEDDED),
        Subject("bare", "bare SQLite commits", _RATES | {"kernel"}),
        Subject("langgraph", "LangGraph", _EMBEDDED, "langgraph", once=frozenset({"many_waiting"})),
        Subject(
            "langgraph_sync",
            'LangGraph, `durability="sync"`',
            _RATES | {"kernel", "recovery"},
            "langgraph",
        ),
        Subject("dbos", "DBOS", _EMBEDDED, "dbos", once=frozenset({"many_waiting", "writers"})),
        Subject("burr", "Burr", _EMBEDDED, "burr"),
        Subject(
            "prefect",
            "Prefect",
            _RATES | {"recovery", "loading"},
            "prefect",
            once=frozenset({"fan_out", "recovery", "chain", "graph"}),
            variables={
                "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
                "DO_NOT_TRACK": "1",
                "PREFECT_LOGGING_LEVEL": "ERROR",
                # By default its server has 20 s to start, which is too short where much is busy.
                "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
            },
        ),
        Subject(
            "restate",
            "Restate",
            _RATES | {"recovery", "waiting", "many_waiting", "loading"},
            "restate",
            is_reached=False,
            once=frozenset({"many_waiting"}),
        ),
    )
}
