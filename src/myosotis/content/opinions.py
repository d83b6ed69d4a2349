"""The rules of opinions in words, the same for the page, the profile and staff; and what staff are warned of."""

from myosotis.domain.opinions import OpinionRule
from myosotis.domain.words import Language

PL, EN = Language.PL, Language.EN

RULES: dict[OpinionRule, dict[Language, str]] = {
    OpinionRule.NO_VISIT: {
        PL: "Opinie pochodzą wyłącznie z wizyt, które się u nas odbyły.",
        EN: "Opinions come only from visits that took place here.",
    },
    OpinionRule.OFF_TOPIC: {
        PL: "Opinia dotyczy tej wizyty, a nie innych spraw.",
        EN: "An opinion is about this visit, not about other matters.",
    },
    OpinionRule.PERSONAL_DATA: {
        PL: "Bez danych osobowych innych osób.",
        EN: "No personal data of other people.",
    },
    OpinionRule.INSULT: {PL: "Bez obelg i gróźb.", EN: "No insults and no threats."},
    OpinionRule.ADVERT: {PL: "Bez reklam.", EN: "No advertising."},
}
"""As stated before an opinion is given."""

BROKEN: dict[OpinionRule, dict[Language, str]] = {
    OpinionRule.NO_VISIT: {PL: "wizyta się nie odbyła", EN: "the visit did not take place"},
    OpinionRule.OFF_TOPIC: {PL: "nie dotyczy wizyty", EN: "not about the visit"},
    OpinionRule.PERSONAL_DATA: {PL: "dane osobowe innych osób", EN: "personal data of other people"},
    OpinionRule.INSULT: {PL: "obelgi lub groźby", EN: "insults or threats"},
    OpinionRule.ADVERT: {PL: "reklama", EN: "advertising"},
}
"""As said of an opinion that was not published."""

SECRECY: dict[Language, str] = {
    PL: (
        "Odpowiedź przeczytają wszyscy. Obowiązuje tajemnica zawodowa: prosimy nie potwierdzać, że autor był pacjentem, "
        "ani nie pisać o jego zdrowiu, leczeniu czy wizycie, także wtedy, gdy sam o nich napisał."
    ),
    EN: (
        "Everybody will read the answer. Professional secrecy applies: please do not confirm that the author was a patient, "
        "and write nothing of their health, treatment or visit, even where they wrote of it themselves."
    ),
}
"""Shown to staff beside the form in which an opinion is answered."""
