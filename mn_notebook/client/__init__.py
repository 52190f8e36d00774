"""Looks at runs, starts them and decides about them; advances none.

A client needs a store and nothing else: it works while the kernel that owns a run is busy,
restarting or dead. What it asks for waits in the store until an owner takes it up.
"""

from mn_notebook.client.asking import RunClient
from mn_notebook.client.opening import open_client
from mn_notebook.client.starting import NewRun

__all__ = ["NewRun", "RunClient", "open_client"]
