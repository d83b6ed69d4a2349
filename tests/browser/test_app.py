"""The app in a real Chromium: joined by a code from the SMS, pushes encrypted by the real sender and shown by the worker.

The test hands on what a push service hands on: the sandbox's own decrypts what the sender sent, and the browser gets it
through the DevTools protocol, as if its own push service had delivered it.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, Worker, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from myosotis import clock
from myosotis.channels.providers.webpush.vapid import application_server_key, new_key, read_key
from myosotis.dispatch.run import run_until_idle
from myosotis.domain.words import Party, Via
from myosotis.flows import visit_moved
from myosotis.sandbox.inprocess import threaded_peers
from myosotis.sandbox.peers import ledger
from myosotis.sandbox.peers.push import APPLICATION_KEY, PREFIX, BrowserKeys, subscribe
from myosotis.sandbox.peers.world import Options, Peers
from myosotis.sandbox.place import Place
from myosotis.store.models import Message, Patient, ProviderAccount, PushSubscription, ReadingReport, Visit
from tests.browser.walk import said_in
from tests.db.make import ACTOR, NEXT_WEEK, NOW, Scene, ahead, book, make_patient, messages
from tests.db.web.letters import Hand, Letter, letters

pytestmark = pytest.mark.django_db(transaction=True)
PHONE: Final[ViewportSize] = {"width": 360, "height": 740}
DESK: Final[ViewportSize] = {"width": 1280, "height": 900}
LEFT = NOW + timedelta(seconds=61)
TOKEN = "t" * 20
CODE = re.compile(r"\b(\d{6})\b|\b(\d{3}) (\d{3})\b")
Say = Callable[[str], str]
"""From English words to those of the pages."""
IN_POLISH: Final[Say] = partial(said_in, "pl")
ENDPOINT = "https://push.example.org"
"""Where the browser's push service stands, as the browser says; a real one is never without TLS."""

SUBSCRIBES = """
    (keys => {
        const octets = text => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), sign => sign.charCodeAt(0));
        let subscription = null;
        PushManager.prototype.getSubscription = async () => subscription;
        PushManager.prototype.subscribe = async options => {
            window.asked = Array.from(new Uint8Array(options.applicationServerKey));
            subscription = {
                options: { applicationServerKey: octets(keys.server).buffer },
                toJSON: () => ({ endpoint: keys.endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth } }),
                unsubscribe: async () => { subscription = null; return true; },
            };
            return subscription;
        };
        if (keys.subscribed) PushManager.prototype.subscribe({ applicationServerKey: octets(keys.server) });
    })(%s);
"""
"""A browser that subscribes at the sandbox's push service: Chromium's own would ask for the network."""


@dataclass
class Stage:
    """A practice on one server with its providers, and a phone."""

    scene: Scene
    place: Place
    peers: Peers
    hand: Hand
    url: str
    server_key: str

    def dispatch(self) -> None:
        run_until_idle(clock.now())

    def received(self, channel: str) -> list[ledger.Received]:
        with closing(ledger.connect(self.place.ledger)) as database:
            return ledger.received(database, "channel = ?", (channel,))

    def mail(self, visit: Visit) -> Letter:
        return letters(visit, LEFT)[("details", "email")]

    def browser_keys(self, owner: int) -> BrowserKeys:
        """The keys that a browser makes; the sandbox's push service knows the private ones."""
        with closing(ledger.connect(self.place.ledger)) as database:
            return subscribe(database, owner=owner, path=f"browser-{owner}", seed=bytes([owner % 250 + 1]) * 32)

    def follow(self) -> None:
        """From the browser's push service to the one of this test."""
        for row in PushSubscription.objects.filter(endpoint__startswith=ENDPOINT):
            row.endpoint = row.endpoint.replace(ENDPOINT, f"http://127.0.0.1:{self.peers.http_port}")
            row.save(update_fields=["endpoint"])

    def newest_code(self) -> str:
        found = CODE.search(self.received("sms")[-1].text)
        assert found is not None
        return "".join(filter(None, found.groups()))


