"""Every text that can occur is there, in both languages, and says what it must and nothing it must not."""

import re
from dataclasses import fields, replace

import pytest

from myosotis.content import texts
from myosotis.content.context import (
    PLACEHOLDERS,
    Links,
    MessageContext,
    PracticeText,
    StaffText,
    without_links,
)
from myosotis.content.render import compile_all, render, render_email, render_push, render_sms
from myosotis.content.rendered import CannotRender, MissingLanguage, Rendered, RenderedEmail, RenderedPush, RenderedSms
from myosotis.content.samples import DOCTOR, LINKS, PRACTICE, longest, sample
from myosotis.content.texts import CHANNELS
from myosotis.domain.values import utc
from myosotis.domain.words import Answer, Channel, Kind, Language, Party, StaffTopic

NOW = utc(2027, 3, 20)
EVERY_TEXT = [
    pytest.param(kind, channel, language, id=f"{kind}-{channel}-{language}")
    for kind, channels in CHANNELS.items()
    for channel in sorted(channels)
    for language in Language
]
POLISH_WORDS = (
    "wizyt",
    "godz.",
    "termin",
    "prosimy",
    "dzień",
    "wiadomo",
    "szczeg",
    "odwoł",
    "odpis",
    "poniedz",
    "marca",
)
ENGLISH_WORDS = ("appointment", "visit", "please", " the ", "message", "details", "monday", "march", "cancel", "reply")


def everything_said(rendered: Rendered) -> str:
    """All that a reader sees, without what people or the practice typed."""
    match rendered:
        case RenderedSms():
            return rendered.text
        case RenderedPush():
            return f"{rendered.title}\n{rendered.body}"
        case RenderedEmail():
            return f"{rendered.subject}\n{rendered.text}"


def without_typed(context: MessageContext) -> MessageContext:
    """The message with nothing that people typed, so that a language's own words are left alone."""
    assert context.doctor is not None
    assert context.address is not None
    return replace(
        context,
        practice=replace(context.practice, name="X", privacy_text=""),
        doctor=replace(context.doctor, title="", name="X", specialty=""),
        address=replace(context.address, name="", street="X", city="X", directions="", map_url=""),
        service=replace(context.service, name="", preparation=""),
        patient=replace(context.patient, name=""),
        links=replace(LINKS, open="https://x/1", read="https://x/2", unsubscribe="https://x/3"),
    )


def test_every_kind_has_its_channels() -> None:
    assert set(CHANNELS) == set(Kind)
    assert Channel.NONE not in set().union(*CHANNELS.values())


@pytest.mark.parametrize(("kind", "channel", "language"), EVERY_TEXT)
def test_every_text_renders_with_the_longest_names(kind: Kind, channel: Channel, language: Language) -> None:
    for context in (longest(kind, language), sample(kind, language), sample(kind, language, actions=False)):
        rendered = render(context, channel, now=NOW)
        said = everything_said(rendered)
        assert len(said) > 20
        assert rendered.warnings == ()
        assert "None" not in said
        assert "{" not in said
        assert "  " not in said.replace("\n", "")


@pytest.mark.parametrize(("kind", "channel", "language"), EVERY_TEXT)
def test_no_text_holds_words_of_the_other_language(kind: Kind, channel: Channel, language: Language) -> None:
    others = ENGLISH_WORDS if language is Language.PL else POLISH_WORDS
    for actions in (True, False):
        context = replace(without_typed(sample(kind, language)), actions=actions)
        said = everything_said(render(context, channel, now=NOW)).lower()
        assert [word for word in others if word in said] == []


def test_every_file_is_used() -> None:
    used = {
        texts.path_of(kind, channel, language) for kind, c in CHANNELS.items() for channel in c for language in Language
    }
    shared = {texts.FOLDER / language / "labels.email.txt" for language in Language}
    frames = {texts.FOLDER / "frame.email.html", texts.FOLDER / "frame.email.txt"}
    assert {path for path in texts.FOLDER.rglob("*") if path.is_file()} == used | shared | frames


def test_all_texts_compile_when_a_process_starts() -> None:
    compile_all()


def test_a_missing_language_falls_back_to_that_of_the_practice_with_a_warning() -> None:
    context = sample(Kind.REMINDER, "uk", practice=replace(PRACTICE, language="en"))
    for channel in CHANNELS[Kind.REMINDER]:
        rendered = render(context, channel, now=NOW)
        assert rendered.warnings == (MissingLanguage(asked="uk", used="en"),)
        assert any(word in everything_said(rendered) for word in ("appointment", "message"))


