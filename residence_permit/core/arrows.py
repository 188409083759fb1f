"""Checking a table of moves, for points applications and for rounds.

The errors, the roles and the record of the past are those of permit applications. A table says
everything that can happen; what only the database knows comes in as named conditions, and one that
is not told counts as not fulfilled.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, NamedTuple, TypeVar

from residence_permit.core.workflow import (
    STAFF,
    MoveForbidden,
    MoveImpossible,
    MoveIncomplete,
    Role,
    WorkflowError,
)

S = TypeVar("S", bound=StrEnum)
A = TypeVar("A", bound=StrEnum)


@dataclass(frozen=True)
class Arrow(Generic[S, A]):
    """One move: who may take it from where to where, with what, and when."""

    action: A
    source: S
    target: S
    role: Role
    needs: tuple[str, ...] = ()  # names of what must be given
    unlike: tuple[A, ...] = ()  # not by a person who ever did one of these
    unlike_last: A | None = None  # not by the person who did this last
    when: tuple[str, ...] = ()  # conditions that must be told as fulfilled


class Done(NamedTuple):
    """One earlier move, as far as a check needs it."""

    action: str
    actor_id: int | None


class ConditionNotMet(WorkflowError):
    """The move is possible here, but not now; ``code`` is the condition that fails."""


def take(
    table: Sequence[Arrow[S, A]],
    action: A,
    source: S,
    *,
    role: Role,
    actor_id: int | None,
    history: Sequence[Done] = (),
    given: Mapping[str, Any] | None = None,
    told: Collection[str] = (),
    own_case: bool = False,
) -> Arrow[S, A]:
    """Return the one arrow of ``table`` that this person may take now; raises what is against it.

    ``told`` are the conditions that the caller found fulfilled in the same transaction.
    ``own_case`` is about the member of staff who acts: the application is his own or a household
    member's.
    """
    rows = [row for row in table if row.action == action and row.source == source]
    if not rows:
        raise MoveImpossible(
            "impossible",
            f"{action} is not possible from {source}",
            action=action,
            source=source,
            target=None,
        )
    if role in STAFF and own_case:
        raise MoveForbidden("own_case", "nobody handles his own or a household member's case")
    mine = next((row for row in rows if row.role == role), None)
    if mine is None:
        roles = tuple(sorted({row.role for row in rows}))
        raise MoveForbidden("role", f"only for {', '.join(roles)}", role=role, roles=roles)
    _check_person(mine, actor_id, history)
    for condition in mine.when:
        if condition not in told:
            raise ConditionNotMet(
                condition, f"{action} is possible only when {condition}", action=action
            )
    found = given or {}
    missing = [name for name in mine.needs if not found.get(name)]
    if missing:
        raise MoveIncomplete(missing)
    return mine


def _check_person(row: Arrow[S, A], actor_id: int | None, history: Sequence[Done]) -> None:
    if actor_id is None and row.role != Role.SYSTEM:
        raise MoveForbidden("nobody", f"{row.action} is done by a person who is known")
    did = {past.action for past in history if past.actor_id == actor_id}
    against = [str(action) for action in row.unlike if action in did]
    if row.unlike_last is not None:
        last = next((past for past in reversed(history) if past.action == row.unlike_last), None)
        if last is None or last.actor_id == actor_id:
            against.append(row.unlike_last)
    for action in against:
        raise MoveForbidden(
            "same_person",
            f"who did {action} cannot {row.action} as well",
            action=row.action,
            did=action,
        )
