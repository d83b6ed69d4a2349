"""Why a message did or did not go, in words that a receptionist understands, in Polish and English.

The words begin small, so that they follow the state: "nie wysłano: wizyta umówiona na mniej niż 36 h przed terminem".
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from myosotis.content.context import HOME_ZONE
from myosotis.content.moments import moment
from myosotis.domain.words import Channel, FallbackRule, Kind, Language, MessageStatus, Reason

PL, EN = Language.PL, Language.EN

STATUSES: dict[MessageStatus, dict[Language, str]] = {
    MessageStatus.WAITING: {PL: "czeka", EN: "waiting"},
    MessageStatus.PLANNED: {PL: "zaplanowano", EN: "planned"},
    MessageStatus.CLAIMED: {PL: "w trakcie wysyłania", EN: "being sent"},
    MessageStatus.SENT: {PL: "wysłano", EN: "sent"},
    MessageStatus.DELIVERED: {PL: "doręczono", EN: "delivered"},
    MessageStatus.FAILED: {PL: "nie doręczono", EN: "not delivered"},
    MessageStatus.UNCLEAR: {PL: "nie wiadomo, czy dotarła", EN: "unclear whether it arrived"},
    MessageStatus.CANCELLED: {PL: "wycofano", EN: "withdrawn"},
    MessageStatus.SKIPPED: {PL: "nie wysłano", EN: "not sent"},
    MessageStatus.EXPIRED: {PL: "nie wysłano na czas", EN: "not sent in time"},
}

WAITING_FOR: dict[FallbackRule, dict[Language, str]] = {
    FallbackRule.UNREAD: {
        PL: "wyjdzie, jeśli przez 4 godziny nikt nie przeczyta tej wiadomości inną drogą",
        EN: "goes if nobody reads this message by another channel within 4 hours",
    },
    FallbackRule.NO_PUSH: {
        PL: "wyjdzie, jeśli aplikacja nie przyjmie powiadomienia",
        EN: "goes if the app does not take the notification",
    },
}

REASONS: dict[Reason, dict[Language, str]] = {
    Reason.SWITCH_OFF: {
        PL: "ten rodzaj wiadomości jest wyłączony w ustawieniach kalendarza",
        EN: "this kind of message is off in the settings of the calendar",
    },
    Reason.SWITCH_OFF_FOR_VISIT: {
        PL: "ten rodzaj wiadomości wyłączono dla tej wizyty",
        EN: "this kind of message was switched off for this visit",
    },
    Reason.VISIT_SILENCED: {
        PL: "dla tej wizyty wybrano „nie wysyłaj niczego”",
        EN: "“send nothing” was chosen for this visit",
    },
    Reason.PATIENT_SILENCED: {
        PL: "na karcie pacjenta wybrano „nie wysyłaj niczego”",
        EN: "“send nothing” was chosen on the patient's card",
    },
    Reason.BOOKED_TOO_LATE: {
        PL: "wizyta umówiona na mniej niż 36 h przed terminem",
        EN: "the visit was booked less than 36 h before its start",
    },
    Reason.DUE_PASSED: {
        PL: "termin wysyłki minął przed włączeniem",
        EN: "the time to send it had passed before it was switched on",
    },
    Reason.VISIT_IN_PAST: {PL: "wizyta już się odbyła lub jej termin minął", EN: "the visit lies in the past"},
    Reason.NO_MOMENT_IN_WINDOW: {
        PL: "w dozwolonych godzinach wysyłki nie było już pory przed upływem terminu",
        EN: "there was no moment left within the permitted sending hours",
    },
    Reason.IMPORTED: {
        PL: "wizyta przejęta z importu, bez informacji o rezerwacji",
        EN: "the visit was imported, without a notice of the booking",
    },
    Reason.NOT_TOLD_YET: {
        PL: "wizytę odwołano, zanim pacjent dostał o niej jakąkolwiek wiadomość",
        EN: "the visit was cancelled before the patient had any message about it",
    },
    Reason.ALREADY_KNOWS: {
        PL: "pacjent zna już ten termin, lekarza i miejsce",
        EN: "the patient already knows this time, doctor and place",
    },
    Reason.COVERED_BY_DETAILS: {
        PL: "zamiast niej pójdą informacje o wizycie z nowym terminem",
        EN: "the details of the visit with its new time go instead",
    },
    Reason.VISIT_CANCELLED: {PL: "wizyta odwołana", EN: "the visit was cancelled"},
    Reason.VISIT_MOVED: {PL: "wizyta przełożona", EN: "the visit was moved"},
    Reason.VISIT_CHANGED: {PL: "wizyta zmieniona", EN: "the visit was changed"},
    Reason.NO_SHOW: {PL: "pacjent nie przyszedł na wizytę", EN: "the patient did not come"},
    Reason.NEXT_VISIT_BOOKED: {
        PL: "następna wizyta jest już umówiona",
        EN: "the next visit has been booked already",
    },
    Reason.LATER_VISIT_SAME_DAY: {
        PL: "pacjent ma tego dnia późniejszą wizytę u tego specjalisty; wiadomość pójdzie po niej",
        EN: "the patient has a later visit with this doctor that day; the message follows that one",
    },
    Reason.SENT_THAT_DAY: {
        PL: "pacjent dostał ją tego dnia po innej wizycie u tego specjalisty",
        EN: "the patient had it that day, after another visit with this doctor",
    },
    Reason.NO_ONLINE_BOOKING: {
        PL: "kalendarz nie ma włączonych zapisów przez internet",
        EN: "the calendar has no online booking",
    },
    Reason.CORRECTION: {
        PL: "zmiana pacjenta była poprawką karty, o której nikt nie jest powiadamiany",
        EN: "the patient was exchanged as a correction of the card, which tells nobody",
    },
    Reason.FORMER_PATIENT: {
        PL: "wizyta należy już do innego pacjenta",
        EN: "the visit belongs to another patient now",
    },
    Reason.DECEASED: {PL: "pacjent nie żyje", EN: "the patient has died"},
    Reason.ERASED: {PL: "dane pacjenta zostały usunięte", EN: "the patient's data were erased"},
    Reason.NO_CONSENT: {
        PL: "brak zgody pacjenta na takie wiadomości",
        EN: "the patient has not consented to such messages",
    },
    Reason.OPTED_OUT: {
        PL: "pacjent zrezygnował z takich wiadomości",
        EN: "the patient opted out of such messages",
    },
    Reason.SMS_STOPPED: {
        PL: "z tego numeru przyszedł SMS STOP; wróci po SMS-ie START",
        EN: "STOP was received from this number; START brings SMS back",
    },
    Reason.NO_CHANNEL: {
        PL: "nie ma jak dotrzeć do pacjenta: brak działającego e-maila, telefonu i aplikacji",
        EN: "the patient cannot be reached: no working e-mail, phone or app",
    },
    Reason.NO_EMAIL: {PL: "brak adresu e-mail na karcie pacjenta", EN: "no e-mail address on the patient's card"},
    Reason.NO_PHONE: {PL: "brak telefonu na karcie pacjenta", EN: "no phone on the patient's card"},
    Reason.FIXED_LINE: {
        PL: "na karcie pacjenta jest telefon stacjonarny, na który nie wysyła się SMS-ów",
        EN: "the phone on the patient's card is a fixed line, which takes no SMS",
    },
    Reason.NO_APP: {PL: "pacjent nie korzysta z aplikacji", EN: "the patient does not use the app"},
    Reason.BAD_EMAIL: {
        PL: "adres e-mail nie działa; prosimy poprawić go na karcie pacjenta",
        EN: "the e-mail address does not work; please correct it on the patient's card",
    },
    Reason.BAD_PHONE: {
        PL: "numer telefonu nie działa; prosimy poprawić go na karcie pacjenta",
        EN: "the phone number does not work; please correct it on the patient's card",
    },
    Reason.NO_PROVIDER: {
        PL: "gabinet nie ma ustawionego dostawcy dla tego kanału",
        EN: "the practice has no provider set up for this channel",
    },
    Reason.READ: {PL: "pacjent przeczytał wcześniejszą wiadomość", EN: "the patient has read the earlier message"},
    Reason.PUSH_ACCEPTED: {
        PL: "powiadomienie w aplikacji zostało przyjęte",
        EN: "the push notification was accepted",
    },
    Reason.FIRST_WAVE_FAILED: {
        PL: "e-mail i powiadomienie w aplikacji nie dotarły",
        EN: "e-mail and push notification did not get through",
    },
    Reason.FIRST_WAVE_UNREAD: {
        PL: "przez 4 h nikt nie przeczytał e-maila ani powiadomienia",
        EN: "neither e-mail nor push notification was read within 4 h",
    },
    Reason.HELD_FOR_WINDOW: {
        PL: "przesunięto na późniejszą porę ze względu na godziny wysyłki",
        EN: "held for the sending hours",
    },
    Reason.BROUGHT_FORWARD_FOR_WINDOW: {
        PL: "przyspieszono ze względu na godziny wysyłki",
        EN: "brought forward because of the sending hours",
    },
    Reason.OUTSIDE_WINDOW: {
        PL: "wyjątkowo poza godzinami wysyłki, bo termin jest bliski",
        EN: "outside the sending hours, as time is short",
    },
    Reason.EXPIRED: {
        PL: "minął czas, do którego wiadomość miała sens",
        EN: "the time until which it made sense has passed",
    },
    Reason.PROVIDER_REFUSED: {PL: "dostawca odmówił przyjęcia wiadomości", EN: "the provider refused the message"},
    Reason.PROVIDER_UNAVAILABLE: {
        PL: "dostawca był niedostępny mimo ponawianych prób",
        EN: "the provider stayed unavailable in spite of repeated tries",
    },
    Reason.ADDRESS_REFUSED: {
        PL: "adres lub numer pacjenta został odrzucony",
        EN: "the patient's address or number was refused",
    },
    Reason.NOT_DELIVERED: {
        PL: "operator zgłosił, że wiadomość nie dotarła",
        EN: "the operator reported that the message was not delivered",
    },
    Reason.NO_ANSWER: {
        PL: "wysłano, ale dostawca nie odpowiedział; nie ponawiamy, by nie wysłać dwa razy",
        EN: "sent, but the provider gave no answer; not repeated, lest it go twice",
    },
    Reason.RESTORED: {
        PL: "system przywrócono z kopii zapasowej; mogła zostać wysłana przed awarią",
        EN: "the system was restored from a backup; it may have been sent before that",
    },
    Reason.DISPATCHER_DIED: {
        PL: "wysyłanie zostało przerwane; nie wiadomo, czy wiadomość wyszła",
        EN: "sending was interrupted; it is unclear whether the message left",
    },
    Reason.CANNOT_RENDER: {
        PL: "nie udało się ułożyć treści wiadomości, brakuje danych",
        EN: "the text could not be made, something is missing",
    },
    Reason.REPLANNED: {
        PL: "po zmianie ustawień lub danych wiadomość nie jest już potrzebna",
        EN: "after a change of settings or data it is no longer needed",
    },
    Reason.OFFER_TAKEN: {
        PL: "wolny termin wziął już inny pacjent",
        EN: "another patient has taken the free time",
    },
    Reason.OFFER_CLOSED: {
        PL: "propozycja wolnego terminu została zamknięta",
        EN: "the offer of the free time was closed",
    },
    Reason.OFFER_ANSWERED: {
        PL: "pacjent już odpowiedział na tę propozycję",
        EN: "the patient has answered this offer already",
    },
    Reason.TAKEN_BACK: {
        PL: "cofnięto, zanim wyszła",
        EN: "taken back before it left",
    },
    Reason.NOTHING_NEW: {
        PL: "wszystko, o czym miała mówić, obejrzano już w panelu",
        EN: "all that it was to tell had been seen at the desk already",
    },
}

BY_CHANNEL: dict[tuple[Channel, Reason], dict[Language, str]] = {
    (Channel.EMAIL, Reason.NOT_DELIVERED): {
        PL: "e-mail wrócił: nie dotarł do skrzynki pacjenta",
        EN: "the e-mail bounced: it did not reach the patient's mailbox",
    },
    (Channel.EMAIL, Reason.ADDRESS_REFUSED): {
        PL: "adres e-mail pacjenta został odrzucony: takiej skrzynki nie ma albo nie przyjmuje poczty",
        EN: "the patient's e-mail address was refused: there is no such mailbox, or it takes no mail",
    },
    (Channel.EMAIL, Reason.PROVIDER_REFUSED): {
        PL: "serwer poczty odmówił przyjęcia e-maila",
        EN: "the mail server refused the e-mail",
    },
    (Channel.PUSH, Reason.NOT_DELIVERED): {
        PL: "powiadomienie nie dotarło do aplikacji pacjenta",
        EN: "the notification did not reach the patient's app",
    },
    (Channel.PUSH, Reason.ADDRESS_REFUSED): {
        PL: "aplikacja pacjenta nie przyjmuje już powiadomień: odinstalowano ją albo je wyłączono",
        EN: "the patient's app takes no notifications any more: it was removed, or they were turned off",
    },
    (Channel.PUSH, Reason.PROVIDER_REFUSED): {
        PL: "usługa powiadomień odmówiła przyjęcia powiadomienia",
        EN: "the push service refused the notification",
    },
    (Channel.SMS, Reason.ADDRESS_REFUSED): {
        PL: "numer telefonu pacjenta został odrzucony",
        EN: "the patient's phone number was refused",
    },
}
"""Where the general words would name the wrong party: mail has no operator, an app no number."""

TRYING_AGAIN: dict[Language, str] = {
    PL: "poprzednia próba się nie powiodła, spróbujemy ponownie",
    EN: "the last try failed, we will try again",
}
"""Instead of the provider's fault where the message is still ahead."""
FAULTS = (Reason.PROVIDER_UNAVAILABLE, Reason.NO_ANSWER, Reason.DISPATCHER_DIED)

