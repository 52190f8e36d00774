"""The names of the tools in the box, and what brings each of them.

The tools themselves are made where somebody says what they may reach; a workflow that names one
before is told what to say.
"""

from collections.abc import Mapping

_FILES = 'mn.toolbox.files("FOLDER"{more})'

BOXED: Mapping[str, str] = {
    "sql": 'mn.toolbox.sql({"NAME": FRAME}, folder="FOLDER")`, or set MN_TOOLBOX_FOLDER',
    "list_files": f"{_FILES.format(more='')}`, or set MN_TOOLBOX_FOLDER",
    "read_file": f"{_FILES.format(more='')}`, or set MN_TOOLBOX_FOLDER",
    "write_file": (
        f"{_FILES.format(more=', may_write=True')}`, or set MN_TOOLBOX_FOLDER and "
        "MN_TOOLBOX_WRITES=yes"
    ),
    "replace_file": f"{_FILES.format(more=', may_replace=True')}`",
    "http_get": 'mn.toolbox.http(["HOST"])`, or set MN_TOOLBOX_HOSTS=HOST',
    "run_notebook": 'mn.toolbox.notebooks("FOLDER")`, or set MN_TOOLBOX_NOTEBOOKS=FOLDER',
}
"""What to say in a cell, with the end of its quotation, and which setting does it as well."""


def how_to_have(name: str) -> str | None:
    """Say what brings a tool of the box, or None where there is no such tool.

    >>> how_to_have("http_get")
    'is in the box, and nobody has said what it may reach: say `mn.toolbox.http(["HOST"])`, or set \
MN_TOOLBOX_HOSTS=HOST'
    >>> how_to_have("search")
    """
    said = BOXED.get(name)
    if said is None:
        return None
    return f"is in the box, and nobody has said what it may reach: say `{said}"


__all__ = ["BOXED", "how_to_have"]
