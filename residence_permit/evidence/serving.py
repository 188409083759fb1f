"""The headers under which a kept file is handed out."""

from urllib.parse import quote

from .kinds import EXTENSIONS, MEDIA_TYPES


def serving_headers(*, kind: str, shown_name: str, download: bool = False) -> dict[str, str]:
    """Return what keeps a file from acting in the portal's name, and from being kept on the way.

    A picture is shown in a sandbox. Browsers refuse to open their PDF viewer in one, so a PDF is
    shown without; it comes from our own writer, may load nothing, and the viewer is a world of its
    own.
    """
    policy = "default-src 'none'; frame-ancestors 'self'"
    if kind == "pdf" and not download:
        policy += "; object-src 'self'; style-src 'unsafe-inline'"
    else:
        policy += "; sandbox"
    return {
        "Content-Type": MEDIA_TYPES[kind],
        "Content-Disposition": disposition(shown_name, kind, download=download),
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store, private",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
    }


def disposition(shown_name: str, kind: str, *, download: bool) -> str:
    """Return the Content-Disposition with the name in UTF-8, and a plain one beside it.

    Source: RFC 6266, RFC 5987.

    >>> disposition("房产证.pdf", "pdf", download=True)
    "attachment; filename=evidence.pdf; filename*=UTF-8''%E6%88%BF%E4%BA%A7%E8%AF%81.pdf"
    """
    how = "attachment" if download else "inline"
    plain = f"evidence{EXTENSIONS[kind]}"
    return f"{how}; filename={plain}; filename*=UTF-8''{quote(shown_name, safe='')}"
