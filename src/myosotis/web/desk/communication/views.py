"""The switches of one calendar and of all, the difference before it is saved, saving, and taking it back."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from myosotis import clock
from myosotis.domain.values import Switches
from myosotis.domain.words import Channel, ConsentBasis
from myosotis.flows import found, switches_changed
from myosotis.flows.errors import Conflict, Invalid
from myosotis.store.models import Calendar
from myosotis.store.providers import channels_of
from myosotis.value_class import value_class
from myosotis.web.desk import errors, frame
from myosotis.web.desk.access import ANYBODY, OWNER, Desk, staff
from myosotis.web.desk.communication import effects, previews, trials
from myosotis.web.desk.communication.switches import ALWAYS, SWITCHES, Words, chosen_in, mask_of, switches_of
from myosotis.web.desk.ids import id_in


def calendar_of(desk: Desk, calendar_id: int) -> Calendar:
    """A calendar that whoever asks may see. Raises NotFound."""
    return found.one(desk.calendars().filter(pk=calendar_id), "calendar")


@value_class
class Shown:
    """A switch with its words, as it stands."""

    words: Words
    on: bool


def shown(switches: Switches) -> list[Shown]:
    return [Shown(words=words, on=getattr(switches, words.name)) for words in SWITCHES]


@require_safe
@staff(*ANYBODY)
def communications(request: HttpRequest, desk: Desk) -> HttpResponse:
    """All calendars with their six switches at a glance."""
    rows = [(calendar, shown(calendar.switches)) for calendar in desk.calendars()]
    return frame.answer(request, desk, "desk/communication/all.html", {"rows": rows, "switches": SWITCHES})


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*ANYBODY)
def communication(request: HttpRequest, desk: Desk, calendar_id: int) -> HttpResponse:
    """The page of one calendar; a POST saves the switches and says what that did."""
    calendar = calendar_of(desk, calendar_id)
    if request.method != "POST":
        return _page(request, desk, calendar, calendar.switches)
    chosen, was = chosen_in(request.POST), _mask(request.POST.get("was", ""))
    try:
        effect = switches_changed.apply(
            practice=desk.practice, calendar_id=calendar.pk, switches=chosen, was=was, actor=desk.actor, now=clock.now()
        )
    except Conflict as error:
        frame.warn(request, errors.words(error))
        return _page(request, desk, calendar_of(desk, calendar_id), chosen, status=409)
    former = calendar.switches if was is None else was
    if former == chosen:
        frame.say(request, _("Nothing was changed."))
    else:
        said = _("Saved. %(effect)s") % {"effect": effects.sentence(effect)}
        frame.say(request, said, undo=back({calendar.pk: former}, chosen))
    return HttpResponseRedirect(reverse("desk:communication", args=[calendar.pk]), status=303)


def _page(request: HttpRequest, desk: Desk, calendar: Calendar, chosen: Switches, status: int = 200) -> HttpResponse:
    channels = channels_of([desk.practice.pk])[desk.practice.pk]
    context = {
        "calendar": calendar,
        "switches": shown(chosen),
        "always": ALWAYS,
        "was": mask_of(calendar.switches),
        "others": desk.calendars().exclude(pk=calendar.pk).exists(),
        "consent_by_card": desk.practice.consent_basis == ConsentBasis.CARD,
        "without_sms": Channel.SMS not in channels,
        "without_email": Channel.EMAIL not in channels,
        "preview": previews.preview_of(desk.practice, calendar, previews.Wish.of(request.GET, desk.practice, chosen)),
        "choices": previews.choices(),
        "trials": trials.forms_for(desk),
        "at_most": trials.AT_MOST,
        "may_ask": desk.may(OWNER),
    }
    if chosen != calendar.switches:
        context |= _difference(desk, calendar, chosen)
    return frame.answer(request, desk, "desk/communication/page.html", context, status=status)


@require_POST
@staff(*ANYBODY)
def difference(request: HttpRequest, desk: Desk, calendar_id: int) -> HttpResponse:
    """What saving the switches of the form would do now; a piece, and nothing is changed."""
    calendar = calendar_of(desk, calendar_id)
    context = {"calendar": calendar} | _difference(desk, calendar, chosen_in(request.POST))
    return frame.answer(request, desk, "desk/communication/difference.piece.html", context)


def _difference(desk: Desk, calendar: Calendar, chosen: Switches) -> dict[str, object]:
    if chosen == calendar.switches:
        return {"effect": None}
    effect = switches_changed.preview(practice=desk.practice, calendar_id=calendar.pk, switches=chosen, now=clock.now())
    return {"effect": effect, "rows": effects.rows_of(effect), "turned": effects.turned(calendar.switches, chosen)}


def back(former: Mapping[int, Switches], since: Switches) -> str:
    """The address that takes a change back: what stood before in each calendar, and what was set in all of them."""
    pairs = [("was", f"{calendar_id}-{mask_of(switches)}") for calendar_id, switches in former.items()]
    return f"{reverse('desk:communication_back')}?{urlencode([('set', mask_of(since)), *pairs])}"


@require_POST
@staff(*ANYBODY)
def communication_back(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Give calendars the switches back that they had before a change; messages whose time has passed do not come back."""
    since, former = _mask(request.GET.get("set", "")), _former(request.GET.getlist("was"))
    for calendar_id in former:
        calendar_of(desk, calendar_id)
    try:
        effect = switches_changed.bring_back(
            practice=desk.practice, former=former, since=since or Switches(), actor=desk.actor, now=clock.now()
        )
    except (Conflict, Invalid) as error:
        frame.warn(request, errors.words(error))
    else:
        said = _("The switches are as they were. %(effect)s What was due meanwhile is not made up for.")
        frame.say(request, said % {"effect": effects.sentence(effect)})
    one = next(iter(former), None)
    url = reverse("desk:communications") if one is None else reverse("desk:communication", args=[one])
    return frame.done(request, url)


def _mask(text: str) -> Switches | None:
    """The switches behind a number of a form or an address; None for anything else."""
    try:
        return switches_of(int(text))
    except ValueError:
        return None


def _former(texts: list[str]) -> dict[int, Switches]:
    former = {}
    for text in texts:
        calendar_id, _sign, mask = text.partition("-")
        switches = _mask(mask)
        if switches is not None:
            former[id_in(calendar_id)] = switches
    return former
