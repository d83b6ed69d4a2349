"""The doors of the desk: signing in, a second factor, links by mail, one's own account, the first start."""

import re
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse

from myosotis import clock
from myosotis.domain.words import Language, Role
from myosotis.site.sorry import broken
from myosotis.store import pruning, sessions
from myosotis.store.models import AuditEntry, StaffLetter, StaffUser
from tests.db.desk.conftest import PASSWORD, Staff, browser_of, make_staff
from tests.db.make import NOW, Scene, make_practice
from tests.db.web.letters import Hand

LOGIN = "/desk/account/login/"
HOME = "/desk/account/"
"""A page that everybody on the staff has."""


def sign_in(client: Client, email: str, password: str = PASSWORD, **given: Any) -> Any:
    return client.post(LOGIN, {"login": email, "password": password}, **given)


def code_now(secret: str) -> str:
    """What the app shows now."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


@pytest.fixture
def owner(scene: Scene, hand: Hand) -> StaffUser:
    cache.clear()
    return make_staff(scene.practice, Role.OWNER)


def test_the_right_password_leads_to_where_one_wanted_to_go(owner: StaffUser) -> None:
    client = Client()

    answer = client.post(f"{LOGIN}?next=/desk/account/", {"login": owner.email.upper(), "password": PASSWORD})

    assert answer.headers["Location"] == "/desk/account/"
    assert client.get(HOME).status_code == HTTPStatus.OK
    assert client.session.get_expiry_age() == 12 * 60 * 60


@pytest.mark.parametrize(
    "where", ["https://example.org/", "//example.org/", "http://localhost:9000/", "javascript:x()"]
)
def test_it_leads_to_no_other_server(owner: StaffUser, where: str) -> None:
    answer = Client().post(f"{LOGIN}?next={where}", {"login": owner.email, "password": PASSWORD})

    assert answer.headers["Location"] == "/desk/"


def test_a_wrong_password_and_an_unknown_address_get_one_answer(owner: StaffUser) -> None:
    def said(email: str, password: str) -> str:
        page = sign_in(Client(), email, password)
        assert page.status_code == HTTPStatus.OK
        return re.sub(r'value="[^"]*"', "", page.content.decode())

    assert said(owner.email, "nie to hasło wcale") == said("nikt@example.org", "nie to hasło wcale")


def test_the_key_of_the_session_is_another_after_signing_in(owner: StaffUser) -> None:
    client = Client()
    client.post("/desk/account/language/", {"language": "en"})
    session = client.session
    session["begin"] = True
    session.save()
    before = session.session_key

    sign_in(client, owner.email)

    assert client.session.session_key != before


def test_ten_wrong_passwords_in_a_minute_are_enough_for_one_place(owner: StaffUser) -> None:
    for number in range(10):
        sign_in(Client(), f"nikt{number}@example.org", "nie to hasło wcale")

    assert "Zbyt wiele" in sign_in(Client(), owner.email).content.decode()
    assert sign_in(Client(), owner.email, REMOTE_ADDR="198.51.100.7").status_code == HTTPStatus.FOUND


def test_five_wrong_passwords_close_an_address_wherever_they_come_from(owner: StaffUser) -> None:
    for number in range(5):
        sign_in(Client(), owner.email, "nie to hasło wcale", REMOTE_ADDR=f"198.51.100.{number}")

    page = sign_in(Client(), owner.email, REMOTE_ADDR="203.0.113.9")

    assert "Zbyt wiele" in page.content.decode()


def test_who_is_counted_behind_a_trusted_proxy_is_the_client(owner: StaffUser, settings: Any) -> None:
    settings.MYOSOTIS = settings.MYOSOTIS.model_copy(update={"trusted_proxies": ("127.0.0.1",)})
    for number in range(10):
        sign_in(
            Client(), f"nikt{number}@example.org", "nie to hasło wcale", headers={"X-Forwarded-For": "198.51.100.7"}
        )

    assert sign_in(Client(), owner.email, headers={"X-Forwarded-For": "203.0.113.9"}).status_code == HTTPStatus.FOUND


def test_nobody_signs_up(db: None) -> None:
    for path in ("/desk/account/signup/", "/desk/account/password/reset/", "/desk/account/email/"):
        assert Client().get(path).status_code == HTTPStatus.NOT_FOUND


def test_the_entrance_speaks_the_browsers_language_until_another_is_chosen(owner: StaffUser) -> None:
    client = Client(headers={"Accept-Language": "en"})
    assert '<html lang="en">' in client.get(LOGIN).content.decode()

    answer = client.post("/desk/account/language/", {"language": "pl", "next": LOGIN})

    assert answer.headers["Location"] == LOGIN
    assert '<html lang="pl">' in client.get(LOGIN).content.decode()
    assert answer.cookies["django_language"]["path"] == "/desk/"


def test_signed_in_the_pages_of_the_account_speak_the_chosen_language(scene: Scene, owner: StaffUser) -> None:
    owner.language = Language.EN
    owner.save()

    page = browser_of(owner).get(reverse("account_change_password"), headers={"Accept-Language": "pl"})

    assert "Change the password" in page.content.decode()
    assert scene.practice.name in page.content.decode()


def test_somebody_without_a_practice_gets_a_page_not_a_circle(db: None, hand: Hand) -> None:
    lonely = browser_of(StaffUser.objects.create_user("nikt@example.org", "x"))

    page = lonely.get(HOME, follow=True)

    assert page.redirect_chain == [("/desk/nowhere", 302)]
    assert page.status_code == HTTPStatus.FORBIDDEN
    assert "nikt@example.org" in page.content.decode()


def test_a_mangled_address_of_the_desk_says_so_in_its_frame(staff: Staff, scene: Scene) -> None:
    page = staff.owner.get("/desk/nie/ma/tego")

    assert page.status_code == HTTPStatus.NOT_FOUND
    assert scene.practice.name in page.content.decode()
    assert Client().get("/desk/nie/ma/tego").status_code == HTTPStatus.NOT_FOUND


def test_a_form_without_its_secret_says_so_in_the_frame(owner: StaffUser, scene: Scene) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)

    page = client.post("/desk/account/", {"about": "1", "name": "X", "language": "pl"})

    assert page.status_code == HTTPStatus.FORBIDDEN
    assert scene.practice.name in page.content.decode()


# --- the second factor --------------------------------------------------------------------------------------------


@pytest.fixture
def guarded(owner: StaffUser) -> tuple[StaffUser, str]:
    """An owner with an app, and the app's secret."""
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(owner, secret)
    return owner, secret