@pytest.fixture
def stage(live_server: LiveServer, hand: Hand, tmp_path: Path, settings: Settings) -> Iterator[Stage]:
    place = Place(tmp_path)
    key = new_key()
    server_key = application_server_key(read_key(key))
    with closing(ledger.connect(place.ledger)) as database:
        ledger.keep(database, APPLICATION_KEY, server_key)
    with threaded_peers(Options(ledger=place.ledger, token=TOKEN, bounces_to="lmtp://127.0.0.1:1")) as peers:
        accounts = {
            "public_url": live_server.url,
            "sms": {"provider": "smsapi", "token": TOKEN, "base_url": f"http://127.0.0.1:{peers.http_port}"},
            "push": {
                "provider": "webpush", "vapid_private_key": key, "subject": "mailto:a@example.org",
                "allow_loopback": "yes",
            },
        }  # fmt: skip
        settings.MYOSOTIS = settings.MYOSOTIS.model_copy(update=accounts)
        scene = Scene.set()
        ProviderAccount.objects.exclude(channel="email").delete()
        scene.practice.sms_sender = "+48450000999"
        scene.practice.save()
        hand.set(LEFT)
        yield Stage(scene, place, peers, hand, live_server.url, server_key)


@pytest.fixture
def contexts(chromium: Browser, stage: Stage) -> Iterator[Callable[..., BrowserContext]]:
    """Phones; whatever leaves this server, or is refused by the browser, fails the test."""
    made: list[BrowserContext] = []
    wrong: list[str] = []

    def make(**given: Any) -> BrowserContext:
        context = chromium.new_context(**{"viewport": PHONE, "locale": "pl-PL", **given})
        context.on("request", lambda asked: wrong.append(asked.url) if not asked.url.startswith(stage.url) else None)
        context.on("console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None)
        context.on("weberror", lambda error: wrong.append(str(error.error)))
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()
    assert wrong == []


def join(page: Page, stage: Stage, letter: Letter, say: Say = IN_POLISH) -> None:
    """From the link of a message into the app, by the code that arrives."""
    page.goto(f"{stage.url}{letter.open}/app")
    page.get_by_role("button", name=say("Send me the code")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(say("The code from the SMS"))
    stage.dispatch()
    page.get_by_role("textbox").fill(stage.newest_code())
    page.get_by_role("button", name=say("Join"), exact=True).click()
    told(page, say("You have joined. From now on your visits are here."))


def told(page: Page, words: str) -> None:
    expect(page.get_by_role("status").filter(visible=True)).to_contain_text(words)


def controlled(page: Page) -> None:
    """The worker stands and answers for this page."""
    becomes(page, "() => navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller !== null)")


def notices(page: Page) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = page.evaluate(
        """async () => (await (await navigator.serviceWorker.ready).getNotifications()).map(
            one => ({ title: one.title, body: one.body, tag: one.tag, renotify: one.renotify, data: one.data }))"""
    )
    return shown


def with_push(context: BrowserContext, stage: Stage, *, subscribed: bool = False) -> None:
    keys = stage.browser_keys(stage.scene.patient.pk)
    said = {
        "endpoint": f"{ENDPOINT}{PREFIX}{keys.path}", "p256dh": keys.p256dh, "auth": keys.auth,
        "server": stage.server_key, "subscribed": subscribed,
    }  # fmt: skip
    context.add_init_script(SUBSCRIBES % json.dumps(said))


def deliver(context: BrowserContext, page: Page, stage: Stage, payload: str, until: str = "notice") -> None:
    """Hand the browser what its push service would, wait for the worker to show it, and see that `until` is true then.

    The list of notices is not asked for meanwhile: whoever asks has Chromium forget what is written there and not shown yet.
    """
    registrations: list[dict[str, Any]] = []
    session = context.new_cdp_session(page)
    session.on("ServiceWorker.workerRegistrationUpdated", lambda said: registrations.extend(said["registrations"]))
    session.send("ServiceWorker.enable")
    becomes(page, "() => navigator.serviceWorker.ready.then(() => true)")
    for _ in range(FRAMES):  # said by an event of its own, which may come after the answer to `enable`
        if registrations:
            break
        page.evaluate("() => new Promise(requestAnimationFrame)")
    wanted = {"origin": stage.url, "registrationId": registrations[-1]["registrationId"], "data": payload}
    [worker] = context.service_workers or [context.wait_for_event("serviceworker")]
    worker.evaluate(TELLS_WHEN_SHOWN)
    session.send("ServiceWorker.deliverPushMessage", wanted)
    worker.evaluate(in_time("self.told"))
    assert page.evaluate(f"async () => {{ {SHOWN}; return Boolean({until}); }}")


PATIENCE: Final = 30_000
"""Milliseconds."""
FRAMES: Final = PATIENCE * 60 // 1000
TELLS_WHEN_SHOWN: Final = """
    () => {
        const shows = ServiceWorkerRegistration.prototype.showNotification;
        self.told = new Promise(tell => {
            ServiceWorkerRegistration.prototype.showNotification = async function (...given) {
                ServiceWorkerRegistration.prototype.showNotification = shows;
                await shows.apply(this, given);
                tell();
            };
        });
    }
"""
"""The next time the worker shows a notice."""
SHOWN = "const [notice] = await (await navigator.serviceWorker.ready).getNotifications()"


def becomes(page: Page, question: str) -> None:
    """Wait until what a function in the page promises is true; not for ever, or nobody would learn which test it was."""
    page.evaluate(
        in_time(f"(async () => {{ while (!await ({question})()) await new Promise(requestAnimationFrame); }})()")
    )


def in_time(promise: str) -> str:
    """A function that waits for a promise, and fails if it takes too long."""
    late = f'new Promise((_, late) => setTimeout(() => late(new Error("did not become true")), {PATIENCE}))'
    return f"() => Promise.race([{late}, {promise}])"


def tap(worker: Worker) -> str:
    """Tap the only notice; where the worker leads. A tap of no finger may open no window, so that is noted instead."""
    opened: str = worker.evaluate(
        """async () => {
            let opened = "", work;
            Object.defineProperty(self.clients, "openWindow", { configurable: true, value: async url => { opened = url; } });
            const [notification] = await self.registration.getNotifications();
            const event = new NotificationEvent("notificationclick", { notification });
            event.waitUntil = promise => { work = promise; };
            self.dispatchEvent(event);
            await work;
            return opened;
        }"""
    )
    return opened


@pytest.mark.parametrize("language", ["pl", "en"])
def test_from_a_link_to_a_push_that_is_shown_and_read(
    stage: Stage, contexts: Callable[..., BrowserContext], language: str
) -> None:
    say = partial(said_in, language)
    Patient.objects.update(language=language)
    visit = book(stage.scene.calendar, stage.scene.patient)
    context = contexts(permissions=["notifications"])
    with_push(context, stage)
    page = context.new_page()
    join(page, stage, stage.mail(visit), say)
    assert ("reminder", "sms") in ahead(visit)
    page.get_by_role("link", name=say("Notifications instead of SMS")).click()
    page.get_by_role("button", name=say("Switch notifications on")).click()
    told(page, say("Notifications are on."))
    assert ("reminder", "push") in ahead(visit)
    stage.follow()

    due = messages(visit, kind="reminder", channel="push")[0].due_at
    assert due is not None
    stage.hand.set(due)
    stage.dispatch()
    (pushed,) = stage.received("push")
    deliver(context, page, stage, pushed.text)
    (notice,) = notices(page)
    assert visit.patient.last_name not in json.dumps(notice)
    assert notice["title"] == json.loads(pushed.text)["title"]
    assert notice["renotify"] is True

    deliver(context, page, stage, pushed.text, until="!notice.renotify")  # a repeat takes the place, in silence
    assert len(notices(page)) == 1

    worker = context.service_workers[0]
    reminder = Message.objects.get(visit=visit, kind="reminder", channel="push")
    assert reminder.read_at is None
    assert tap(worker) == f"{stage.url}{notice['data']['url']}"
    assert [*ReadingReport.objects.values_list("signal", "message_id", "counted")][-1] == (
        "push_click",
        reminder.pk,
        True,
    )
    page.goto(f"{stage.url}{notice['data']['url']}")
    expect(page.get_by_role("heading", level=1)).to_have_text(say("My visit"))
    assert notices(page) == []


def test_a_newer_message_of_a_visit_replaces_the_notice_and_rings_again(
    stage: Stage, contexts: Callable[..., BrowserContext]
) -> None:
    visit = book(stage.scene.calendar, stage.scene.patient)
    context = contexts(permissions=["notifications"])
    with_push(context, stage, subscribed=True)
    page = context.new_page()
    join(page, stage, stage.mail(visit))
    page.goto(f"{stage.url}/app/push")
    page.get_by_role("button", name="Włącz powiadomienia").click()
    expect(page.get_by_role("status").filter(visible=True)).to_contain_text("Powiadomienia są włączone")
    stage.follow()
    for hours in (1, 2):
        now = stage.hand.set(LEFT + timedelta(hours=hours))
        visit_moved.move(
            practice=stage.scene.practice, visit_id=visit.pk, start=NEXT_WEEK + timedelta(hours=hours),
            by=Party.PRACTICE, via=Via.API, actor=ACTOR, now=now,
        )  # fmt: skip
        stage.dispatch()
        payload = stage.received("push")[-1].text
        click = json.loads(payload)["click"]
        deliver(context, page, stage, payload, until=f"notice && notice.data.click === '{click}' && notice.renotify")
        assert len(notices(page)) == 1
    assert len(stage.received("push")) == 2


def test_chromium_would_install_it(stage: Stage, contexts: Callable[..., BrowserContext]) -> None:
    """A test's browser is a private window, into which nothing is installed; there is nothing else against it."""
    context = contexts()
    page = context.new_page()
    join(page, stage, stage.mail(book(stage.scene.calendar, stage.scene.patient)))
    controlled(page)
    session = context.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert manifest["url"].startswith(f"{stage.url}/manifest.webmanifest")
    found = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [error["errorId"] for error in found] == ["in-incognito"]


def test_a_damaged_push_shows_something_neutral(stage: Stage, contexts: Callable[..., BrowserContext]) -> None:
    context = contexts(permissions=["notifications"])
    page = context.new_page()
    join(page, stage, stage.mail(book(stage.scene.calendar, stage.scene.patient)))
    deliver(context, page, stage, "no JSON at all")
    (notice,) = notices(page)
    assert (notice["title"], notice["data"]["url"]) == ("Myosotis", "/app")


def test_without_a_network_the_last_visits_are_shown_and_said_to_be_old(
    stage: Stage, contexts: Callable[..., BrowserContext]
) -> None:
    visit = book(stage.scene.calendar, stage.scene.patient)
    context = contexts()
    page = context.new_page()
    join(page, stage, stage.mail(visit))
    controlled(page)
    page.goto(f"{stage.url}/app")
    becomes(page, "() => caches.match('/app', { cacheName: 'visits' })")
    kept = page.evaluate(
        "async () => (await (await caches.open('visits')).keys()).map(one => new URL(one.url).pathname)"
    )
    assert kept == ["/app"]
    context.set_offline(True)
    page.reload()
    expect(page.get_by_role("status").filter(visible=True)).to_contain_text("Brak połączenia. Tak wyglądały wizyty")
    expect(page.locator(".card .clock")).to_contain_text("10:00")
    assert page.evaluate("getComputedStyle(document.body).maxWidth + document.styleSheets.length") == "none2"
    page.goto(f"{stage.url}/app/messages")
    expect(page.get_by_role("heading", level=1)).to_have_text("Brak połączenia")
    context.set_offline(False)
    page.goto(f"{stage.url}/app/people")
    page.get_by_role("link", name="Zapomnij wszystko na tym telefonie").click()
    page.get_by_role("button", name="Tak, zapomnij wszystko").click()
    expect(page.get_by_role("status").filter(visible=True)).to_contain_text("ten telefon zapomniał")
    becomes(page, "async () => !await caches.has('visits')")
    context.set_offline(True)
    page.goto(f"{stage.url}/app")
    expect(page.get_by_role("heading", level=1)).to_have_text("Brak połączenia")
    expect(page.locator(".card")).to_have_count(0)


def test_two_people_on_one_phone_and_one_of_them_leaves(stage: Stage, contexts: Callable[..., BrowserContext]) -> None:
    scene = stage.scene
    child = make_patient(
        scene.practice, first_name="Olek", guardian_email="maria@example.org", guardian_phone=scene.patient.phone
    )
    page = contexts().new_page()
    join(page, stage, stage.mail(book(scene.calendar, scene.patient)))
    stage.hand.set(LEFT + timedelta(minutes=2))
    join(page, stage, stage.mail(book(scene.calendar, child, NEXT_WEEK - timedelta(days=1))))
    expect(page.locator(".card")).to_contain_text("Olek")
    expect(page.locator(".rows")).to_contain_text("Maria")
    page.get_by_role("link", name="Osoby").click()
    page.get_by_role("link", name="Usuń: Olek").click()
    page.get_by_role("button", name="Tak, usuń").click()
    expect(page.get_by_role("status")).to_contain_text("Tych wizyt już tu nie widać")
    page.get_by_role("link", name="Moje wizyty").click()
    expect(page.locator("main")).not_to_contain_text("Olek")


def test_a_denied_permission_is_explained_and_changes_nothing(
    stage: Stage, contexts: Callable[..., BrowserContext]
) -> None:
    context = contexts()
    context.add_init_script("Notification.requestPermission = async () => 'denied';")
    page = context.new_page()
    join(page, stage, stage.mail(book(stage.scene.calendar, stage.scene.patient)))
    page.goto(f"{stage.url}/app/push")
    if page.get_by_role("button", name="Włącz powiadomienia").is_visible():
        page.get_by_role("button", name="Włącz powiadomienia").click()
    expect(page.get_by_role("alert")).to_contain_text("Przeglądarka nie pozwala na powiadomienia")
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("delete window.PushManager;", "nie umie pokazywać powiadomień"),
        (
            "delete window.PushManager; Object.defineProperty(navigator, 'userAgent', { get: () => 'iPhone' });",
            "musi najpierw być na ekranie początkowym",
        ),
    ],
    ids=["no push", "iPhone"],
)
def test_a_browser_that_cannot_is_told_what_to_do(
    stage: Stage, contexts: Callable[..., BrowserContext], script: str, words: str
) -> None:
    context = contexts()
    context.add_init_script(script)
    page = context.new_page()
    join(page, stage, stage.mail(book(stage.scene.calendar, stage.scene.patient)))
    page.goto(f"{stage.url}/app/push")
    expect(page.get_by_role("alert")).to_contain_text(words)


