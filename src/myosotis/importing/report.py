"""What an import says: the rows that were refused or flagged, and the sum. No patient data."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from myosotis.domain.words import Language
from myosotis.intake import RowProblem


@dataclass(slots=True)
class Report:
    """Collects as rows are done."""

    total: int
    language: Language
    encoding: str = ""
    """As people know it; of a table."""
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    blocked: int = 0
    refused: int = 0
    problems: list[RowProblem] = field(default_factory=list)

    def take(self, problems: Iterable[RowProblem], *, refused: bool) -> None:
        self.problems.extend(problems)
        self.refused += refused

    def progress(self, done: int) -> None:
        """So many rows are done; whoever looks on may say so."""
