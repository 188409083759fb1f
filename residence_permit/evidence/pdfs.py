"""Copies the pages of a PDF into a new one that holds nothing else."""

import io

from pypdf import PageObject, PdfReader, PdfWriter, overwrite_configuration
from pypdf.errors import LimitReachedError
from pypdf.generic import NullObject, PdfObject, StreamObject

from .errors import EvidenceRefused
from .limits import Limits
from .pdf_appearances import appearances_of, paint
from .pdf_threats import dictionaries, filters_of, refuse_threats

KEPT_OF_A_PAGE = {
    "/Type",
    "/Parent",
    "/MediaBox",
    "/CropBox",
    "/Rotate",
    "/UserUnit",
    "/Group",
    "/Resources",
    "/Contents",
}
# Keys of what a page uses that tell about its making, or lead out of it.
DROPPED = (
    "/A",
    "/AA",
    "/AF",
    "/Alternates",
    "/Annots",
    "/LastModified",
    "/Measure",
    "/Metadata",
    "/OPI",
    "/PieceInfo",
    "/PtData",
    "/StructParent",
    "/StructParents",
)
JPEG_FILTERS = {"/DCTDecode", "/DCT"}


def clean_pdf(content: bytes, limits: Limits) -> tuple[bytes, dict]:
    """Return a copy of the pages and its facts, or refuse what a page of paper cannot be.

    Actions, attachments, annotations, outlines, names, layers, structure and metadata are not
    copied. What annotations show (an electronic seal, a filled form) becomes part of the page.
    """
    overwrite_configuration(
        disable_legacy_handling=True,
        jbig2dec_binary=None,  # no other program is started over a hostile file
        maximum_declared_stream_length=limits.max_bytes,
        page_tree_maximum_entries=20 * limits.max_pages,
        page_tree_maximum_page_entries=1000 * limits.max_pages,
    )
    if b"%%EOF" not in content[-len(content) // 2 :]:
        raise EvidenceRefused("damaged")  # the end is missing; half of it may still be read
    try:
        pages, copy = _copied(content, limits)
        _check_copy(copy, pages, limits)
    except LimitReachedError as error:
        raise EvidenceRefused("too_complex") from error
    return copy, {"kind": "pdf", "pages": pages, "width": None, "height": None}


def _copied(content: bytes, limits: Limits) -> tuple[int, bytes]:
    """Return how many pages there are, and the copy of them."""
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        raise EvidenceRefused("pdf_locked")
    refuse_threats(reader.root_object, limits)
    pages = list(reader.pages)
    if not pages:
        raise EvidenceRefused("damaged")
    if len(pages) > limits.max_pages:
        raise EvidenceRefused("too_many_pages", limit=limits.max_pages, found=len(pages))

    writer = PdfWriter()
    for page in pages:
        _refuse_holes(page)
        shown = appearances_of(page)
        for key in set(page) - KEPT_OF_A_PAGE:
            del page[key]
        for part in (page.get("/Resources"), page.get("/Group"), page.get("/Contents")):
            _scrub(part, limits)
        for appearance in shown:
            _scrub(appearance.drawing, limits)
        paint(writer, writer.add_page(page), shown)
    writer.metadata = None
    writer.pdf_header = "%PDF-1.7"
    written = io.BytesIO()
    writer.write(written)
    return len(pages), written.getvalue()


def _check_copy(copy: bytes, pages: int, limits: Limits) -> None:
    """Look at the copy as if it had been sent: it has to be as harmless as we believe."""
    reader = PdfReader(io.BytesIO(copy))
    if len(reader.pages) != pages:
        raise EvidenceRefused("damaged")
    refuse_threats(reader.root_object, limits)


def _refuse_holes(page: PageObject) -> None:
    """Refuse a page whose content is named but missing, as in a file that was cut off."""
    contents = page.get("/Contents")
    parts = [] if contents is None else contents.get_object()
    for part in parts if isinstance(parts, list) else [parts]:
        if not isinstance(part.get_object(), StreamObject):
            raise EvidenceRefused("damaged")


def _scrub(part: PdfObject | None, limits: Limits) -> None:
    """Take metadata and ways out from everything that a part of a page uses."""
    if part is None or isinstance(part, NullObject):
        return
    for found, free in dictionaries(part, limits.max_objects):
        if free:
            continue
        for key in DROPPED:
            found.pop(key, None)
        if isinstance(found, StreamObject) and JPEG_FILTERS & set(filters_of(found)[:1]):
            found._data = without_metadata(found._data)


def without_metadata(jpeg: bytes) -> bytes:
    """Return a JPEG without EXIF, XMP, profiles and comments; its pixels are not touched.

    Kept are JFIF (APP0) and Adobe's segment (APP14), which says how the colours are meant.
    """
    kept, at = bytearray(jpeg[:2]), 2
    while at + 4 <= len(jpeg):
        if jpeg[at] != 0xFF:
            raise EvidenceRefused("damaged")
        marker = jpeg[at + 1]
        if marker == 0xFF:  # a byte of filling
            at += 1
            continue
        if marker == 0xDA:  # the pixels begin
            end = jpeg.rfind(b"\xff\xd9")
            return bytes(kept + (jpeg[at : end + 2] if end > at else jpeg[at:]))
        length = int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if (marker not in range(0xE1, 0xF0) and marker != 0xFE) or marker == 0xEE:
            kept += jpeg[at : at + 2 + length]
        at += 2 + length
    raise EvidenceRefused("damaged")
