"""A run shown live on a real terminal: a pseudo-terminal of some width, and somebody who reads."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.integration.terminal import PAUSE, furnish

pytestmark = pytest.mark.timeout(60)

HELPERS = """
import time
from pathlib import Path

def one(item):
    time.sleep(0.02)

def quick():
    print("printed by a step")

def slow():
    Path("began").touch()
    while not Path("go").exists():
        time.sleep(0.05)
    return "slow is done"
"""
SLOW = """workflow: a_workflow_of_a_long_name
steps:
  a_step_of_some_length: {python: "helpers:quick"}
  slow: {python: "helpers:slow", needs: [a_step_of_some_length]}
"""
MANY = "workflow: many\nsteps:\n" + "".join(
    f'  step{n}: {{python: "helpers:quick", needs: [slow]}}\n' for n in range(40)
)
MANY += '  slow: {python: "helpers:slow"}\n'
ITEMS = """workflow: items
steps:
  each: {python: "helpers:one", for_each: "range(100) | list", args: {item: "{{ item }}"}}
  slow: {python: "helpers:slow", needs: [each]}
"""
ASKS = "workflow: asks\nsteps:\n" + "".join(
    f'  ask{n}: {{approve: "Publish the rather long letter of number {n}?"}}\n' for n in range(9)
)
_CODE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])")


class Screen:
    """What a terminal of some width shows of what is written to it."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.lines = [""]
        self.row = self.column = 0

    def feed(self, text: str) -> "Screen":
        place = 0
        while place < len(text):
            code = _CODE.match(text, place)
            if code is not None:
                self._obey(code[2], code[1])
                place = code.end()
                continue
            self._put(text[place])
            place += 1
        return self

    def _obey(self, verb: str, number: str) -> None:
        if verb == "A":
            self.row = max(0, self.row - int(number or 1))
        elif verb == "K":
            self.lines[self.row] = "" if number == "2" else self.lines[self.row][: self.column]
        elif verb not in "mhl":
            raise AssertionError(f"what is ESC[{number}{verb}?")

    def _put(self, letter: str) -> None:
        if letter == "\r":
            self.column = 0
        elif letter == "\n":
            self.row += 1
            if self.row == len(self.lines):
                self.lines.append("")
        else:
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[: self.column] + letter + line[self.column + 1 :]
            self.column += 1

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines)


class Desk:
    """A process on a pseudo-terminal."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        columns: int,
        rows: int = 40,
        term: str = "xterm-256color",
    ) -> None:
        self._master, slave = pty.openpty()
        self.size(columns, rows)
        environment = {
            name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mn_notebook", *arguments],
            cwd=folder,
            env={**environment, "TERM": term},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self._bytes = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def size(self, columns: int, rows: int = 40) -> None:
        """Make the window so large, as a user who drags its corner."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if hasattr(self, "process"):
            os.kill(self.process.pid, signal.SIGWINCH)

    def write(self, keys: str) -> None:
        """Press keys: Ctrl-C reaches every process of the terminal, as it does a user's."""
        os.write(self._master, keys.encode())

    def _read(self) -> None:
        while True:
            try:
                piece = os.read(self._master, 65536)
            except OSError:  # Nobody has the other end any more.
                return
            if not piece:
                return
            self._bytes += piece

    @property
    def written(self) -> str:
        return self._bytes.decode(errors="ignore")

    def until(self, pattern: str, *, after: int = 0) -> None:
        """Wait until something is written."""
        end = time.monotonic() + 30
        while re.search(pattern, self.written[after:]) is None:
            assert time.monotonic() < end, self.written
            PAUSE.wait(0.02)

    def ended(self) -> int:
        code = self.process.wait(timeout=40)
        self._reader.join(timeout=10)
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    furnish(tmp_path, monkeypatch, helpers=HELPERS, slow=SLOW, many=MANY, items=ITEMS, asks=ASKS)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return tmp_path


@pytest.fixture
def desks() -> Iterator[list[Desk]]:
    opened: list[Desk] = []
    yield opened
    for desk in opened:
        desk.close()


def widths(text: str) -> list[int]:
    """Return how many places each line takes."""
    return [cell_len(line) for line in re.split(r"\r?\n|\r", _CODE.sub("", text))]


@pytest.mark.parametrize("columns", [40, 160])
def test_run_is_shown_live_and_then_whole(folder: Path, desks: list[Desk], columns: int) -> None:
    """No line is broken by the terminal, and nothing of the live view is left behind."""
    desk = Desk(folder, "run", "slow.yaml", "--wait", columns=columns)
    desks.append(desk)
    desk.until(r"▶ slow[^\n]*python")
    live = Screen(columns).feed(desk.written).text
    assert "1 of 2 steps" in live
    assert "✓ a_step_of_some_length" in live
    assert len(live.strip().splitlines()) == 4, live
    desk.until(r"1 of 2 steps · [1-9][0-9.]* s of work")  # Time goes by, although nothing happens.
    (folder / "go").touch()
    assert desk.ended() == 0
    assert max(widths(desk.written)) <= columns
    whole = Screen(columns).feed(desk.written).text.strip()
    assert whole.startswith("a_workflow_of_a_long_name · run ")
    assert "▶" not in whole
    assert whole.count("succeeded") == 3
    assert "printed by a step" not in desk.written
    assert whole.splitlines()[-1].startswith("mn export ")
    assert desk.written.count("\x1b[?25l") == desk.written.count("\x1b[?25h") == 1


