"""Somebody with a browser, over real HTTP: cookies, forms read from pages, the same press twice."""

import http.client
from contextlib import suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Self
from urllib.parse import urlencode, urljoin, urlsplit
from uuid import uuid4

from django.conf import settings
from django.test import Client

TIMEOUT = 30  # seconds
CUT = (ConnectionError, http.client.HTTPException, TimeoutError)


@dataclass
class Answer:
    """What came back; ``where`` is where it leads, if it does."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def where(self) -> str:
        return self.headers.get("location", "")

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


@dataclass
class Form:
    """A form of a page, filled in as the page shows it."""

    action: str
    method: str = "get"
    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)  # the names of its file inputs
    texts: list[str] = field(default_factory=list)  # the names of what can be typed

    def filled(self, **values: str | list[str]) -> list[tuple[str, str]]:
        """Return all that is sent; ``values`` replace what the page shows."""
        kept = [(name, value) for name, value in self.fields if name not in values]
        for name, value in values.items():
            kept += [(name, each) for each in ([value] if isinstance(value, str) else value)]
        return kept


class _Forms(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.forms = page, []
        self._form: Form | None = None
        self._text: str | None = None
        self._select = ""

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = urljoin(self.page, given.get("action", "") or self.page)
            self._form = Form(action, given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None and given.get("name"):
            self._field(tag, given)
        elif tag == "option" and self._form is not None and self._select and "selected" in given:
            self._form.fields.append((self._select, given.get("value", "")))

    def _field(self, tag, given):
        name, kind = given["name"], given.get("type", "text")
        if tag == "input" and kind == "file":
            self._form.files.append(name)
        elif tag == "input" and (kind not in ("radio", "checkbox") or "checked" in given):
            self._form.fields.append((name, given.get("value", "on" if kind == "checkbox" else "")))
            if kind in ("text", "email", "tel", "search", "number", "password"):
                self._form.texts.append(name)
        elif tag == "textarea":
            self._text = ""
            self._form.fields.append((name, ""))
            self._form.texts.append(name)
        elif tag == "select":
            self._select = name

    def handle_data(self, data):
        if self._text is not None:
            self._text += data

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea" and self._text is not None and self._form is not None:
            name, _ = self._form.fields.pop()
            self._form.fields.append((name, self._text.removeprefix("\n")))
            self._text = None


def forms_of(page: str, html: str) -> list[Form]:
    """Return the forms of a page, in order."""
    reader = _Forms(page)
    reader.feed(html)
    return reader.forms


class Visitor:
    """One browser; ``signed_in`` gives it the session that a test made in the database."""

    def __init__(self, portal: str):
        """Begin without cookies."""
        self.host = urlsplit(portal).netloc
        self.cookies: SimpleCookie = SimpleCookie()
        self.answers: list[tuple[str, Answer]] = []  # everything that came back

    @classmethod
    def signed_in(cls, portal: str, client: Client) -> Self:
        """Take over the session of a test client."""
        visitor = cls(portal)
        name = settings.SESSION_COOKIE_NAME
        visitor.cookies[name] = client.cookies[name].value
        return visitor

    def get(self, path: str) -> Answer:
        """Ask for a page."""
        return self.ask("GET", path)

    def form(self, path: str, action: str = "") -> Form:
        """Return the form of a page that posts to an address that ends with ``action``."""
        wanted = (action or path).partition("?")[0]
        answer = self.get(path)
        for found in forms_of(path, answer.text):
            if found.method == "post" and found.action.partition("?")[0].endswith(wanted):
                return found
        raise LookupError(f"{answer.status}: no form for {wanted}")

    def post(self, path: str, fields: list[tuple[str, str]], files: dict | None = None) -> Answer:
        """Send a form; ``files`` are name and content by the name of the input."""
        if files:
            body, kind = _multipart(fields, files)
        else:
            body, kind = urlencode(fields).encode(), "application/x-www-form-urlencoded"
        return self.ask("POST", path, body, {"Content-Type": kind})

    def ask(self, method: str, path: str, body: bytes = b"", headers: dict | None = None) -> Answer:
        """Send a request over a connection of its own, and keep the cookies."""
        sent = {
            "Cookie": "; ".join(f"{n}={morsel.value}" for n, morsel in self.cookies.items()),
            "Origin": f"http://{self.host}",
            "Sec-Fetch-Site": "same-origin",
            **(headers or {}),
        }
        connection = http.client.HTTPConnection(self.host, timeout=TIMEOUT)
        try:
            with suppress(BrokenPipeError):  # answered before all of it was sent
                connection.request(method, path, body, sent)
            response = connection.getresponse()
            answer = Answer(
                response.status,
                {name.lower(): value for name, value in response.getheaders()},
                response.read(),
            )
            for line in response.msg.get_all("Set-Cookie") or []:
                self.cookies.load(line)
        finally:
            connection.close()
        self.answers.append((f"{method} {path}", answer))
        return answer


def _multipart(fields, files) -> tuple[bytes, str]:
    boundary = uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields
    ]
    for name, (filename, content) in files.items():
        head = f'form-data; name="{name}"; filename="{filename}"'
        parts.append(
            f"--{boundary}\r\nContent-Disposition: {head}\r\n"
            "Content-Type: application/octet-stream\r\n\r\n".encode()
            + content
            + b"\r\n"
        )
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"
