"""Run the command line with ``python -m reviewtui``."""

import sys

from reviewtui.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
