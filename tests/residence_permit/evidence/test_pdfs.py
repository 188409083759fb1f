import io
import zlib

import pytest
from pypdf import PdfReader
from pypdf.generic import ArrayObject, NameObject, NumberObject, TextStringObject

from .files import (
    EICAR,
    SECRET,
    archive,
    attached_pdf,
    blank_pdf,
    in_page,
    in_root,
    locked_pdf,
    named,
    nested_pdf,
    pdf_bomb,
    pdf_of_many_objects,
    pdf_of_one_page_many_times,
    refusal,
    scanned_pdf,
    sealed_pdf,
    stream,
    taken,
    text_pdf,
    with_annotation,
    written_pdf,
)


def read(file):
    return PdfReader(io.BytesIO(file.content))


def everything(file):
    """Return all bytes of a PDF, packed streams unfolded."""
    parts = [file.content]
    for piece in file.content.split(b"stream\n")[1:]:
        try:
            parts.append(zlib.decompressobj().decompress(piece))
        except zlib.error:
            continue
    return b"".join(parts)


def test_a_scan_keeps_its_pages_and_pictures_and_nothing_that_tells_of_its_making():
    sent = scanned_pdf(10)
    assert b"Exif" in sent

    file = taken(sent, "scan.pdf")

    copy = read(file)
    assert [len(page.images) for page in copy.pages] == [1] * 10
    assert [page.images[0].image.size for page in copy.pages][:2] == [(400, 600), (401, 600)]
    assert copy.metadata is None
    for gone in (SECRET.encode(), b"Exif", b"fpdf", b"pypdf", b"CreationDate"):
        assert gone not in everything(file)


def test_the_text_of_a_page_can_still_be_read():
    assert read(taken(text_pdf("rented from 2024"))).pages[0].extract_text() == "rented from 2024"


def test_a_turned_page_stays_turned():
    assert read(taken(in_page("/Rotate", NumberObject(90)))).pages[0].rotation == 90


def test_links_outlines_names_and_layers_are_left_out():
    def change(writer, page):
        writer.add_outline_item(title=SECRET, page_number=0)
        writer.add_named_destination(title=SECRET, page_number=0)
        link = named(Type="/Annot", Subtype="/Link", A=named(S="/URI", URI="https://evil.example"))
        page[NameObject("/Annots")] = ArrayObject([link])
        page[NameObject("/PieceInfo")] = named(Private=SECRET)
        metadata = stream(SECRET.encode(), Type="/Metadata", Subtype="/XML")
        writer.root_object[NameObject("/Metadata")] = writer._add_object(metadata)

    file = taken(written_pdf(change))

    assert set(read(file).root_object) == {"/Type", "/Pages"}
    assert SECRET.encode() not in everything(file)
    assert b"evil.example" not in everything(file)


def test_opening_at_a_page_is_no_action():
    def change(writer, page):
        target = ArrayObject([page.indirect_reference, NameObject("/Fit")])
        writer.root_object[NameObject("/OpenAction")] = target

    assert "/OpenAction" not in read(taken(written_pdf(change))).root_object


def test_a_seal_becomes_part_of_the_page():
    copy = read(taken(sealed_pdf()))

    [page] = copy.pages
    assert "/Annots" not in page
    assert page["/Resources"]["/XObject"]["/Painted0"].get_data() == b"1 0 0 rg 0 0 10 10 re f"
    orders = page.get_contents().get_data()
    assert b"10.00000 0 0 10.00000 100.000 100.000 cm /Painted0 Do" in orders
    assert page.extract_text().strip() == "lease"
    assert SECRET.encode() not in taken(sealed_pdf()).content


def note(subtype="/Widget", **keys):
    box = ArrayObject(NumberObject(n) for n in (0, 0, 10, 10))
    return named(Type="/Annot", Subtype=subtype, Rect=box, **keys)


SCRIPT = named(S="/JavaScript", JS="app.alert(1)")
ACTIVE = {
    "script on opening": in_root("/OpenAction", SCRIPT),
    "web page on opening": in_root("/OpenAction", named(S="/URI", URI="https://evil.example")),
    "script by name": in_root("/Names", named(JavaScript=named(Names=ArrayObject()))),
    "action of the document": in_root("/AA", named(WC=SCRIPT)),
    "action of a page": in_page("/AA", named(O=SCRIPT)),
    "script of a note": with_annotation(note(A=SCRIPT)),
    "script after a link": with_annotation(note("/Link", A=named(S="/GoTo", Next=SCRIPT))),
    "program": with_annotation(note("/Link", A=named(S="/Launch", F="cmd.exe"))),
    "form sent away": with_annotation(note(A=named(S="/SubmitForm", F="https://evil.example"))),
    "other document": with_annotation(note("/Link", A=named(S="/GoToR", F="\\\\evil\\share"))),
    "film": with_annotation(note("/RichMedia")),
    "form of XML": in_root("/AcroForm", named(XFA=TextStringObject("<xdp/>"))),
    "answer that is not drawn": with_annotation(note(FT="/Tx", V="salary 9000")),
    "words that are not drawn": with_annotation(note("/FreeText", Contents="I agree")),
    "stream from elsewhere": in_page("/Contents", stream(b"", F="https://evil.example/x")),
}