def test_and_then_to_polish() -> None:
    rendered = render_sms(sample(Kind.REMINDER, "uk", practice=replace(PRACTICE, language="de")))
    assert rendered.warnings == (MissingLanguage(asked="uk", used="pl"),)
    assert "Przypomnienie" in rendered.text


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS])
def test_what_is_missing_is_named_without_personal_data(channel: Channel) -> None:
    context = replace(sample(Kind.DETAILS, "pl"), visit=None)
    with pytest.raises(CannotRender) as caught:
        render(context, channel, now=NOW)
    assert caught.value.missing == "date_short"
    assert "Nowak" not in str(caught.value)
    assert "Kowalska" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "channel"), [(Kind.CODE, Channel.EMAIL), (Kind.ANSWER, Channel.PUSH), (Kind.DETAILS, Channel.NONE)]
)
def test_a_kind_has_no_text_where_it_cannot_go(kind: Kind, channel: Channel) -> None:
    with pytest.raises(CannotRender):
        render(sample(kind, "pl"), channel, now=NOW)


@pytest.mark.parametrize("answer", list(Answer))
@pytest.mark.parametrize("language", list(Language))
def test_every_answer_is_one_part_and_gives_the_phone_where_a_person_is_needed(
    answer: Answer, language: Language
) -> None:
    rendered = render_sms(replace(sample(Kind.ANSWER, language), answer=answer))
    assert rendered.parts == 1
    assert ("+48 123 456 789" in rendered.text) == (answer in (Answer.PHONE, Answer.AFTER_CUTOFF))


def test_answers_differ() -> None:
    said = {render_sms(replace(sample(Kind.ANSWER, "pl"), answer=answer)).text for answer in Answer}
    assert len(said) == len(Answer)


@pytest.mark.parametrize("topic", list(StaffTopic))
def test_mail_to_staff_has_its_link_and_nothing_for_patients(topic: StaffTopic) -> None:
    staff = StaffText(
        topic=topic, name="Maria Zielińska", subject="Dostawca SMS nie działa", body="Od godz. 9.\nBrak środków."
    )
    rendered = render_email(replace(sample(Kind.STAFF, "pl"), staff=staff), now=NOW)
    assert LINKS.open in rendered.html
    assert LINKS.open in rendered.text
    assert "unsubscribe" not in rendered.html
    assert rendered.unsubscribe_url == ""
    assert "Potwierdzam" not in rendered.text
    if topic is StaffTopic.DIGEST:
        assert rendered.subject == "Dostawca SMS nie działa"
        assert "Od godz. 9.<br>Brak środków." in rendered.html


def test_a_sample_of_a_kind_is_marked_as_a_test() -> None:
    context = replace(sample(Kind.REMINDER, "pl"), kind=Kind.TEST, sample_of=Kind.REMINDER)
    assert render_email(context, now=NOW).subject.startswith("[Próba] Przypomnienie")
    assert render_email(context, now=NOW).calendar == b""
    assert "PROBA: Przypomnienie" in render_sms(context).text


def test_stored_copies_hold_no_links() -> None:
    rendered = render_email(sample(Kind.OFFER, "pl"), now=NOW)
    stored = without_links(rendered.text, LINKS)
    assert PLACEHOLDERS.open in stored
    for link in fields(LINKS):
        assert not getattr(LINKS, link.name) or getattr(LINKS, link.name) not in stored


# --- privacy: neutral is the only level of SMS, push, subject and .ics --------------------------------------------------

BETRAYING = ("psych", "seksuolog", "dent", "terapi", "Zdrowia", "przyjść na czczo")


def betraying(kind: Kind, *, sensitive: bool) -> MessageContext:
    context = sample(kind, "pl")
    assert context.address is not None
    return replace(
        context,
        practice=replace(
            context.practice, name="Poradnia Zdrowia Psychicznego psycho.pl", privacy_text="", privacy_url=""
        ),
        doctor=replace(DOCTOR, title="mgr psychologii", specialty="seksuolog", sensitive=sensitive),
        address=replace(context.address, name="Ośrodek terapii", directions="Wejście przez poradnię psychiatryczną"),
        service=replace(context.service, name="psychoterapia", preparation="przyjść na czczo"),
    )


