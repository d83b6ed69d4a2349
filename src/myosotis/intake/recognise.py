"""What a file holds, told from its own words, for whoever uploads one without saying."""

from myosotis.intake.columns import PATIENTS, VISITS
from myosotis.intake.problems import Code, FileRefusedError
from myosotis.intake.table import Source, open_table
from myosotis.intake.visits import DAYS


def recognise(source: Source) -> str:
    """`patients`, `visits` or `events`. Raises FileRefusedError where it is neither a table with headings nor a calendar.

    A table is one of visits if a column says when they are; lists of patients have no such column.
    """
    try:
        table = open_table(source, lambda cells: VISITS.recognised(cells) + PATIENTS.recognised(cells))
    except FileRefusedError as refused:
        if any(problem.code is Code.CALENDAR_NOT_TABLE for problem in refused.problems):
            return "events"
        raise
    return "visits" if any(VISITS.field_of(heading) in DAYS for heading in table.header) else "patients"
