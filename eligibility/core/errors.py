"""What can go wrong in the core: what is wrong, with the value, and what to do.

The texts are for logs and rule authors; ``eligibility.wording`` puts a refusal of facts into
the reader's language, from its code and parameters.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FieldError:
    """One refused field: ``code`` says why, ``params`` what to name in the message."""

    field: str
    code: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class FactsRefused(ValueError):
    """The facts cannot be read; every refused field is named at once."""

    def __init__(self, errors: Sequence[FieldError]):
        """Keep the refusals, first to last."""
        self.errors = tuple(errors)
        super().__init__(", ".join(f"{e.field}: {e.code}" for e in errors))


class RuleMalformed(ValueError):
    """A rule record cannot be read; ``at`` is the path to the place."""

    def __init__(self, at: str, message: str):
        """Keep the path apart from the message, so that a file reader can add the line."""
        self.at, self.message = at, message
        super().__init__(f"{at}: {message}")


class RulesConflict(ValueError):
    """Periods in force overlap, or leave days without a rule."""
