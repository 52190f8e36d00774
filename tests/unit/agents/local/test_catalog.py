import re
from pathlib import Path

import pytest

from mn_notebook.agents.local.catalog import CATALOG, LocalProfile, own_profile
from mn_notebook.agents.local.parts import Part

SHA256 = re.compile(r"[0-9a-f]{64}")
EVERY_PART = [part for profile in CATALOG for part in profile.parts]


@pytest.mark.parametrize("profile", CATALOG, ids=lambda profile: profile.name)
def test_parts_add_up_to_the_model(profile: LocalProfile) -> None:
    """The pinned sizes of the parts leave no gap and no overlap."""
    assert sum(part.content_bytes for part in profile.parts) == profile.content_bytes
    assert profile.offsets[-1] + profile.parts[-1].content_bytes == profile.content_bytes


@pytest.mark.parametrize("part", EVERY_PART, ids=lambda part: part.package)
def test_every_part_is_pinned(part: Part) -> None:
    """No part can be replaced by another file: version and both sums are given."""
    assert re.fullmatch(r"\d+\.\d+\.\d+", part.version)
    assert SHA256.fullmatch(part.wheel_sha256)
    assert SHA256.fullmatch(part.sha256)


def test_no_two_parts_are_the_same() -> None:
    """A row that was copied by mistake would be seen here."""
    assert len({part.wheel_sha256 for part in EVERY_PART}) == len(EVERY_PART)
    assert len({part.requirement for part in EVERY_PART}) == len(EVERY_PART)


@pytest.mark.parametrize("profile", CATALOG, ids=lambda profile: profile.name)
def test_notice_states_licence_and_what_was_not_checked(profile: LocalProfile) -> None:
    """A user reads the licence, and what could not be verified, before anything is downloaded."""
    assert "Apache-2.0" in profile.notice
    assert "not be compared with the upstream release" in profile.notice


def test_tools_are_asked_for_through_a_schema(tmp_path: Path) -> None:
    """Small models do not make native tool calls, also those of the user's own."""
    own = own_profile(tmp_path / "Mine.Q4.gguf", content_bytes=7)
    assert {profile.tool_mode for profile in (*CATALOG, own)} == {"schema"}
    assert own.name == "mine.q4"
