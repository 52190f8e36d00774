"""Puts tools into the box that the settings ask for, where nobody has put others there."""

from mn_notebook.agents.tools import ToolRegistry
from mn_notebook.errors import UsageError
from mn_notebook.settings import MnSettings
from mn_notebook.toolbox.files_tool import files
from mn_notebook.toolbox.notebook_tool import notebooks
from mn_notebook.toolbox.sql_tool import sql
from mn_notebook.toolbox.web_tool import http


def set_up(settings: MnSettings, registry: ToolRegistry) -> None:
    """Make the tools of the settings known; what a cell has said before stays.

    Raises:
        UsageError: a folder is not there, or a host is not written as one.
    """
    made = ToolRegistry()
    folder = settings.toolbox_folder
    try:
        if folder:
            files(folder, may_write=settings.toolbox_writes, registry=made)
            sql(folder=folder, registry=made)
        if settings.toolbox_hosts:
            hosts = [host.strip() for host in settings.toolbox_hosts.split(",") if host.strip()]
            http(hosts, registry=made)
        if settings.toolbox_notebooks:
            notebooks(settings.toolbox_notebooks, registry=made)
    except UsageError as fault:
        message = f"a setting of the toolbox (MN_TOOLBOX_...): {fault}"
        raise UsageError(message) from fault
    for name in made.effects():
        tool = made.get(name)
        if tool is not None and registry.get(name) is None:
            registry.add(tool)


__all__ = ["set_up"]