def test_the_secret_of_the_app_lies_sealed_in_the_database(guarded: tuple[StaffUser, str]) -> None:
    _, secret = guarded
    row = Authenticator.objects.get(type=Authenticator.Type.TOTP)

    assert secret not in str(row.data)


def test_the_password_alone_does_not_open_what_an_app_guards(guarded: tuple[StaffUser, str]) -> None:
    user, secret = guarded
    client = Client()

    assert sign_in(client, user.email).headers["Location"].startswith("/desk/account/second/ask/")
    assert client.get(HOME).status_code == HTTPStatus.FOUND
    assert client.post("/desk/account/second/ask/", {"code": "000000"}).status_code == HTTPStatus.OK

    answer = client.post("/desk/account/second/ask/", {"code": code_now(secret)})

    assert answer.headers["Location"] == "/desk/"
    assert client.get(HOME).status_code == HTTPStatus.OK


def test_a_recovery_code_opens_once(guarded: tuple[StaffUser, str]) -> None:
    user, _ = guarded
    code = RecoveryCodes.activate(user).get_unused_codes()[0]

    def tried() -> int:
        client = Client()
        sign_in(client, user.email)
        return int(client.post("/desk/account/second/ask/", {"code": code}).status_code)

    assert tried() == HTTPStatus.FOUND
    assert tried() == HTTPStatus.OK


def test_what_guards_the_account_is_changed_after_saying_again_who_one_is(owner: StaffUser) -> None:
    client = browser_of(owner)

    asked = client.get("/desk/account/second/app/")
    assert asked.headers["Location"].startswith("/desk/account/again/")
    wrong = client.post(asked.headers["Location"], {"password": "nie to hasło wcale"})
    assert wrong.status_code == HTTPStatus.OK

    answer = client.post(asked.headers["Location"], {"password": PASSWORD})

    assert answer.headers["Location"] == "/desk/account/second/app/"
    page = client.get("/desk/account/second/app/").content.decode()
    assert "data:image/svg+xml;base64," in page


