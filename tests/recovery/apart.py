"""Functions of ``isolation: process`` that tell a server outside of every step they make."""

import os
import signal
import threading
import urllib.request

PULSE_SECONDS = 0.02
WORLD = "MN_WORLD"
"""The variable that names the server outside, in processes that act."""


def told(what: str, name: str) -> str:
    """Tell the world of something, and return what it says once it has written that down."""
    address = f"{os.environ[WORLD]}/{what}/{name}/{os.getpid()}"
    with urllib.request.urlopen(address, timeout=20) as answer:
        text: str = answer.read().decode()
    return text


def _pulse_until(word: str, name: str) -> None:
    while word not in told("pulse", name):
        threading.Event().wait(PULSE_SECONDS)


def working(name: str) -> str:
    """Work until the world lets one act, act once, and work until it lets one end."""
    told("begin", name)
    _pulse_until("act", name)
    told("act", name)
    _pulse_until("end", name)
    return "done"


def deaf(name: str) -> str:
    """Do so, and hear no signal that asks to end."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return working(name)


def parting(name: str) -> str:
    """Do so, and have a child that pulses and is deaf, too."""
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _pulse_until("never", f"{name}.below")
    return working(name)
