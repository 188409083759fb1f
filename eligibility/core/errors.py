"""What can go wrong in the core: what is wrong, with the value, and what to do.

The texts are for logs and rule authors; ``eligibility.wording`` puts them into the reader's
language: a refusal of facts from its code and parameters, a sentence from its text and gaps.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Said:
    """A sentence of an error: an English text with named gaps, and what fills them.

    The text with its gaps open is the code by which the sentence is looked up in a catalog; a gap
    may hold another such sentence.
    """

    text: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.params if self.params else self.text


@dataclass(frozen=True)
class FieldError:
    """One refused field: ``code`` says why, ``params`` what to name in the message."""

    field: str
    code: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.field}: {self.code}"


class FactsRefused(ValueError):
    """The facts cannot be read; every refused field is named at once."""

    def __init__(self, errors: Sequence[FieldError]):
        """Keep the refusals, first to last."""
        self.errors = tuple(errors)
        super().__init__(", ".join(map(str, errors)))


class RuleMalformed(ValueError):
    """A rule record cannot be read; ``at`` is the path to the place."""

    def __init__(self, at: str, text: str, /, **params: Any):
        """Keep the path apart from the message, so that a file reader can add the line."""
        self.at, self.said = at, Said(text, params)
        super().__init__(f"{at}: {self.said}")

    @property
    def message(self) -> str:
        """Return what is wrong, in English."""
        return str(self.said)


class RulesConflict(ValueError):
    """Periods in force overlap, or leave days without a rule."""

    def __init__(self, text: str, /, **params: Any):
        """Keep what is wrong as it can be translated."""
        self.said = Said(text, params)
        super().__init__(str(self.said))
