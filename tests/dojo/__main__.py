"""Runs all of AgentDojo's tasks, with and without attacks, and writes down what was found.

python -m tests.dojo [--processes N] [--rows FILE] [--out docs/safety.json]

It exits with 1 where a promise was broken, and then says which, and writes no page.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.__main__ import commit
from benchmarks.machine import facts
from mn_notebook import __version__
from tests.dojo.dojo import PYTHON, ROOT, Dojo, Suite, suites_of
from tests.dojo.effects import effect_of
from tests.dojo.episode import Stage
from tests.dojo.evidence import ARMS, Row, broken, kind_of, row_of, summary
from tests.dojo.facts import CallFact
from tests.dojo.report import write_page
from tests.dojo.world_process import ATTACK

EVIDENCE = ROOT / "docs" / "safety.json"
WEB_PAGE = "get_webpage"
"""Writes here, since AgentDojo keeps a trace of it; many would declare it to read."""
PROGRAM = (sys.executable, "-m", "tests.dojo")
ROWS = ROOT / ".dojo" / "rows.jsonl"
"""Every run of the last time, for who wants to know more than the counts."""


def rows_of(stage: Stage, suite: Suite, user: str, injections: Sequence[str]) -> Iterator[Row]:
    """Run a user's task alone, and then with each attack in each arm."""
    effects = {fact.name: effect_of(suite.name, fact.name) for fact in suite.tools}
    task = suite.prepare(user)
    yield row_of(suite.name, user, "", task, stage.play(suite, task, effects, "owner"))
    for injection in injections:
        if injection in suite.aimless:
            yield Row(suite=suite.name, user=user, injection=injection, kind="no gold")
            continue
        task = suite.prepare(user, injection)
        if kind_of(task) == "no way":
            yield row_of(suite.name, user, injection, task)
            continue
        for arm in ARMS:
            yield row_of(suite.name, user, injection, task, stage.play(suite, task, effects, arm))


def part(number: int, of: int, rows: Path) -> None:
    """Run every so manieth task, and write its rows as lines of JSON."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Dojo() as dojo,
        Stage(Path(folder)) as stage,
        rows.open("w", encoding="utf-8") as out,
    ):
        tasks = [(suite, user) for suite in suites_of(dojo).values() for user in suite.users]
        for suite, user in tasks[number::of]:
            for row in rows_of(stage, suite, user, suite.injections):
                out.write(row.model_dump_json(exclude_defaults=True) + "\n")
            out.flush()


def run_all(processes: int) -> list[Row]:
    """Run everything in some processes, and return all rows."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{number}.jsonl" for number in range(processes)]
        started = [
            subprocess.Popen(
                [*PROGRAM, "--part", f"{number}/{processes}", "--out", str(file)], cwd=ROOT
            )
            for number, file in enumerate(files)
        ]
        codes = [process.wait() for process in started]
        if any(codes):
            message = "a process ended before its tasks were done; what it said stands above"
            raise SystemExit(message)
        ROWS.write_text("".join(file.read_text(encoding="utf-8") for file in files), "utf-8")
    return rows_in(ROWS)


def rows_in(file: Path) -> list[Row]:
    """Return the rows of a file."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [Row.model_validate_json(line) for line in lines]


def evidence(rows: Sequence[Row]) -> dict[str, Any]:
    """Return what is published: the counts, and what they were found with."""
    with Dojo() as dojo:
        about = dojo.ask("about")
        calls = dict(_calls_of_attacks(dojo))
    return {
        "measured_at": datetime.now(UTC).date().isoformat(),  # noqa: TID251 - it is the real day
        "commit": commit(),
        "machine": facts(),
        "versions": {
            "mn_notebook": __version__,
            "agentdojo": about["agentdojo"],
            "suites": about["version"],
        },
        "attack": ATTACK,
        "injections_without_gold": _injections(rows, "no gold"),
        "injections_by_words": _injections(rows, "words"),
        "injections_that_only_read": [
            name for name, found in calls.items() if all(call.effect == "read" for call in found)
        ],
        "injections_by_a_web_page": [
            name for name, found in calls.items() if {call.tool for call in found} == {WEB_PAGE}
        ],
        "suites": summary(rows),
    }


def _calls_of_attacks(dojo: Dojo) -> Iterator[tuple[str, Sequence[CallFact]]]:
    """Return the calls of each attack that is reached by calls."""
    for suite in suites_of(dojo).values():
        for injection in suite.injections:
            injected = suite.prepare(suite.users[0], injection).injected
            if injected:
                yield f"{suite.name} {injection}", injected


def _injections(rows: Sequence[Row], kind: str) -> list[str]:
    return sorted({f"{row.suite} {row.injection}" for row in rows if row.kind == kind})


def main() -> None:
    """Run a part, or everything."""
    parser = argparse.ArgumentParser(description="AgentDojo's tasks, run by this runtime.")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--part", help="K/N: only every N-th task, from the K-th on")
    parser.add_argument("--rows", type=Path, help="run nothing: count these rows of earlier runs")
    parser.add_argument("--out", type=Path, default=EVIDENCE)
    chosen = parser.parse_args()
    if not PYTHON.exists():
        raise SystemExit("AgentDojo is not installed here: run scripts/dojo.sh, or make dojo")
    if chosen.part:
        number, _, of = chosen.part.partition("/")
        part(int(number), int(of), chosen.out)
        return
    rows = rows_in(chosen.rows) if chosen.rows else run_all(chosen.processes)
    faults = broken(rows)
    for fault in faults:
        print(fault)  # noqa: T201 - it is a program
    if faults:
        raise SystemExit(f"{len(faults)} promises were broken in {len(rows)} runs")
    chosen.out.write_text(json.dumps(evidence(rows), indent=1) + "\n", encoding="utf-8")
    write_page(chosen.out)


if __name__ == "__main__":
    main()
