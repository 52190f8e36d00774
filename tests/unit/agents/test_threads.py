"""Threads for blocking code: as many as are needed, used again, and no more than that."""

import contextvars
import os
import queue
import threading
from typing import cast

from mn_notebook.agents import threads
from mn_notebook.agents.threads import forget_threads, in_thread

VARIABLE = contextvars.ContextVar("variable", default="untouched")
SECONDS = 10.0


def thread_of_a_job() -> int:
    """Return the thread that did a job, once it waits for the next one."""
    found: list[int] = []
    done = threading.Event()

    def job() -> None:
        found.append(threading.get_ident())
        done.set()

    in_thread(job)
    assert done.wait(SECONDS)
    while not any(thread.ident == found[0] for thread in threads._IDLE):
        pass
    return found[0]


def test_a_thread_is_used_again():
    """A small step must not pay for a new one."""
    forget_threads()
    assert thread_of_a_job() == thread_of_a_job()


def test_calls_that_never_end_do_not_starve_others():
    """There are as many threads as calls."""
    forget_threads()
    stuck = threading.Event()
    try:
        for _ in range(40):
            in_thread(lambda: cast("None", stuck.wait(SECONDS)))
        assert thread_of_a_job()
    finally:
        stuck.set()


def test_what_a_job_does_to_its_context_stays_there():
    """Although another one follows in its thread."""
    forget_threads()
    seen: queue.SimpleQueue[str] = queue.SimpleQueue()

    def job() -> None:
        seen.put(VARIABLE.get())
        VARIABLE.set("changed")

    for _ in range(2):
        in_thread(job)
        assert seen.get(timeout=SECONDS) == "untouched"
        thread_of_a_job()


def test_an_idle_thread_ends(monkeypatch):
    """And is not given a job any more."""
    forget_threads()
    monkeypatch.setattr(threads, "IDLE_SECONDS", 0.5)
    done = thread_of_a_job()
    # What other tests have left may come back to the idle ones at any time.
    (idle,) = (one for one in threading.enumerate() if one.ident == done)
    idle.join(SECONDS)
    assert not idle.is_alive()
    assert idle not in threads._IDLE


def test_a_forked_child_has_none_of_them():
    """It has their names only: a job given to one would never be done."""
    forget_threads()
    thread_of_a_job()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        forget_threads()
        thread_of_a_job()
        os.write(write, b"done")
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        assert answer.read() == b"done"
    os.waitpid(child, 0)
