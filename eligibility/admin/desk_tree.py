"""A condition as the desk draws it: numbered places, a picture, and the same in one sentence."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from eligibility import rule_pages, wording
from eligibility.core.condition import (
    All,
    AnyOf,
    Compare,
    Condition,
    Leaf,
    OfficerJudgement,
    children_of,
)
from eligibility.core.rule import RuleVersion

# The picture, in pixels of the viewBox.
LEAF_WIDE, GROUP_WIDE, ACROSS = 300, 104, 34
LINE_HIGH, ROOM, APART = 21, 9, 12
MOST_EMS = 18.5  # of text in one line of a leaf
FONT = 15
MOST_SAID = 90  # characters of a group where it is one of several to choose from


def node_of(condition: Condition, address: str) -> Condition | None:
    """Return the node at an address; None if there is no such place."""
    return dict(places(condition)).get(address)


def places(node: Condition, at: str = "r") -> Iterator[tuple[str, Condition]]:
    """Yield each node with its address, in the order of the text."""
    yield at, node
    for number, child in enumerate(children_of(node)):
        yield from places(child, f"{at}-{number}")


def leaf_addresses(rule: RuleVersion) -> dict[str, tuple[str, Leaf]]:
    """Return by leaf id where it stands first, and the leaf."""
    found: dict[str, tuple[str, Leaf]] = {}
    for address, node in places(rule.condition):
        if isinstance(node, Compare | OfficerJudgement):
            found.setdefault(node.id, (address, node))
    return found


def groups_for(condition: Condition, address: str) -> list[tuple[str, All | AnyOf]]:
    """Return the groups to which a node could be moved, with their addresses, outermost first."""
    home = address.rpartition("-")[0]
    if not home:
        return []
    return [
        (at, node)
        for at, node in places(condition)
        if isinstance(node, All | AnyOf) and at != home and not f"{at}-".startswith(f"{address}-")
    ]


def group_words(address: str, node: All | AnyOf) -> str:
    """Return which group it is: its number, and the beginning of what it asks."""
    number = ".".join(str(int(step) + 1) for step in address.split("-")[1:])
    if not number:
        return _("The outermost group: %(lines)s") % {"lines": spoken_short(node)}
    return _("Group %(number)s: %(lines)s") % {"number": number, "lines": spoken_short(node)}


def spoken_short(node: Condition) -> str:
    """Return a node in a sentence, cut where it gets long."""
    text = rule_pages.spoken(node)
    return text if len(text) <= MOST_SAID else f"{text[:MOST_SAID]}…"


@dataclass(frozen=True, kw_only=True)
class Words:
    """One line of text in a box."""

    text: str
    x: float
    y: float


@dataclass(frozen=True, kw_only=True)
class Box:
    """One node of the picture."""

    kind: str  # all, any, not, leaf, officer
    x: float
    y: float
    wide: float
    high: float
    lines: tuple[Words, ...]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Boxes from left to right, and the lines between them."""

    wide: float
    high: float
    boxes: tuple[Box, ...]
    links: tuple[str, ...]
    title: str


def picture(rule: RuleVersion) -> Picture:
    """Return the picture of a version's condition in the reader's language."""
    boxes: list[Box] = []
    links: list[str] = []
    high, _middle = _draw(rule.condition, 4, 4, boxes, links)
    wide = max(box.x + box.wide for box in boxes) + 4
    return Picture(
        wide=wide,
        high=high + 4,
        boxes=tuple(boxes),
        links=tuple(links),
        title=rule_pages.spoken(rule.condition),
    )


def _draw(
    node: Condition, x: float, y: float, boxes: list[Box], links: list[str]
) -> tuple[float, float]:
    """Draw a node with its top at ``y``; return its lower edge and the middle of its box."""
    if isinstance(node, Compare | OfficerJudgement):
        text = wording.leaf_text(node)
        if isinstance(node, OfficerJudgement):
            text = _("The police decide: %(asked)s") % {"asked": text}
        lines = wrapped(text)
        high = len(lines) * LINE_HIGH + ROOM
        kind = "officer" if isinstance(node, OfficerJudgement) else "leaf"
        boxes.append(_box(kind, x, y, LEAF_WIDE, high, lines))
        return y + high, y + high / 2
    here = len(boxes)
    middles = []
    top, right = y, x + GROUP_WIDE
    for child in children_of(node):
        lower, middle = _draw(child, right + ACROSS, top, boxes, links)
        middles.append(middle)
        top = lower + APART
    names = {All: ("all", _("all of these")), AnyOf: ("any", _("one of these"))}
    kind, text = names.get(type(node), ("not", _("not")))
    lines = wrapped(text, 5.6)
    if isinstance(node, All | AnyOf) and node.self_only:
        lines += wrapped(_("(alone)"), 5.6)
    high = len(lines) * LINE_HIGH + ROOM
    middle = (middles[0] + middles[-1]) / 2
    boxes.insert(here, _box(kind, x, middle - high / 2, GROUP_WIDE, high, lines))
    turn = right + ACROSS / 2
    links += [f"M{right} {middle}H{turn}V{each}H{right + ACROSS}" for each in middles]
    return max(top - APART, middle + high / 2), middle


def _box(kind: str, x: float, y: float, wide: float, high: float, lines: list[str]) -> Box:
    return Box(
        kind=kind,
        x=x,
        y=y,
        wide=wide,
        high=high,
        lines=tuple(
            Words(text=line, x=x + 10, y=y + ROOM / 2 + (number + 0.75) * LINE_HIGH)
            for number, line in enumerate(lines)
        ),
    )


def wrapped(text: str, most: float = MOST_EMS) -> list[str]:
    """Return a text in lines of at most ``most`` ems; Chinese breaks anywhere, words do not."""
    lines, line, wide = [], "", 0.0
    for part in re.findall(r"[\u2e80-\uffef]|[^\u2e80-\uffef\s]+|\s+", text):
        size = sum(_ems(sign) for sign in part)
        if line and wide + size > most and not _closes(part):
            lines.append(line.rstrip())
            line, wide = "", 0.0
        if line or not part.isspace():
            line, wide = line + part, wide + size
    return [*lines, line.rstrip()] if line.strip() else lines


def _closes(sign: str) -> bool:
    """Whether a sign never begins a line."""
    return sign in "，。；：、）”》"


def _ems(sign: str) -> float:
    return 1.0 if unicodedata.east_asian_width(sign) in "WF" else 0.55
