"""An e-mail filled in once for many mails says what filling in each by itself says."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.content.context import (
    AddressText,
    DoctorText,
    Links,
    MessageContext,
    PatientText,
    PracticeText,
    ServiceText,
    StaffText,
)
from myosotis.content.email_frame import EMPTY_LINES, email_templates
from myosotis.content.email_pieces import write_email
from myosotis.content.open_names import OPEN
from myosotis.content.rendered import CannotRender
from myosotis.content.samples import LINKS, longest, sample
from myosotis.content.texts import CHANNELS, FOLDER, fill
from myosotis.content.values import email_values
from myosotis.domain.words import Channel, Kind, Language, Party, StaffTopic, VisitStatus

KINDS = [kind for kind, channels in CHANNELS.items() if Channel.EMAIL in channels]
EVERY_MAIL = pytest.mark.parametrize(
    ("kind", "language"),
    [pytest.param(kind, language, id=f"{kind}-{language}") for kind in KINDS for language in Language],
)
SOURCES = {
    path: path.read_text(encoding="utf-8") for path in [*FOLDER.glob("*/*.email.txt"), *FOLDER.glob("frame.email.*")]
}
TAGS = re.compile(r"\{\{(.*?)\}\}|\{%(.*?)%\}")


def alone(context: MessageContext, language: Language) -> tuple[str, str, str]:
    """The texts of one mail, filled in for it alone."""
    kind, values = context.kind, email_values(context, context.kind, language)
    templates = email_templates(kind, language)
    subject, text, html = (
        fill(template, values, kind, Channel.EMAIL, language)
        for template in (templates.subject, templates.text, templates.html)
    )
    return subject, EMPTY_LINES.sub("\n\n", text).strip() + "\n", html


def in_pieces(context: MessageContext, language: Language) -> tuple[str, str, str]:
    subject, text, html = write_email(context.kind, language, email_values(context, context.kind, language))
    return subject, "".join(text), "".join(html)


def variants(kind: Kind, language: Language) -> list[MessageContext]:
    """Messages of a kind that leave out different things."""
    usual = sample(kind, language)
    found = [usual, longest(kind, language), sample(kind, language, actions=False)]
    found.append(replace(usual, links=Links(), practice=PracticeText(name="X")))
    found.append(replace(usual, links=replace(LINKS, image="https://wizyta.example/i/A.gif")))
    found.append(replace(usual, patient=replace(usual.patient, by_guardian=True)))
    found.append(replace(usual, patient=PatientText()))
    if usual.doctor is not None and usual.address is not None and usual.visit is not None:
        found.append(replace(usual, doctor=replace(usual.doctor, sensitive=True)))
        found.append(replace(usual, address=AddressText(street="X 1", city=""), service=ServiceText(), actions=False))
        found.append(replace(usual, visit=replace(usual.visit, told=None, status=VisitStatus.CONFIRMED)))
        found.append(
            replace(usual, visit=replace(usual.visit, event_by=Party.PATIENT, cancel_reason="A\n\n\n\nB & <C>"))
        )
    if kind is Kind.STAFF:
        told = {"name": "Maria", "subject": "A", "body": "B\nC"}
        found += [replace(usual, staff=StaffText(topic=topic, **told)) for topic in StaffTopic]
        found += [replace(usual, staff=StaffText(topic=topic)) for topic in StaffTopic]
    return found


@EVERY_MAIL
def test_every_mail_says_what_it_says_alone(kind: Kind, language: Language) -> None:
    for context in variants(kind, language):
        assert in_pieces(context, language) == alone(context, language)


@given(typed=st.text(st.sampled_from("Aż&<>\"'\n =.\\\u2028\ue000\x00")), other=st.text(max_size=5))
def test_whatever_people_typed(typed: str, other: str) -> None:
    usual = sample(Kind.DETAILS, Language.PL)
    context = replace(
        usual,
        practice=PracticeText(name=typed, privacy_text=other + typed, privacy_url="https://" + typed),
        doctor=DoctorText(title=other, name=typed, specialty=typed),
        address=AddressText(name=typed, street=other, city=typed, directions=typed + other, phone=typed),
        service=ServiceText(name=typed, preparation=other + typed),
        patient=PatientText(name=typed, email="a@b.pl"),
    )
    assert in_pieces(context, Language.PL) == alone(context, Language.PL)


@EVERY_MAIL
def test_what_stands_between_the_names_is_the_same_in_all_mails(kind: Kind, language: Language) -> None:
    one, other = sample(kind, language), sample(kind, language)
    assert one.doctor is not None
    other = replace(
        other, doctor=replace(one.doctor, name="Łucja Źdźbło"), patient=PatientText(name="Jan", email="a@b")
    )
    _, text, html = write_email(kind, language, email_values(one, kind, language))
    _, other_text, other_html = write_email(kind, language, email_values(other, kind, language))
    for mine, theirs in ((text, other_text), (html, other_html)):
        assert len(mine) == len(theirs)
        assert all(a is b for a, b in zip(mine[::2], theirs[::2], strict=True))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_text_only_shows_an_open_name_or_asks_whether_it_is_empty(path: object) -> None:
    for shown, asked in TAGS.findall(SOURCES[path]):  # type: ignore[index]  # a key of it
        for name in set(re.findall(r"\w+", shown + asked)) & OPEN:
            only_asked = re.fullmatch(r"\s*(el)?if \w+( (and|or) \w+)*\s*", asked)
            assert shown.strip() in {name, f"{name}|lines"} or only_asked, name


def test_a_name_that_is_not_there_is_missed() -> None:
    context = replace(sample(Kind.DETAILS, Language.PL), visit=None)
    with pytest.raises(CannotRender) as caught:
        in_pieces(context, Language.PL)
    assert caught.value.missing == "date_short"
