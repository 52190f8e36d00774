"""The documents of the project, and the examples in them."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("notebooks/**/*.md"))
    if "exported" not in page.parts and "filed" not in page.parts
)
_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """An example, and where it stands."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(language: str) -> list[Block]:
    """Return the examples of a language in all pages."""
    return [block for page in PAGES for block in blocks_of(page) if block.language == language]


def blocks_of(page: Path) -> list[Block]:
    """Return the examples of a page."""
    text = page.read_text()
    return [
        Block(page, text[: found.start()].count("\n") + 2, found["language"], found["text"])
        for found in _FENCE.finditer(text)
    ]


def page(name: str) -> str:
    """Return the text of a page."""
    return (ROOT / name).read_text()


def section(text: str, heading: str) -> str:
    """Return what stands below a heading, up to the next one of its level."""
    level = heading.split(" ", 1)[0]
    _, _, rest = text.partition(f"\n{heading}\n")
    assert rest, f"there is no {heading!r}"
    return re.split(rf"^{level} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def coded(text: str) -> list[str]:
    """Return everything that stands between single backticks."""
    return re.findall(r"`([^`\n]+)`", text)


def rows(table: str) -> list[list[str]]:
    """Return the cells of the rows of a Markdown table, its head left out."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))] for line in lines[2:]
    ]
