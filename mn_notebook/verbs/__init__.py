"""Every verb once, for the notebook, the terminal and Python: typed functions that never print."""
