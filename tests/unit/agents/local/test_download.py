import pytest

from mn_notebook.agents.local.catalog import LocalProfile
from mn_notebook.agents.local.download import failure
from mn_notebook.errors import PermanentError, TransientError


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            PermanentError,
            "found another one",
        ),
        (
            "ERROR: No matching distribution found for tiny-part1==1.0",
            PermanentError,
            "does not have it",
        ),
        ("WARNING: x\nERROR: Connection reset by peer", TransientError, "Connection reset by peer"),
        ("", TransientError, "pip said nothing"),
    ],
    ids=["other file", "no such file", "network", "silence"],
)
def test_failed_download_says_whether_trying_again_helps(
    tiny: LocalProfile, said: str, error: type[Exception], words: str
) -> None:
    """Only a failure that may pass is transient."""
    found = failure(tiny.parts[0], said)
    assert type(found) is error
    assert words in str(found)


def test_password_of_a_mirror_is_not_repeated(tiny: LocalProfile) -> None:
    """An address in pip's words is shown without the login that it carries."""
    found = failure(tiny.parts[0], "ERROR: cannot reach https://me:secret@mirror/simple")
    assert "secret" not in str(found)
    assert "https://mirror/simple" in str(found)
