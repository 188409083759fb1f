"""Every address that the portal answers, read from the URL resolver."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, get_resolver

_CONVERTED = re.compile(r"<(?:\w+:)?(\w+)>")
_NAMED_GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


@dataclass(frozen=True)
class Address:
    """One URL pattern: its name (its route where it has none) and its route."""

    name: str
    route: str

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the names of what varies in it."""
        return tuple(_CONVERTED.findall(self.route) + _NAMED_GROUP.findall(self.route))

    def path(self, **values: object) -> str:
        """Return the path with these values; every parameter needs one."""
        filled = _NAMED_GROUP.sub(lambda found: str(values[found[1]]), self.route)
        filled = _CONVERTED.sub(lambda found: str(values[found[1]]), filled)
        return "/" + re.sub(r"\\Z|[\^$\\]", "", filled)


def every_address() -> list[Address]:
    """Return all of them, in the order in which they are tried."""
    return list(_walk(get_resolver().url_patterns, "", ""))


def _walk(patterns: list, route: str, namespace: str) -> Iterator[Address]:
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield Address(f"{namespace}{pattern.name}" if pattern.name else here, here)
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, here, inner)
