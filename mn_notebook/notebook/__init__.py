"""The face in a notebook: magics, live views, and runs as Python objects."""
