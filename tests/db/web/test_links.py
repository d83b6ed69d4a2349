from itertools import product

import pytest
from django.apps import apps
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client, RequestFactory
from django.urls import URLPattern
from django.utils.regex_helper import normalize
from icalendar import Calendar as Ics
from icalendar import Event
from pytest_django import DjangoAssertNumQueries, Settings

from myosotis.store.models import Doctor, RateCount, ReadingReport, Visit
from myosotis.web import openings, urls
from tests.db.make import Scene
from tests.db.test_routes import leaves
from tests.db.web.letters import LEFT, Letter, force

NOBODYS = "0123456789abcdefg"


# --- links that lead nowhere ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("db")
def test_every_link_that_leads_nowhere_gets_the_same_kind_page(client: Client) -> None:
    paths = [
        f"/{NOBODYS}", f"/{NOBODYS}/cancel", f"/{NOBODYS}/visit.ics", f"/r/{NOBODYS}", "/0123456789abcdef", "/r/x",
        "/wp-login.php", "/" + "a" * 500,
    ]  # fmt: skip
    answers = [client.get(path, headers={"accept-language": "pl"}) for path in paths]
    assert {answer.status_code for answer in answers} == {404}
    pages = {
        answer.content.decode().replace(path, "").replace(answer.wsgi_request.get_full_path(), "")
        for answer, path in zip(answers, paths, strict=True)
    }
    assert len(pages) == 1
    assert "Ten link donikąd nie prowadzi" in pages.pop()


@pytest.mark.parametrize("stray", [".", "),", "/", ">", "...", "%22", "%E2%80%9D"])
def test_a_full_stop_of_the_sentence_does_not_break_a_link(client: Client, mail: Letter, stray: str) -> None:
    answer = client.get(f"{mail.open}{stray}?lang=en", follow=True)
    assert answer.redirect_chain == [(f"{mail.open}?lang=en", 302)]
    assert "My visit" in answer.content.decode()


def test_a_link_of_one_purpose_opens_no_page_of_another(client: Client, mail: Letter) -> None:
    opened, read, image = (path.rpartition("/")[2].removesuffix(".gif") for path in (mail.open, mail.read, mail.image))
    for path in (f"/r/{opened}", f"/{read}", f"/{image}", f"/r/{image}", f"/{read}/confirm", f"/{image}/seen"):
        assert client.post(path, {"revision": 1}).status_code in (404, 405)
        assert client.get(path).status_code in (404, 405)


def test_a_form_without_its_secret_changes_nothing_and_says_so_kindly(
    strict: Client, visit: Visit, mail: Letter
) -> None:
    answer = strict.post(f"{mail.open}/cancel", {"revision": 1})
    assert answer.status_code == 403
    assert "Nic się nie zmieniło." in answer.content.decode()
    visit.refresh_from_db()
    assert visit.status == "booked"


# --- what may be asked, and by whom -----------------------------------------------------------------------------------

WITHOUT_FORM = {
    "myosotis.web.app.push.renewed": "a service worker has no form; the phone's cookie and an address only it knows do",
    "myosotis.web.signals.push_clicked": "a service worker has no cookie; the token in the push is the proof",
    "myosotis.web.unsubscribe.unsubscribe": "mail programs post without cookie or page (RFC 8058 3.1)",
}
"""Views that take a POST without the secret of a form, and why that is safe."""


def name(pattern: URLPattern) -> str:
    assert pattern.callback is not None
    return f"{pattern.callback.__module__}.{pattern.callback.__qualname__}"


PAGES = list(leaves(urls.urlpatterns))


def test_every_page_with_a_form_is_held_to_its_secret() -> None:
    exempt = {name(page) for page in PAGES if getattr(page.callback, "csrf_exempt", False)}
    assert exempt == set(WITHOUT_FORM)


