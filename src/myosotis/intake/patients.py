"""Patients from a table file (CSV)."""

from collections.abc import Iterator

from myosotis.domain.words import OptOut
from myosotis.intake.cells import LANGUAGES, LONGEST_ID, Cells
from myosotis.intake.columns import PATIENTS, Field
from myosotis.intake.emails import parse_email
from myosotis.intake.encoding import Encoding
from myosotis.intake.moments import parse_date
from myosotis.intake.problems import Code, refuse_file
from myosotis.intake.rows import RowReader, TableFile
from myosotis.intake.table import Source, open_table
from myosotis.intake.values import Guardian, PatientRow, RowResult
from myosotis.value_class import value_class

NAMES = (Field.FAMILY, Field.GIVEN_FAMILY, Field.FAMILY_GIVEN)
REFUSED = {
    Field.SMS_REFUSED: OptOut.SMS,
    Field.EMAIL_REFUSED: OptOut.EMAIL,
    Field.PUSH_REFUSED: OptOut.PUSH,
    Field.REVIEW_REFUSED: OptOut.REVIEW,
    Field.REBOOK_REFUSED: OptOut.REBOOK,
    Field.OFFER_REFUSED: OptOut.OFFER,
}
WANTED = {Field.SMS_WANTED: OptOut.SMS, Field.EMAIL_WANTED: OptOut.EMAIL, Field.PUSH_WANTED: OptOut.PUSH}
"""Columns where "nie" is an opt-out; "tak" and an empty cell are none."""


@value_class
class PatientFile(TableFile):
    """An opened file of patients."""

    def rows(self, after: int = 0) -> Iterator[RowResult[PatientRow]]:
        """Every row with its patient card or the reasons why it was refused, in the order of the file; not the first `after`."""
        return RowReader(
            table=self.table, columns=self.columns, region=self.region, read=_patient, id_field=Field.PATIENT_ID
        ).results(after)


def open_patients(source: Source, *, region: str = "PL", encoding: Encoding | None = None) -> PatientFile:
    """A file of patients (docs/rules.md 1), checked as far as its headings go; rows are read later, one by one.

    `region` is the country of numbers without a country code; `encoding` overrides the detection. Raises FileRefusedError:
    unreadable, no heading, no name column, a field in two columns, or an unknown column about consent.
    """
    table = open_table(source, PATIENTS.recognised, encoding)
    columns = PATIENTS.columns(table.header)
    if not columns.have(*NAMES):
        raise refuse_file(Code.COLUMN_MISSING, field=Field.FAMILY, allowed=PATIENTS.allowed(*NAMES))
    return PatientFile(table=table, columns=columns, region=region)


def _patient(cells: Cells) -> PatientRow | None:
    name = cells.name()
    if not name.full:
        cells.say(Code.VALUE_MISSING, Field.FAMILY, allowed=("Anna Kowalska",), column=_name_heading(cells))
    phone, email = cells.phone(), cells.parse(Field.EMAIL, parse_email) or ""
    card = PatientRow(
        row=cells.record.row,
        external_id=cells.text(Field.PATIENT_ID, LONGEST_ID),
        name=name,
        phone=phone.e164 if phone else "",
        phone_is_mobile=phone is not None and phone.is_mobile,
        email=email,
        language=cells.word(Field.LANGUAGE, LANGUAGES, ("pl", "en")),
        marketing_consent=cells.yes(Field.MARKETING),
        marketing_consent_on=cells.parse(Field.MARKETING_ON, parse_date),
        opt_outs=_opt_outs(cells),
        silent=cells.yes(Field.SILENT) or False,
        deceased=_deceased(cells),
        guardian=_guardian(cells),
    )
    _flag_reach(cells, card)
    return None if cells.refused else card


def _opt_outs(cells: Cells) -> frozenset[OptOut]:
    refused = {opt_out for of, opt_out in REFUSED.items() if cells.yes(of) is True}
    unwanted = {opt_out for of, opt_out in WANTED.items() if cells.yes(of) is False}
    return frozenset(refused | unwanted)


def _deceased(cells: Cells) -> bool:
    died_on = cells.parse(Field.DIED_ON, parse_date)
    return cells.yes(Field.DECEASED) is True or died_on is not None


def _guardian(cells: Cells) -> Guardian | None:
    phone = cells.phone(Field.GUARDIAN_PHONE)
    guardian = Guardian(
        name=cells.text(Field.GUARDIAN),
        phone=phone.e164 if phone else "",
        phone_is_mobile=phone is not None and phone.is_mobile,
        email=cells.parse(Field.GUARDIAN_EMAIL, parse_email) or "",
        until=cells.parse(Field.GUARDIAN_UNTIL, parse_date),
    )
    # Without an address a guardian would only hide the patient's own.
    return guardian if guardian.phone or guardian.email else None


def _flag_reach(cells: Cells, card: PatientRow) -> None:
    """Flag a card to which no message can go; while there is a guardian, the guardian's addresses count."""
    in_force = card.guardian or card
    if cells.refused or in_force.email or in_force.phone_is_mobile:
        return
    if in_force.phone:
        cells.say(Code.ONLY_FIXED_LINE, Field.PHONE)
    else:
        cells.say(Code.NO_CONTACT)


def _name_heading(cells: Cells) -> str:
    return next((column.heading for of in NAMES for column in cells.columns.of(of)), "")
