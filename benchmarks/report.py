"""Makes the page of the results: what was measured on, each bar, each table, each profile.

python -m benchmarks.report [--results FILE] [--folder docs]
"""

import argparse
import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import Template
from typing import Any

from benchmarks import environments, results
from benchmarks.bars import judged
from benchmarks.catalogue import JOBS, SUBJECTS
from benchmarks.environments import CACHE, ROOT, python_of
from benchmarks.machine import QUIET_CORES
from benchmarks.results import STEADY, Run, Session, all_runs
from benchmarks.tables import cell, number, of_job, table

DISK_TITLES = {"2ms": "each sync takes 2 ms", "free": "syncs are free"}
PACKAGES = {
    "mn": "mn-notebook",
    "langgraph": "langgraph",
    "dbos": "dbos",
    "burr": "apache-burr",
    "prefect": "prefect",
    "restate": "restate-sdk",
}

SCALE = "scale.json"
"""Beside the page: what `benchmarks.scale --out` wrote."""
HOURS = "2"
"""How long `make bench` takes, from what a round of all jobs took."""
TEMPLATE = Template(Path(__file__).with_name("page.md").read_text())


def page(sessions: Sequence[Session], scale: dict[str, Any] | None = None) -> str:
    """Return the page in Markdown; ``scale`` is what `benchmarks.scale` found."""
    runs = all_runs(sessions)
    text = TEMPLATE.substitute(
        bars=_bars(runs),
        measured_on=_measured_on(sessions, runs),
        steady=STEADY,
        quiet=QUIET_CORES,
        hours=HOURS,
        tables="\n\n".join(_tables(runs)),
        profiles="\n\n".join(_profiles(sessions)),
        scale=_scale(scale) if scale else "Not measured.",
    )
    return text.rstrip() + "\n"


def _bars(runs: Sequence[Run]) -> str:
    rows = [
        [
            one.bar.promise,
            f"{'≥' if one.bar.is_least else '≤'} {number(one.bar.limit)} {one.bar.unit}".strip(),
            cell(one.found),
            f"**{one.verdict}**" if one.verdict == "missed" else one.verdict,
            one.bar.source,
        ]
        for one in judged(runs)
    ]
    return table(["what", "bar", "found", "", "where the bar comes from"], rows)


def _measured_on(sessions: Sequence[Session], runs: Sequence[Run]) -> str:
    loads = [run.load for run in runs] or [0.0]
    quiet, steady = sum(run.is_quiet for run in runs), sum(run.is_steady for run in runs)
    machine = sessions[-1].machine if sessions else {}
    packages = {key: value for one in sessions for key, value in one.versions.items()}
    facts = [
        *(f"{key}: {value}" for key, value in machine.items()),
        "measured " + ", ".join(f"{one.began_at} (commit {one.commit})" for one in sessions),
        f"{len(runs)} runs, of which {quiet} were quiet and {len(runs) - steady} are flagged; "
        f"load average before them {number(min(loads))} to {number(max(loads))}",
        "versions: " + ", ".join(_versions(packages)),
        *(f"not measured: {what}: {why}" for one in sessions for what, why in one.absent.items()),
        *(
            f"failed: {JOBS[run.job].title}, {SUBJECTS[run.subject].title}: "
            f"`{run.error.splitlines()[-1]}`"
            for run in runs
            if run.error
        ),
    ]
    return "\n".join(f"- {fact}" for fact in facts)


def _scale(found: dict[str, Any]) -> str:
    rows = [
        [
            f"`{name}`",
            f"≤ {number(one['at_most'])} {one['unit']}",
            number(one["measured"]),
            f"**{one['verdict']}**" if one["verdict"] == "missed" else one["verdict"],
            one["because"],
        ]
        for name, one in found["bounds"].items()
    ]
    return table(["what", "bound", "found", "", "why"], rows)


def _versions(packages: dict[str, dict[str, str]]) -> Iterator[str]:
    for environment, package in PACKAGES.items():
        if package in packages.get(environment, {}):
            yield f"{package} {packages[environment][package]}"


def _tables(runs: Sequence[Run]) -> Iterator[str]:
    for job in JOBS.values():
        written = [(disk, of_job(runs, job.name, disk)) for disk in job.disks]
        there = [(disk, text) for disk, text in written if text]
        if not there:
            continue
        yield f"## {job.title}"
        for disk, text in there:
            if len(job.disks) > 1:
                yield f"On a disk where {DISK_TITLES[disk]}:"
            yield text


def _profiles(sessions: Sequence[Session]) -> Iterator[str]:
    """Yield the newest profile of each job, for the bars that were missed."""
    newest = {what: lines for session in sessions for what, lines in session.profiles.items()}
    if newest:
        yield (
            "## Where the time goes\n\n"
            "Profiles of mn_notebook in the jobs whose bars are missed: processor time of all its "
            "threads, first by each function's own time, then with what it calls. The profiler "
            "itself makes everything slower, small functions most. Of runs that wait: memory."
        )
    for what, lines in newest.items():
        job, _, disk = what.partition(" ")
        text = "\n".join(lines)
        yield (
            f"<details><summary>{JOBS[job].title} ({DISK_TITLES[disk]})</summary>\n\n"
            f"```text\n{text}\n```\n\n</details>"
        )


def plot(results_file: Path, folder: Path) -> None:
    """Draw the plots, in an environment that has what it takes."""
    environments.make("plot", lambda _: None)
    for theme in ("light", "dark"):
        target = folder / "images" / f"benchmarks-{theme}.svg"
        target.parent.mkdir(exist_ok=True)
        command = [python_of("plot"), "-m", "benchmarks.plot", results_file.resolve(), theme]
        subprocess.run([*map(str, command), str(target.resolve())], check=True, cwd=ROOT)


def main() -> None:
    """Write the page, the results beside it, and the plots."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=CACHE / "results.json")
    parser.add_argument("--folder", type=Path, default=ROOT / "docs")
    options = parser.parse_args()
    sessions = results.read(options.results)
    if not sessions or any(session.is_tiny for session in sessions):
        raise SystemExit(f"{options.results} has no results at full size: `make bench` measures")
    kept = options.folder / "benchmarks.json"
    if options.results.resolve() != kept.resolve():
        shutil.copyfile(options.results, kept)
    scale_file = options.folder / SCALE
    scale = json.loads(scale_file.read_text()) if scale_file.exists() else None
    (options.folder / "benchmarks.md").write_text(page(sessions, scale))
    plot(kept, options.folder)


if __name__ == "__main__":
    main()
