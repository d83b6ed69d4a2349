"""Problems in words that a receptionist understands, in Polish and English, and counted rows in right grammar."""

from collections.abc import Iterable
from enum import StrEnum

from myosotis.domain.words import Language
from myosotis.intake.columns import Field
from myosotis.intake.problems import Code, RowProblem

PL, EN = Language.PL, Language.EN

SENTENCES: dict[Code, tuple[str, str]] = {
    Code.EMPTY_FILE: ("Plik jest pusty.", "The file is empty."),
    Code.WORKBOOK: (
        "To jest skoroszyt lub dokument, a nie tekst. W Excelu wybierz „Zapisz jako” i typ „CSV UTF-8”.",
        "This is a workbook or a document, not text. In Excel choose “Save as” and the type “CSV UTF-8”.",
    ),
    Code.UNKNOWN_ENCODING: (
        "Nie wiadomo, jak w pliku zapisano polskie litery. Zapisz plik jako „CSV UTF-8”.",
        "It is not clear how the file writes Polish letters. Save it as “CSV UTF-8”.",
    ),
    Code.CALENDAR_NOT_TABLE: (
        "To jest plik kalendarza (.ics), a nie tabela.",
        "This is a calendar file (.ics), not a table.",
    ),
    Code.NOT_A_CALENDAR: ("To nie jest plik kalendarza (.ics).", "This is not a calendar file (.ics)."),
    Code.NO_HEADER: (
        "Nie znaleziono wiersza z nagłówkami kolumn. Pierwszy wiersz musi zawierać nazwy kolumn, np. „Nazwisko”.",
        "No row with column headings was found. The first row must hold names of columns, e.g. “Last name”.",
    ),
    Code.COLUMN_MISSING: ("Brakuje kolumny.", "A column is missing."),
    Code.COLUMN_TWICE: (
        "Dwie kolumny oznaczają to samo. Zostaw jedną z nich.",
        "Two columns mean the same. Keep one of them.",
    ),
    Code.CONSENT_COLUMN_UNKNOWN: (
        "Nieznana kolumna zgody; niczego nie zaimportowano. Zmień jej nazwę na dozwoloną albo ją usuń.",
        "Unknown column about consent; nothing was imported. Give it an allowed name or remove it.",
    ),
    Code.CONSENT_AMONG_VISITS: (
        "Plik wizyt nie może zawierać kolumny zgody. Zgody importuje się z plikiem pacjentów; usuń tę kolumnę.",
        "A file of visits cannot hold a column about consent. Import consents with the patients; remove this column.",
    ),
    Code.COLUMN_IGNORED: ("Kolumna pominięta.", "The column was left out."),
    Code.COLUMN_AS_ADDRESS: (
        "Kolumnę przyjęto za adres, pod którym jest wizyta. Jeśli to numer pokoju, nazwij ją „Pokój”.",
        "The column was taken for the address of the visit. If it is the number of a room, call it “Room”.",
    ),
    Code.COLUMN_AS_ROOM: (
        "Kolumnę przyjęto za numer pokoju, który nie wskazuje kalendarza. Jeśli to adres, nazwij ją „Adres wizyty”.",
        "The column was taken for the number of a room, which names no calendar. If it is the address, call it “Address”.",
    ),
    Code.ROW_BROKEN: (
        "Cudzysłowy w tym miejscu nie są domknięte, pominięto {count}.",
        "The quotation marks do not match here, {count} left out.",
    ),
    Code.TOO_MANY_CELLS: (
        "Wiersz ma więcej komórek niż nagłówek. Tekst ze znakiem rozdzielającym musi stać w cudzysłowie.",
        "The row has more cells than the heading. A text with the delimiter in it must stand in quotation marks.",
    ),
    Code.ID_REPEATED: (
        "Ten identyfikator wystąpił już w pliku.",
        "This identifier has already occurred in the file.",
    ),
    Code.NO_PATIENT: ("Nie wiadomo, którego pacjenta dotyczy wizyta.", "It is not clear whose visit this is."),
    Code.NO_CONTACT: (
        "Brak telefonu i adresu e-mail: żadna wiadomość nie dotrze.",
        "Neither phone nor e-mail: no message can be delivered.",
    ),
    Code.ONLY_FIXED_LINE: (
        "Tylko telefon stacjonarny i brak adresu e-mail: SMS nie dotrze, zostaje telefonowanie.",
        "Only a fixed line and no e-mail: no SMS can be delivered, only a call will do.",
    ),
    Code.VALUE_MISSING: ("Pole jest puste.", "The field is empty."),
    Code.TOO_LONG: ("Tekst jest za długi.", "The text is too long."),
    Code.PHONE_WRONG: ("Nieprawidłowy numer telefonu.", "Not a valid phone number."),
    Code.EMAIL_WRONG: ("Nieprawidłowy adres e-mail.", "Not a valid e-mail address."),
    Code.DATE_WRONG: ("Nieprawidłowa data.", "Not a valid date."),
    Code.TIME_WRONG: ("Nieprawidłowa godzina.", "Not a valid time."),
    Code.MOMENT_CONTRADICTORY: (
        "Kolumny podają różne daty lub godziny.",
        "The columns give different dates or times.",
    ),
    Code.HOUR_SKIPPED: (
        "Tej godziny nie ma: tej nocy zegary przesuwa się do przodu.",
        "There is no such hour: the clocks go forward that night.",
    ),
    Code.HOUR_TWICE: (
        "Ta godzina występuje dwa razy: tej nocy zegary się cofa. Podaj godzinę z przesunięciem od UTC.",
        "This hour comes twice: the clocks go back that night. Give the time with its offset from UTC.",
    ),
    Code.DURATION_WRONG: (
        "Nieprawidłowy czas trwania (najwyżej 24 godziny, w pełnych minutach).",
        "Not a valid duration (at most 24 hours, in whole minutes).",
    ),
    Code.END_WRONG: (
        "Koniec nie pasuje do początku lub czasu trwania.",
        "The end does not agree with the start or the duration.",
    ),
    Code.BOOKED_AFTER_START: (
        "Data rezerwacji jest późniejsza niż wizyta.",
        "The booking is dated after the visit.",
    ),
    Code.BOOKED_WITHOUT_HOUR: (
        "Data rezerwacji bez godziny: przyjęto południe.",
        "The booking date has no time: noon was taken.",
    ),
    Code.WORD_UNKNOWN: ("Nieznana wartość.", "Unknown value."),
    Code.CALENDAR_UNKNOWN: ("Nie ma takiego kalendarza.", "There is no such calendar."),
    Code.CALENDAR_AMBIGUOUS: (
        "Pasuje więcej niż jeden kalendarz. Podaj lekarza i adres albo nazwę kalendarza.",
        "More than one calendar fits. Give the doctor and the address, or the calendar's name.",
    ),
    Code.EVENT_UNREADABLE: ("Nie da się odczytać wydarzenia.", "The event cannot be read."),
    Code.ZONE_UNKNOWN: (
        "Nieznana strefa czasowa, a plik jej nie opisuje.",
        "Unknown time zone, and the file does not describe it.",
    ),
    Code.RULE_WRONG: (
        "Nie da się odczytać reguły powtarzania, wystąpienia pominięto.",
        "The rule of recurrence cannot be read; its occurrences were left out.",
    ),
    Code.RULE_TOO_FREQUENT: (
        "Wydarzenie powtarza się zbyt często jak na wizyty, wystąpienia pominięto.",
        "The event recurs too often for visits; its occurrences were left out.",
    ),
}


