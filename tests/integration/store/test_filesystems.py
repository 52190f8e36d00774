"""A store on a file system that loses data is refused, wherever and however it is mounted."""

from pathlib import Path

import pytest

from mn_notebook.errors import StoreUnwritable
from mn_notebook.store import filesystems
from mn_notebook.store.database import Database
from mn_notebook.store.filesystems import filesystem_of


@pytest.fixture
def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Let this machine have mounts of its own: lines of the system's table."""
    table = tmp_path / "mounts"

    def mount(*lines: str | bytes) -> None:
        rows = [line if isinstance(line, bytes) else line.encode() for line in lines]
        table.write_bytes(b"".join(row + b"\n" for row in rows))
        monkeypatch.setattr(filesystems, "MOUNTS", table)

    return mount


@pytest.mark.parametrize(
    "kind", ["nfs", "nfs4", "cifs", "smb3", "ceph", "gpfs", "9p", "fuse.sshfs", "fuse.rclone"]
)
def test_a_store_on_a_network_file_system_is_refused_with_the_remedy(mounted, tmp_path, kind):
    """SQLite loses data there."""
    far = tmp_path / "far"
    mounted("/dev/sda / ext4 rw 0 0", f"server:/x {far} {kind} rw 0 0")
    with pytest.raises(StoreUnwritable, match=r"MN_STORE to a path on a local disk") as refused:
        Database(str(far / "folder" / "store.db"))
    assert f"({kind})" in str(refused.value)
    Database(str(tmp_path / "near" / "store.db")).close()


def test_the_longest_mount_decides(mounted):
    """A local disk below a network one is local; a name that only begins alike is elsewhere."""
    mounted("a / nfs rw 0 0", "b /home ext4 rw 0 0", "c /home/farther nfs rw 0 0")
    assert filesystem_of(Path("/home/far")) == "ext4"
    assert filesystem_of(Path("/home/farther/x")) == "nfs"
    assert filesystem_of(Path("/srv")) == "nfs"


def test_names_with_spaces_and_tabs_are_read_as_they_are(mounted, tmp_path):
    """The table writes them in octal: read literally, a share would pass for a local disk."""
    mounted(
        "/dev/sda / ext4 rw 0 0",
        f"//nas/all {tmp_path}/team\\040share cifs rw 0 0",
        f"//nas/odd {tmp_path}/tab\\011back\\134slash\\043 cifs rw 0 0",
    )
    with pytest.raises(StoreUnwritable, match=r"network file system \(cifs\)"):
        Database(str(tmp_path / "team share" / "mn" / "store.db"))
    assert filesystem_of(tmp_path / "tab\tback\\slash#") == "cifs"
    assert filesystem_of(tmp_path / "team") == "ext4"


def test_names_that_are_no_text_hide_no_other_mount(mounted):
    """A name of a mount is any bytes."""
    mounted(b"/dev/sda / ext4 rw 0 0", b"//nas/x /mnt/caf\xe9 cifs rw 0 0", b"broken")
    assert filesystem_of(Path("/mnt")) == "ext4"
    assert filesystem_of(Path("/mnt/caf\udce9/x")) == "cifs"


def test_of_mounts_at_one_place_the_last_one_counts(mounted):
    """An automounter's own entry comes first; what it brought hides it, and so does an overlay."""
    automounted = ("auto.home /home/ann autofs rw 0 0", "server:/ann /home/ann nfs4 rw 0 0")
    mounted("/dev/sda / ext4 rw 0 0", *automounted)
    assert filesystem_of(Path("/home/ann/data")) == "nfs4"
    mounted("server:/x / nfs rw 0 0", "overlay / overlay rw,lowerdir=/a 0 0")
    assert filesystem_of(Path("/home/ann")) == "overlay"


def test_an_automounted_folder_is_asked_for_before_the_mounts_are_read(mounted, monkeypatch):
    """Before anybody looks into it, only the automounter is there."""
    mounted("/dev/sda / ext4 rw 0 0", "auto /net autofs rw 0 0")
    stat, brought = Path.stat, []

    def bringing(path: Path, **more: bool):
        if str(path).startswith("/net/far"):
            brought.append(path)
            mounted("/dev/sda / ext4 rw 0 0", "auto /net autofs rw 0 0", "s:/x /net/far nfs rw 0 0")
        return stat(path, **more)

    monkeypatch.setattr(Path, "stat", bringing)
    assert filesystem_of(Path("/net/far/store")) == "nfs"
    assert brought


def test_a_link_to_a_network_file_system_is_followed(mounted, tmp_path):
    """Where the file lies counts, not where its name does: folders and the file itself."""
    far, home = tmp_path / "far", tmp_path / "home"
    far.mkdir()
    home.mkdir()
    (home / "folder").symlink_to(far)
    (home / "store.db").symlink_to(far / "other.db")
    mounted("/dev/sda / ext4 rw 0 0", f"server:/x {far} nfs rw 0 0")
    for address in (home / "folder" / "store.db", home / "store.db"):
        with pytest.raises(StoreUnwritable, match=r"network file system \(nfs\)"):
            Database(str(address))
    Database(str(home / "mine.db")).close()


def test_where_mounts_cannot_be_told_nothing_is_refused(tmp_path, monkeypatch):
    """Not every system has that file."""
    monkeypatch.setattr(filesystems, "MOUNTS", tmp_path / "nothing")
    assert filesystem_of(Path("/srv")) == ""
