"""Lets ``python -m mn_notebook`` do what ``mn`` does."""

import sys

from mn_notebook.cli import main

if __name__ == "__main__":
    sys.exit(main())
