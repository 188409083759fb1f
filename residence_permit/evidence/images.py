"""Paints a picture anew from its pixels, so that nothing else of the file survives."""

import io
import math

from PIL import Image, ImageOps

from .errors import EvidenceRefused
from .limits import Limits

JPEG_QUALITY = 85
FORMATS = {"jpeg": "JPEG", "png": "PNG"}


def clean_image(content: bytes, kind: str, limits: Limits) -> tuple[bytes, dict]:
    """Return the re-encoded picture and its kind, pages, width and height.

    EXIF (with GPS), colour profiles, XMP, comments, thumbnails and whatever was hung on to the
    file are gone, because only pixels are copied; the turn that EXIF asked for is carried out.
    """
    with Image.open(io.BytesIO(content), formats=[FORMATS[kind]]) as image:
        _check_size(image, limits)
        if kind == "png" and getattr(image, "n_frames", 1) > 1:
            raise EvidenceRefused("animated")
        # A JPEG may carry more pictures (MPO): phones add a depth or brightness map. The first
        # is the photo.
        size = _kept_size(image.size, limits.kept_pixels)
        image.draft(None, size)  # a JPEG is decoded at a fraction where that is enough
        image.load()
        turn = _orientation(image)
        picture = _plain(image)
    if max(picture.size) > max(size):
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    picture = _turned(picture, turn)

    painted = _encode(picture, kind)
    if kind == "png" and len(painted) > limits.max_bytes:  # a photo that was kept as PNG
        kind = "jpeg"
        painted = _encode(picture, kind)
    width, height = picture.size
    return painted, {"kind": kind, "pages": 1, "width": width, "height": height}


def _check_size(image: Image.Image, limits: Limits) -> None:
    """Refuse a flood of pixels; the header says how many, none has been decoded."""
    width, height = image.size
    if width * height > limits.max_pixels or max(width, height) > limits.max_side:
        raise EvidenceRefused("too_many_pixels", megapixels=limits.max_pixels // 1_000_000)


def _kept_size(size: tuple[int, int], pixels: int) -> tuple[int, int]:
    """Return the size with the same shape and at most so many pixels.

    The area is capped and not the long side: a long screenshot of a narrow screen stays legible.
    """
    width, height = size
    scale = min(1.0, math.sqrt(pixels / (width * height)))
    return max(1, int(width * scale)), max(1, int(height * scale))


def _orientation(image: Image.Image) -> int:
    """Return the turn EXIF asks for; 1 (none) where EXIF is absent or broken."""
    try:
        turn = image.getexif().get(0x0112, 1)
    except Exception:  # EXIF is hostile bytes too, and a broken one is no reason to refuse
        return 1
    return turn if turn in range(1, 9) else 1


def _turned(picture: Image.Image, turn: int) -> Image.Image:
    picture.getexif()[0x0112] = turn
    return ImageOps.exif_transpose(picture)


def _plain(image: Image.Image) -> Image.Image:
    """Return grey or RGB pixels, on white where the picture is transparent."""
    if image.mode.startswith("I"):  # 16 bits of grey; convert() would cut them off at 255
        return image.point(lambda value: value / 256).convert("L")
    if image.mode in ("1", "L"):
        return image.convert("L")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        picture = Image.new("RGB", layer.size, "white")
        picture.paste(layer, mask=layer.getchannel("A"))
        return picture
    return image.convert("RGB")


def _encode(picture: Image.Image, kind: str) -> bytes:
    """Return the pixels as a file that holds nothing but them."""
    picture.info.clear()  # Pillow would write profiles and comments back from here
    written = io.BytesIO()
    if kind == "png":
        picture.save(written, "PNG")
    else:
        picture.save(written, "JPEG", quality=JPEG_QUALITY, exif=b"")
    return written.getvalue()
