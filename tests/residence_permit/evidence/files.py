"""Files that people upload, honest and hostile, made in code."""

import io
import struct
import zipfile
import zlib

from fpdf import FPDF
from PIL import Image, ImageDraw, PngImagePlugin
from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from residence_permit.evidence.errors import EvidenceRefused
from residence_permit.evidence.inspection import take_in

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SECRET = "MetadataThatMustGo"


def taken(content, name="photo.jpg", **limits):
    return take_in(io.BytesIO(content), declared_name=name, **limits)


def refusal(content, name="photo.jpg", **limits):
    """Return the code with which a file is refused, or what it became."""
    try:
        return taken(content, name, **limits)
    except EvidenceRefused as refused:
        return refused.code


# Pictures


def picture(size=(640, 480), mode="RGB"):
    """A picture whose upper left corner is red and whose rest is blue."""
    image = Image.new("RGB", size, "blue")
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 4, size[1] // 4), fill="red")
    return image.convert(mode)


def encoded(image, kind, **options):
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def phone_photo(size=(640, 480), orientation=6):
    """A JPEG as a phone writes it: turned, with GPS, maker and comment."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = SECRET
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (30.0, 45.0, 0.0)
    gps[3], gps[4] = "E", (120.0, 45.0, 0.0)
    return encoded(
        picture(size), "JPEG", exif=exif, comment=SECRET.encode(), icc_profile=SECRET.encode()
    )


def screenshot(size=(1080, 2400)):
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", SECRET)
    return encoded(picture(size, "RGBA"), "PNG", pnginfo=text)


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, *chunks):
    """A PNG by hand: 1 bit a pixel, with what the chunks say."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = [_chunk(b"IHDR", header), *(_chunk(*c) for c in chunks), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def pixel_flood():
    """A few hundred bytes that promise 2,5 thousand million pixels."""
    return png(50_000, 50_000, (b"IDAT", zlib.compress(bytes(4096))))


def text_bomb():
    """A text of 50 MB packed into a PNG of 50 kB."""
    packed = zlib.compress(bytes(50_000_000), 9)
    return png(8, 8, (b"zTXt", b"Comment\0\0" + packed), (b"IDAT", zlib.compress(bytes(16))))


def moving_png():
    frames = [picture((64, 64)), Image.new("RGB", (64, 64), "green")]
    return encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])


def archive(name="Evil.class"):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        packed.writestr(name, "<script>alert(1)</script>")
    return written.getvalue()


def office_document():
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("word/document.xml", "<w:document/>")
    return written.getvalue()


# PDF


def scanned_pdf(pages=10):
    """What a scanner app makes: a photo with its EXIF on every page."""
    document = FPDF()
    document.set_title(SECRET)
    document.set_author(SECRET)
    for number in range(pages):
        document.add_page()
        document.image(io.BytesIO(phone_photo((400 + number, 600), orientation=1)), w=100)
    return bytes(document.output())


def text_pdf(text="lease"):
    document = FPDF()
    document.set_compression(False)
    document.add_page()
    document.set_font("Helvetica", size=12)
    document.cell(text=text)
    return bytes(document.output())


def bytes_of(writer):
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def named(**values):
    """Return a PDF dictionary; what is a plain text becomes a name where it begins with /."""
    made = DictionaryObject()
    for key, value in values.items():
        if isinstance(value, str):
            value = NameObject(value) if value.startswith("/") else TextStringObject(value)
        made[NameObject(f"/{key}")] = value
    return made


def written_pdf(change):
    """Return an honest page with ``change(writer, page)`` made to it."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(text_pdf())))
    change(writer, writer.pages[0])
    return bytes_of(writer)


def in_root(key, value):
    return written_pdf(lambda writer, _: writer.root_object.update({NameObject(key): value}))


def in_page(key, value):
    return written_pdf(lambda _, page: page.update({NameObject(key): value}))


def with_annotation(note):
    return in_page("/Annots", ArrayObject([note]))


def attached_pdf():
    return written_pdf(lambda writer, _: writer.add_attachment("virus.exe", b"MZ"))


def locked_pdf(password="secret"):
    def change(writer, _):
        writer.encrypt(password, "owner", algorithm="AES-256")

    return written_pdf(change)


def stream(data, **keys):
    made = StreamObject()
    made._data = data
    made.update(named(**keys))
    return made


def deflated(data, times=1):
    for _ in range(times):
        data = zlib.compress(data, 9)
    return data


def pdf_bomb(size=330_000_000, times=1):
    """A page whose content unfolds to 330 MB."""
    filters = ArrayObject([NameObject("/FlateDecode")] * times)

    def change(writer, page):
        bomb = stream(deflated(bytes(size), times), Filter=filters)
        page[NameObject("/Contents")] = writer._add_object(bomb)

    return written_pdf(change)


def pdf_of_one_page_many_times(times):
    """A page tree that names the same page again and again."""

    def change(writer, page):
        tree = writer.root_object["/Pages"]
        tree[NameObject("/Kids")] = ArrayObject([page.indirect_reference] * times)
        tree[NameObject("/Count")] = NumberObject(times)

    return written_pdf(change)


def pdf_of_many_objects(count):
    def change(writer, page):
        many = ArrayObject(ArrayObject([NumberObject(n)]) for n in range(count // 2))
        page["/Resources"][NameObject("/Many")] = many

    return written_pdf(change)


def nested_pdf(depth=20_000):
    """Arrays in arrays, deeper than a recursive reader can follow."""
    deep = b"[" * depth + b"]" * depth
    return text_pdf().replace(b"/Resources", b"/Deep " + deep + b" /Resources", 1)


def sealed_pdf():
    """A page with an electronic seal: an annotation that draws a red square."""

    def change(writer, page):
        seal = stream(
            b"1 0 0 rg 0 0 10 10 re f", Type="/XObject", Subtype="/Form", BBox=_box(0, 0, 10, 10)
        )
        drawing = writer._add_object(seal)
        page[NameObject("/Annots")] = ArrayObject(
            [
                named(
                    Type="/Annot",
                    Subtype="/Stamp",
                    Rect=_box(100, 100, 200, 200),
                    AP=named(N=drawing),
                    Contents=SECRET,
                )
            ]
        )

    return written_pdf(change)


def _box(*numbers):
    return ArrayObject(FloatObject(n) for n in numbers)


def blank_pdf(pages):
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_page(PageObject.create_blank_page(width=595, height=842))
    return bytes_of(writer)
