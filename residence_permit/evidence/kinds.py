"""Tells what a file is by how it begins. Neither its name nor its declared type is asked."""

import re

import filetype

from .errors import EvidenceRefused

HEAD = 4096
SIGNATURES = {"jpeg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n", "pdf": b"%PDF-"}
MEDIA_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "pdf": "application/pdf"}
EXTENSIONS = {"jpeg": ".jpg", "png": ".png", "pdf": ".pdf"}

HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif"}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .doc, .xls, .ppt, .wps
ZIP = b"PK\x03\x04"
PICTURES = {"image/gif": "GIF", "image/webp": "WebP", "image/bmp": "BMP", "image/tiff": "TIFF"}
ARCHIVES = {
    "application/zip": "ZIP",
    "application/vnd.rar": "RAR",
    "application/x-rar-compressed": "RAR",
    "application/x-7z-compressed": "7z",
    "application/gzip": "GZ",
    "application/x-tar": "TAR",
}
WEB_PAGE = re.compile(rb"<(!doctype html|html|head|body|script|iframe)\b")


def recognise(content: bytes) -> str:
    """Return jpeg, png or pdf; refuse everything else by what it is."""
    for kind, signature in SIGNATURES.items():
        if content.startswith(signature):
            return kind
    raise _refusal(content)


def _refusal(content: bytes) -> EvidenceRefused:
    """Say what the file is instead, as far as its beginning tells."""
    head = content[:HEAD]
    if head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS:
        return EvidenceRefused("heic")
    if head.startswith(OLE) or (head.startswith(ZIP) and _is_office(content)):
        return EvidenceRefused("office")
    found = filetype.guess(head)
    mime = found.mime if found else ""
    if mime in PICTURES:
        return EvidenceRefused("picture", name=PICTURES[mime])
    if mime in ARCHIVES:
        return EvidenceRefused("archive", name=ARCHIVES[mime])
    text = head.lower()
    if b"<svg" in text:
        return EvidenceRefused("picture", name="SVG")
    if WEB_PAGE.search(text):
        return EvidenceRefused("web_page")
    return EvidenceRefused("other_kind")


def _is_office(content: bytes) -> bool:
    """Return whether a ZIP is an Office document; its names stand at the start and at the end."""
    ends = content[:65536] + content[-65536:]
    return b"[Content_Types].xml" in ends or b"application/vnd.oasis.opendocument" in ends