def test_window_may_be_resized_meanwhile(
    folder: Path, desks: list[Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From then on the lines fit the new width. NO_COLOR is obeyed, and the view stays live."""
    monkeypatch.setenv("NO_COLOR", "1")
    desk = Desk(folder, "run", "slow.yaml", "--wait", columns=120)
    desks.append(desk)
    desk.until("▶ slow")
    assert max(widths(desk.written)) > 44
    desk.size(44)
    so_far = len(desk.written)
    # The frame that was on its way when the size changed may be a wide one still.
    desk.until(r"(?s)▶ slow.*▶ slow", after=so_far)
    later = desk.written[so_far:]
    assert max(widths(later[later.index("▶ slow") :])) <= 44
    (folder / "go").touch()
    assert desk.ended() == 0
    assert max(widths(desk.written[so_far + later.index("▶ slow") :])) <= 44
    assert [sent for sent, verb in _CODE.findall(desk.written) if verb == "m"] == []
    assert "\x1b[1A" in desk.written


def test_more_steps_than_lines_are_cut_and_those_at_work_are_seen(
    folder: Path, desks: list[Desk]
) -> None:
    """A low window shows what goes on, and how much more there is."""
    desk = Desk(folder, "run", "many.yaml", "--wait", columns=80, rows=12)
    desks.append(desk)
    desk.until("▶ slow")
    lines = Screen(80).feed(desk.written).text.strip().splitlines()
    assert len(lines) <= 12
    assert re.fullmatch(r"  0 of 41 steps · .* of work · 0 calls · cost \$0.00", lines[1])
    assert lines[2].startswith("  ▶ slow")
    assert re.fullmatch(r"  … and \d+ more", lines[-1])
    (folder / "go").touch()
    assert desk.ended() == 0


def test_a_hundred_items_are_one_line(folder: Path, desks: list[Desk]) -> None:
    """Items are counted where their step stands; nothing scrolls away."""
    desk = Desk(folder, "run", "items.yaml", "--wait", columns=60, rows=12)
    desks.append(desk)
    desk.until(r"▶ each[^\n]* of 100")
    desk.until("▶ slow")
    assert len(Screen(60).feed(desk.written).text.strip().splitlines()) == 4
    (folder / "go").touch()
    assert desk.ended() == 0
    assert max(widths(desk.written)) <= 60


def test_questions_are_shown_with_the_line_to_type_and_ctrl_c_lets_go(
    folder: Path, desks: list[Desk]
) -> None:
    """In a narrow and low window no command is cut, those that find no room are counted.

    Ctrl-C says what becomes of the run, and leaves the terminal as it was.
    """
    desk = Desk(folder, "run", "asks.yaml", "--stay", columns=40, rows=16)
    desks.append(desk)
    desk.until("waits for you")
    lines = Screen(40).feed(desk.written).text.strip().splitlines()
    assert len(lines) <= 16
    run = re.search(r"run (\w{4})", lines[0])
    assert run is not None
    assert lines[2:4] == [
        "  ◆ Publish the rather long letter of n…",
        f"    mn approve {run[1]} ask0",
    ]
    assert any(re.fullmatch(r"  ◆ \d more: mn approvals", line) for line in lines)
    desk.write("\x03")
    assert desk.ended() == 130
    said = Screen(200).feed(desk.written).text.strip()
    assert said.startswith(
        f"Detached: run {run[1]} stands still until `mn resume {run[1]}` goes on"
    )
    assert "Traceback" not in desk.written
    assert desk.written.count("\x1b[?25l") == desk.written.count("\x1b[?25h") == 1


def test_a_terminal_that_cannot_go_back_gets_lines(folder: Path, desks: list[Desk]) -> None:
    """Where nothing can be drawn anew, each fact is a line, and a question has its command."""
    desk = Desk(folder, "run", "asks.yaml", columns=80, term="dumb")
    desks.append(desk)
    assert desk.ended() == 3
    assert "\x1b" not in desk.written
    assert re.search(
        r"ask0: asks a person: Publish[^\n]*\n +mn approve \w{4} ask0\r\n", desk.written
    )


def test_colours_that_are_forced_draw_nothing_into_a_pipe(folder: Path) -> None:
    """Into a pipe go lines, whatever an environment says of colours."""
    done = subprocess.run(
        [sys.executable, "-m", "mn_notebook", "run", "asks.yaml"],
        env={**os.environ, "FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"},
        cwd=folder, capture_output=True, text=True, timeout=50,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert "\x1b" not in done.stdout
    assert "asks a person: Publish" in done.stdout