@pytest.mark.parametrize("kind", sorted(kind for kind in CHANNELS if kind is not Kind.STAFF))
@pytest.mark.parametrize("sensitive", [True, False])
def test_nothing_of_the_specialty_in_sms_push_subject_preheader_and_calendar(kind: Kind, sensitive: bool) -> None:
    context = betraying(kind, sensitive=sensitive)
    said = []
    for channel in CHANNELS[kind]:
        rendered = render(context, channel, now=NOW)
        if isinstance(rendered, RenderedEmail):
            said += [rendered.subject, rendered.calendar.decode().replace("\r\n ", ""), preheader(rendered.html)]
        else:
            said.append(everything_said(rendered))
    assert [word for word in BETRAYING if any(word in text for text in said)] == []


def preheader(html: str) -> str:
    return html.partition('<div class="preheader"')[2].partition("</div>")[0]


def test_the_body_of_an_e_mail_tells_the_specialty_unless_it_is_sensitive() -> None:
    told = render_email(betraying(Kind.DETAILS, sensitive=False), now=NOW)
    silent = render_email(betraying(Kind.DETAILS, sensitive=True), now=NOW)
    for word in ("seksuolog", "psychoterapia", "przyjść na czczo"):
        assert word in told.text
        assert word in told.html
        assert word not in silent.text
        assert word not in silent.html
    assert "są na stronie „Moja wizyta”" in silent.text


def test_a_push_says_the_same_and_weighs_the_same_whatever_the_visit_message() -> None:
    kinds = [kind for kind, channels in CHANNELS.items() if Channel.PUSH in channels and kind is not Kind.TEST]
    pushes = [render_push(longest(kind, "pl")) for kind in kinds]
    assert len({(push.title, push.body, push.topic) for push in pushes}) == 1
    assert {len(render_push(longest(kind, language)).payload) for kind in kinds for language in Language} == {512}


# --- e-mail --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.DETAILS, Kind.REMINDER, Kind.MOVED])
def test_an_e_mail_about_a_visit_says_all_of_it_twice_alike(kind: Kind) -> None:
    rendered = render_email(sample(kind, "pl"), now=NOW)
    for said in (
        "poniedziałek 29 marca 2027",
        "10:00",
        "lek. Anna Kowalska",
        "kardiolog",
        "Konsultacja kardiologiczna z EKG",
        "ul. Długa 5",
        "Kraków",
        "Wejście od podwórza",
        "listę przyjmowanych leków",
        "+48 123 456 789",
        "Zofia Nowak",
        "Moja wizyta",
        "Potwierdzam, że przeczytałem",
        LINKS.open,
        LINKS.read,
        "Administratorem danych osobowych",
        "https://niezapominajka.example/prywatnosc",
    ):
        assert said in rendered.text
        assert said in rendered.html
    assert "unsubscribe" not in rendered.html
    assert rendered.unsubscribe_url == ""


@pytest.mark.parametrize("kind", [Kind.REVIEW, Kind.REBOOK, Kind.OFFER])
def test_only_what_is_no_visit_message_can_be_unsubscribed(kind: Kind) -> None:
    rendered = render_email(sample(kind, "pl"), now=NOW)
    assert rendered.unsubscribe_url == LINKS.unsubscribe
    assert LINKS.unsubscribe in rendered.html
    assert LINKS.unsubscribe in rendered.text


@pytest.mark.parametrize("kind", [Kind.DETAILS, Kind.REMINDER, Kind.MOVED])
@pytest.mark.parametrize("language", list(Language))
def test_with_the_actions_switch_on_all_three_are_offered_in_words(kind: Kind, language: Language) -> None:
    words = {Language.PL: ("potwierdzić", "przełożyć", "odwołać"), Language.EN: ("confirm", "move", "cancel")}[language]
    on = render_email(sample(kind, language), now=NOW)
    off = render_email(sample(kind, language, actions=False), now=NOW)
    assert all(word in on.text for word in words)
    assert "zadzwonić" in off.text or "call" in off.text
    assert "bez dzwonienia" not in off.text
    assert "without calling" not in off.text


def test_what_people_typed_cannot_become_html() -> None:
    context = sample(Kind.DETAILS, "pl")
    assert context.address is not None
    evil = '<script>alert("x")</script>'
    rendered = render_email(
        replace(
            context,
            patient=replace(context.patient, name=evil),
            address=replace(context.address, directions=evil, map_url="javascript:alert(1)"),
            service=replace(context.service, preparation=f"{evil}\nb"),
        ),
        now=NOW,
    )
    assert "<script" not in rendered.html
    assert "javascript:" not in rendered.html
    assert "&lt;script&gt;" in rendered.html


