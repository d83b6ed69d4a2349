"""Which column is which: headings as Polish and English users write them, compared without accents, case and signs.

An unknown column is left out and reported. An unknown column about *consent* refuses the whole file: to drop it
silently would send to people who said no, or never to those who said yes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from myosotis.intake.names import fold
from myosotis.intake.problems import Code, FileRefusedError, RowProblem, refuse_file
from myosotis.value_class import value_class


class Field(StrEnum):
    """What a column may hold."""

    PATIENT_ID = "patient_id"
    GIVEN = "given_name"
    FAMILY = "family_name"
    GIVEN_FAMILY = "name"
    FAMILY_GIVEN = "name_family_first"
    PHONE = "phone"
    EMAIL = "email"
    LANGUAGE = "language"
    DECEASED = "deceased"
    DIED_ON = "died_on"
    GUARDIAN = "guardian"
    GUARDIAN_PHONE = "guardian_phone"
    GUARDIAN_EMAIL = "guardian_email"
    GUARDIAN_UNTIL = "guardian_until"
    MARKETING = "marketing_consent"
    MARKETING_ON = "marketing_consent_on"
    SMS_WANTED = "sms_wanted"
    EMAIL_WANTED = "email_wanted"
    PUSH_WANTED = "push_wanted"
    SMS_REFUSED = "sms_refused"
    EMAIL_REFUSED = "email_refused"
    PUSH_REFUSED = "push_refused"
    REVIEW_REFUSED = "review_refused"
    REBOOK_REFUSED = "rebook_refused"
    OFFER_REFUSED = "offer_refused"
    SILENT = "silent"
    VISIT_ID = "visit_id"
    CALENDAR = "calendar"
    DOCTOR = "doctor"
    ADDRESS = "address"
    ROOM = "room"
    SERVICE = "service"
    START = "start"
    DATE = "date"
    TIME = "time"
    END = "end"
    DURATION = "duration"
    BOOKED_AT = "booked_at"
    BOOKED_ONLINE = "booked_online"
    STATUS = "status"


Headings = Mapping[Field, tuple[str, ...]]

PATIENT_ID_HEADINGS = (
    "Identyfikator pacjenta", "ID pacjenta", "Nr pacjenta", "Numer pacjenta", "Nr karty", "Numer karty",
    "Nr kartoteki", "Numer kartoteki", "Kod pacjenta", "Patient ID", "Patient number", "Chart number",
)  # fmt: skip
ID_HEADINGS = ("Identyfikator", "ID", "External ID", "Identifier")

PERSON: Headings = {
    Field.GIVEN: ("Imię", "Imiona", "Imię pacjenta", "First name", "Given name", "Forename"),
    Field.FAMILY: ("Nazwisko", "Nazwisko pacjenta", "Last name", "Family name", "Surname"),
    Field.GIVEN_FAMILY: (
        "Pacjent", "Imię i nazwisko", "Imię nazwisko", "Imię i nazwisko pacjenta", "Pacjentka", "Klient",
        "Osoba", "Name", "Full name", "Patient", "Patient name", "Client",
    ),
    Field.FAMILY_GIVEN: ("Nazwisko i imię", "Nazwisko imię", "Nazwisko i imię pacjenta", "Nazwisko i imiona"),
    Field.PHONE: (
        "Telefon", "Tel.", "Tel. kom.", "Tel. komórkowy", "Telefon kom.", "Telefon komórkowy", "Komórka",
        "Nr tel.", "Nr telefonu", "Numer telefonu", "Nr telefonu komórkowego", "Numer tel.",
        "Telefon pacjenta", "Nr telefonu pacjenta", "Telefon kontaktowy", "Tel. kontaktowy", "Telefon 1", "Telefon 2",
        "Tel. 1", "Tel. 2", "Telefon stacjonarny", "Tel. stacjonarny", "Telefon domowy", "Tel. dom.",
        "Phone", "Phone number", "Telephone", "Telephone number", "Mobile", "Mobile phone", "Mobile number",
        "Cell", "Cell phone", "Patient phone", "Numer SMS", "Telefon SMS", "Telefon do SMS", "Phone 1 - Value",
        "Phone 2 - Value",
    ),
    Field.EMAIL: (
        "E-mail", "Mail", "Adres e-mail", "Adres mailowy", "Adres poczty elektronicznej", "Poczta e-mail",
        "E-mail pacjenta", "Poczta elektroniczna", "E-mail address", "Patient e-mail", "E-mail 1 - Value",
    ),
}  # fmt: skip

PATIENT_HEADINGS: Headings = {
    **PERSON,
    Field.PATIENT_ID: (*PATIENT_ID_HEADINGS, *ID_HEADINGS),
    Field.LANGUAGE: ("Język", "Język pacjenta", "Language"),
    Field.DECEASED: ("Zmarły", "Zmarła", "Zmarły/a", "Zgon", "Nie żyje", "Deceased", "Dead"),
    Field.DIED_ON: ("Data zgonu", "Data śmierci", "Date of death", "Death date"),
    Field.GUARDIAN: ("Opiekun", "Imię i nazwisko opiekuna", "Opiekun prawny", "Rodzic", "Guardian", "Guardian name"),
    Field.GUARDIAN_PHONE: (
        "Telefon opiekuna", "Tel. opiekuna", "Nr telefonu opiekuna", "Telefon rodzica", "Guardian phone",
    ),
    Field.GUARDIAN_EMAIL: ("E-mail opiekuna", "Mail opiekuna", "E-mail rodzica", "Guardian e-mail"),
    Field.GUARDIAN_UNTIL: ("Opiekun do", "Opieka do", "Guardian until"),
    Field.MARKETING: (
        "Zgoda marketingowa", "Zgoda na marketing", "Zgoda na informacje handlowe",
        "Zgoda na komunikację marketingową", "Zgody marketingowe", "Marketing consent", "Consent to marketing",
    ),
    Field.MARKETING_ON: (
        "Data zgody marketingowej", "Data zgody", "Zgoda marketingowa z dnia", "Marketing consent date", "Consent date",
    ),
    Field.SMS_WANTED: ("Zgoda na SMS", "Zgoda SMS", "SMS consent", "SMS opt-in"),
    Field.EMAIL_WANTED: ("Zgoda na e-mail", "Zgoda e-mail", "E-mail consent", "E-mail opt-in"),
    Field.PUSH_WANTED: ("Zgoda na push", "Zgoda push", "Push consent", "Push opt-in"),
    Field.SMS_REFUSED: ("Rezygnacja z SMS", "Bez SMS", "Nie wysyłaj SMS", "SMS opt-out"),
    Field.EMAIL_REFUSED: ("Rezygnacja z e-mail", "Bez e-mail", "Nie wysyłaj e-mail", "E-mail opt-out"),
    Field.PUSH_REFUSED: ("Rezygnacja z push", "Bez push", "Nie wysyłaj push", "Push opt-out"),
    Field.REVIEW_REFUSED: ("Rezygnacja z próśb o opinię", "Bez próśb o opinię", "Review opt-out"),
    Field.REBOOK_REFUSED: ("Rezygnacja z zaproszeń", "Bez zaproszeń", "Rebook opt-out"),
    Field.OFFER_REFUSED: ("Rezygnacja z wcześniejszych terminów", "Bez propozycji terminów", "Offer opt-out"),
    Field.SILENT: ("Nie wysyłaj niczego", "Bez powiadomień", "Nie powiadamiaj", "Send nothing", "Do not notify"),
}  # fmt: skip

VISIT_HEADINGS: Headings = {
    **PERSON,
    Field.PATIENT_ID: PATIENT_ID_HEADINGS,
    Field.VISIT_ID: (
        "Identyfikator wizyty", "ID wizyty", "Nr wizyty", "Numer wizyty", *ID_HEADINGS, "Nr rezerwacji",
        "Numer rezerwacji", "ID rezerwacji", "Visit ID", "Appointment ID", "Booking ID",
    ),
    Field.CALENDAR: ("Kalendarz", "Nazwa kalendarza", "ID kalendarza", "Grafik", "Terminarz", "Calendar"),
    Field.DOCTOR: (
        "Lekarz", "Specjalista", "Doktor", "Lekarz prowadzący", "Lekarz/Specjalista", "Terapeuta", "Pracownik",
        "Personel", "Osoba przyjmująca", "Doctor", "Physician", "Practitioner", "Provider", "Specialist",
    ),
    Field.ADDRESS: (
        "Adres", "Placówka", "Lokalizacja", "Miejsce", "Oddział", "Przychodnia", "Adres wizyty", "Adres gabinetu",
        "Address", "Location", "Place", "Facility", "Clinic",
    ),
    Field.ROOM: ("Gabinet", "Pokój", "Sala", "Nr gabinetu", "Numer gabinetu", "Room", "Office"),
    Field.SERVICE: (
        "Usługa", "Nazwa usługi", "Zabieg", "Rodzaj wizyty", "Typ wizyty", "Rodzaj usługi", "Świadczenie", "Badanie",
        "Service", "Procedure", "Visit type", "Appointment type",
    ),
    Field.START: (
        "Termin", "Termin wizyty", "Data i godzina", "Data i godzina wizyty", "Data i czas", "Początek",
        "Początek wizyty", "Rozpoczęcie", "Start", "Starts at", "Start at", "Begin", "Date and time", "Appointment",
    ),
    Field.DATE: ("Data", "Data wizyty", "Dzień", "Dzień wizyty", "Date", "Visit date", "Day", "Start date"),
    Field.TIME: (
        "Godzina", "Godz.", "Godzina wizyty", "Godzina rozpoczęcia", "Godzina od", "Od", "Od godziny", "Czas",
        "Czas rozpoczęcia", "Time", "Visit time", "Start time", "Hour", "From",
    ),
    Field.END: (
        "Koniec", "Koniec wizyty", "Zakończenie", "Godzina zakończenia", "Godzina do", "Do", "Do godziny",
        "Czas zakończenia", "End", "Ends at", "End time", "To", "Until",
    ),
    Field.DURATION: (
        "Czas trwania", "Czas trwania wizyty", "Długość", "Długość wizyty", "Minuty", "Duration",
        "Duration minutes", "Length", "Minutes", "Czas trwania minuty", "Czas trwania w minutach",
    ),
    Field.BOOKED_AT: (
        "Data rezerwacji", "Zarezerwowano", "Data umówienia", "Umówiono", "Data zapisu", "Data utworzenia",
        "Utworzono", "Booked at", "Booked", "Booking date", "Created", "Created at",
    ),
    Field.BOOKED_ONLINE: ("Rezerwacja online", "Rezerwacja internetowa", "Online", "Booked online", "Online booking"),
    Field.STATUS: ("Status", "Stan", "Status wizyty", "Stan wizyty", "Visit status"),
}  # fmt: skip

ABOUT_CONSENT = (
    "zgod", "consent", "optin", "optout", "sprzeciw", "newsletter", "marketing", "rezygnacj", "unsubscr", "niewysyl",
    "sms", "powiadom", "notif", "akcept", "permission", "donotcontact", "niekontakt",
)  # fmt: skip
"""Parts of words by which a heading may be about what a patient agreed to; also "SMS: tak/nie"."""
CONSENT_WORDS = frozenset({"rodo", "gdpr"})
"""Only as whole words: "rodo" is also in the middle of "środowisko"."""
SEVERAL_ALLOWED = frozenset({Field.PHONE})
"""A card may come with a mobile number and a fixed line in two columns."""
LONGEST_SHOWN = 60
IN_BRACKETS = re.compile(r"[(\[].*?[)\]]")
SIGNS = re.compile(r"[^0-9a-z]+")


@value_class
class Column:
    """A column that is understood; `heading` as the file writes it."""

    index: int
    field: Field
    heading: str


@value_class
class Columns:
    """The columns of a file by what they hold, and what is to be said of those left out."""

    taken: Mapping[Field, tuple[Column, ...]]
    ignored: tuple[RowProblem, ...]
    """Warnings: columns left out, or taken for what they may not be."""

    def of(self, field: Field) -> tuple[Column, ...]:
        """The columns that hold a field."""
        return self.taken.get(field, ())

    def have(self, *fields: Field) -> bool:
        """Whether any of these fields has a column."""
        return any(field in self.taken for field in fields)


def heading_key(heading: str) -> str:
    """What two spellings of a heading have in common: "Tel. kom." and "TEL KOM" are both "telkom"."""
    return SIGNS.sub("", fold(heading))


class Vocabulary:
    """The headings of one sort of file."""

    def __init__(self, headings: Headings) -> None:
        self.headings = headings
        self.by_key = {heading_key(text): field for field, texts in headings.items() for text in texts}

    def field_of(self, heading: str) -> Field | None:
        """The field that a heading names; what stands in brackets may be left out: "Czas trwania (min)"."""
        return self.by_key.get(heading_key(heading)) or self.by_key.get(heading_key(IN_BRACKETS.sub("", heading)))

    def recognised(self, cells: Iterable[str]) -> int:
        """How many different fields a row of headings names."""
        return len({field for field in map(self.field_of, cells) if field is not None})

    def columns(self, header: tuple[str, ...]) -> Columns:
        """The columns of a file; FileRefusedError for an unknown column about consent, or a field that stands twice."""
        named = [(index, heading, self.field_of(heading)) for index, heading in enumerate(header) if heading]
        unknown = [(index, heading) for index, heading, field in named if field is None]
        self._refuse_unknown_consent(heading for _, heading in unknown)
        taken = tuple(Column(index=i, field=f, heading=shown(h)) for i, h, f in named if f is not None)
        _refuse_repeated(taken)
        by_field = {field: tuple(column for column in taken if column.field == field) for field in Field}
        kept = {field: columns for field, columns in by_field.items() if columns}
        return Columns(taken=kept, ignored=tuple(_ignored(heading) for _, heading in unknown))

    def allowed(self, *fields: Field) -> tuple[str, ...]:
        """The usual Polish heading of each field."""
        return tuple(self.headings[field][0] for field in fields)

    def _refuse_unknown_consent(self, headings: Iterable[str]) -> None:
        problems = [self._unknown_consent(heading) for heading in headings if about_consent(heading)]
        if problems:
            raise FileRefusedError(*problems)

    def _unknown_consent(self, heading: str) -> RowProblem:
        known = [texts[0] for field, texts in self.headings.items() if field in CONSENT_FIELDS]
        code = Code.CONSENT_COLUMN_UNKNOWN if known else Code.CONSENT_AMONG_VISITS
        return RowProblem(row=0, field="consent", code=code, column=shown(heading), allowed=tuple(known))


CONSENT_FIELDS = frozenset(
    {
        Field.MARKETING,
        Field.MARKETING_ON,
        Field.SMS_WANTED,
        Field.EMAIL_WANTED,
        Field.PUSH_WANTED,
        Field.SMS_REFUSED,
        Field.EMAIL_REFUSED,
        Field.PUSH_REFUSED,
        Field.REVIEW_REFUSED,
        Field.REBOOK_REFUSED,
        Field.OFFER_REFUSED,
        Field.SILENT,
    }
)
PATIENTS = Vocabulary(PATIENT_HEADINGS)
VISITS = Vocabulary(VISIT_HEADINGS)


def about_consent(heading: str) -> bool:
    """Whether a heading speaks of consent, objection or opting out, in words we know or do not know."""
    key, words = heading_key(heading), set(SIGNS.split(fold(heading)))
    return any(stem in key for stem in ABOUT_CONSENT) or not CONSENT_WORDS.isdisjoint(words)


def shown(heading: str) -> str:
    """A heading as a report shows it: in one line, not too long."""
    return " ".join(heading.split())[:LONGEST_SHOWN]


def _refuse_repeated(taken: tuple[Column, ...]) -> None:
    for column in _repeated(taken):
        raise refuse_file(Code.COLUMN_TWICE, field=column.field, column=column.heading)


def _repeated(taken: tuple[Column, ...]) -> Iterator[Column]:
    seen: set[Field] = set()
    for column in taken:
        if column.field in seen and column.field not in SEVERAL_ALLOWED:
            yield column
        seen.add(column.field)


def _ignored(heading: str) -> RowProblem:
    return RowProblem(row=0, field="", code=Code.COLUMN_IGNORED, column=shown(heading))