KINDS: dict[Kind, dict[Language, str]] = {
    Kind.DETAILS: {PL: "Informacje o wizycie", EN: "Details of the visit"},
    Kind.REMINDER: {PL: "Przypomnienie", EN: "Reminder"},
    Kind.MOVED: {PL: "Zmiana wizyty", EN: "Visit moved"},
    Kind.CANCELLED: {PL: "Odwołanie wizyty", EN: "Visit cancelled"},
    Kind.REVIEW: {PL: "Prośba o opinię", EN: "Request for an opinion"},
    Kind.REBOOK: {PL: "Zaproszenie do następnej wizyty", EN: "Invitation to the next visit"},
    Kind.OFFER: {PL: "Propozycja wcześniejszego terminu", EN: "Offer of an earlier time"},
    Kind.CODE: {PL: "Kod potwierdzający", EN: "Verification code"},
    Kind.ANSWER: {PL: "Odpowiedź na SMS", EN: "Answer to an SMS"},
    Kind.TEST: {PL: "Wiadomość próbna", EN: "Test message"},
    Kind.STAFF: {PL: "Wiadomość do personelu", EN: "Message to staff"},
}

CHANNELS: dict[Channel, dict[Language, str]] = {
    Channel.EMAIL: {PL: "e-mail", EN: "e-mail"},
    Channel.PUSH: {PL: "aplikacja", EN: "app"},
    Channel.SMS: {PL: "SMS", EN: "SMS"},
    Channel.NONE: {PL: "bez wysyłki", EN: "nothing sent"},
}


