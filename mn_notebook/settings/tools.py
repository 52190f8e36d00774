"""Which tools there are, and what they may do."""

from pathlib import Path

import platformdirs
from traitlets import Bool, HasTraits, Unicode, default

from mn_notebook.settings.environment import is_yes, read


class ToolSettings(HasTraits):
    """Which tools there are, where they may reach, and what is asked before they are called."""

    policy = Unicode(
        help=(
            "A file with rules about tool calls that hold for all runs of this process, besides "
            "those of workflows. Default: MN_POLICY, else none."
        )
    ).tag(config=True)
    servers = Unicode(
        help=(
            "A file of this user's with servers of tools, as below `servers:` in a workflow. "
            "Default: MN_SERVERS, else servers.yaml in the user's folder for configuration."
        )
    ).tag(config=True)
    trust = Unicode(
        help=(
            "The file that keeps which tools of servers this user trusts. Default: MN_TRUST, else "
            "one in the user's folder for data."
        )
    ).tag(config=True)
    toolbox_folder = Unicode(
        help=(
            "The folder whose files list_files, read_file and sql may read. Default: "
            "MN_TOOLBOX_FOLDER, else none: then there are no such tools."
        )
    ).tag(config=True)
    toolbox_writes = Bool(
        help=(
            "Whether write_file may make new files in that folder. Default: MN_TOOLBOX_WRITES, "
            "else no."
        )
    ).tag(config=True)
    toolbox_hosts = Unicode(
        help=(
            "The hosts that http_get may ask, with commas between them. Default: "
            "MN_TOOLBOX_HOSTS, else none: then there is no such tool."
        )
    ).tag(config=True)
    toolbox_notebooks = Unicode(
        help=(
            "The folder whose notebooks run_notebook may run. Default: MN_TOOLBOX_NOTEBOOKS, "
            "else none: then there is no such tool."
        )
    ).tag(config=True)

    @default("policy")
    def _policy(self) -> str:
        return read("MN_POLICY")

    @default("servers")
    def _servers(self) -> str:
        folder = Path(platformdirs.user_config_dir("mn_notebook", appauthor=False))
        return read("MN_SERVERS") or str(folder / "servers.yaml")

    @default("trust")
    def _trust(self) -> str:
        folder = Path(platformdirs.user_data_dir("mn_notebook", appauthor=False))
        return read("MN_TRUST") or str(folder / "trust.json")

    @default("toolbox_folder")
    def _toolbox_folder(self) -> str:
        return read("MN_TOOLBOX_FOLDER")

    @default("toolbox_writes")
    def _toolbox_writes(self) -> bool:
        return is_yes(read("MN_TOOLBOX_WRITES"))

    @default("toolbox_hosts")
    def _toolbox_hosts(self) -> str:
        return read("MN_TOOLBOX_HOSTS")

    @default("toolbox_notebooks")
    def _toolbox_notebooks(self) -> str:
        return read("MN_TOOLBOX_NOTEBOOKS")

    @property
    def policy_path(self) -> Path | None:
        """Return where the user's own policy stands, if there is one."""
        return Path(self.policy).expanduser() if self.policy else None
