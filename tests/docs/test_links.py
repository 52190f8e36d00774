"""Links inside the project lead somewhere."""

import json
import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT

_LINK = re.compile(r"\]\(([^)\s]+)\)|href=\"([^\"]+)\"")
_PICTURE = re.compile(r"(?:src|srcset)=\"([^\"]+)\"")


def links(page: Path) -> list[str]:
    text = page.read_text()
    if page.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    found = [one or other for one, other in _LINK.findall(text)]
    return [link for link in found if not re.match(r"\w+:|#", link)]


@pytest.mark.parametrize(
    "page", [*PAGES, *(ROOT / "notebooks").glob("*.ipynb")], ids=lambda page: page.name
)
def test_links_lead_somewhere(page: Path) -> None:
    """A relative link names a file or folder of the project."""
    missing = [link for link in links(page) if not (page.parent / link.partition("#")[0]).exists()]
    assert missing == []


def test_pictures_are_there() -> None:
    """Every picture of the README is in the repository."""
    shown = _PICTURE.findall((ROOT / "README.md").read_text())
    assert [name for name in shown if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_holds_two_versions_of_itself(page: Path) -> None:
    """What a merge left undecided is no document."""
    assert not re.search(r"^(<{7} |>{7} )", page.read_text(), re.MULTILINE)
