import io
import os

import pytest
from PIL import Image

from residence_permit.evidence.limits import Limits

from .files import (
    SECRET,
    archive,
    encoded,
    moving_png,
    phone_photo,
    picture,
    pixel_flood,
    refusal,
    screenshot,
    taken,
    text_bomb,
)

HTML = b"<html><script>alert(document.cookie)</script></html>"


def opened(content):
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [(1, "upper left"), (3, "lower right"), (6, "upper right"), (8, "lower left"), (99, None)],
)
def test_a_photo_stands_upright_without_its_exif(orientation, corner):
    sent = phone_photo((640, 480), orientation)
    assert Image.open(io.BytesIO(sent)).getexif().get_ifd(0x8825)  # it did say where it was taken

    kept = opened(taken(sent).content)

    turned = orientation in (6, 8)
    width, height = kept.size
    assert (width, height) == ((480, 640) if turned else (640, 480))
    places = {
        "upper left": (5, 5),
        "upper right": (width - 6, 5),
        "lower left": (5, height - 6),
        "lower right": (width - 6, height - 6),
    }
    red = {name for name, place in places.items() if kept.getpixel(place)[0] > 200}
    assert red == {corner or "upper left"}


@pytest.mark.parametrize("sent", [phone_photo(), screenshot()], ids=["jpeg", "png"])
def test_nothing_but_pixels_survives(sent):
    assert SECRET.encode() in sent

    content = taken(sent).content

    kept = opened(content)
    assert not kept.getexif()
    assert not {"exif", "icc_profile", "comment", "Author", "xmp"} & set(kept.info)
    assert SECRET.encode() not in content
    assert b"Exif" not in content


@pytest.mark.parametrize("extra", [HTML, archive(), b"%PDF-1.7\n1 0 obj", b"<?php x(); ?>"])
@pytest.mark.parametrize("sent", [phone_photo(), screenshot()], ids=["jpeg", "png"])
def test_what_hangs_on_to_a_picture_is_gone(sent, extra):
    content = taken(sent + extra).content

    assert extra not in content
    assert extra[:8] not in content


def test_a_page_in_the_comment_of_a_jpeg_is_gone():
    content = taken(encoded(picture(), "JPEG", comment=HTML)).content

    assert b"<script>" not in content


def test_broken_exif_is_no_reason_to_refuse():
    sent = encoded(picture(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + os.urandom(200))

    assert taken(sent).kind == "jpeg"


def test_of_the_pictures_in_a_phone_photo_the_first_is_kept():
    sent = encoded(picture(), "MPO", save_all=True, append_images=[Image.new("RGB", (9, 9))])

    assert opened(taken(sent).content).size == (640, 480)


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_that_was_cut_off_is_refused(kind, part):
    noise = Image.frombytes("RGB", (300, 300), os.urandom(300 * 300 * 3))
    sent = encoded(noise, kind)

    assert refusal(sent[: int(len(sent) * part)]) == "damaged"


@pytest.mark.parametrize("at", [1000, 5000])
def test_a_png_with_a_changed_byte_is_refused(at):
    sent = bytearray(encoded(Image.frombytes("L", (100, 100), os.urandom(10_000)), "PNG"))
    sent[at] ^= 0xFF

    assert refusal(bytes(sent)) == "damaged"


@pytest.mark.parametrize("signature", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"])
def test_a_signature_alone_is_no_picture(signature):
    assert refusal(signature) == "damaged"
    assert refusal(signature + HTML * 100) == "damaged"


def test_a_flood_of_pixels_is_refused_by_its_header():
    sent = pixel_flood()

    assert len(sent) < 1000
    assert refusal(sent) == "too_many_pixels"


def test_a_packed_text_is_not_unpacked():
    assert refusal(text_bomb()) == "damaged"


def test_a_moving_picture_is_refused():
    assert refusal(moving_png()) == "animated"


def test_a_large_photo_is_made_smaller_in_its_shape():
    sent = encoded(Image.new("RGB", (8000, 6000)), "JPEG")

    file = taken(sent)

    assert file.width * file.height <= 16_000_000
    assert file.width / file.height == pytest.approx(4 / 3, abs=0.001)


def test_a_long_screenshot_stays_legible():
    file = taken(encoded(Image.new("RGB", (1080, 14_000)), "PNG"))

    assert (file.width, file.height) == (1080, 14_000)


def test_a_photo_kept_as_png_becomes_a_jpeg_where_its_pixels_take_too_much():
    noise = Image.frombytes("P", (300, 300), os.urandom(90_000))
    noise.putpalette(os.urandom(768))
    sent = encoded(noise, "PNG")

    file = taken(sent, "photo.png", limits=Limits(max_bytes=len(sent)))

    assert (file.kind, file.shown_name) == ("jpeg", "photo.jpg")


def test_what_is_transparent_becomes_white():
    sent = encoded(Image.new("RGBA", (10, 10), (0, 0, 0, 0)), "PNG")

    assert opened(taken(sent).content).getpixel((5, 5)) == (255, 255, 255)


def test_sixteen_bits_of_grey_keep_their_shades():
    sent = encoded(Image.new("I;16", (10, 10), 32768), "PNG")

    assert opened(taken(sent).content).getpixel((5, 5)) == 128
