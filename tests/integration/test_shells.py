"""TAB in real shells: a pseudo-terminal, somebody who types, and what stands in the line then."""

import os
import pty
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mn_notebook.verbs import follow
from mn_notebook.verbs.catalogue import VERBS
from mn_notebook.verbs.parser import options_of
from mn_notebook.verbs.shells import SHELLS, completion_script
from tests.integration.terminal import PAUSE, Terminal, furnish

pytestmark = pytest.mark.timeout(60)

ASKING = """workflow: asking
inputs: {who: str}
steps:
  first: {python: "quietly:fine", args: {text: "{{ inputs.who }}"}}
  review: {approve: "Publish it?", edit: [first.text]}
  last: {python: "quietly:fine", args: {text: "{{ review.first.text }}"}}
"""
QUIET = """
def fine(text):
    return {"text": text}
"""


class Shell:
    """A shell on a pseudo-terminal."""

    def __init__(self, *command: str) -> None:
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={**os.environ, "TERM": "dumb", "HISTFILE": "", "COLUMNS": "300"},
        )  # fmt: skip
        os.close(slave)
        self._read = ""
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                piece = os.read(self._master, 65536)
            except OSError:
                return
            self._read += piece.decode(errors="replace")

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def until(self, pattern: str, *, after: int = 0) -> "re.Match[str]":
        end = time.monotonic() + 30
        while True:
            found = re.search(pattern, self._read[after:])
            if found is not None:
                return found
            assert time.monotonic() < end, self._read
            PAUSE.wait(0.02)

    def do(self, line: str) -> None:
        """Run a line and wait for its end."""
        before = len(self._read)
        self.type(f"{line}; echo do''ne\n")
        self.until("\ndone", after=before)

    def completed(self, text: str) -> list[str]:
        """Type a text after ``mn``, and TAB; return the arguments as a command gets them."""
        before = len(self._read)
        self.type(f"mn {text}\t")
        # The shell takes keys one after another: what follows is typed into the completed line.
        self.type("; echo ev''en\n")
        shown = self.until(r"((?:<[^\n>]*>)+)even", after=before)
        return re.findall("<([^>]*)>", shown[1])

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._master)


@pytest.fixture
def mn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    furnish(tmp_path, monkeypatch, quietly=QUIET, asking=ASKING)
    (tmp_path / "two words.txt").write_text("x")
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "mn"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m mn_notebook "$@"\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setattr(follow, "_PATIENCE_SECONDS", 0.1)
    return Terminal(tmp_path, capsys)


STARTED = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "set +o history"),
    "zsh": (
        ["zsh", "-f", "-i"],
        "unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -uD",
    ),
}


@pytest.fixture(params=STARTED)
def shell(request: pytest.FixtureRequest, mn: Terminal) -> Iterator[Shell]:
    command, first = STARTED[request.param]
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]} here")
    one = Shell(*command)
    one.do(f"PS1='> '; {first}; source <(mn completion {request.param})")
    one.do("mn() { printf '<%s>' \"$@\"; }")  # The scripts ask the command itself, not this.
    yield one
    one.close()


def test_a_shell_completes_what_is_typed(mn: Terminal, shell: Shell) -> None:
    """Verbs, options, workflows, inputs, files, runs, steps and edits, in a shell as it is."""
    run = mn.json("run", "asking.yaml", "who=ACME", code=3)[0]["short_id"]
    for text, completed in (
        ("dele", ["delegate"]),
        ("settle --not-h", ["settle", "--not-happened"]),
        ("run asking.yaml who=@tw", ["run", "asking.yaml", "who=@two words.txt"]),
        (f"why {run[:2]}", ["why", run]),
        (f"approve {run} --edit fi", ["approve", run, "--edit", "first.text="]),
    ):
        assert shell.completed(text) == completed, text


def test_every_option_is_in_every_script() -> None:
    """What a verb takes is offered by each shell, and no verb is left out."""
    for shell in SHELLS:
        script = completion_script(shell, "mn")
        for verb in VERBS:
            assert re.search(rf"\b{verb}\b", script), (shell, verb)
            for option in options_of(verb):
                known = option[2:] if shell == "fish" else option
                assert re.search(rf"(?<![\w-]){known}(?![\w-])", script), (shell, verb, option)