FIELDS: dict[Field, tuple[str, str]] = {
    Field.PATIENT_ID: ("numer pacjenta", "patient's number"),
    Field.GIVEN: ("imię", "first name"),
    Field.FAMILY: ("nazwisko", "last name"),
    Field.GIVEN_FAMILY: ("imię i nazwisko", "first and last name"),
    Field.FAMILY_GIVEN: ("nazwisko i imię", "last and first name"),
    Field.PHONE: ("telefon", "phone"),
    Field.EMAIL: ("e-mail", "e-mail"),
    Field.LANGUAGE: ("język wiadomości", "language of messages"),
    Field.DECEASED: ("zgon", "deceased"),
    Field.DIED_ON: ("data zgonu", "date of death"),
    Field.GUARDIAN: ("opiekun", "guardian"),
    Field.GUARDIAN_PHONE: ("telefon opiekuna", "guardian's phone"),
    Field.GUARDIAN_EMAIL: ("e-mail opiekuna", "guardian's e-mail"),
    Field.GUARDIAN_UNTIL: ("opiekun do dnia", "guardian until"),
    Field.MARKETING: ("zgoda marketingowa", "consent to marketing"),
    Field.MARKETING_ON: ("data zgody", "date of the consent"),
    Field.SMS_WANTED: ("zgoda na SMS", "SMS wanted"),
    Field.EMAIL_WANTED: ("zgoda na e-mail", "e-mail wanted"),
    Field.PUSH_WANTED: ("zgoda na powiadomienia w aplikacji", "notifications of the app wanted"),
    Field.SMS_REFUSED: ("rezygnacja z SMS", "SMS refused"),
    Field.EMAIL_REFUSED: ("rezygnacja z e-mail", "e-mail refused"),
    Field.PUSH_REFUSED: ("rezygnacja z powiadomień w aplikacji", "notifications of the app refused"),
    Field.REVIEW_REFUSED: ("rezygnacja z próśb o opinię", "requests for opinions refused"),
    Field.REBOOK_REFUSED: ("rezygnacja z zaproszeń", "invitations refused"),
    Field.OFFER_REFUSED: ("rezygnacja z wcześniejszych terminów", "offers of earlier times refused"),
    Field.SILENT: ("nie wysyłaj niczego", "send nothing"),
    Field.VISIT_ID: ("numer wizyty", "visit's number"),
    Field.CALENDAR: ("kalendarz", "calendar"),
    Field.DOCTOR: ("lekarz", "doctor"),
    Field.ADDRESS: ("adres wizyty", "address of the visit"),
    Field.ROOM: ("pokój", "room"),
    Field.SERVICE: ("usługa", "service"),
    Field.START: ("data i godzina wizyty", "date and time of the visit"),
    Field.DATE: ("data wizyty", "date of the visit"),
    Field.TIME: ("godzina wizyty", "time of the visit"),
    Field.END: ("koniec wizyty", "end of the visit"),
    Field.DURATION: ("czas trwania", "duration"),
    Field.BOOKED_AT: ("kiedy umówiono", "when it was booked"),
    Field.BOOKED_ONLINE: ("umówiona przez internet", "booked online"),
    Field.STATUS: ("status wizyty", "status of the visit"),
}
"""What a column holds."""


