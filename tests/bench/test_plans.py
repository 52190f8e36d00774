"""What is measured, in which order, and what recovery counts."""

from pathlib import Path

import pytest

from benchmarks.__main__ import arguments, plans
from benchmarks.case import Case, WrongResult, require_total
from benchmarks.catalogue import SUBJECTS
from benchmarks.environments import pins
from benchmarks.meter import Meter
from benchmarks.payload import Trace, leave_trace, total_of, traces
from benchmarks.recovery import record
from benchmarks.sizes import Sizes


def planned(*given: str, is_counted: bool = True) -> list[tuple[int, str, str]]:
    found = plans(arguments(given), is_counted=is_counted)
    return [(plan.round, plan.disk.name, plan.subject.name) for plan in found]


def test_the_order_of_subjects_turns() -> None:
    """None of them is always the first after a pause."""
    order = planned("--only", "chain", "--subjects", "mn,bare", "--disks", "2ms", "--repeats", "2")
    assert [subject for _, _, subject in order] == ["mn", "bare", "bare", "mn"]


def test_what_takes_minutes_is_done_once() -> None:
    """Prefect's fan-out is in the first round alone."""
    order = planned("--only", "fan_out", "--subjects", "prefect", "--disks", "2ms")
    assert order == [(0, "2ms", "prefect")]


def test_without_a_compiler_there_is_only_the_free_disk() -> None:
    """A disk of no fixed speed would not be called one."""
    order = planned("--only", "chain", "--subjects", "mn", "--repeats", "1", is_counted=False)
    assert order == [(0, "free", "mn")]


def test_unknown_names_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is measured by mistake."""
    with pytest.raises(SystemExit):
        arguments(["--only", "chian"])
    assert "found chian" in capsys.readouterr().err


def test_every_environment_is_pinned() -> None:
    """Each package has the one version that was measured."""
    wanted = {subject.environment for subject in SUBJECTS.values()} - {""}
    assert wanted | {"plot"} == set(pins())
    for section in pins().values():
        assert all("==" in package for package in section["python"])


def a_case(steps: int) -> Case:
    return Case(Path("nowhere"), Sizes(chain=steps), Meter())


def test_a_finished_step_that_is_done_again_is_repeated() -> None:
    """The step that was under way at the kill counts apart."""
    before = [Trace(0, 1, 1.0), Trace(1, 1, 2.0), Trace(2, 1, 3.0)]
    after = [Trace(1, 2, 9.0), Trace(2, 2, 9.5), Trace(3, 2, 9.75)]
    case = a_case(4)
    record(case, before, after, spawned=8.0, up=9.0)
    assert case.meter.found == {
        "killed_after_steps": 3,
        "first_new_step_seconds": 0.5,
        "spawn_to_first_new_step_seconds": 1.5,
        "repeated_steps": 1,
        "repeated_in_flight": 1,
    }


def test_a_lost_step_is_no_recovery() -> None:
    """Its time would mean nothing."""
    with pytest.raises(WrongResult, match=r"\[1\]"):
        record(a_case(3), [Trace(0, 1, 1.0)], [Trace(2, 2, 2.0)], spawned=1.0, up=1.0)


def test_a_wrong_sum_is_no_result() -> None:
    """A subject that skips a step is not fast."""
    require_total(total_of(5), 5)
    with pytest.raises(WrongResult, match="expected"):
        require_total(total_of(4), 5)


def test_traces_survive_a_torn_line(tmp_path: Path) -> None:
    """The file is read while another process appends to it."""
    file = tmp_path / "traces"
    leave_trace(file, 7, 1.5)
    with file.open("a") as torn:
        torn.write("8 12")
    assert [(trace.step, trace.at) for trace in traces(file)] == [(7, 1.5)]
