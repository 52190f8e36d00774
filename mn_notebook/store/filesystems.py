"""Tells which kind of file system a folder lies on, and which kinds lose what SQLite writes."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

NETWORK = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "davfs",
        "gfs2",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
        "orangefs",
        "pvfs2",
        "smb2",
        "smb3",
        "smbfs",
        "vboxsf",
        "vmhgfs",
        "wekafs",
    }
)
"""Their locks, or their shared memory, do not reach every program that may open the file."""

FAR = frozenset(
    {
        "blobfuse",
        "blobfuse2",
        "ceph",
        "ceph-fuse",
        "curlftpfs",
        "davfs",
        "davfs2",
        "gcsfuse",
        "glusterfs",
        "goofys",
        "google-drive-ocamlfuse",
        "httpfs",
        "juicefs",
        "mount-s3",
        "mountpoint-s3",
        "rclone",
        "s3fs",
        "smbnetfs",
        "sshfs",
        "vmhgfs-fuse",
    }
)
"""Programs that mount, as ``fuse.NAME``, what lies on another machine."""

MOUNTS = Path("/proc/self/mounts")
"""What this process sees mounted; not every system has it."""

_ESCAPE = re.compile(r"\\([0-7]{3})")


def is_network(kind: str) -> bool:
    """Tell whether SQLite loses data on this kind of file system.

    >>> is_network("nfs4"), is_network("fuse.sshfs"), is_network("fuse.ntfs-3g")
    (True, True, False)
    """
    return kind in NETWORK or kind.removeprefix("fuse.") in FAR


def filesystem_of(folder: Path) -> str:
    """Return the kind of file system a folder lies on, or '' where that cannot be told.

    Of several mounts at one place the last one counts: it hides the others. A folder that an
    automounter will bring is asked for first, so that what it brings is among the mounts.
    """
    with suppress(OSError):
        folder.stat()
    try:
        table = MOUNTS.read_bytes()
    except OSError:
        return ""
    best, kind = "", ""
    for point, found in _mounted(os.fsdecode(table)):
        if _lies_in(str(folder), point) and len(point) >= len(best):
            best, kind = point, found
    return kind


def _mounted(table: str) -> Iterator[tuple[str, str]]:
    """Return the place and the kind of each mount, in the order in which they were made."""
    for line in table.split("\n"):
        parts = line.split(" ")
        if len(parts) > 2:
            yield _unescaped(parts[1]), parts[2]


def _unescaped(text: str) -> str:
    r"""Return a name of the table as it is: spaces, tabs, line ends and backslashes are octal.

    >>> _unescaped(r"/mnt/my\040disk")
    '/mnt/my disk'
    """
    return _ESCAPE.sub(lambda found: chr(int(found[1], 8)), text)


def _lies_in(folder: str, point: str) -> bool:
    return folder == point or folder.startswith(point.rstrip("/") + "/")
