"""Opens and cleans one hostile file, in a process that may cost little and can do little.

Run by ``inspection.py`` as ``python -m``: the file comes on standard input; one line of JSON
and the cleaned bytes leave on standard output. What goes wrong here ends this process only.
"""

import io
import json
import resource
import signal
import sys
import warnings
import zipfile

from PIL import Image

from .errors import EvidenceRefused
from .images import clean_image
from .limits import Limits
from .pdfs import clean_pdf


def confine(limits: Limits) -> None:
    """Give up what a decoder does not need, before a byte of the file is read."""
    signal.alarm(limits.wall_seconds)  # also if whoever waits for us is gone
    most_written = 3 * limits.max_bytes
    for name, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, most_written),
        (resource.RLIMIT_CORE, 0),  # a core dump would hold the file
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(name, (most, most))


def clean(content: bytes, kind: str, limits: Limits) -> tuple[bytes, dict]:
    """Return the cleaned bytes and what is known of them, or refuse."""
    try:
        if kind == "pdf":
            cleaned, facts = clean_pdf(content, limits)
        else:
            cleaned, facts = clean_image(content, kind, limits)
    except EvidenceRefused:
        raise
    except Image.DecompressionBombError as error:
        megapixels = limits.max_pixels // 1_000_000
        raise EvidenceRefused("too_many_pixels", megapixels=megapixels) from error
    except (MemoryError, RecursionError) as error:
        raise EvidenceRefused("too_complex") from error
    except Exception as error:  # decoders of broken files raise whatever comes to them
        raise EvidenceRefused("damaged") from error
    if zipfile.is_zipfile(io.BytesIO(cleaned)):
        raise EvidenceRefused("hidden_content")
    if len(cleaned) > 2 * limits.max_bytes:
        raise EvidenceRefused("too_large", limit=limits.max_bytes)
    return cleaned, facts


def main() -> None:
    """Clean what comes on standard input."""
    order = json.loads(sys.argv[1])
    limits = Limits(**order["limits"])
    confine(limits)
    warnings.simplefilter("ignore")
    cleaned = b""
    try:
        cleaned, facts = clean(sys.stdin.buffer.read(), order["kind"], limits)
        answer = {"facts": facts}
    except EvidenceRefused as refused:
        answer = {"refused": refused.code, "params": refused.params}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + cleaned)


if __name__ == "__main__":
    main()
