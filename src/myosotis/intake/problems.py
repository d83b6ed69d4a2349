"""What is wrong with a file, a row or a field: codes for programs, words are in `intake.wording`.

A problem never holds the refused value: it may be printed and logged, and a value may be patient data
(docs/rules.md 7.6). It names the row, the column and what is allowed instead.
"""

from enum import StrEnum

from myosotis.value_class import value_class


class Code(StrEnum):
    """What is wrong; `WARNINGS` flag a row that is taken all the same."""

    # the file as a whole
    EMPTY_FILE = "empty_file"
    WORKBOOK = "workbook"
    UNKNOWN_ENCODING = "unknown_encoding"
    CALENDAR_NOT_TABLE = "calendar_not_table"
    NOT_A_CALENDAR = "not_a_calendar"
    NO_HEADER = "no_header"
    COLUMN_MISSING = "column_missing"
    COLUMN_TWICE = "column_twice"
    CONSENT_COLUMN_UNKNOWN = "consent_column_unknown"
    CONSENT_AMONG_VISITS = "consent_among_visits"
    COLUMN_IGNORED = "column_ignored"
    COLUMN_AS_ADDRESS = "column_as_address"
    COLUMN_AS_ROOM = "column_as_room"
    # a row
    ROW_BROKEN = "row_broken"
    TOO_MANY_CELLS = "too_many_cells"
    ID_REPEATED = "id_repeated"
    NO_PATIENT = "no_patient"
    NO_CONTACT = "no_contact"
    ONLY_FIXED_LINE = "only_fixed_line"
    # a field
    VALUE_MISSING = "value_missing"
    TOO_LONG = "too_long"
    PHONE_WRONG = "phone_wrong"
    EMAIL_WRONG = "email_wrong"
    DATE_WRONG = "date_wrong"
    TIME_WRONG = "time_wrong"
    MOMENT_CONTRADICTORY = "moment_contradictory"
    HOUR_SKIPPED = "hour_skipped"
    HOUR_TWICE = "hour_twice"
    DURATION_WRONG = "duration_wrong"
    END_WRONG = "end_wrong"
    BOOKED_AFTER_START = "booked_after_start"
    BOOKED_WITHOUT_HOUR = "booked_without_hour"
    WORD_UNKNOWN = "word_unknown"
    CALENDAR_UNKNOWN = "calendar_unknown"
    CALENDAR_AMBIGUOUS = "calendar_ambiguous"
    # an event of a calendar file
    EVENT_UNREADABLE = "event_unreadable"
    ZONE_UNKNOWN = "zone_unknown"
    RULE_WRONG = "rule_wrong"
    RULE_TOO_FREQUENT = "rule_too_frequent"


WARNINGS = frozenset(
    {
        Code.COLUMN_IGNORED,
        Code.COLUMN_AS_ADDRESS,
        Code.COLUMN_AS_ROOM,
        Code.NO_CONTACT,
        Code.ONLY_FIXED_LINE,
        Code.BOOKED_WITHOUT_HOUR,
    }
)


@value_class
class RowProblem:
    """One thing wrong with one row, or with the file (row 0).

    `row` counts as a spreadsheet does: the header is row 1. In a calendar file it is the event's place in the file.
    """

    row: int
    field: str
    """Our word for the field, e.g. "phone"; in a calendar file the property, e.g. "DTSTART"; "" for the whole row."""
    code: Code
    column: str = ""
    """The column's heading as the file writes it."""
    allowed: tuple[str, ...] = ()
    """Values or headings that would be right."""
    last_row: int = 0
    """The last row concerned, where a problem covers several."""
    uid: str = ""
    """The event's UID in a calendar file."""

    @property
    def is_error(self) -> bool:
        """Whether the row (or the file) is refused; else it is taken and flagged."""
        return self.code not in WARNINGS


class FileRefusedError(Exception):
    """Nothing can be taken from the file; says why in `problems`."""

    def __init__(self, *problems: RowProblem) -> None:
        super().__init__(", ".join(problem.code for problem in problems))
        self.problems = problems


class ValueRefusedError(Exception):
    """A field's text is not what it should be; `allowed` are examples that would be right."""

    def __init__(self, code: Code, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.allowed = allowed


def refuse_file(code: Code, *, field: str = "", column: str = "", allowed: tuple[str, ...] = ()) -> FileRefusedError:
    """The refusal of a whole file for one reason."""
    return FileRefusedError(RowProblem(row=0, field=field, code=code, column=column, allowed=allowed))
