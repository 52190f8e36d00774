"""Tools that servers of the Model Context Protocol offer, used like those of the notebook.

The SDK is known in `connection` alone, and lives on a loop of its own in a thread of its own.
"""
