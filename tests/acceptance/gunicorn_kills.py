"""How gunicorn serves the portal in tests that kill it: as always, but quick to come back.

The code is loaded before the worker is forked, so that a killed one is replaced at once; each new
one reads where it is to die next from a file.
"""

import os
import runpy
from pathlib import Path

from django.conf import settings

usual = runpy.run_path(str(Path(__file__).parents[2] / "gunicorn.conf.py"))
globals().update({name: value for name, value in usual.items() if not name.startswith("__")})
workers = 1
preload_app = True


def post_fork(_server, _worker) -> None:
    """Arm the failpoint that the test chose for this worker."""
    settings.FAILPOINT = Path(os.environ["FAILPOINT_FILE"]).read_text() or settings.FAILPOINT
