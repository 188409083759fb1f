"""How much of everything a file may have, and how much cleaning it may cost."""

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """The limits of one upload. They protect the machine; none of them is a figure of law."""

    max_bytes: int = 10 * MEGABYTE
    max_pages: int = 50
    # 50 megapixels are what phones store; a long screenshot is narrow, so its side may be long.
    max_pixels: int = 50_000_000
    max_side: int = 30_000
    kept_pixels: int = 16_000_000
    max_objects: int = 100_000
    max_unpacked: int = 300 * MEGABYTE
    cpu_seconds: int = 20
    wall_seconds: int = 40
    memory_bytes: int = 768 * MEGABYTE


DEFAULT = Limits()
