"""One row's cells read field by field; what is wrong is collected, so that a row is reported in one go."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from myosotis.domain.words import Language
from myosotis.intake.columns import Column, Columns, Field
from myosotis.intake.names import divide, fold, not_shouted, tidy
from myosotis.intake.phones import Phone, parse_phones, preferred
from myosotis.intake.problems import Code, RowProblem, ValueRefusedError
from myosotis.intake.table import Record
from myosotis.intake.values import PersonName

Parsed = TypeVar("Parsed")

LONGEST_NAME = 100
LONGEST_ID = 100
LONGEST_TEXT = 200
YES_NO = {
    **dict.fromkeys(("tak", "t", "yes", "y", "true", "prawda", "1", "x", "+", "zgoda", "wyrazona"), True),
    **dict.fromkeys(("nie", "n", "no", "false", "falsz", "0", "-", "brak", "brak zgody", "niewyrazona"), False),
}
LANGUAGES = {
    **dict.fromkeys(
        ("pl", "pol", "polski", "polska", "jezyk polski", "po polsku", "polish", "pl-pl"),
        Language.PL,
    ),
    **dict.fromkeys(
        (
            "en", "eng", "ang", "angielski", "angielska", "jezyk angielski", "j. angielski", "po angielsku", "english",
            "en-gb", "en-us",
        ),
        Language.EN,
    ),
}  # fmt: skip


@dataclass(kw_only=True, slots=True)
class Cells:
    """The cells of one row, and what was found wrong with them so far."""

    record: Record
    columns: Columns
    region: str = "PL"
    problems: list[RowProblem] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether anything found so far keeps the row out."""
        return any(problem.is_error for problem in self.problems)

    def say(self, code: Code, of: str = "", *, allowed: tuple[str, ...] = (), column: str = "") -> None:
        """Note a problem of the row, or of one field."""
        row = self.record.row
        self.problems.append(RowProblem(row=row, field=of, code=code, column=column, allowed=allowed))

    def blame(self, of: Field, refusal: ValueRefusedError) -> None:
        """Note why a field was refused, under its column's heading."""
        heading = next((column.heading for column in self.columns.of(of)), "")
        self.say(refusal.code, of, allowed=refusal.allowed, column=heading)

    def text(self, of: Field, longest: int = LONGEST_TEXT) -> str:
        """The text of a field in one line; "" where it has none or too much."""
        return self.parse(of, lambda text: _line(text, longest)) or ""

    def parse(self, of: Field, parser: Callable[[str], Parsed]) -> Parsed | None:
        """What a field's cell says, or None where it is empty, missing or wrong."""
        for column in self.columns.of(of):
            value = self._parse(column, parser)
            if value is not None:
                return value
        return None

    def word(self, of: Field, words: dict[str, Parsed], allowed: tuple[str, ...]) -> Parsed | None:
        """One of a set of words, any case, with or without accents."""
        return self.parse(of, lambda text: _word(text, words, allowed))

    def yes(self, of: Field) -> bool | None:
        """Yes or no, or None where nothing stands."""
        return self.word(of, YES_NO, ("tak", "nie"))

    def phone(self, of: Field = Field.PHONE) -> Phone | None:
        """The number for the card, of all columns and cells that hold one: SMS can reach it, if any."""
        found: list[Phone] = []
        for column in self.columns.of(of):
            found.extend(self._parse(column, lambda text: parse_phones(text, self.region)) or ())
        return preferred(tuple(found))

    def name(self) -> PersonName:
        """The name, from two columns or from one (docs: `intake.names`)."""
        given, family = self.text(Field.GIVEN, LONGEST_NAME), self.text(Field.FAMILY, LONGEST_NAME)
        if not given and not family:
            of = Field.FAMILY_GIVEN if self.columns.have(Field.FAMILY_GIVEN) else Field.GIVEN_FAMILY
            given, family = divide(self.text(of), family_first=of == Field.FAMILY_GIVEN)
            if max(len(given), len(family)) > LONGEST_NAME:
                self.blame(of, ValueRefusedError(Code.TOO_LONG, (str(LONGEST_NAME),)))
        return PersonName(given=not_shouted(tidy(given)), family=not_shouted(tidy(family)))

    def _parse(self, column: Column, parser: Callable[[str], Parsed]) -> Parsed | None:
        text = self.record.cells[column.index] if column.index < len(self.record.cells) else ""
        if not text:
            return None
        try:
            return parser(text)
        except ValueRefusedError as refusal:
            self.say(refusal.code, column.field, allowed=refusal.allowed, column=column.heading)
            return None


def _line(text: str, longest: int) -> str:
    line = " ".join(text.split())
    if len(line) > longest:
        raise ValueRefusedError(Code.TOO_LONG, (str(longest),))
    return line


def _word(text: str, words: dict[str, Parsed], allowed: tuple[str, ...]) -> Parsed:
    key = " ".join(fold(text).replace("_", " ").strip(" .!").split())
    if key not in words:
        raise ValueRefusedError(Code.WORD_UNKNOWN, allowed)
    return words[key]
