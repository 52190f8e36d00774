"""The benchmark itself works: tiny sizes, real processes, every result checked."""

import pytest

from benchmarks.catalogue import JOBS, SUBJECTS, Job
from benchmarks.disks import DISKS, MEMORY_DISK
from benchmarks.environments import ROOT, make_shim
from benchmarks.measure import Plan, run
from benchmarks.results import Run
from benchmarks.sizes import TINY


@pytest.fixture(scope="module", autouse=True)
def shim() -> None:
    """The disk of a fixed speed."""
    if not MEMORY_DISK.is_dir() or not make_shim(lambda _: None):
        pytest.skip("no memory disk or no C compiler")


def done(subject: str, job: str, disk: str) -> Run:
    found, _ = run(Plan(SUBJECTS[subject], JOBS[job], DISKS[disk], 0, TINY))
    assert found.error == ""
    return found


def test_bare_commits_sync_once_each_and_cannot_be_faster_than_the_disk() -> None:
    """The disk of a fixed speed is really under the store: else all ratios would lie."""
    found = done("bare", "chain", "2ms")
    assert found.figures["syncs_per_step"] == 1
    assert found.figures["steps_per_second"] <= 500
    assert 0 < found.bare <= 500


@pytest.mark.parametrize("job", ["chain", "fan_out", "graph"])
def test_mn_notebook_is_measured(job: str) -> None:
    """Its steps really ran on the disk whose syncs are counted."""
    figures = done("mn", job, "2ms").figures
    assert figures["syncs_per_step"] > 0
    assert figures["cpu_ms_per_step"] > 0
    assert ("p50_ms" in figures) == (job == "chain")
    assert figures["ratio_to_bare"] < 10


def test_recovery_is_measured() -> None:
    """A process was killed in the middle, and another one finished its work."""
    figures = done("mn", "recovery", "free").figures
    assert TINY.chain // 2 <= figures["killed_after_steps"] < TINY.chain
    assert figures["repeated_steps"] == 0
    assert figures["first_new_step_seconds"] > 0


def test_waiting_is_measured() -> None:
    """Runs waited, and decisions of this and of another process moved some on."""
    figures = done("mn", "waiting", "free").figures
    assert figures["decision_p50_ms"] > 0
    assert figures["elsewhere_p50_ms"] > 0
    assert figures["store_bytes_per_run"] > figures["other_bytes_per_run"]


def test_a_profile_names_what_took_the_time() -> None:
    """It covers the threads of the engine."""
    plan = Plan(SUBJECTS["mn"], JOBS["chain"], DISKS["free"], 0, TINY, is_profiled=True)
    _, lines = run(plan)
    assert any("runner.py" in line for line in lines)


def test_a_run_that_fails_says_why_and_leaves_nothing() -> None:
    """It is a result, too, and the memory disk is as empty as before."""
    before = set(MEMORY_DISK.glob("mn_bench_*"))
    nonsense = Job("nonsense", "Nonsense", ("free",))
    found, _ = run(Plan(SUBJECTS["bare"], nonsense, DISKS["free"], 0, TINY))
    assert "nonsense" in found.error
    assert str(ROOT) not in found.error
    assert set(MEMORY_DISK.glob("mn_bench_*")) <= before
