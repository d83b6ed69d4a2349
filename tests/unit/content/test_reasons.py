"""Every state and reason has words, in both languages."""

from zoneinfo import ZoneInfo

import pytest

from myosotis.content.reasons import (
    BY_CHANNEL,
    CHANNELS,
    KINDS,
    REASONS,
    STATUSES,
    channel_name,
    explain,
    kind_name,
)
from myosotis.domain.values import utc
from myosotis.domain.words import Channel, FallbackRule, Kind, Language, MessageStatus, Reason


def test_no_word_is_missing() -> None:
    assert all(set(said) == set(Language) and all(said.values()) for said in BY_CHANNEL.values())
    for table, words in ((REASONS, Reason), (STATUSES, MessageStatus), (KINDS, Kind), (CHANNELS, Channel)):
        assert set(table) == set(words)
        for said in table.values():
            assert set(said) == set(Language)
            assert all(said.values())


@pytest.mark.parametrize("language", list(Language))
def test_no_two_reasons_read_alike(language: Language) -> None:
    assert len({said[language] for said in REASONS.values()}) == len(Reason)


def test_a_skipped_reminder_is_explained() -> None:
    said = explain(MessageStatus.SKIPPED, Reason.BOOKED_TOO_LATE, "pl")
    assert said == "nie wysłano: wizyta umówiona na mniej niż 36 h przed terminem"
    assert (
        explain(MessageStatus.SKIPPED, Reason.DUE_PASSED, "pl") == "nie wysłano: termin wysyłki minął przed włączeniem"
    )
    assert explain(MessageStatus.SKIPPED, Reason.BOOKED_TOO_LATE, "en").startswith("not sent: the visit was booked")


def test_times_are_those_of_the_address() -> None:
    warsaw, due = ZoneInfo("Europe/Warsaw"), utc(2027, 3, 27, 8)
    assert explain(MessageStatus.PLANNED, None, "pl", at=due, zone=warsaw) == "zaplanowano na sob. 27.03.2027, 09:00"
    assert explain(MessageStatus.SENT, None, "pl", at=due, zone=warsaw) == "wysłano sob. 27.03.2027, 09:00"
    assert explain(MessageStatus.PLANNED, Reason.HELD_FOR_WINDOW, "en", at=due, zone=ZoneInfo("Europe/London")) == (
        "planned for Sat 27 Mar 2027, 08:00: held for the sending hours"
    )


def test_an_unknown_language_is_explained_in_polish() -> None:
    assert explain(MessageStatus.CANCELLED, Reason.VISIT_CANCELLED, "uk") == "wycofano: wizyta odwołana"


def test_names() -> None:
    assert kind_name(Kind.REMINDER, "pl") == "Przypomnienie"
    assert channel_name(Channel.SMS, "en") == "SMS"


@pytest.mark.parametrize(
    ("channel", "reason", "polish", "english"),
    [
        (Channel.EMAIL, Reason.NOT_DELIVERED, "e-mail wrócił", "the e-mail bounced"),
        (Channel.EMAIL, Reason.ADDRESS_REFUSED, "adres e-mail pacjenta", "the patient's e-mail address"),
        (Channel.PUSH, Reason.ADDRESS_REFUSED, "aplikacja pacjenta", "the patient's app"),
        (Channel.SMS, Reason.ADDRESS_REFUSED, "numer telefonu pacjenta", "the patient's phone number"),
        (Channel.SMS, Reason.NOT_DELIVERED, "operator zgłosił", "the operator reported"),
    ],
)
def test_a_failure_is_told_in_the_words_of_its_channel(
    channel: Channel, reason: Reason, polish: str, english: str
) -> None:
    assert explain(MessageStatus.FAILED, reason, "pl", channel=channel).startswith(f"nie doręczono: {polish}")
    assert explain(MessageStatus.FAILED, reason, "en", channel=channel).startswith(f"not delivered: {english}")


@pytest.mark.parametrize("language", list(Language))
def test_only_sms_speaks_of_an_operator(language: Language) -> None:
    for channel in (Channel.EMAIL, Channel.PUSH):
        for reason in Reason:
            assert "operator" not in explain(MessageStatus.FAILED, reason, language, channel=channel)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("rule", list(FallbackRule))
def test_a_waiting_message_says_what_it_waits_for(language: Language, rule: FallbackRule) -> None:
    told = explain(MessageStatus.WAITING, None, language, fallback=rule)

    assert told.startswith(explain(MessageStatus.WAITING, None, language) + ": ")


def test_what_is_tried_again_is_not_called_lost() -> None:
    ahead = explain(MessageStatus.PLANNED, Reason.PROVIDER_UNAVAILABLE, "pl")
    lost = explain(MessageStatus.FAILED, Reason.PROVIDER_UNAVAILABLE, "pl")

    assert ahead == "zaplanowano: poprzednia próba się nie powiodła, spróbujemy ponownie"
    assert lost == "nie doręczono: dostawca był niedostępny mimo ponawianych prób"
