"""Compiles the translations (``locale/**/*.po``), where msgfmt may be missing.

Run as ``python -m jiaxing_hukou.catalogs``.
"""

from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[1]


def compile_catalogs(root: Path = ROOT) -> list[Path]:
    """Compile each catalog that is newer than its compiled form; return those."""
    compiled = []
    for folder in (root / "locale", *sorted(root.glob("*/locale"))):
        for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
            target = source.with_suffix(".mo")
            if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
                polib.pofile(str(source)).save_as_mofile(str(target))
                compiled.append(target)
    return compiled


if __name__ == "__main__":
    compile_catalogs()
