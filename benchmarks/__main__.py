"""Sets up what is needed, and measures.

    python -m benchmarks [--only chain,graph] [--subjects mn,bare] [--disks 2ms] [--repeats 3]

Results are added to a file, so that parts can be measured one after the other;
``python -m benchmarks.report`` makes the page of it.
"""

import argparse
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import environments, machine, results
from benchmarks.bars import missed
from benchmarks.catalogue import JOBS, SUBJECTS, Job, Subject
from benchmarks.disks import DISKS, MEMORY_DISK
from benchmarks.environments import CACHE, ROOT, SetUpError
from benchmarks.measure import Plan, run
from benchmarks.results import Run, Session
from benchmarks.sizes import FULL, TINY

RESULTS = CACHE / "results.json"
PROFILED = {
    **{name: name for name in ("chain", "fan_out", "graph", "recovery", "waiting", "loading")},
    "many_waiting": "waiting",
}
"""By job, the one of which a profile says where its time, or its memory, goes."""


def say(text: str) -> None:
    """Tell the person who waits."""
    sys.stderr.write(f"· {text}\n")


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", type=_names(JOBS), default=list(JOBS), help=", ".join(JOBS))
    parser.add_argument(
        "--subjects", type=_names(SUBJECTS), default=list(SUBJECTS), help=", ".join(SUBJECTS)
    )
    parser.add_argument("--disks", type=_names(DISKS), default=list(DISKS), help=", ".join(DISKS))
    parser.add_argument("--repeats", type=int, default=5, help="rounds; default: %(default)s")
    parser.add_argument("--tiny", action="store_true", help="little work: does it run at all?")
    parser.add_argument("--no-profile", action="store_true", help="also for bars that are missed")
    parser.add_argument("--fresh", action="store_true", help="forget the results of before")
    parser.add_argument("--results", type=Path, default=RESULTS, help="default: %(default)s")
    return parser.parse_args(given)


def _names(known: Iterable[str]) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        names = text.split(",")
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(
                f"expected some of {', '.join(known)}; found {', '.join(unknown)}"
            )
        return names

    return read


def plans(options: argparse.Namespace, *, is_counted: bool) -> Iterator[Plan]:
    """Yield the runs in their order: round by round, and in each job all subjects in a row.

    The order of the subjects is turned by one from round to round, so that none is always first.
    """
    sizes = TINY if options.tiny else FULL
    disks = [DISKS[name] for name in options.disks if is_counted or name == "free"]
    for round_ in range(options.repeats):
        for job in (JOBS[name] for name in options.only):
            for disk in (disk for disk in disks if disk.name in job.disks):
                able = [
                    SUBJECTS[name]
                    for name in options.subjects
                    if _does(SUBJECTS[name], job, disk.name, round_)
                ]
                turn = round_ % max(1, len(able))
                for subject in able[turn:] + able[:turn]:
                    yield Plan(subject, job, disk, round_, sizes, is_counted=is_counted)


def _does(subject: Subject, job: Job, disk: str, round_: int) -> bool:
    is_due = round_ == 0 or job.name not in subject.once
    can = job.name in subject.jobs and (subject.is_reached or disk == "free")
    return can and is_due


def set_up(options: argparse.Namespace, session: Session) -> bool:
    """Make the environments; leave subjects out that cannot be had. Tell whether syncs count."""
    for name in list(options.subjects):
        try:
            environments.make(SUBJECTS[name].environment, say)
        except SetUpError as fault:
            say(f"{name} is left out: {fault}")
            session.absent[name] = str(fault)
            options.subjects.remove(name)
    for environment in {SUBJECTS[name].environment for name in options.subjects}:
        session.versions[environment or "mn"] = environments.versions(environment)
    is_counted = environments.make_shim(say)
    if not is_counted:
        session.absent["2ms"] = "no C compiler: syncs were neither counted nor slowed"
    return is_counted


def measure_all(options: argparse.Namespace, session: Session, keep: "Keep") -> None:
    """Do all runs; the file has each as soon as it is done."""
    is_counted = set_up(options, session)
    todo = list(plans(options, is_counted=is_counted))
    for number, plan in enumerate(todo, 1):
        began = time.monotonic()
        done, _ = run(plan)
        session.runs.append(done)
        keep(session)
        say(f"{number}/{len(todo)} {told(done)} ({time.monotonic() - began:.0f} s)")
    if not options.no_profile and "mn" in options.subjects:
        for plan in profile_plans(session.runs, todo):
            say(f"profile of {plan.job.name} ({plan.disk.name})")
            _, lines = run(plan)
            session.profiles[f"{plan.job.name} {plan.disk.name}"] = lines
            keep(session)


def profile_plans(runs: Sequence[Run], done: Sequence[Plan]) -> Iterator[Plan]:
    """Yield a run under the profiler for each job of which a bar was missed."""
    late = {(PROFILED[bar.job], bar.disk) for bar in missed(runs) if bar.job in PROFILED}
    for job, disk in sorted(late):
        yield Plan(
            SUBJECTS["mn"],
            JOBS[job],
            DISKS[disk],
            0,
            done[0].sizes,
            is_counted=done[0].is_counted,
            is_profiled=True,
        )


def told(done: Run) -> str:
    """Say in one line what a run came to."""
    figures = ", ".join(f"{name} {value:.4g}" for name, value in done.figures.items())
    flags = [
        *(["the bare rate moved: flagged"] if not done.is_steady else []),
        *([f"others used {done.others_cores:.1f} cores"] if not done.is_quiet else []),
    ]
    what = f"{done.job} {done.disk} {done.subject}: {done.error or figures}"
    return f"{what} [{'; '.join(flags)}]" if flags else what


class Keep:
    """Writes a session to the file, after those that are there."""

    def __init__(self, file: Path, *, is_fresh: bool) -> None:
        self._file = file
        self._before = [] if is_fresh else results.read(file)

    def __call__(self, session: Session) -> None:
        """Write the file anew."""
        results.write(self._file, [*self._before, session])


def commit() -> str:
    """Return which commit of the repository is measured; "+" where files have changed since."""
    git = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+", "--exclude=*"]
    done = subprocess.run(git, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def main(given: Sequence[str] | None = None) -> None:
    """Measure what is asked for."""
    options = arguments(given)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended; what was measured is kept"))
    if not MEMORY_DISK.is_dir():
        raise SystemExit(f"the stores lie on a memory disk, and there is no {MEMORY_DISK} here")
    session = Session(
        began_at=datetime.now(UTC).isoformat(timespec="seconds"),
        commit=commit(),
        command=shlex.join(["python", "-m", "benchmarks", *(given or sys.argv[1:])]),
        machine=machine.facts(),
        is_tiny=options.tiny,
        versions={},
    )
    measure_all(options, session, Keep(options.results, is_fresh=options.fresh))
    say(f"{options.results} has it all; `python -m benchmarks.report` makes the page")


if __name__ == "__main__":
    main()
