"""Where the stores lie: a memory disk, with syncs that take a fixed time or none."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environments import SHIM

MEMORY_DISK = Path("/dev/shm")  # noqa: S108 - the one place whose speed does not change
COUNTER = "MN_BENCH_SYNCS"
SYNC_TIME = "MN_BENCH_SYNC_US"


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk with syncs of one speed."""

    name: str
    sync_microseconds: int

    def environment(self, folder: Path, *, is_counted: bool) -> Mapping[str, str]:
        """Return what a process needs in its environment so that its disk is this one."""
        if not is_counted:
            return {}
        return {
            "LD_PRELOAD": str(SHIM),
            SYNC_TIME: str(self.sync_microseconds),
            COUNTER: str(folder / "syncs"),
        }


SLOW = Disk("2ms", 2000)
"""Each sync takes 2 ms, about as a good disk: what counts is how many there are."""
FREE = Disk("free", 0)
"""A sync takes no time: what is left is the processor time of the runtime itself."""
DISKS = {disk.name: disk for disk in (SLOW, FREE)}


def syncs(file: str | None) -> int | None:
    """Return how many syncs were asked for so far; None where they are not counted."""
    if not file or not Path(file).is_file():
        return None
    return int.from_bytes(Path(file).read_bytes()[:8], "little")
