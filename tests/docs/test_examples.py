"""Every example of README and docs is executed, or read by what reads it in use."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mn_notebook.cli import take_flag
from mn_notebook.language import Checked, parse_cell, parse_file
from mn_notebook.verbs.parser import Typed, parse, split
from tests.docs.pages import PAGES, ROOT, Block, blocks, blocks_of


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if any(b.language == "python" for b in blocks_of(page))],
    ids=str,
)
def test_python_examples_run(page: Path, tmp_path: Path) -> None:
    """The Python examples of a page run one after another, as the program that a reader types."""
    program = tmp_path / "page.py"
    program.write_text("\n".join(b.text for b in blocks_of(page) if b.language == "python"))
    ended = subprocess.run(
        [sys.executable, program.name],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MN_STORE": str(tmp_path / "store.db")},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_workflows_are_right(block: Block) -> None:
    """A workflow that a reader copies is accepted without a warning."""
    assert checked(block).warnings == ()


def checked(block: Block) -> Checked:
    cell = re.match(r"%%mn workflow (\w+)\n", block.text)
    if cell is None:
        return parse_file(block.text)
    return parse_cell(cell[1], block.text[cell.end() :], first_line=2)


def typed_lines(program: str) -> list[str]:
    lines = [line for block in blocks("console") for line in block.text.splitlines()]
    return sorted({line for line in lines if line.startswith(f"{program} ")})


@pytest.mark.parametrize("line", typed_lines("mn"))
def test_typed_lines_are_understood(line: str) -> None:
    """What a reader types in a terminal is a verb with arguments that it takes."""
    words = split(line)[1:]
    take_flag(words, "--json")
    assert isinstance(parse(words, program="mn"), Typed)


@pytest.mark.parametrize("line", typed_lines("make"))
def test_targets_exist(line: str) -> None:
    """What a reader makes is a target."""
    target = line.split()[1]
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