class Counted(StrEnum):
    """What is counted in reports."""

    ROW = "row"
    EVENT = "event"
    PROBLEM = "problem"


POLISH_FORMS = {
    Counted.ROW: ("wiersz", "wiersze", "wierszy"),
    Counted.EVENT: ("wydarzenie", "wydarzenia", "wydarzeń"),
    Counted.PROBLEM: ("problem", "problemy", "problemów"),
}
ENGLISH_FORMS = {
    Counted.ROW: ("row", "rows"),
    Counted.EVENT: ("event", "events"),
    Counted.PROBLEM: ("problem", "problems"),
}


def counted(number: int, what: Counted, language: Language) -> str:
    """A number with its noun: "1 wiersz", "2 wiersze", "5 wierszy", "22 wiersze"."""
    if language == EN:
        return f"{number} {ENGLISH_FORMS[what][number != 1]}"
    few = number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14)
    return f"{number} {POLISH_FORMS[what][0 if number == 1 else 1 if few else 2]}"


def field_text(field: str, language: Language) -> str:
    """What a column was taken for, by our word for the field."""
    polish, english = FIELDS[Field(field)]
    return polish if language == PL else english


def problem_text(problem: RowProblem, language: Language) -> str:
    """A problem in one paragraph: where, what, what is allowed. It never quotes the value."""
    polish, english = SENTENCES[problem.code]
    sentence = (polish if language == PL else english).format(count=_range_count(problem, language))
    place = ", ".join(_place(problem, language))
    allowed = _allowed(problem, language)
    return f"{place}: {sentence}{allowed}" if place else f"{sentence}{allowed}"


def _range_count(problem: RowProblem, language: Language) -> str:
    return counted(max(problem.last_row - problem.row, 0) + 1, Counted.ROW, language)


def _place(problem: RowProblem, language: Language) -> Iterable[str]:
    polish = language == PL
    if problem.row and problem.uid:
        yield f"{'Wydarzenie' if polish else 'Event'} {problem.row} (UID {problem.uid})"
        if problem.field:
            yield f"{'pole' if polish else 'field'} {problem.field}"
    elif problem.row:
        yield f"{'Wiersz' if polish else 'Row'} {problem.row}"
    if problem.column:
        heading = f"kolumna „{problem.column}”" if polish else f"column “{problem.column}”"
        yield heading if problem.row else heading[0].upper() + heading[1:]


def _allowed(problem: RowProblem, language: Language) -> str:
    if not problem.allowed:
        return ""
    if problem.code is Code.TOO_LONG:
        word = "Najwyżej znaków" if language == PL else "Characters at most"
    elif problem.code is Code.COLUMN_MISSING:
        word = "Potrzebna jest jedna z" if language == PL else "One of these is needed"
    else:
        word = "Dozwolone" if language == PL else "Allowed"
    return f" {word}: {', '.join(problem.allowed)}."
