"""Finds what somebody typed wherever it does not belong, however it is written there."""

import json
import re
import zlib
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

_CODED = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
_DEEP = 3  # base64 in base64, and once more
_LONGEST = 1_000_000  # bytes of one coded word that are looked into


def spellings(text: str) -> set[bytes]:
    """Return how a text may be written: plain, escaped, in a URL, in hexadecimal, in GBK."""
    plain = text.encode()
    found = {
        plain,
        json.dumps(text).strip('"').encode(),
        json.dumps(text).strip('"').upper().replace("\\U", "\\u").encode(),
        quote(text).encode(),
        quote(text).lower().encode(),
        quote(text, encoding="gb18030").encode(),
        plain.hex().encode(),
        plain.hex().upper().encode(),
        text.encode("gb18030"),
        repr(plain)[2:-1].encode(),
    }
    return found | {text.lower().encode(), text.upper().encode()}


def layers(content: bytes, deep: int = _DEEP) -> Iterator[bytes]:
    """Yield the bytes, and what is base64 or compressed in them."""
    yield content
    if not deep:
        return
    for match in _CODED.finditer(content):
        word = match[0][:_LONGEST]
        for decoded in _decoded(word):
            yield from layers(decoded, deep - 1)


def _decoded(word: bytes) -> Iterator[bytes]:
    bare = word.rstrip(b"=")
    padded = bare + b"=" * (-len(bare) % 4)
    decode = urlsafe_b64decode if b"-" in word or b"_" in word else b64decode
    try:
        decoded = decode(padded)
    except ValueError:
        return
    yield decoded
    try:
        yield zlib.decompress(decoded)
    except zlib.error:
        return


class Search:
    """Looks for canaries, each known by a name."""

    def __init__(self, canaries: Mapping[str, str]):
        """Write each of them in all ways."""
        self.needles = {name: spellings(text) for name, text in canaries.items()}

    def found_in(self, content: bytes | str, *names: str) -> list[str]:
        """Return which of the canaries (all, or those named) stand in it."""
        raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        wanted = names or tuple(self.needles)
        found = set()
        for layer in layers(raw):
            found |= {name for name in wanted if any(each in layer for each in self.needles[name])}
        return sorted(found)

    def found_in_each(self, places: Mapping[str, bytes | str], *names: str) -> dict[str, list]:
        """Return where which canaries stand; nothing at all, if all is well."""
        found = {place: self.found_in(content, *names) for place, content in places.items()}
        return {place: names for place, names in found.items() if names}


def links(html: str) -> Iterable[str]:
    """Return the addresses that a page names."""
    return re.findall(r"""(?:href|action|src)="([^"]*)\"""", html)
