"""A box for each test."""

import pytest

from tests.integration.toolbox.using import Box


@pytest.fixture
def box() -> Box:
    """Nothing is in it yet."""
    return Box()
