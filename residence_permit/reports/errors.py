"""What can be wrong with a table as a whole."""

from typing import Any


class TableRefused(Exception):
    """A file that is not read; ``code`` and numbers only, never what stands in it.

    ``empty``, ``too_large``, ``old_excel`` (or locked by a password), ``not_a_table``, ``damaged``,
    ``bomb``, ``macros``, ``entities``, ``encoding``, ``too_many_rows``, ``too_tall``,
    ``too_wide``, ``no_rows``, ``columns``.
    """

    def __init__(self, code: str, **params: Any):
        super().__init__(code)
        self.code, self.params = code, params
