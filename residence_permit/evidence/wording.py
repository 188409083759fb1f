"""Says why a file was not taken in, and what to do about it."""

from django.utils.translation import gettext as _

from .errors import EvidenceRefused
from .limits import MEGABYTE


def N_(text: str) -> str:  # noqa: N802  the marker that message extraction knows
    """Mark a text for translation and return it as it is."""
    return text


TEXTS = {
    "empty": N_("The file is empty. Choose the file again, or take a new photo."),
    "too_large": N_(
        "The file is larger than %(megabytes)s MB. Take the photo with a lower resolution, or "
        "split the document into several files."
    ),
    "heic": N_(
        "This photo is in the HEIC format, which cannot be opened here. On an iPhone choose "
        "Settings, Camera, Formats, “Most Compatible” and take it again; or take a screenshot of "
        "the photo and upload that."
    ),
    "picture": N_(
        "A picture of the kind %(name)s is not accepted. Save it as JPEG or PNG, or take a "
        "screenshot of it and upload that."
    ),
    "office": N_(
        "Word, Excel, PowerPoint and WPS documents are not accepted. Save the document as PDF and "
        "upload that."
    ),
    "archive": N_(
        "A packed file (%(name)s) is not accepted. Unpack it and upload the photos or PDF files "
        "one by one."
    ),
    "web_page": N_(
        "A web page is not accepted. Print the page to PDF, or take a screenshot, and upload that."
    ),
    "other_kind": N_("This kind of file is not accepted. Upload a photo (JPEG or PNG) or a PDF."),
    "damaged": N_(
        "The file is damaged or incomplete, so it cannot be opened. Open it on your device: if "
        "it shows fully there, upload it again; otherwise take a new photo."
    ),
    "too_many_pixels": N_(
        "The picture has more than %(megapixels)s million pixels. Take it with a lower resolution "
        "or make it smaller, and upload it again."
    ),
    "animated": N_("A moving picture is not accepted. Take a screenshot of it and upload that."),
    "pdf_locked": N_(
        "The PDF is protected by a password. Open it, print it to a new PDF without a password, "
        "and upload that."
    ),
    "pdf_active": N_(
        "The PDF contains programs, automatic actions, forms that are still being filled in, or "
        "parts from elsewhere. Open it, print it to a new PDF, and upload that."
    ),
    "pdf_attachment": N_(
        "The PDF has other files attached to it. Upload those one by one; print the PDF itself to "
        "a new PDF and upload that."
    ),
    "too_many_pages": N_(
        "The PDF has %(found)s pages; at most %(limit)s are accepted. Upload only the pages that "
        "are needed, or split it into several files."
    ),
    "too_complex": N_(
        "The file is too complicated to be checked. Take a photo or a screenshot of each page and "
        "upload those."
    ),
    "hidden_content": N_(
        "Another file is hidden inside this one. Print the document to a new PDF, or take a photo "
        "of it, and upload that."
    ),
    "no_room": N_(
        "The portal has no room for files at the moment, so this one was not kept. Everything "
        "else you entered is saved. Try again in an hour."
    ),
    "not_now": N_(
        "The file cannot be checked at the moment, so it was not kept. Everything else you "
        "entered is saved. Try again in a few minutes."
    ),
}


def explain(refused: EvidenceRefused) -> str:
    """Return the sentence for the person: what is wrong, and what to do."""
    params = dict(refused.params)
    if "limit" in params:
        params["megabytes"] = int(params["limit"]) // MEGABYTE
    return _(TEXTS[refused.code]) % params
