"""The SMS as it is paid for: parts, letters, shortened names, replies."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.content.gsm import Encoding
from myosotis.content.render import render_sms
from myosotis.content.samples import DOCTOR, LINKS, PRACTICE, longest, sample
from myosotis.content.sms import names_to_try, size_of, sms_values, ways_to_write
from myosotis.content.texts import CHANNELS, fill, sms_template
from myosotis.domain.words import Channel, Kind, Language, SmsLetters

WITH_SMS = sorted(kind for kind, channels in CHANNELS.items() if Channel.SMS in channels)
WITH_LINK = [kind for kind in WITH_SMS if kind not in (Kind.CODE, Kind.ANSWER, Kind.TEST)]
TWO_WAY = replace(PRACTICE, can_receive_sms=True)


@pytest.mark.parametrize("kind", WITH_SMS)
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("two_way", [True, False])
def test_one_part_even_with_the_longest_names_and_the_link_whole(kind: Kind, language: Language, two_way: bool) -> None:
    for context in (sample(kind, language), longest(kind, language, can_receive_sms=two_way)):
        rendered = render_sms(context, letters=SmsLetters.STRIP)
        assert rendered.parts == 1, rendered.text
        assert rendered.encoding is Encoding.GSM7
        if kind in WITH_LINK:
            assert rendered.text.endswith(LINKS.open)
            assert ":00" in rendered.text or kind in (Kind.REVIEW, Kind.REBOOK)


def test_a_usual_name_keeps_everything() -> None:
    rendered = render_sms(sample(Kind.DETAILS, "pl", actions=False))
    assert rendered.text == (
        "Wizyta: pon. 29.03.2027, godz. 10:00, lek. Anna Kowalska, ul. Dluga 5, Krakow. "
        "Szczegoly: https://wizyta.example/AbCdEfGhIjKlMnO12"
    )
    assert not rendered.shortened
    assert rendered.replaced == "łó"
    assert rendered.lost == ""


def test_names_are_shortened_in_order_and_no_further_than_needed() -> None:
    doctor = replace(DOCTOR, title="dr hab. n. med.")
    rendered = render_sms(sample(Kind.DETAILS, "pl", doctor=doctor))
    assert "Anna Kowalska, ul. Dluga 5, Krakow" in rendered.text
    assert "dr hab." not in rendered.text
    assert rendered.shortened


def test_letters_are_kept_where_the_practice_wants_them_and_the_price_shows_it() -> None:
    kept = render_sms(sample(Kind.DETAILS, "pl"), letters=SmsLetters.KEEP)
    stripped = render_sms(sample(Kind.DETAILS, "pl"), letters=SmsLetters.STRIP)
    assert kept.encoding is Encoding.UCS2
    assert "odwołanie" in kept.text
    assert set(kept.forces_ucs2) <= set("łóńąęśćżź")
    assert kept.forces_ucs2
    assert kept.price(Decimal("0.17")) > stripped.price(Decimal("0.17")) == Decimal("0.17")


def test_letters_are_stripped_only_where_that_saves_a_part() -> None:
    code = render_sms(sample(Kind.CODE, "pl"), letters=SmsLetters.STRIP_TO_SAVE)
    assert code.parts == 1
    assert "Ważny" in code.text
    assert "Wazny" in render_sms(sample(Kind.CODE, "pl"), letters=SmsLetters.STRIP).text
    assert "odwolanie" in render_sms(sample(Kind.DETAILS, "pl"), letters=SmsLetters.STRIP_TO_SAVE).text


def test_lost_characters_are_shown() -> None:
    rendered = render_sms(sample(Kind.DETAILS, "pl", doctor=replace(DOCTOR, title="", name="Олена Бойко")))
    assert rendered.lost
    assert "?" in rendered.text


@pytest.mark.parametrize("kind", [Kind.DETAILS, Kind.REMINDER, Kind.MOVED])
@pytest.mark.parametrize(("language", "words"), [(Language.PL, ("TAK", "NIE")), (Language.EN, ("YES", "NO"))])
def test_replies_are_mentioned_only_where_they_can_arrive_and_act(
    kind: Kind, language: Language, words: tuple[str, str]
) -> None:
    def said(*, two_way: bool, actions: bool) -> str:
        return render_sms(sample(kind, language, practice=TWO_WAY if two_way else PRACTICE, actions=actions)).text

    assert all(f"{word} " in said(two_way=True, actions=True) for word in words)
    for two_way, actions in ((True, False), (False, True), (False, False)):
        assert not any(f"{word} " in said(two_way=two_way, actions=actions) for word in words)


def test_a_guardian_is_told_for_whom_it_is_by_the_given_name() -> None:
    context = sample(Kind.DETAILS, "pl", actions=False)
    assert "Zofia" not in render_sms(context).text
    to_guardian = replace(context, patient=replace(context.patient, by_guardian=True))
    assert render_sms(to_guardian).text.startswith("Wizyta (Zofia): pon.")
    assert "Nowak" not in render_sms(to_guardian).text


def test_a_guardian_is_told_for_whom_rather_than_the_given_name_of_the_doctor() -> None:
    two_way = sample(Kind.REMINDER, "pl", practice=TWO_WAY, actions=True)
    doctor = replace(DOCTOR, name="Aleksandra Lis")
    to_guardian = replace(two_way, doctor=doctor, patient=replace(two_way.patient, by_guardian=True))
    rendered = render_sms(to_guardian)
    assert "(Zofia)" in rendered.text, rendered.text
    assert "A. Lis, ul. Dluga 5" in rendered.text
    assert rendered.parts == 1


@given(
    name=st.text(max_size=80),
    street=st.text(max_size=80),
    city=st.text(max_size=40),
    letters=st.sampled_from(SmsLetters),
    kind=st.sampled_from(WITH_LINK),
)
def test_whatever_people_typed_the_link_is_whole_and_stripping_gives_gsm_7(
    name: str, street: str, city: str, letters: SmsLetters, kind: Kind
) -> None:
    context = sample(kind, "pl")
    assert context.address is not None
    odd = replace(
        context,
        doctor=replace(DOCTOR, name=name),
        address=replace(context.address, street=street, city=city),
    )
    rendered = render_sms(odd, letters=letters)
    assert rendered.text.endswith(LINKS.open)
    assert "\n" not in rendered.text
    if letters is SmsLetters.STRIP:
        assert rendered.encoding is Encoding.GSM7
        assert rendered.forces_ucs2 == ""


@given(
    name=st.text(min_size=1, max_size=60),
    street=st.text(max_size=60),
    link=st.text("aZ09-_{€ł", max_size=60),
    letters=st.sampled_from(SmsLetters),
    guarded=st.booleans(),
)
def test_no_other_form_of_the_names_takes_fewer_parts(
    name: str, street: str, link: str, letters: SmsLetters, guarded: bool
) -> None:
    """Also where another message, whose link was as long, was written first: what it takes is remembered."""
    usual = sample(Kind.REMINDER, "pl")
    assert usual.address is not None
    context = replace(
        usual,
        doctor=replace(DOCTOR, name=name),
        address=replace(usual.address, street=street),
        patient=replace(usual.patient, by_guardian=guarded),
    )
    render_sms(replace(context, links=replace(LINKS, open="x" * len(link))), letters=letters)
    context = replace(context, links=replace(LINKS, open=link))
    rendered = render_sms(context, letters=letters)

    values = sms_values(context, Kind.REMINDER, Language.PL)
    template = sms_template(Kind.REMINDER, Language.PL)
    forms = names_to_try(context, Kind.REMINDER, values).tries
    texts = [fill(template, {**values, **names}, Kind.REMINDER, Channel.SMS, Language.PL) for names, _ in forms]
    parts = [[size_of(way(text))[0] for way in ways_to_write(text, letters)] for text in texts]
    assert rendered.parts == min(map(min, parts))
    assert rendered.parts == size_of(rendered.text)[0]
