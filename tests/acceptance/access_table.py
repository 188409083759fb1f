"""Reads access.yaml: who gets what answer at which address, for every method."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from django.http import HttpResponse

from tests.acceptance.world import RESIDENTS, ROLES, VISITORS

FILE = Path(__file__).with_name("access.yaml")
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
SAFE = ("GET", "HEAD")
FORM = ("GET", "POST", "PUT")  # Django's form views take PUT for POST
WORDS = ("visitors", "others", "residents", "elsewhere", "pending")
ELSEWHERE = "officer_elsewhere"
PENDING = "without_second_factor"
# The pages that Django makes for a model, and which right each asks for.
MODEL_PAGES = {
    "changelist": "view",
    "add": "add",
    "history": "view",
    "delete": "delete",
    "change": "view",
}
DONE = (200, 201, 202, 204, 302, 303, 304, 400, 409, 415, 422)
SIGN_IN = ("/accounts/login/", "/admin/login/")
SECOND_FACTOR = ("/accounts/2fa/totp/activate/", "/accounts/2fa/reauthenticate/")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What the table says of one address."""

    name: str
    open: frozenset[str]
    methods: tuple[str, ...]
    visitors: str = "login"
    others: str = "refused"
    residents: str = ""
    elsewhere: str = ""
    writers: frozenset[str] | None = None
    any_method: bool = False
    beyond: frozenset[str] = frozenset()  # who may look at such things, but not at this one
    pending: str = "factor"
    shows: tuple[int, ...] = (200,)
    given: Mapping[str, str] = field(default_factory=dict)
    foreign: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)

    def expected(self, role: str, method: str) -> set[str]:
        """Return the answers that are right for a role."""
        refused = {
            **dict.fromkeys(VISITORS, self.visitors),
            **dict.fromkeys(RESIDENTS, self.residents or self._others_among_residents),
            ELSEWHERE: self.elsewhere or self.others,
            PENDING: self.pending,
            **dict.fromkeys(self.beyond, "absent refused" if method == "POST" else "absent"),
        }.get(role, self.others)
        if role not in self.open:
            # A method that nobody may use may be refused before anybody asks who it is.
            return {*refused.split()} | ({"method"} if method not in self.methods else set())
        if method not in self.methods:
            return {"method"}
        return {"open"} if self._may_write(role, method) else {*refused.split()}

    def _may_write(self, role: str, method: str) -> bool:
        # Where any method is answered, all but POST are read as GET is.
        writing = ("POST",) if self.any_method else ("POST", "DELETE")
        return self.writers is None or method not in writing or role in self.writers

    @property
    def _others_among_residents(self) -> str:
        return "login" if self.name.startswith("admin") else self.others

    def fits(self, role: str, method: str, answer: str, status: int) -> bool:
        """Say whether an answer is right, and for reading also its status."""
        wanted = self.expected(role, method)
        if role not in self.open:
            return answer in wanted
        if wanted == {"method"}:  # or led on, as by every other method
            return answer == "method" or (status in self.shows and status != 200)
        if method in SAFE and wanted == {"open"}:
            return status in self.shows
        return answer in wanted or (wanted == {"open"} and status in self.shows)


def read_table() -> dict[str, Entry]:
    """Return the entries by the name of their address."""
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    groups = {name: frozenset(roles) for name, roles in raw["groups"].items()}
    groups |= {role: frozenset({role}) for role in ROLES}
    groups |= {"everyone": frozenset(ROLES), "nobody": frozenset()}
    entries = {}
    for name, words in raw["addresses"].items():
        entries[name] = _entry(name, words, groups)
    for model, words in raw["models"].items():
        for entry in _model_pages(model, words, groups):
            entries.setdefault(entry.name, entry)  # one of its pages may differ
    return entries


def _roles(names: str | Iterable[str], groups: Mapping[str, frozenset[str]]) -> frozenset[str]:
    names = [names] if isinstance(names, str) else names
    return frozenset().union(*(groups[name] for name in names))


def _entry(name: str, words: Mapping[str, Any], groups: Mapping[str, frozenset[str]]) -> Entry:
    methods = {"any": METHODS, "form": FORM}.get(words["methods"]) or words["methods"].split()
    shows = words.get("shows", 200)
    return Entry(
        name=name,
        open=_roles(words["open"], groups),
        methods=(*methods, *(["HEAD"] if "GET" in methods and words.get("head", True) else [])),
        any_method=words["methods"] == "any",
        shows=tuple(shows) if isinstance(shows, list) else (shows,),
        **{key: words[key] for key in WORDS if key in words},
        writers=_roles(words["writers"], groups) if "writers" in words else None,
        given=words.get("with", {}),
        foreign=words.get("foreign", {}),
        missing=words.get("missing", {}),
    )


def _model_pages(
    model: str, words: Mapping[str, Any], groups: Mapping[str, frozenset[str]]
) -> Iterable[Entry]:
    rights = {
        right: _roles(words.get(right, "nobody"), groups)
        for right in ("view", "add", "change", "delete")
    }
    for page, right in MODEL_PAGES.items():
        of_object = page in ("history", "delete", "change")
        reach = rights[right]
        if of_object and "reach" in words:
            reach &= _roles(words["reach"], groups)
        yield Entry(
            name=f"admin:{model}_{page}",
            open=reach,
            beyond=rights[right] - reach,
            # A row out of reach may be missed before anybody asks for the right.
            others="refused absent" if of_object and "reach" in words else "refused",
            methods=METHODS,
            any_method=True,
            writers=rights["change"] & reach if page == "change" else None,
            given={"object_id": words["object"]} if of_object else {},
            foreign={"object_id": words["foreign"]} if of_object and "foreign" in words else {},
            missing={"object_id": words["missing"]} if "missing" in words else {},
        )
    app, _, label = model.rpartition("_")  # a table's own name has no such sign
    yield Entry(  # only leads to the page of the object
        name=f"admin/{app}/{label}/<path:object_id>/",
        open=frozenset(groups["staff"]),
        methods=METHODS,
        shows=(302,),
        given={"object_id": words["object"]},
    )


def answer_of(response: HttpResponse) -> str:
    """Return in one word what somebody was told."""
    status, where = response.status_code, response.headers.get("Location", "")
    if status == 302 and where.startswith(SIGN_IN):
        return "login"
    if status == 302 and where.startswith(SECOND_FACTOR):
        return "factor"
    named = {401: "login", 403: "refused", 404: "absent", 405: "method"}
    if status in named:
        return named[status]
    return "open" if status in DONE else str(status)
