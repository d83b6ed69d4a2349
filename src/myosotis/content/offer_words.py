"""An offer of a freed slot in words that a receptionist understands, in Polish and English (docs/rules.md 4).

Small at the beginning, as in `content.reasons`: "pominięto: ma inną otwartą propozycję".
"""

from myosotis.content.reasons import REASONS, known_language
from myosotis.domain.offering import NotOffered
from myosotis.domain.words import Language, OfferAnswer, OfferEnd, OfferStep, PassedOver, Reason

PL, EN = Language.PL, Language.EN
Words = dict[Language, str]

STEPS: dict[OfferStep, Words] = {
    OfferStep.OPENED: {PL: "zwolnił się termin", EN: "a time became free"},
    OfferStep.PASSED_OVER: {PL: "pominięto", EN: "passed over"},
    OfferStep.ASKED: {PL: "zaproponowano", EN: "asked"},
    OfferStep.DECLINED: {PL: "pacjent zrezygnował", EN: "declined"},
    OfferStep.WITHDRAWN: {PL: "propozycja nieaktualna", EN: "withdrawn"},
    OfferStep.TAKEN: {PL: "pacjent wziął termin", EN: "taken"},
    OfferStep.CLOSED: {PL: "zamknięto", EN: "closed"},
    OfferStep.CHAINED: {
        PL: "zaproponowano dalej termin, który się przez to zwolnił",
        EN: "the time left behind is offered in turn",
    },
    OfferStep.NOT_CHAINED: {
        PL: "terminu, który się przez to zwolnił, nie zaproponowano",
        EN: "the time left behind is not offered",
    },
}

PASSED_OVER: dict[PassedOver, Words] = {
    PassedOver.FREED_IT: {PL: "to ten pacjent zwolnił termin", EN: "this patient freed the time"},
    PassedOver.WON_EARLIER: {
        PL: "wziął już wcześniejszy termin z tej samej serii propozycji",
        EN: "has taken an earlier time of the same chain",
    },
    PassedOver.OTHER_OFFER: {PL: "ma inną otwartą propozycję", EN: "has another open offer"},
    PassedOver.ERASED: REASONS[Reason.ERASED],
    PassedOver.DECEASED: REASONS[Reason.DECEASED],
    PassedOver.PATIENT_SILENCED: REASONS[Reason.PATIENT_SILENCED],
    PassedOver.VISIT_SILENCED: REASONS[Reason.VISIT_SILENCED],
    PassedOver.OPTED_OUT: {
        PL: "nie chce propozycji wcześniejszych terminów",
        EN: "does not want offers of earlier times",
    },
    PassedOver.NO_CHANNEL: REASONS[Reason.NO_CHANNEL],
    PassedOver.SWITCH_OFF: {
        PL: "propozycje wcześniejszych terminów są wyłączone w ustawieniach kalendarza",
        EN: "offers of earlier times are off in the settings of the calendar",
    },
    PassedOver.SWITCH_OFF_FOR_VISIT: {
        PL: "propozycje wcześniejszych terminów wyłączono dla tej wizyty",
        EN: "offers of earlier times were switched off for this visit",
    },
    PassedOver.JUST_MOVED: {
        PL: "wizytę właśnie przełożono, zmianę można jeszcze cofnąć",
        EN: "the visit has just been moved and that may still be undone",
    },
    PassedOver.TOO_SHORT: {
        PL: "wolny czas jest za krótki na tę wizytę",
        EN: "the free time is too short for this visit",
    },
    PassedOver.EARLIER_VISIT_ASKED: {
        PL: "temu pacjentowi zaproponowano już termin w zamian za wcześniejszą wizytę",
        EN: "this patient is asked about an earlier visit",
    },
    PassedOver.ENOUGH: {
        PL: "dość osób z wcześniejszymi wizytami dostało propozycję",
        EN: "enough people with earlier visits are asked",
    },
}