def test_a_subscription_that_the_browser_replaces_is_told_by_the_worker(
    stage: Stage, contexts: Callable[..., BrowserContext]
) -> None:
    context = contexts(permissions=["notifications"])
    with_push(context, stage)
    page = context.new_page()
    join(page, stage, stage.mail(book(stage.scene.calendar, stage.scene.patient)))
    page.goto(f"{stage.url}/app/push")
    page.get_by_role("button", name="Włącz powiadomienia").click()
    expect(page.get_by_role("status").filter(visible=True)).to_contain_text("Powiadomienia są włączone")
    (before,) = PushSubscription.objects.all()
    said = {"endpoint": f"{before.endpoint}-2", "keys": {"p256dh": before.p256dh, "auth": before.auth}}
    context.service_workers[0].evaluate(
        "([old, said]) => renew({ endpoint: old }, { toJSON: () => said })", [before.endpoint, said]
    )
    assert PushSubscription.objects.get().endpoint == said["endpoint"]


def test_three_seconds_of_a_visit_in_the_app_are_a_reading(
    stage: Stage, contexts: Callable[..., BrowserContext]
) -> None:
    visit = book(stage.scene.calendar, stage.scene.patient)
    page = contexts().new_page()
    join(page, stage, stage.mail(visit))
    assert ("details", "sms") in ahead(visit)
    page.clock.install(time=LEFT)
    page.goto(f"{stage.url}/app/v/{visit.uuid}")
    with page.expect_response(re.compile(r"/app/v/[0-9a-f-]+/seen$")) as answer:
        page.clock.run_for(4000)
    assert answer.value.status == 204
    assert ("details", "sms") not in ahead(visit)


