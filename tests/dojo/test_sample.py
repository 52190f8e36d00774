"""A few of AgentDojo's own tasks, where `make dojo` has installed it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dojo.__main__ import rows_of
from tests.dojo.dojo import PYTHON, Dojo, Suite, suites_of
from tests.dojo.effects import READS
from tests.dojo.episode import Stage
from tests.dojo.evidence import broken

pytestmark = [
    pytest.mark.skipif(not PYTHON.exists(), reason="make dojo installs AgentDojo"),
    pytest.mark.timeout(300),  # loading AgentDojo alone takes ten seconds
]


@pytest.fixture(scope="module")
def suites() -> Iterator[dict[str, Suite]]:
    with Dojo() as dojo:
        yield suites_of(dojo)


def test_tools_that_read_are_tools(suites: dict[str, Suite]) -> None:
    """The table of effects names nothing that AgentDojo has not."""
    for name, reads in READS.items():
        assert reads <= {tool.name for tool in suites[name].tools}


@pytest.mark.parametrize(
    ("suite", "user", "injections"),
    [
        ("banking", "user_task_0", ["injection_task_5", "injection_task_8"]),
        ("slack", "user_task_1", ["injection_task_4", "injection_task_5"]),
    ],
)
def test_obedient_model_does_the_task_and_no_harm(
    suites: dict[str, Suite], tmp_path: Path, suite: str, user: str, injections: list[str]
) -> None:
    """Without a policy every attack succeeds; with one, and a person, only the task is done."""
    with Stage(tmp_path) as stage:
        gold, *attacked = rows_of(stage, suites[suite], user, injections)
    assert broken([gold, *attacked]) == []
    assert gold.utility
    assert [row.attacked for row in attacked] == [True, False, False] * len(injections)
    assert all(row.landed and row.obeyed == row.wanted for row in attacked if row.arm != "nobody")
