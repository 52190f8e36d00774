"""A kernel in a process of its own that makes a call of `linger`, which never ends."""

import sys
import threading
from pathlib import Path

from mn_notebook.domain.servers import Server
from tests.integration.mcp.guild import Guild, one_call


def main() -> None:
    guild = Guild(Path(sys.argv[1]))
    guild.know(wild=Server(command=tuple(sys.argv[2:])))
    kernel = guild.kernel()
    run_id = kernel.start(one_call("mcp:wild/linger", text="once"))
    sys.stdout.write(f"{run_id}\n")
    sys.stdout.flush()
    kernel.asked(run_id)
    kernel.decide(run_id, "approve")
    threading.Event().wait()


if __name__ == "__main__":
    main()
