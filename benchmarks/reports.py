"""Tables of residents taken in and carried out, on a PostgreSQL of the run's own.

The server keeps nothing through a power cut (as in the tests); one in ten of the people named has
an account and is owed a notice.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.figures import Figure, save, targets
from benchmarks.households import ROOT
from tests.services.postgresql import PostgreSQL

ROWS, SMOKE_ROWS = 20_000, 200


def run(folder: Path, *, smoke: bool) -> list[Figure]:
    """Measure the import of a full table: new people, and people who are known."""
    count = SMOKE_ROWS if smoke else ROWS
    place = folder / "reports"
    place.mkdir(mode=0o711)
    folder.chmod(0o711)
    server = PostgreSQL(place)
    server.start()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.workers.report_import", str(count)],
            cwd=ROOT,
            env=os.environ
            | {
                "DATABASE_URL": server.url,
                "REDIS_URL": "",
                "JIAXING_DATA_DIR": str(place / "data"),
                "DJANGO_SETTINGS_MODULE": "jiaxing_hukou.settings.test",
                "JIAXING_LOG_LEVEL": "ERROR",
            },
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    finally:
        server.stop()
    found = json.loads(done.stdout.splitlines()[-1])
    new, known = found["times"]["new"], found["times"]["known"]
    limit = None if smoke else 20
    figures = [
        Figure(
            name=f"{count} reports of new people, file to last line (CSV)",
            value=new["taking_in"] + new["carrying_out"],
            unit="s",
            at_most=limit,
        ),
        Figure(
            name=f"{count} reports of known people, file to last line (XLSX)",
            value=known["taking_in"] + known["carrying_out"],
            unit="s",
            at_most=limit,
        ),
        Figure(name="the page answers after (CSV)", value=new["taking_in"], unit="s"),
        Figure(name="the page answers after (XLSX)", value=known["taking_in"], unit="s"),
        Figure(name="CPU of the portal in it (CSV)", value=new["cpu"], unit="s"),
        Figure(name="CPU of the portal in it (XLSX)", value=known["cpu"], unit="s"),
        Figure(name="peak memory", value=found["peak_mb"], unit="MB"),
    ]
    targets("Reports of residents", figures)
    save("reports", {"rows": count, **found}, figures)
    return figures
