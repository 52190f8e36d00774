"""The tables of the report: figures of all subjects side by side, in Markdown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.catalogue import JOBS, SUBJECTS
from benchmarks.medians import Spread, figure, of_subject, paired
from benchmarks.results import Run

NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Column:
    """A figure as a table shows it."""

    title: str
    figure: str
    factor: float = 1.0


RATE = (
    Column("syncs a step", "syncs_per_step"),
    Column("steps/s", "steps_per_second"),
    Column("of bare commits", "ratio_to_bare"),
    Column("CPU ms a step", "cpu_ms_per_step"),
    Column("p50 ms", "p50_ms"),
    Column("p99 ms", "p99_ms"),
    Column("peak MB", "peak_mb"),
    Column("failed runs", "failed_runs"),
)
WAITING = (
    Column("store, bytes a run", "store_bytes_per_run"),
    Column("beyond its events", "other_bytes_per_run"),
    Column("memory, bytes a run", "memory_bytes_per_run"),
    Column("idle, % of a core", "idle_cores", 100),
    Column("decision to step, p50 ms", "decision_p50_ms"),
    Column("from elsewhere, p50 ms", "elsewhere_p50_ms"),
)
COLUMNS: dict[str, Sequence[Column]] = {
    "recovery": (
        Column("first new step, s", "first_new_step_seconds"),
        Column("from its start, s", "spawn_to_first_new_step_seconds"),
        Column("finished steps repeated", "repeated_steps"),
        Column("the one in flight repeated", "repeated_in_flight"),
    ),
    "writers": (
        Column("failed runs", "failed_runs"),
        Column("steps/s", "steps_per_second"),
        Column("syncs a step", "syncs_per_step"),
    ),
    "waiting": WAITING,
    "many_waiting": WAITING,
    "loading": (
        Column("import, s", "import_seconds"),
        Column("`%load_ext`, s", "load_ext_seconds"),
    ),
}


def number(value: float) -> str:
    """Write a figure with three digits that count."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    digits = 2 if abs(value) < 1 else 1 if abs(value) >= 10 else 2
    if abs(value) < 0.1:
        return f"{value:.2g}"
    return f"{value:.{digits}f}"


def cell(found: Spread | None, factor: float = 1.0) -> str:
    """Write a median, with the least and the most where there were several runs."""
    if found is None:
        return NOTHING
    median = number(found.median * factor)
    if found.count == 1 or found.least == found.most:
        return median
    return f"{median} ({number(found.least * factor)} to {number(found.most * factor)})"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def of_job(runs: Sequence[Run], job: str, disk: str) -> str:
    """Write the table of one job on one disk; "" where nobody did it."""
    there = [name for name in SUBJECTS if of_subject(runs, job, disk, name)]
    if not there:
        return ""
    columns = [
        column
        for column in COLUMNS.get(job, RATE)
        if any(figure(runs, job, disk, name, column.figure) for name in there)
    ]
    beside = JOBS[job].is_rate and "mn" in there and len(there) > 1
    header = ["", "runs", *(column.title for column in columns)]
    rows = [_row(runs, job, disk, name, columns) for name in there]
    if beside:
        header.append("mn_notebook is so many times as fast")
        for name, row in zip(there, rows, strict=True):
            pair = paired(runs, job, disk, ("mn", name), "steps_per_second")
            row.append(NOTHING if name == "mn" else cell(pair))
    return table(header, rows)


def _row(
    runs: Sequence[Run], job: str, disk: str, subject: str, columns: Sequence[Column]
) -> list[str]:
    done = of_subject(runs, job, disk, subject)
    cells = [
        cell(figure(runs, job, disk, subject, column.figure), column.factor) for column in columns
    ]
    return [SUBJECTS[subject].title, _counted(done), *cells]


def _counted(runs: Sequence[Run]) -> str:
    """Say how many runs there were, and what is the matter with some of them."""
    flaws: Sequence[tuple[str, Callable[[Run], bool]]] = (
        ("failed", lambda run: bool(run.error)),
        ("flagged", lambda run: not run.error and not run.is_steady),
        ("not quiet", lambda run: not run.error and not run.is_quiet),
    )
    counts = [(word, sum(map(has, runs))) for word, has in flaws]
    said = [f"{count} {word}" for word, count in counts if count]
    return f"{len(runs)} ({', '.join(said)})" if said else str(len(runs))
