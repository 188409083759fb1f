"""What can be wrong with a file; ``wording.py`` says it to people."""


class EvidenceRefused(Exception):
    """The file was not taken in; nothing of it is kept."""

    def __init__(self, code: str, **params: int | str):
        """Keep the code, and what its sentence names; never the name or the content of the file."""
        super().__init__(code)
        self.code = code
        self.params = params


class EvidenceMissing(Exception):
    """The row names a file that is not in the storage."""


class EvidenceTampered(Exception):
    """The file in the storage is not the one that was written there, or its key is gone."""
