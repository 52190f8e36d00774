"""Tools that analysts expect: SQL, files, the web and notebooks, each behind a narrow door.

A tool is in the box; it is there for workflows once somebody has said what it may reach::

    mn.toolbox.files("reports", may_write=True)    # read_file, list_files, write_file
    mn.toolbox.sql({"sales": sales}, folder="data")
    mn.toolbox.http(["api.example.com"])
    mn.toolbox.notebooks("notebooks")

No library that does the work is imported before a tool is called.
"""

from mn_notebook.toolbox.files_tool import files
from mn_notebook.toolbox.notebook_tool import notebooks
from mn_notebook.toolbox.sql_tool import sql
from mn_notebook.toolbox.web_tool import http

__all__ = ["files", "http", "notebooks", "sql"]
