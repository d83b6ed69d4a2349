"""The doors of the desk in a real browser: by keyboard alone, with a second step, with a passkey, and without a flaw."""

import re
from collections.abc import Callable
from typing import Final

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from myosotis.domain.words import Language, Role
from myosotis.flows import staff_invited
from myosotis.flows.actor import SYSTEM
from myosotis.flows.practice_begun import key
from myosotis.links import Purpose
from myosotis.store.models import Doctor, Practice, StaffUser
from myosotis.web.links import hash_of_staff_link, path_of
from tests.db.desk.conftest import PASSWORD, make_staff
from tests.db.make import NOW, make_calendar, make_practice
from tests.db.web.letters import Hand

pytestmark = pytest.mark.django_db(transaction=True)
MOST_TABS: Final = 60
NEW_PASSWORD: Final = "cztery konie w deszczu"


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def page(opened: Callable[..., Page]) -> Page:
    """At the entrance."""
    return opened(refuse=True)


@pytest.fixture
def owner(live_server: LiveServer, hand: Hand) -> StaffUser:
    del live_server
    return make_staff(make_calendar(make_practice()).practice, Role.OWNER)


def tab_to(page: Page, selector: str) -> None:
    """As somebody without a mouse."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"nobody gets to {selector} by keyboard")


def type_into(page: Page, selector: str, text: str) -> None:
    tab_to(page, selector)
    page.keyboard.type(text)


def sign_in(page: Page, user: StaffUser) -> None:
    page.goto("/desk/account/login/?next=/desk/account/")
    type_into(page, "[name=login]", user.email)
    type_into(page, "[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login/" not in url)


def sign_out(page: Page) -> None:
    """By the menu under the own name."""
    tab_to(page, ".person-name, .dropdown-toggle")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Wyloguj").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Zaloguj się")).to_be_visible()


def test_a_password_an_app_and_a_recovery_code_by_keyboard_alone(
    page: Page, owner: StaffUser, flaws: Callable[[Page], list[str]]
) -> None:
    sign_in(page, owner)
    expect(page.get_by_role("heading", name="Moje konto")).to_be_visible()
    assert flaws(page) == []

    tab_to(page, "a[href='/desk/account/second/']")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Drugi krok logowania")).to_be_visible()
    assert flaws(page) == []
    tab_to(page, "a[href='/desk/account/second/app/']")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Potwierdzenie tożsamości")).to_be_visible()
    assert flaws(page) == []
    type_into(page, "[name=password]", PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Podłącz aplikację")).to_be_visible()
    assert page.evaluate("document.querySelector('.qr').naturalWidth") > 0, "the picture is drawn under our rules"
    assert flaws(page) == []
    secret = page.locator(".secret").text_content() or ""
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    type_into(page, "[name=code]", code)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Kody zapasowe")).to_be_visible()
    assert flaws(page) == []
    codes = page.locator(".codes code").all_text_contents()
    assert len(codes) == 10

    sign_out(page)
    sign_in(page, owner)
    expect(page.get_by_role("heading", name="Drugi krok")).to_be_visible()
    assert flaws(page) == []
    type_into(page, "[name=code]", codes[0])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Moje konto")).to_be_visible()


def test_a_passkey_is_made_and_opens_the_desk_without_a_password(
    page: Page, owner: StaffUser, flaws: Callable[[Page], list[str]]
) -> None:
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    sign_in(page, owner)
    page.goto("/desk/account/passkeys/add/")
    type_into(page, "[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Dodaj klucz dostępu")).to_be_visible()
    assert flaws(page) == []
    tab_to(page, "[name=passwordless]")
    page.keyboard.press("Space")
    tab_to(page, "#mfa_webauthn_add")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Kody zapasowe")).to_be_visible()

    page.goto("/desk/account/passkeys/")
    expect(page.get_by_role("row")).to_have_count(2)
    assert flaws(page) == []
    sign_out(page)
    tab_to(page, "#passkey_login")
    page.keyboard.press("Enter")

    expect(page.locator(".person-name")).to_have_text(owner.name)


def test_a_passkey_that_fails_is_explained_not_logged(page: Page, owner: StaffUser) -> None:
    page.goto("/desk/account/login/")
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new DOMException('', 'NotAllowedError')) }")

    page.get_by_role("button", name="Zaloguj się kluczem dostępu").click()

    expect(page.get_by_role("alert")).to_contain_text("Klucz nie został przyjęty")


def test_an_empty_installation_is_begun_and_somebody_joins(
    page: Page, live_server: LiveServer, hand: Hand, flaws: Callable[[Page], list[str]]
) -> None:
    """The pages of the first start themselves are looked at in the first day of a practice."""
    page.goto("/desk/")
    expect(page.get_by_role("heading", name="Pierwsze uruchomienie")).to_be_visible()
    type_into(page, "[name=key]", key().lower())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Właściciel i placówka")).to_be_visible()
    type_into(page, "[name=practice_name]", "Gabinet Nowak")
    type_into(page, "[name=name]", "Anna Nowak")
    type_into(page, "[name=email]", "anna@example.org")
    type_into(page, "[name=password]", NEW_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_contain_text("Gabinet Nowak")
    Doctor.objects.create(practice=Practice.objects.get(), name="Anna Nowak")

    page.goto("/desk/settings/staff")
    expect(page.get_by_role("row")).to_have_count(2)
    assert flaws(page) == []
    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="Zaproś osobę")).to_be_visible()
    assert flaws(page) == []
    type_into(page, "[name=name]", "Daniel Sosna")
    type_into(page, "[name=email]", "daniel@example.org")
    page.keyboard.press("Enter")
    link = page.get_by_label("Link, pokazywany tylko teraz")
    expect(link).to_be_visible()
    assert flaws(page) == []
    path = re.sub(r"^https?://[^/]+", "", link.input_value())

    page.context.clear_cookies()
    page.goto(path)
    expect(page.get_by_role("heading", name="Witamy w Gabinet Nowak")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Welcome to Gabinet Nowak")).to_be_visible()
    type_into(page, "[name=password]", NEW_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".person-name")).to_have_text("Daniel Sosna")
    page.goto("/desk/settings/staff")
    expect(page.get_by_role("heading", level=1)).to_have_text("This page is for others")


def test_pages_of_the_entrance_have_no_flaws_at_any_width(
    page: Page, owner: StaffUser, flaws: Callable[[Page], list[str]]
) -> None:
    invited = staff_invited.invite(
        practice=owner.memberships.get().practice,
        email="nowa@example.org",
        name="Maria",
        role=Role.OWNER,
        doctor_id=None,
        language=Language.PL,
        actor=SYSTEM,
        now=NOW,
        by_hand=hash_of_staff_link,
    )
    for path in (
        "/desk/account/login/",
        "/desk/forgotten",
        path_of(invited.message, Purpose.STAFF),
        "/desk/welcome/AbCdEfGhIjKlMnO12",
        "/desk/nie/ma/tego",
    ):
        page.goto(path)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 800})
            assert flaws(page) == [], (path, width)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