def test_line_breaks_in_names_stay_out_of_subjects_and_texts() -> None:
    staff = StaffText(topic=StaffTopic.DIGEST, subject="Uwaga\r\nBcc: x@example.com")
    rendered = render_email(replace(sample(Kind.STAFF, "pl"), staff=staff), now=NOW)
    assert rendered.subject == "Uwaga Bcc: x@example.com"


def test_the_image_is_there_only_if_it_has_an_address() -> None:
    context = sample(Kind.DETAILS, "pl")
    assert "<img" not in render_email(context, now=NOW).html
    asked = replace(context, links=replace(LINKS, image="https://wizyta.example/i/AbCdEfGhIjKlMnO15.gif"))
    assert '<img src="https://wizyta.example/i/AbCdEfGhIjKlMnO15.gif"' in render_email(asked, now=NOW).html


def test_styles_stand_where_mail_programs_look_for_them() -> None:
    html = render_email(sample(Kind.DETAILS, "pl"), now=NOW).html
    assert '<td class="button" style="' in html
    assert "prefers-color-scheme: dark" in html
    assert "<!--%" not in html


@pytest.mark.parametrize("kind", sorted(kind for kind, channels in CHANNELS.items() if Channel.EMAIL in channels))
@pytest.mark.parametrize("language", list(Language))
def test_the_html_is_whole_whichever_conditions_hold(kind: Kind, language: Language) -> None:
    context = sample(kind, language)
    assert context.visit is not None
    by_patient = replace(context, visit=replace(context.visit, event_by=Party.PATIENT), actions=False, links=Links())
    without = replace(without_typed(by_patient), links=Links(), practice=PracticeText(name="X"))
    for rendered in (render_email(each, now=NOW) for each in (context, by_patient, without)):
        for tag in ("p", "td", "table", "a"):
            opened = rendered.html.count(f"<{tag} ") + rendered.html.count(f"<{tag}>")
            assert opened == rendered.html.count(f"</{tag}>"), tag
        assert not re.search(r"<p[^>]*>\s*</p>", rendered.html)
        assert len(rendered.html) < 20_000


def test_a_move_tells_what_was_and_what_is() -> None:
    rendered = render_email(sample(Kind.MOVED, "pl"), now=NOW)
    assert "Poprzedni termin (nieaktualny): czwartek 25 marca 2027, godz. 14:30" in rendered.text
    assert "Przepraszamy" in rendered.text


def test_a_move_of_the_place_alone_says_so() -> None:
    context = sample(Kind.MOVED, "pl")
    assert context.visit is not None
    assert context.address is not None
    assert context.visit.told is not None
    told = replace(
        context.visit.told, start=context.visit.start, address=replace(context.address, street="ul. Krótka 1")
    )
    moved = replace(context, visit=replace(context.visit, told=told))
    rendered = render_email(moved, now=NOW)
    assert "Nowe miejsce wizyty" in rendered.text
    assert "Poprzednie miejsce (nieaktualne): ul. Krótka 1, Kraków" in rendered.text
    assert "Poprzedni termin" not in rendered.text
    assert render_sms(moved).text.startswith("Nowe miejsce wizyty: pon. 29.03")
    assert "ul. Dluga 5, Krakow" in render_sms(moved).text


@pytest.mark.parametrize("kind", [Kind.MOVED, Kind.CANCELLED])
def test_what_the_patient_asked_for_is_acknowledged_without_excuses(kind: Kind) -> None:
    context = sample(kind, "pl")
    assert context.visit is not None
    by_patient = replace(context, visit=replace(context.visit, event_by=Party.PATIENT))
    for channel in CHANNELS[kind] - {Channel.PUSH}:
        assert "Przepraszamy" not in everything_said(render(by_patient, channel, now=NOW))
    assert "zgodnie z prośbą" in render_email(by_patient, now=NOW).text


def test_a_move_of_which_the_old_time_is_unknown_still_tells_the_new_one() -> None:
    context = sample(Kind.MOVED, "pl")
    assert context.visit is not None
    unknown = replace(context, visit=replace(context.visit, told=None))
    assert "poniedziałek 29 marca 2027" in render_email(unknown, now=NOW).text
    assert render_sms(unknown).text.startswith("Zmiana wizyty: pon. 29.03, 10:00")
