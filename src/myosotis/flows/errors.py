"""How a flow says no; doors turn these into their own answers. Their texts never hold patient data."""

from typing import Final


class FlowError(Exception):
    """A flow that changes nothing."""


class NotFound(FlowError):  # noqa: N818 - the word that doors and their readers use
    """No such thing in this practice; whether another practice has it is not told (docs/rules.md 7.7)."""

    def __init__(self, what: str) -> None:
        super().__init__(f"no such {what} in this practice")
        self.what = what


class Conflict(FlowError):  # noqa: N818 - as above
    """What was asked does not fit the present state; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Invalid(FlowError):  # noqa: N818 - as above
    """A value that is not allowed; `field` and `code` say which and why."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field = field
        self.code = code


REFUSED: Final = (Conflict, Invalid)
"""What a page says where it was asked for; what is not found is no such page, wherever it was named."""
