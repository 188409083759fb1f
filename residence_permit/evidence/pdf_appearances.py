"""Paints what annotations show on to their page: seals, stamps and the answers of forms.

The copy keeps no annotation, because any may act. Their appearance stays, as part of the page.
"""

from dataclasses import dataclass

from pypdf import PageObject, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NullObject,
    StreamObject,
)

from .errors import EvidenceRefused

HIDDEN = 0b10_0010  # the flags Hidden and NoView
NOT_PAINTED = {"/Popup", "/Link"}


@dataclass(frozen=True)
class Appearance:
    """A drawing, and where on the page it stands: x, y and the scale of both."""

    drawing: IndirectObject
    matrix: tuple[float, float, float, float]


def appearances_of(page: PageObject) -> list[Appearance]:
    """Return what the page's annotations show; refuse one that only a viewer could draw."""
    found = []
    notes = page.get("/Annots", ArrayObject()).get_object()
    for reference in notes if isinstance(notes, ArrayObject) else ():
        note = reference.get_object()
        if not isinstance(note, DictionaryObject) or note.get("/Subtype") in NOT_PAINTED:
            continue
        if int(note.get("/F", 0)) & HIDDEN:
            continue
        drawing = _drawing(note)
        if drawing is not None:
            matrix = _matrix(note, drawing.get_object())
            if matrix is not None:
                found.append(Appearance(drawing, matrix))
        elif note.get("/Subtype") == "/FreeText" or _has_answer(note):
            # Without its drawing the words would be lost, and nobody would see that.
            raise EvidenceRefused("pdf_active", what="form")
    return found


def paint(writer: PdfWriter, page: PageObject, appearances: list[Appearance]) -> None:
    """Add the drawings to the end of the page of the copy."""
    if not appearances:
        return
    resources = DictionaryObject(page.get("/Resources", DictionaryObject()).get_object())
    drawings = DictionaryObject(resources.get("/XObject", DictionaryObject()).get_object())
    orders = []
    for number, appearance in enumerate(appearances):
        name = f"/Painted{number}"
        drawing = appearance.drawing.clone(writer)
        drawings[NameObject(name)] = drawing.indirect_reference or drawing
        x, y, across, up = appearance.matrix
        orders.append(f"q {across:.5f} 0 0 {up:.5f} {x:.3f} {y:.3f} cm {name} Do Q")
    resources[NameObject("/XObject")] = drawings
    page[NameObject("/Resources")] = resources
    page[NameObject("/Contents")] = ArrayObject(
        [
            _stream(writer, "q"),
            *_contents(page),
            _stream(writer, "\n".join(["Q", *orders])),
        ]
    )


def _contents(page: PageObject) -> list:
    contents = page.get("/Contents")
    if contents is None or isinstance(contents.get_object(), NullObject):
        return []
    if isinstance(contents.get_object(), ArrayObject):
        return list(contents.get_object())
    return [page.raw_get("/Contents")]


def _stream(writer: PdfWriter, orders: str) -> IndirectObject:
    stream = StreamObject()
    stream.set_data(f"{orders}\n".encode("ascii"))
    return writer._add_object(stream)


def _drawing(note: DictionaryObject) -> IndirectObject | None:
    """Return the reference to the drawing of the annotation's present state."""
    shown = note.get("/AP", DictionaryObject()).get_object()
    if not isinstance(shown, DictionaryObject) or "/N" not in shown:
        return None
    normal = shown.raw_get("/N")
    if not isinstance(normal.get_object(), StreamObject):
        states, state = normal.get_object(), note.get("/AS")
        if not isinstance(states, DictionaryObject) or state not in states:
            return None
        normal = states.raw_get(state)
    is_drawing = isinstance(normal, IndirectObject) and isinstance(
        normal.get_object(), StreamObject
    )
    if is_drawing:
        normal.get_object()[NameObject("/Type")] = NameObject("/XObject")
        normal.get_object()[NameObject("/Subtype")] = NameObject("/Form")
    return normal if is_drawing else None


def _matrix(note: DictionaryObject, drawing: StreamObject) -> tuple | None:
    """Return how the drawing's box is laid on the annotation's rectangle.

    Source: ISO 32000-1, 12.5.5, algorithm 8.1: the box, turned by the drawing's own matrix, is
    moved and scaled on to the rectangle.
    """
    left, bottom, right, top = _rectangle(note["/Rect"])
    box = _rectangle(drawing.get("/BBox", [0, 0, 0, 0]))
    a, b, c, d, e, f = (float(n) for n in drawing.get("/Matrix", (1, 0, 0, 1, 0, 0)))
    corners = [(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])]
    across = [a * x + c * y + e for x, y in corners]
    up = [b * x + d * y + f for x, y in corners]
    width, height = max(across) - min(across), max(up) - min(up)
    if not width or not height or left == right or bottom == top:
        return None  # nothing would be seen, as with the field of an invisible signature
    wider, higher = (right - left) / width, (top - bottom) / height
    return left - min(across) * wider, bottom - min(up) * higher, wider, higher


def _rectangle(values: ArrayObject) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (float(number.get_object()) for number in values)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _has_answer(note: DictionaryObject) -> bool:
    """Return whether a form field, or the field it is a part of, holds an answer."""
    if note.get("/Subtype") != "/Widget":
        return False
    holder = note.get("/Parent", note).get_object()
    answers = [note.get("/V"), holder.get("/V")]
    return any(answer not in (None, "", "/Off") for answer in answers) and (
        holder.get("/FT", note.get("/FT")) != "/Sig"
    )