def test_a_browser_that_lost_its_subscription_gets_sms_again(
    stage: Stage, contexts: Callable[..., BrowserContext]
) -> None:
    visit = book(stage.scene.calendar, stage.scene.patient)
    context = contexts(permissions=["notifications"])
    with_push(context, stage)
    page = context.new_page()
    join(page, stage, stage.mail(visit))
    page.goto(f"{stage.url}/app/push")
    page.get_by_role("button", name="Włącz powiadomienia").click()
    expect(page.get_by_role("status").filter(visible=True)).to_contain_text("Powiadomienia są włączone")
    context.clear_permissions()
    with page.expect_response(re.compile(r"/app/push/off$")):
        page.goto(f"{stage.url}/app")
    assert ("reminder", "sms") in ahead(visit)


def test_all_but_push_and_offline_works_without_scripts(stage: Stage, contexts: Callable[..., BrowserContext]) -> None:
    visit = book(stage.scene.calendar, stage.scene.patient)
    page = contexts(java_script_enabled=False).new_page()
    join(page, stage, stage.mail(visit))
    page.get_by_role("link", name="Zobacz wizytę").click()
    page.get_by_role("button", name="Potwierdzam, będę").click()
    expect(page.get_by_role("status")).to_contain_text("wizyta jest potwierdzona")
    page.get_by_role("link", name="Powiadomienia").click()
    assert "potrzebne są skrypty" in page.content()
    page.get_by_role("link", name="Osoby").click()
    page.get_by_role("link", name="Zapomnij wszystko na tym telefonie").click()
    page.get_by_role("button", name="Tak, zapomnij wszystko").click()
    expect(page.get_by_role("status")).to_contain_text("ten telefon zapomniał")


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing_in_the_app_and_nothing_runs_off_the_side(
    stage: Stage,
    contexts: Callable[..., BrowserContext],
    flaws: Callable[[Page], list[str]],
    viewport: ViewportSize,
    language: str,
) -> None:
    visit = book(stage.scene.calendar, stage.scene.patient)
    context = contexts(viewport=viewport)
    page = context.new_page()
    letter = stage.mail(visit)
    page.goto(f"{stage.url}/app?lang={language}")
    before = [f"{letter.open}/app", "/app", "/app/offline"]
    look(page, stage, flaws, before, language)
    page.goto(f"{stage.url}{letter.open}/app")
    page.get_by_role("button", name="Wyślij mi kod").click()
    look(page, stage, flaws, [f"{letter.open}/app/code"], language)
    join(page, stage, letter)
    member = visit.patient.memberships.get()
    within = ["", "/messages", "/push", "/people", f"/people/{member.pk}/leave", "/forget", f"/v/{visit.uuid}"]
    look(page, stage, flaws, [f"/app{path}" for path in within], language)


def look(page: Page, stage: Stage, flaws: Callable[[Page], list[str]], paths: list[str], language: str) -> None:
    for path in paths:
        page.goto(f"{stage.url}{path}?lang={language}")
        assert page.locator("h1").count() == 1, path
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
            assert flaws(page) == [], f"{path}, {scheme}"