def test_a_new_password_is_long_uncommon_and_unlike_its_owner(owner: StaffUser) -> None:
    client = browser_of(owner)

    def refused(new: str) -> bool:
        given = {"oldpassword": PASSWORD, "password1": new, "password2": new}
        return bool(client.post("/desk/account/password/", given).status_code == HTTPStatus.OK)

    assert refused("krotkie 7")
    assert refused("password1234")
    assert refused("123456789012")
    assert refused(owner.email)
    assert not refused("cztery konie w deszczu")


# --- sessions -----------------------------------------------------------------------------------------------------


def test_one_sees_where_one_is_signed_in_and_ends_it(owner: StaffUser) -> None:
    here, there = Client(), Client(headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"})
    sign_in(there, owner.email)
    sign_in(here, owner.email)

    page = here.get("/desk/account/sessions").content.decode()
    assert "Firefox, Windows" in page
    path = re.search(r'action="(/desk/account/sessions/\d+/end)"', page)
    assert path

    here.post(path[1])

    assert there.get(HOME).status_code == HTTPStatus.FOUND
    assert here.get(HOME).status_code == HTTPStatus.OK


def test_one_ends_all_sessions_but_this(owner: StaffUser) -> None:
    here, there, elsewhere = Client(), Client(), Client()
    for client in (there, elsewhere, here):
        sign_in(client, owner.email)

    here.post("/desk/account/sessions/end")

    assert [client.get(HOME).status_code for client in (here, there, elsewhere)] == [200, 302, 302]


def test_nobody_ends_the_session_of_somebody_else(owner: StaffUser, scene: Scene) -> None:
    other = make_staff(scene.practice, Role.RECEPTIONIST)
    theirs, mine = Client(), Client()
    sign_in(theirs, other.email)
    sign_in(mine, owner.email)
    page = theirs.get("/desk/account/sessions").content.decode()
    assert "/end" in page
    session = UserSession.objects.get(user=other)

    assert mine.post(f"/desk/account/sessions/{session.pk}/end").status_code == HTTPStatus.NOT_FOUND
    assert theirs.get(HOME).status_code == HTTPStatus.OK


def test_a_session_lasts_twelve_hours_from_the_last_act_not_from_what_a_page_asks_by_itself(
    owner: StaffUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    sign_in(client, owner.email)
    began = Session.objects.get().expire_date
    real = clock.wall()
    monkeypatch.setattr("myosotis.web.desk.doors.idle.clock.wall", lambda: real + timedelta(minutes=20))

    client.get("/desk/account/", headers={"HX-Request": "true"})
    assert Session.objects.get().expire_date == began

    client.get("/desk/account/")
    assert Session.objects.get().expire_date > began


# --- one's own account --------------------------------------------------------------------------------------------


def test_one_changes_name_and_language(owner: StaffUser) -> None:
    client = browser_of(owner)

    answer = client.post("/desk/account/", {"about": "1", "name": "Ewa Nowa", "language": "en"})

    assert answer.status_code == HTTPStatus.FOUND
    owner.refresh_from_db()
    assert (owner.name, owner.language) == ("Ewa Nowa", "en")
    assert "My account" in client.get("/desk/account/").content.decode()
    assert AuditEntry.objects.filter(action="staff.introduced", actor=f"staff:{owner.pk}").exists()


def test_one_wishes_the_days_notices_by_mail(owner: StaffUser) -> None:
    client = browser_of(owner)

    client.post("/desk/account/", {"digest": "1", "daily": "on", "at": "17:30"})

    membership = owner.memberships.get()
    assert (membership.digest, f"{membership.digest_at:%H:%M}") == ("daily", "17:30")
    assert client.post("/desk/account/", {"digest": "1", "at": "pora"}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_whoever_works_in_two_practices_chooses_where(owner: StaffUser) -> None:
    other = make_practice(name="Gabinet na Wzgórzu")
    owner.memberships.create(practice=other, role=Role.RECEPTIONIST)
    client = browser_of(owner)

    client.post("/desk/account/practice", {"practice": other.pk})

    assert "Gabinet na Wzgórzu" in client.get("/desk/account/").content.decode().partition("</title>")[0]


def test_nobody_chooses_a_practice_of_others(owner: StaffUser, scene: Scene) -> None:
    foreign = make_practice(name="Obca")
    client = browser_of(owner)

    assert client.post("/desk/account/practice", {"practice": foreign.pk}).status_code == HTTPStatus.NOT_FOUND
    assert "Obca" not in client.get("/desk/account/").content.decode()


# --- what is kept -------------------------------------------------------------------------------------------------


def test_the_table_of_tries_tells_no_address_and_no_place(owner: StaffUser) -> None:
    sign_in(Client(), owner.email, "nie to hasło wcale", REMOTE_ADDR="198.51.100.7")

    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM sign_in_tries")
        kept = [row[0] for row in cursor.fetchall()]
    assert kept
    assert not [key for key in kept if "198.51.100.7" in key or owner.email in key or "allauth" in key]


def test_sessions_that_are_over_go(owner: StaffUser) -> None:
    client = Client()
    sign_in(client, owner.email)
    assert sessions.prune(clock.wall()) == 0

    sessions.prune(clock.wall() + timedelta(hours=13))

    assert not Session.objects.exists()
    assert not UserSession.objects.exists()
    assert client.get(HOME).status_code == HTTPStatus.FOUND


def test_letters_go_ninety_days_after_their_link_ended(owner: StaffUser) -> None:
    letter = StaffLetter.objects.create(
        practice=owner.memberships.get().practice,
        topic="invitation",
        email="nigdy@example.org",
        language=Language.PL,
        created_at=NOW,
        expires_at=NOW,
    )
    assert sum(pruning.prune_letters(NOW + timedelta(days=90))) == 0
    assert sum(pruning.prune_letters(NOW + timedelta(days=91))) == 1
    assert not StaffLetter.objects.filter(pk=letter.pk).exists()


def test_a_piece_of_a_page_takes_somebody_without_a_practice_along(db: None, hand: Hand) -> None:
    lonely = browser_of(StaffUser.objects.create_user("nikt@example.org", "x"))

    assert lonely.get(HOME, headers={"HX-Request": "true"}).headers["HX-Redirect"] == "/desk/nowhere"


def test_a_new_password_leads_back_to_the_account(owner: StaffUser) -> None:
    client = browser_of(owner)
    given = {"oldpassword": PASSWORD, "password1": "cztery konie w deszczu", "password2": "cztery konie w deszczu"}

    answer = client.post("/desk/account/password/", given)

    assert answer.headers["Location"] == HOME
    assert client.get(HOME).status_code == HTTPStatus.OK


def test_an_account_without_a_password_gets_its_first(owner: StaffUser) -> None:
    owner.set_unusable_password()
    owner.save()
    client = browser_of(owner)

    asked = client.get("/desk/account/password/", follow=True)
    given = {"password1": "cztery konie w deszczu", "password2": "cztery konie w deszczu"}
    client.post(asked.redirect_chain[-1][0], given)

    owner.refresh_from_db()
    assert owner.check_password("cztery konie w deszczu")


def test_what_breaks_at_the_desk_says_so_in_its_look_and_asks_nothing(
    owner: StaffUser, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        page = broken(RequestFactory().get("/desk/"))

    assert page.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "Coś się tu zepsuło" in page.content.decode()


@pytest.mark.parametrize("page", ["/desk/notices/bell", "/desk/", "/desk/account/password/"])
def test_news_at_the_desk_keep_no_session_alive(owner: StaffUser, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    """What is said of news stands in the session, which is thereby kept anew: that is no act of anybody."""
    client = browser_of(owner)
    assert client.get(page).status_code == HTTPStatus.OK
    real = clock.wall()
    monkeypatch.setattr("myosotis.web.desk.doors.idle.clock.wall", lambda: real + timedelta(hours=12, minutes=11))

    assert client.get(page).headers["Location"].startswith(LOGIN)
    assert not Session.objects.exists()