ENDS: dict[OfferEnd, Words] = {
    OfferEnd.TAKEN: {PL: "termin wziął jeden z zapytanych pacjentów", EN: "one of those asked has taken it"},
    OfferEnd.BOOKED: {PL: "termin zajęła inna wizyta", EN: "another visit has the time"},
    OfferEnd.BLOCKED: {PL: "termin zablokowano w kalendarzu", EN: "the time was blocked in the calendar"},
    OfferEnd.DAY_CHANGED: {
        PL: "zmieniły się godziny otwarcia tego dnia",
        EN: "the opening hours of that day have changed",
    },
    OfferEnd.STOPPED: {PL: "zatrzymana przez personel", EN: "stopped by staff"},
    OfferEnd.UNDONE: {
        PL: "cofnięto zmianę, która zwolniła termin",
        EN: "what had freed the time was undone",
    },
    OfferEnd.NOBODY: {PL: "nie ma komu zaproponować", EN: "there is nobody to ask"},
    OfferEnd.NO_MOMENT: {
        PL: "w dozwolonych godzinach wysyłki nie było już pory przed terminem",
        EN: "no moment within the permitted sending hours was left",
    },
    OfferEnd.TIME: {PL: "do terminu zostały dwie godziny", EN: "two hours are left until then"},
}

ANSWERS: dict[OfferAnswer, Words] = {
    OfferAnswer.TAKEN: STEPS[OfferStep.TAKEN],
    OfferAnswer.DECLINED: STEPS[OfferStep.DECLINED],
    OfferAnswer.WITHDRAWN: STEPS[OfferStep.WITHDRAWN],
}

NOT_OFFERED: dict[NotOffered, Words] = {
    NotOffered.NOT_BY_PATIENT: {PL: "nie zwolnił go pacjent", EN: "it was not the patient who left it"},
    NotOffered.TOO_LATE: {
        PL: "zwolnił się później niż dwa dni przed terminem",
        EN: "it became free less than two days before",
    },
    NotOffered.NOT_FREE: {PL: "jest już zajęty", EN: "it is not free"},
    NotOffered.SWITCH_OFF: PASSED_OVER[PassedOver.SWITCH_OFF],
    NotOffered.CHAIN_OVER: {
        PL: "tyle propozycji, ile dopuszcza kalendarz, wynikło już z siebie",
        EN: "as many offers as the calendar allows have followed from each other",
    },
}


def step(what: str, reason: str, language: str) -> str:
    """One step of an offer's history: "pominięto: ma inną otwartą propozycję"."""
    spoken = known_language(language)
    said = STEPS[OfferStep(what)][spoken]
    return f"{said}: {_why(OfferStep(what), reason)[spoken]}" if reason else said


def _why(what: OfferStep, reason: str) -> Words:
    if what is OfferStep.PASSED_OVER:
        return PASSED_OVER[PassedOver(reason)]
    if what is OfferStep.CLOSED:
        return ENDS[OfferEnd(reason)]
    return NOT_OFFERED[NotOffered(reason)] if what is OfferStep.NOT_CHAINED else REASONS[Reason(reason)]


def candidate(passed_over: str, answer: str, language: str) -> str:
    """How a candidate stands: passed over with the reason, asked, or what they answered."""
    spoken = known_language(language)
    if passed_over:
        return step(OfferStep.PASSED_OVER, passed_over, language)
    return (ANSWERS[OfferAnswer(answer)] if answer else STEPS[OfferStep.ASKED])[spoken]


def state(closed_because: str, language: str) -> str:
    """ "otwarta", or why an offer is closed."""
    spoken = known_language(language)
    if not closed_because:
        return {PL: "otwarta", EN: "open"}[spoken]
    return step(OfferStep.CLOSED, closed_because, language)


def ending(closed_because: str, language: str) -> str:
    """Why an offer is over, without the word that it is: "zatrzymana przez personel"."""
    return ENDS[OfferEnd(closed_because)][known_language(language)]
