"""A version of a county that inherits another and holds its differences only."""

import copy
from collections.abc import Mapping
from typing import Any

from eligibility.core.condition import OPERATORS
from eligibility.core.errors import RuleMalformed
from eligibility.models import RuleVersion
from eligibility.services.draft_records import leaf_id, lines, with_full_references

HEAD = (
    "code",
    "version",
    "kind",
    "name",
    "summary",
    "areas",
    "effective_from",
    "effective_to",
    "document",
    "clause",
    "provenance",
    "registers",
)


def published(label: str) -> RuleVersion | None:
    """Return the published version of a name such as urban-owner@2020."""
    code, _, version = label.partition("@")
    rows = RuleVersion.objects.filter(status=RuleVersion.Status.PUBLISHED)
    return rows.filter(rule__code=code, version=version).first()


def resolved(entry: Mapping[str, Any], template: Mapping[str, Any]) -> dict[str, Any]:
    """Return an inheriting entry as a whole one; raises RuleMalformed with the place in it."""
    base = with_full_references(template)
    whole: dict[str, Any] = {key: copy.deepcopy(base.get(key)) for key in HEAD}
    whole["effective_to"] = None
    whole |= {key: entry[key] for key in HEAD if key in entry}
    if "document" in entry and "provenance" not in entry:
        del whole["provenance"]
    whole["parameters"] = copy.deepcopy(base["parameters"])
    for name, figure in _mapping(entry, "parameters").items():
        if name not in base["parameters"]:
            raise RuleMalformed(
                f"parameters.{name}", "the template has no figure %(name)r", name=name
            )
        if not isinstance(figure, Mapping):
            raise RuleMalformed(f"parameters.{name}", "give what differs: value, clause")
        whole["parameters"][name] |= figure
    different = _mapping(entry, "leaves")
    known = {leaf_id(line) for line in lines(base["condition"])}
    for name in different:
        if name not in known:
            raise RuleMalformed(f"leaves.{name}", "the template has no leaf %(name)r", name=name)
    condition = _changed(copy.deepcopy(base["condition"]), different)
    if condition is None:
        raise RuleMalformed("leaves", "a rule asks at least one thing; keep a leaf")
    whole["condition"] = condition
    return whole


def _mapping(entry: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = entry.get(key) or {}
    if not isinstance(value, Mapping):
        raise RuleMalformed(key, "`%(key)s` must hold names and what differs", key=key)
    return value


def _changed(node: dict[str, Any], different: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a condition with some leaves asked otherwise; a leaf given as null is left out."""
    for kind in ("all", "any"):
        if kind in node:
            below = [part for child in node[kind] if (part := _changed(child, different))]
            return node | {kind: below} if below else None
    if "not" in node:
        child = _changed(node["not"], different)
        return {"not": child} if child else None
    name = leaf_id(node)
    if name not in different:
        return node
    change = different[name]
    if change is None:
        return None
    if not isinstance(change, Mapping):
        raise RuleMalformed(f"leaves.{name}", "give what differs, or null to leave it out")
    if any(operator in change for operator in OPERATORS):
        node = {key: value for key, value in node.items() if key not in OPERATORS}
    return node | change