QUERIES = ("", "?start=20270311T090000Z", "?since=2027-03-11", "?lang=en&done=moved")
"""The others read none of them, or are answered by what answers a GET."""


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "patch", "delete"])
def test_nothing_but_a_post_changes_anything(client: Client, scene: Scene, mail: Letter, method: str) -> None:
    """Every address of the patients' pages, the public ones too; what else stands in an address is a guess."""
    Doctor.objects.update(slug="anna-nowak")
    review = force(scene.patient.visits.get(), LEFT, kind="review", channel="email")
    links = (mail.open, mail.read, mail.image, review.unsubscribe)
    known = {"slug": "anna-nowak", "calendar": scene.calendar.pk, "visit": mail.message.visit, "member_id": 1}
    before = everything()
    asked: list[str] = []
    for page, query in product(PAGES, QUERIES if method == "get" else QUERIES[:1]):
        for path in {path_of(page, token_of(link), known) for link in links}:
            place = f"198.51.{len(asked) // 250}.{len(asked) % 250 + 1}"  # each from another: nobody is turned away
            answer = getattr(client, method)(f"{path}{query}", REMOTE_ADDR=place)
            assert answer.status_code in (200, 302, 400, 403, 404, 405), (path, answer.status_code)
            asked.append(path)
    assert len(asked) > len(PAGES)
    assert everything() == before


def token_of(link: str) -> str:
    return link.rpartition("/")[2].removesuffix(".gif")


def path_of(page: URLPattern, token: str, known: dict[str, object]) -> str:
    """The address of a page, with a value for everything that it names."""
    form, names = normalize(page.pattern.regex.pattern)[0]
    values = {name: known.get(name, token) for name in names}
    return "/" + form.lstrip("/") % {name: str(getattr(value, "uuid", value)) for name, value in values.items()}


def everything() -> dict[str, list[dict[str, object]]]:
    """Every row of every table; but the counts of openings, and the reports of an e-mail's image (docs/rules.md 3)."""
    models = set(apps.get_app_config("store").get_models()) - {RateCount, ReadingReport}
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}


# --- whence ----------------------------------------------------------------------------------------------------------


def asked_by(peer: str, forwarded: str | None = None) -> str:
    given = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    request: WSGIRequest = RequestFactory().get("/", REMOTE_ADDR=peer, headers=given)
    return openings.place_of(request)


