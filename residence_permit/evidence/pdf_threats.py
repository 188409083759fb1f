"""Walks a PDF's objects and refuses what acts, hides, reaches out or bursts."""

import zlib
from collections.abc import Iterator

from pypdf.errors import LimitReachedError
from pypdf.filters import decode_stream_data
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject, StreamObject

from .errors import EvidenceRefused
from .limits import Limits

# Under these keys stand dictionaries whose own keys are free names: a font may be called /AA.
NAME_MAPS = {
    "/CharProcs",
    "/ColorSpace",
    "/Colorants",
    "/Dests",
    "/ExtGState",
    "/Font",
    "/N",
    "/Pattern",
    "/Properties",
    "/Shading",
    "/XObject",
}
ACTIVE_KEYS = {
    "/AA": "action",
    "/JS": "script",
    "/JavaScript": "script",
    "/RichMediaContent": "media",
    "/XFA": "form",
}
ATTACHMENT_KEYS = {"/EmbeddedFile", "/EmbeddedFiles", "/EF"}
# What an action (/S) or an annotation (/Subtype) may not be. /GoTo and /URI are links that
# somebody has to click; they are left out of the copy.
ACTIVE_TYPES = {
    "/3D": "media",
    "/GoToE": "external",
    "/GoToR": "external",
    "/ImportData": "external",
    "/JavaScript": "script",
    "/Launch": "action",
    "/Movie": "media",
    "/Rendition": "media",
    "/RichMedia": "media",
    "/RichMediaExecute": "media",
    "/Screen": "media",
    "/Sound": "media",
    "/SubmitForm": "external",
}
FLATE = {"/FlateDecode", "/Fl"}
UNPACKED_BY_PYPDF = {"/LZWDecode", "/LZW", "/RunLengthDecode", "/RL", "/ASCII85Decode", "/A85"}
MOST_FILTERS = 3


def dictionaries(start: PdfObject, most: int) -> Iterator[tuple[DictionaryObject, bool]]:
    """Yield each dictionary reachable from ``start`` once, and whether its keys are free names."""
    seen: set[tuple[int, int]] = set()
    waiting: list[tuple[PdfObject | None, bool]] = [(start, False)]
    count = 0
    while waiting:
        item, free = waiting.pop()
        if isinstance(item, IndirectObject):
            place = (item.idnum, item.generation)
            if place in seen:
                continue
            seen.add(place)
            item = item.get_object()
        count += 1
        if count > most:
            raise EvidenceRefused("too_complex")
        if isinstance(item, DictionaryObject):
            # What is added first is looked at last: before that, the caller may take keys out.
            yield item, free
            waiting += [(v, not free and k in NAME_MAPS) for k, v in item.items()]
        elif isinstance(item, ArrayObject):
            waiting += [(value, False) for value in item]


def refuse_threats(root: PdfObject, limits: Limits) -> None:
    """Refuse a document that does more than show its pages."""
    opening = _resolved(root.get_object().get("/OpenAction"))
    if isinstance(opening, DictionaryObject) and opening.get("/S") != "/GoTo":
        raise EvidenceRefused("pdf_active", what="action")
    left = limits.max_unpacked
    for found, free in dictionaries(root, limits.max_objects):
        if not free:
            _refuse_keys(found)
        if isinstance(found, StreamObject):
            _refuse_stream(found, limits)
            left -= _unpacked(found, left)


def _refuse_keys(found: DictionaryObject) -> None:
    """Refuse actions, scripts, media, dynamic forms and attachments."""
    if not ATTACHMENT_KEYS.isdisjoint(found) or found.get("/Subtype") == "/FileAttachment":
        raise EvidenceRefused("pdf_attachment")
    what = [ACTIVE_KEYS[key] for key in found if key in ACTIVE_KEYS]
    what += [
        ACTIVE_TYPES[value]
        for value in (found.get("/S"), found.get("/Subtype"))
        if isinstance(value, str) and value in ACTIVE_TYPES
    ]
    if what:
        raise EvidenceRefused("pdf_active", what=what[0])


def _refuse_stream(stream: StreamObject, limits: Limits) -> None:
    """Refuse a stream kept outside the file, and an image of too many pixels."""
    if not {"/F", "/FFilter", "/Ref"}.isdisjoint(stream):
        raise EvidenceRefused("pdf_active", what="external")
    if stream.get("/Type") == "/EmbeddedFile":
        raise EvidenceRefused("pdf_attachment")
    width, height = (_resolved(stream.get(key)) for key in ("/Width", "/Height"))
    if isinstance(width, int) and isinstance(height, int) and width * height > limits.max_pixels:
        raise EvidenceRefused("too_many_pixels", megapixels=limits.max_pixels // 1_000_000)


def _unpacked(stream: StreamObject, left: int) -> int:
    """Return how many bytes the stream unfolds to; refuse it once they are more than ``left``.

    Only its first filter counts where that is deflate: two of them on each other are refused.
    """
    filters = filters_of(stream)
    if len(filters) > MOST_FILTERS or len(FLATE.intersection(filters)) < sum(
        name in FLATE for name in filters
    ):
        raise EvidenceRefused("too_complex")
    if not filters:
        return 0
    if filters[0] not in FLATE:
        if UNPACKED_BY_PYPDF.isdisjoint(filters):
            return 0  # an image format: its pixels are counted, and the viewer decodes it
        try:
            return len(decode_stream_data(stream))
        except LimitReachedError as error:
            raise EvidenceRefused("too_complex") from error
    size, unfold, packed = 0, zlib.decompressobj(), stream._data
    while packed and not unfold.eof:
        try:
            size += len(unfold.decompress(packed, 1 << 20))
        except zlib.error:
            return size  # viewers show what comes before the fault; so do we
        if size > left:
            raise EvidenceRefused("too_complex")
        packed = unfold.unconsumed_tail
    return size


def filters_of(stream: StreamObject) -> list[str]:
    """Return the names of the filters, the outermost first."""
    filters = _resolved(stream.get("/Filter"))
    if filters is None:
        return []
    if isinstance(filters, ArrayObject):
        return [str(_resolved(name)) for name in filters]
    return [str(filters)]


def _resolved(value: PdfObject | None) -> PdfObject | None:
    return value.get_object() if isinstance(value, PdfObject) else value
