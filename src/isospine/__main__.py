"""The command `isospine`, as `python -m isospine`."""

import sys

from isospine.cli.main import main

sys.exit(main())
