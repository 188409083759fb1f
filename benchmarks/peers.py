"""The peers' environment: their packages never meet the portal's."""

import hashlib
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
REQUIREMENTS = HERE / "requirements-peers.txt"
FOLDER = ROOT / "var" / "benchmark-peers"
NAMES = "zen-engine and OpenFisca-core"


def python() -> Path | None:
    """Return the peers' interpreter, installed once for each lock; None where that fails."""
    lock = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    stamp, interpreter = FOLDER / "lock", FOLDER / "bin" / "python"
    if stamp.is_file() and stamp.read_text() == lock:
        return interpreter
    print(f"Installing {NAMES} in {FOLDER.relative_to(ROOT)} ...", flush=True)
    steps = (
        [sys.executable, "-m", "venv", "--clear", str(FOLDER)],
        [
            *(str(interpreter), "-m", "pip", "install", "--quiet"),
            *("--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"),
            *("--retries", "1", "--timeout", "10", "--requirement", str(REQUIREMENTS)),
        ],
    )
    for step in steps:
        try:
            subprocess.run(step, check=True, capture_output=True, text=True, timeout=300)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            said = getattr(error, "stderr", None) or str(error)
            print(f"Not compared with {NAMES}: they could not be installed.")
            print(f"  {said.strip().splitlines()[-1]}")
            return None
    stamp.write_text(lock)
    return interpreter
