"""A profile of all threads of a process, by cProfile: processor time, without what waits."""

import cProfile
import io
import pstats
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

MOST_LINES = 20


class ThreadProfile(cProfile.Profile):
    """The profile of one thread, by that thread's own processor time."""

    def __init__(self) -> None:
        super().__init__(time.thread_time)

    def create_stats(self) -> None:  # type: ignore[explicit-override]  # 3.12 brings override
        """Take what has ended: closing open calls here would read the wrong thread's clock."""
        self.snapshot_stats()


class Profile:
    """Profiles all threads that begin from now on, and the calling one where it asks for it."""

    def __init__(self) -> None:
        self._profiles: list[ThreadProfile] = []
        threading.setprofile(self._begin)

    @contextmanager
    def profiling(self) -> Iterator[None]:
        """Profile the calling thread inside."""
        own = self._begin()
        yield
        own.disable()

    def _begin(self, *_: Any) -> ThreadProfile:
        """Profile the calling thread from now on."""
        profile = ThreadProfile()
        with suppress(ValueError):  # From Python 3.12 on there is one profiler for a process.
            profile.enable()
            self._profiles.append(profile)
        return profile

    def lines(self) -> list[str]:
        """Return what took the most time itself, and with what it calls, in all threads."""
        told = io.StringIO()
        used = [profile for profile in self._profiles if profile.getstats()]
        if not used:
            return []
        stats = pstats.Stats(used[0], stream=told)
        for profile in used[1:]:
            stats.add(profile)
        stats.strip_dirs()
        stats.sort_stats("tottime").print_stats(MOST_LINES)
        stats.sort_stats("cumulative").print_stats(r"\.py", MOST_LINES)
        return [line.rstrip() for line in told.getvalue().splitlines() if line.strip()]
