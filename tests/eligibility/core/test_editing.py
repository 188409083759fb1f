"""Edits of a condition tree: what comes out, that nothing is changed in place, what is refused."""

import copy

import pytest

from eligibility.core import editing
from eligibility.core.condition import serialise
from eligibility.core.errors import RuleMalformed
from eligibility.core.static_checks import paths
from tests.eligibility.builders import judgement, leaf, make_rule, shipped_ruleset

A = leaf("housing", "is", "owned", id="a")
B = leaf("has_residence_permit", "is", True, id="b")
C = leaf("lease_registered", "is", True, id="c")
D = judgement("d")
NEW = leaf("sex", "is", "male", id="new")
TREE = {"all": [A, {"any": [B, {"not": C}]}, D]}


def after(act, *arguments):
    before = copy.deepcopy(TREE)
    result = act(TREE, *arguments)
    assert before == TREE, "the old tree was changed"
    return result


CASES = [
    (editing.replace, ("r-0", NEW), {"all": [NEW, {"any": [B, {"not": C}]}, D]}),
    (editing.replace, ("r", NEW), NEW),
    (editing.replace, ("r-1-1-0", NEW), {"all": [A, {"any": [B, {"not": NEW}]}, D]}),
    (editing.insert, ("r-1", NEW), {"all": [A, {"any": [B, {"not": C}, NEW]}, D]}),
    (editing.insert, ("r-1", NEW, "before"), {"all": [A, NEW, {"any": [B, {"not": C}]}, D]}),
    (editing.remove, ("r-2",), {"all": [A, {"any": [B, {"not": C}]}]}),
    (editing.remove, ("r-1-1-0",), {"all": [A, {"any": [B]}, D]}),
    (editing.move, ("r-0", 1), {"all": [{"any": [B, {"not": C}]}, A, D]}),
    (editing.move, ("r-2", -2), {"all": [D, A, {"any": [B, {"not": C}]}]}),
    (editing.transfer, ("r-0", "r-1"), {"all": [{"any": [B, {"not": C}, A]}, D]}),
    (editing.transfer, ("r-1-0", "r"), {"all": [A, {"any": [{"not": C}]}, D, B]}),
    (editing.wrap, ("r-0", "any"), {"all": [{"any": [A]}, {"any": [B, {"not": C}]}, D]}),
    (editing.wrap, ("r", "any"), {"any": [TREE]}),
    (editing.unwrap, ("r-1",), {"all": [A, B, {"not": C}, D]}),
    (editing.flip, ("r-1",), {"all": [A, {"all": [B, {"not": C}]}, D]}),
    (editing.negate, ("r-0",), {"all": [{"not": A}, {"any": [B, {"not": C}]}, D]}),
    (editing.negate, ("r-1-1",), {"all": [A, {"any": [B, C]}, D]}),
    (editing.negate, ("r-1-1-0",), {"all": [A, {"any": [B, C]}, D]}),
    (
        editing.alone,
        ("r-1",),
        {"all": [A, {"any": [B, {"not": C}], "self_only": True}, D]},
    ),
]


@pytest.mark.parametrize(("act", "arguments", "expected"), CASES)
def test_an_edit_gives_a_new_tree(act, arguments, expected):
    assert after(act, *arguments) == expected


def test_an_edit_and_its_opposite_give_the_old_tree():
    assert editing.alone(editing.alone(TREE, "r-1"), "r-1") == TREE
    assert editing.flip(editing.flip(TREE, "r"), "r") == TREE
    assert editing.unwrap(editing.wrap(TREE, "r-0", "all"), "r-0") == TREE


def test_a_group_that_is_left_empty_goes_with_its_last_line():
    assert editing.remove({"all": [A, {"any": [B]}]}, "r-1-0") == {"all": [A]}
    assert editing.transfer({"all": [A, {"any": [B]}]}, "r-1-0", "r") == {"all": [A, B]}


REFUSED = [
    (editing.remove, ("r",), "asks at least one thing"),
    (editing.replace, ("r-7", NEW), "no such line"),
    (editing.replace, ("r-0-0", NEW), "no such line"),
    (editing.replace, ("q-1", NEW), "no place"),
    (editing.replace, ("r--1", NEW), "no place"),
    (editing.replace, ("r-²", NEW), "no place"),
    (editing.insert, ("r-0", NEW), "only a group takes lines"),
    (editing.insert, ("r", NEW, "before"), "put a group around"),
    (editing.insert, ("r-1-1-0", NEW, "before"), "put a group around"),
    (editing.move, ("r-0", -1), "outermost"),
    (editing.move, ("r", 1), "stands alone"),
    (editing.transfer, ("r-1", "r-1-1"), "into itself"),
    (editing.transfer, ("r-0", "r-2"), "only a group"),
    (editing.wrap, ("r-1-1-0", "all"), "not inside it"),
    (editing.wrap, ("r-0", "none"), "`all` or `any`"),
    (editing.unwrap, ("r",), "keep it"),
    (editing.unwrap, ("r-0",), "no group"),
    (editing.flip, ("r-0",), "only a group"),
    (editing.negate, ("r-2",), "compares a fact"),
    (editing.alone, ("r-0",), "only a group"),
]


@pytest.mark.parametrize(("act", "arguments", "words"), REFUSED)
def test_what_cannot_be_done_names_the_place_and_the_remedy(act, arguments, words):
    with pytest.raises(RuleMalformed, match=words) as caught:
        after(act, *arguments)

    assert caught.value.at


@pytest.mark.parametrize("rule", shipped_ruleset().versions, ids=lambda rule: rule.label)
def test_addresses_and_paths_name_the_same_places(rule):
    tree = serialise(rule.condition)
    addresses = [editing.address_of(path) for path, _ in paths(rule.condition)]

    assert addresses == [address for address, _ in editing.places(tree)]
    for address, (_, node) in zip(addresses, paths(rule.condition), strict=True):
        assert editing.node_at(tree, address) == serialise(node)


def test_an_edited_tree_is_a_condition_again():
    tree = editing.remove(TREE, "r-1-1")

    assert make_rule(tree).nodes
