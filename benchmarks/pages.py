"""Finds the portal's pages as a person does: by their links and forms, from the first page on."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection
from urllib.parse import urlencode, urljoin, urlsplit

# What the person answers where a question offers it; elsewhere "I do not know".
ANSWERS = {
    "housing": "dormitory",  # so that no route is settled at once
    "hukou_place": "outside",
    "employment": "contract",
    "education": "secondary_vocational",
    "professional_title": "none",
    "skill_grade": "none",
    "honour": "none",
    "honour_level": "none",
    "sponsor": "none",
    "graduate_status": "none",
}
MOST_PAGES = 60


@dataclass
class Form:
    """A form as its page gives it."""

    action: str = ""
    values: dict[str, str] = field(default_factory=dict)
    offers: dict[str, list[str]] = field(default_factory=dict)
    buttons: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    """Reads the forms that are posted."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "").lower() == "post":
            self._form = Form(action=given.get("action", ""))
            self.forms.append(self._form)
        form = self._form
        if form is None:
            return
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "select":
            self._select = name
        elif tag == "option" and given.get("value"):
            form.offers.setdefault(self._select, []).append(given["value"])
        elif tag == "button" and name:
            form.buttons[name] = given.get("value", "")
        elif tag == "input" and name:
            if kind in ("radio", "checkbox"):
                form.offers.setdefault(name, []).append(given.get("value", "on"))
            else:
                form.values[name] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None


@dataclass
class Page:
    """A page that was reached, and how to ask for it again."""

    path: str
    status: int
    text: str

    @property
    def form(self) -> Form | None:
        """Return the form of the page itself: the last one, after those of the frame."""
        reader = _Forms()
        reader.feed(self.text)
        return reader.forms[-1] if reader.forms else None


class Visitor:
    """A person with a browser's memory of cookies."""

    def __init__(self, port: int):
        """Ask the server on this port."""
        self.port = port
        self.cookies: dict[str, str] = {}

    @property
    def headers(self) -> dict[str, str]:
        """Return what goes with every request."""
        origin = f"http://127.0.0.1:{self.port}"
        headers = {"Accept-Language": "zh-CN", "Referer": f"{origin}/", "Origin": origin}
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return headers | ({"Cookie": cookies} if cookies else {})

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> Page:
        """Ask, and follow where the answer leads."""
        for _ in range(10):
            connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
            headers, body = self.headers, None
            if form is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                body = urlencode(form)
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            for cookie in answer.headers.get_all("Set-Cookie", []):
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            connection.close()
            if answer.status not in (301, 302, 303, 307, 308):
                return Page(path, answer.status, text)
            target = urlsplit(urljoin(path, answer.headers["Location"]))
            path = target.path + (f"?{target.query}" if target.query else "")
            method, form = "GET", None
        raise RuntimeError(f"{path} leads in circles")

    def filled(self, page: Page) -> dict[str, str]:
        """Fill in the form of a page."""
        form = page.form
        if form is None:
            raise RuntimeError(f"{page.path} has no form")
        sent = dict(form.values)
        question = page.path.partition("?")[0].rstrip("/").rpartition("/")[2]
        for name, values in form.offers.items():
            wanted = ANSWERS.get(question, values[0])
            sent[name] = wanted if wanted in values else values[-1]
        if "unknown" in form.buttons:
            sent["unknown"] = form.buttons["unknown"]
        return sent

    def submit(self, page: Page) -> Page:
        """Send the form of a page filled in; return where that leads."""
        form, sent = page.form, self.filled(page)
        target = urljoin(page.path, form.action if form else "")
        following = self.ask("POST", target, sent)
        if following.status != 200:
            raise RuntimeError(f"{target} with {sent} answers {following.status}")
        return following


@dataclass(frozen=True)
class Found:
    """The pages to be measured, each with its requests."""

    visitor: Visitor
    question: str
    result: str
    answered: int
    post: dict[str, str]


def discover(port: int) -> Found:
    """Start a check, answer every question through its form, and find the result.

    The question to be measured is one that another person, half-way through, is being asked.
    """
    visitor = Visitor(port)
    root, asked, _ = _answer(visitor, MOST_PAGES)
    result = visitor.ask("GET", f"{root}/result/")
    if result.status != 200:
        raise RuntimeError(f"{result.path} answers {result.status}")
    _, _, page = _answer(visitor, max(2, asked // 2))
    return Found(
        visitor=visitor,
        question=page.path,
        result=result.path,
        answered=asked,
        post=visitor.filled(page),
    )


def _answer(visitor: Visitor, most: int) -> tuple[str, int, Page]:
    """Begin a check and answer up to ``most`` questions; return its root and the page reached."""
    page = visitor.ask("GET", "/check/")
    if page.status != 200:
        raise LookupError(f"/check/ answers {page.status}")
    page = visitor.submit(page)
    root = "/".join(page.path.split("/")[:3])
    seen: set[str] = set()
    while page.path not in seen and not page.path.endswith(("/answers/", "/result/")):
        if len(seen) >= most:
            break
        seen.add(page.path)
        page = visitor.submit(page)
    return root, len(seen), page
