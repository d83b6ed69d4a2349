"""Files into plain values, with a report row by row: CSV of patients and visits, iCalendar.

    file = open_visits(path, zone_of=...)      # FileRefusedError: nothing can be taken, says why
    for result in file.rows():                 # as a stream; file.total rows
        result.value                           # a VisitRow, or None where the row was refused
        result.problems                        # why, or what is to be flagged; problem_text() has the words

Numbers and addresses are checked by `phones` and `emails` at every door, not only here. No patient data is in any
problem, exception or text of this package.
"""

from myosotis.intake.calendars import CalendarFile, open_calendar
from myosotis.intake.columns import Field
from myosotis.intake.patients import PatientFile, open_patients
from myosotis.intake.problems import Code, FileRefusedError, RowProblem, ValueRefusedError
from myosotis.intake.recognise import recognise
from myosotis.intake.values import (
    CalendarFault,
    CalendarReference,
    EventRow,
    EventStatus,
    Guardian,
    PatientReference,
    PatientRow,
    PersonName,
    RowResult,
    VisitRow,
    ZoneOf,
)
from myosotis.intake.visits import VisitFile, open_visits
from myosotis.intake.wording import Counted, counted, field_text, problem_text

__all__ = [
    "CalendarFault",
    "CalendarFile",
    "CalendarReference",
    "Code",
    "Counted",
    "EventRow",
    "EventStatus",
    "Field",
    "FileRefusedError",
    "Guardian",
    "PatientFile",
    "PatientReference",
    "PatientRow",
    "PersonName",
    "RowProblem",
    "RowResult",
    "ValueRefusedError",
    "VisitFile",
    "VisitRow",
    "ZoneOf",
    "counted",
    "field_text",
    "open_calendar",
    "open_patients",
    "open_visits",
    "problem_text",
    "recognise",
]
