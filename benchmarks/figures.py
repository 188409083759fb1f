"""What was measured, beside its target: as tables, and as JSON."""

import json
import platform
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured value; without a bound it is only told."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def target(self) -> str:
        """Return the target in words."""
        if self.at_most is not None:
            return f"<= {self.at_most:g}"
        return "" if self.at_least is None else f">= {self.at_least:g}"

    @property
    def verdict(self) -> str:
        """Return whether the target is met; empty where there is none."""
        if self.at_most is not None:
            return "pass" if self.value <= self.at_most else "MISS"
        if self.at_least is not None:
            return "pass" if self.value >= self.at_least else "MISS"
        return ""


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def number(value: float) -> str:
    """Write a number with three digits that count."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table, names to the left and numbers to the right."""
    lines = [list(heads), *map(list, rows)]
    widths = [max(_width(line[i]) for line in lines) for i in range(len(heads))]
    print(f"\n{title}")
    for place, line in enumerate(lines):
        cells = [
            " " * (width - _width(cell)) + cell if i else cell + " " * (width - _width(cell))
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        print("  " + "  ".join(cells).rstrip())
        if place == 0:
            print("  " + "  ".join("-" * width for width in widths))


def targets(title: str, figures: Sequence[Figure]) -> None:
    """Print figures with their targets."""
    rows = [(f.name, number(f.value), f.unit, f.target, f.verdict) for f in figures]
    table(title, ("figure", "measured", "unit", "target", ""), rows)


def save(name: str, content: dict[str, Any], figures: Sequence[Figure]) -> Path:
    """Write a result to ``benchmarks/results/``."""
    RESULTS.mkdir(exist_ok=True)
    moment = datetime.now(UTC)
    path = RESULTS / f"{name}-{moment:%Y%m%dT%H%M%SZ}.json"
    written = {
        "measured_at": moment.isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "figures": [asdict(f) | {"target": f.target, "verdict": f.verdict} for f in figures],
        **content,
    }
    path.write_text(json.dumps(written, ensure_ascii=False, indent=1), encoding="utf-8")
    return path