@pytest.mark.parametrize("sent", ACTIVE.values(), ids=ACTIVE)
def test_a_pdf_that_acts_is_refused(sent):
    assert refusal(sent) == "pdf_active"


def test_a_pdf_with_attachments_is_refused():
    on_a_page = with_annotation(note("/FileAttachment", FS=named(F="virus.exe")))

    assert [refusal(attached_pdf()), refusal(on_a_page)] == ["pdf_attachment"] * 2


@pytest.mark.parametrize("password", ["secret", ""])
def test_an_encrypted_pdf_is_refused(password):
    assert refusal(locked_pdf(password)) == "pdf_locked"


def test_a_font_may_be_called_like_an_action():
    def change(_, page):
        fonts = page["/Resources"]["/Font"]
        fonts[NameObject("/AA")] = fonts[NameObject("/JS")] = fonts.raw_get("/F1")

    assert taken(written_pdf(change)).pages == 1


def test_a_page_of_forms_that_were_flattened_is_taken_in():
    invisible = note(FT="/Sig", V=named(Type="/Sig", Contents=SECRET))

    file = taken(with_annotation(invisible))

    assert SECRET.encode() not in file.content


@pytest.mark.parametrize(("pages", "outcome"), [(50, None), (51, "too_many_pages")])
def test_pages_are_counted(pages, outcome):
    found = refusal(blank_pdf(pages))

    assert found == outcome or (outcome is None and found.pages == pages)


BOMBS = {
    "content": pdf_bomb,
    "bomb in a bomb": lambda: pdf_bomb(10_000_000, times=2),
    "one page without end": lambda: pdf_of_one_page_many_times(300_000),
    "objects": lambda: pdf_of_many_objects(150_000),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused(bomb):
    assert refusal(bomb()) == "too_complex"


def test_arrays_nested_without_end_are_refused():
    assert refusal(nested_pdf()) in ("damaged", "too_complex")


def test_an_image_of_too_many_pixels_is_refused():
    flood = stream(b"x", Subtype="/Image", Width=NumberObject(90_000), Height=NumberObject(90_000))

    def change(writer, page):
        images = named(Flood=writer._add_object(flood))
        page["/Resources"][NameObject("/XObject")] = images

    assert refusal(written_pdf(change)) == "too_many_pixels"


@pytest.mark.parametrize("part", [0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97])
@pytest.mark.parametrize("sent", [scanned_pdf(3), text_pdf()], ids=["scan", "text"])
def test_a_pdf_that_was_cut_off_is_refused(sent, part):
    assert refusal(sent[: int(len(sent) * part)]) == "damaged"


def test_a_page_whose_content_is_missing_is_refused():
    sent = text_pdf()
    number = PdfReader(io.BytesIO(sent)).pages[0].raw_get("/Contents").idnum

    assert refusal(sent.replace(b"%d 0 R" % number, b"%d 0 R" % (number + 90))) == "damaged"


@pytest.mark.parametrize("content", [b"%PDF-", b"%PDF-1.7\n%%EOF", b"%PDF-1.7\n<script>\n%%EOF"])
def test_a_signature_alone_is_no_pdf(content):
    assert refusal(content) == "damaged"


@pytest.mark.parametrize(
    "extra", [archive(), b"<html><script>alert(1)</script></html>", b"\xff\xd8\xff\xe0"]
)
def test_what_hangs_on_to_a_pdf_is_gone(extra):
    assert extra not in taken(text_pdf() + extra).content


def test_an_archive_inside_a_pdf_is_refused():
    def change(writer, page):
        packed = writer._add_object(stream(archive(), Subtype="/Form", Type="/XObject"))
        page["/Resources"][NameObject("/XObject")] = named(Packed=packed)

    assert refusal(written_pdf(change)) == "hidden_content"


def test_a_virus_in_a_page_survives_cleaning_and_is_left_to_the_scanner():
    sent = in_page("/Contents", stream(EICAR))

    assert EICAR in taken(sent).content