def explain(
    status: MessageStatus,
    reason: Reason | None,
    language: str,
    *,
    at: datetime | None = None,
    zone: ZoneInfo = HOME_ZONE,
    fallback: FallbackRule | None = None,
    channel: Channel = Channel.NONE,
) -> str:
    """The state of a message and why: "zaplanowano na sob. 27.03.2027, 09:00: przesunięto na późniejszą porę ...".

    `at` (UTC) is when it is due, was sent, or ended; it is shown in `zone`, the one of the visit's address. A language
    that we do not speak is explained in Polish. `fallback` is what a waiting message waits for; `channel` picks the words
    that fit the way on which it failed.
    """
    spoken = known_language(language)
    state = STATUSES[status][spoken]
    if status is MessageStatus.WAITING and fallback is not None:
        return f"{state}: {WAITING_FOR[fallback][spoken]}"
    if at is not None:
        state = f"{state} {when(status, spoken)}{date_and_time(at, zone, spoken)}"
    if reason is None:
        return state
    ahead = status is MessageStatus.PLANNED and reason in FAULTS
    why = TRYING_AGAIN if ahead else BY_CHANNEL.get((channel, reason), REASONS[reason])
    return f"{state}: {why[spoken]}"


def when(status: MessageStatus, language: Language) -> str:
    """The word before a time: a planned message is planned *for* it."""
    ahead = status in (MessageStatus.PLANNED, MessageStatus.WAITING)
    return {PL: "na ", EN: "for "}[language] if ahead else ""


def date_and_time(at: datetime, zone: ZoneInfo, language: Language) -> str:
    local = moment(at, zone, language, zone)
    return f"{local.day.short}, {local.clock}"


def known_language(language: str) -> Language:
    return Language(language) if language in list(Language) else Language.PL


def kind_name(kind: Kind, language: str) -> str:
    return KINDS[kind][known_language(language)]


def channel_name(channel: Channel, language: str) -> str:
    return CHANNELS[channel][known_language(language)]
