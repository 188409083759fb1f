"""The portal's own processes, started the way they are really started."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "jiaxing_hukou.settings.production",
    "JIAXING_SECRET_KEY": "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMN",
    "JIAXING_FIELD_KEYS": "2026a:MTIzMTIzMTIzMTIzMTIzMTIzMTIzMTIzMTIzMTIzMTI=",
    "JIAXING_HASH_KEY": "NDU2NDU2NDU2NDU2NDU2NDU2NDU2NDU2NDU2NDU2NDU=",
    "JIAXING_ALLOWED_HOSTS": "hukou.example",
    "DATABASE_URL": "postgres://portal:pass-word@127.0.0.1:1/portal",
    "REDIS_URL": "redis://:pass-word@127.0.0.1:1/0",
}


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """Return an environment with these settings and no others of ours."""
    foreign = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JIAXING_", "DJANGO_"))
    }
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    ours = {"PATH": path, "DATABASE_URL": "", "REDIS_URL": ""}
    return foreign | ours | {"JIAXING_DATA_DIR": str(data_dir)} | settings


def run(*command: str, env: dict[str, str]) -> subprocess.CompletedProcess:
    """Run ``python`` with these arguments to its end."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