@pytest.mark.parametrize(
    ("peer", "forwarded", "place"),
    [
        ("198.51.100.7", None, "198.51.100.7"),
        ("198.51.100.7", "203.0.113.5", "198.51.100.7"),  # not our proxy: what it says is not believed
        ("10.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "192.0.2.66, 203.0.113.5", "203.0.113.5"),  # the first was written by the client itself
        ("10.0.0.1", "203.0.113.5, 10.0.0.2", "203.0.113.5"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "10.0.0.2", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::/64"),
        ("10.0.0.1", "unknown", "unknown"),
        ("::ffff:198.51.100.7", None, "198.51.100.7"),  # IPv4 at a socket that takes both
        ("::ffff:10.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "::ffff:203.0.113.5, ::FFFF:10.0.0.2", "203.0.113.5"),
        ("10.0.0.1", "203.0.113.5:4711", "203.0.113.5"),  # a proxy that tells the port too
        ("10.0.0.1", "[2001:db8:1:2::7]:4711", "2001:db8:1:2::/64"),
    ],
)
def test_what_a_proxy_says_is_believed_of_trusted_ones_only(
    settings: Settings, peer: str, forwarded: str | None, place: str
) -> None:
    proxies = {"trusted_proxies": ("10.0.0.1", "10.0.0.2")}
    settings.MYOSOTIS = settings.MYOSOTIS.model_copy(update=proxies)
    assert asked_by(peer, forwarded) == place


# --- what goes with every page ----------------------------------------------------------------------------------------


def test_pages_are_kept_nowhere_and_tell_nobody_where_one_comes_from(client: Client, mail: Letter) -> None:
    for path in (mail.open, f"{mail.open}/cancel", f"{mail.open}/confirm", f"{mail.open}/visit.ics", mail.read,
                 f"/{NOBODYS}", f"/u/{NOBODYS}", mail.image):  # fmt: skip
        headers = client.get(path).headers
        assert headers["Cache-Control"] == "no-store", path
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]


def test_pages_hold_no_script_or_style_of_their_own(client: Client, mail: Letter) -> None:
    for path in (mail.open, f"{mail.open}/cancel", mail.read):
        page = client.get(path).content.decode()
        assert "<style" not in page
        assert " style=" not in page
        assert "<script>" not in page
        assert "http://" not in page.replace("http://testserver", "")
        assert page.count("<script") == page.count("/static/patient/seen.js")


# --- languages --------------------------------------------------------------------------------------------------------


def test_the_card_s_language_else_the_practice_s_and_the_reader_s_choice_before_both(
    client: Client, scene: Scene, visit: Visit, mail: Letter
) -> None:
    english = {"accept-language": "en"}
    answer = client.get(mail.open, headers=english)
    assert answer["Content-Language"] == "pl"
    assert '<html lang="pl">' in answer.content.decode()
    scene.patient.language = "en"
    scene.patient.save()
    page = client.get(mail.open).content.decode()
    assert '<html lang="en">' in page
    assert "Wednesday 10 March 2027" in page
    assert "Moja wizyta" in client.get(f"{mail.open}?lang=pl").content.decode()
    assert "My visit" in client.get(f"{mail.open}?lang=de").content.decode()


def test_the_chosen_language_stays_through_forms_and_redirects(client: Client, visit: Visit, mail: Letter) -> None:
    page = client.get(f"{mail.open}?lang=en").content.decode()
    for address in (f"{mail.open}/confirm", f"{mail.open}/cancel", f"{mail.open}/visit.ics"):
        assert f'"{address}?lang=en"' in page
    assert 'href="?lang=pl"' in page
    assert f'action="{mail.open}/cancel?lang=en"' in client.get(f"{mail.open}/cancel?lang=en").content.decode()
    confirmed = client.post(f"{mail.open}/confirm?lang=en", {"revision": 1})
    assert confirmed["Location"] == f"{mail.open}?done=confirmed&lang=en"
    after = client.get(confirmed["Location"]).content.decode()
    assert "Thank you, the visit is confirmed." in after
    assert 'href="?done=confirmed&amp;lang=pl"' in after
    assert client.post(f"{mail.open}/cancel?lang=en", {"revision": 7})["Location"].endswith("&lang=en")
    assert client.post(f"{mail.read}?lang=en")["Location"].endswith("?done=read&lang=en")


# --- the calendar file ------------------------------------------------------------------------------------------------


def test_the_visit_can_be_taken_into_ones_own_calendar(
    client: Client, scene: Scene, visit: Visit, mail: Letter
) -> None:
    scene.calendar.doctor.specialty = "Psychiatria"
    scene.calendar.doctor.save()
    answer = client.get(f"{mail.open}/visit.ics")
    assert answer["Content-Type"] == "text/calendar; method=PUBLISH; charset=UTF-8"
    assert answer["Content-Disposition"] == 'attachment; filename="wizyta.ics"'
    file = Ics.from_ical(answer.content)
    (event,) = file.walk("VEVENT")
    assert isinstance(event, Event)
    assert file["METHOD"] == "PUBLISH"
    assert "ATTENDEE" not in event
    assert (str(event["UID"]), event["SEQUENCE"]) == (str(visit.uuid), 3)
    assert (event.start, event.end) == (visit.start, visit.end)
    assert str(event["SUMMARY"]) == "Wizyta: dr n. med. Anna Nowak"
    assert mail.open in str(event["DESCRIPTION"])
    assert b"Psychiatria" not in answer.content
    assert scene.patient.last_name.encode() not in answer.content


# --- speed ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "most"),
    [
        ("", 4), ("/cancel", 4), ("/visit.ics", 4), ("/move", 9), ("/move?since=2027-03-20", 9),
        ("/move?start=20270311T090000Z", 9), ("/preferences", 7),
    ],
)  # fmt: skip
def test_a_page_asks_the_database_a_few_things(
    client: Client, mail: Letter, part: str, most: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """One to count the opening, one for whose the link is, one for all that its message concerns, and what the page adds."""
    with django_assert_max_num_queries(most):
        assert client.get(f"{mail.open}{part}").status_code == 200
