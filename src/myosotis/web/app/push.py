"""Push on this phone, on and off. The browser subscribes at its push service; here is kept where pushes go."""

import re
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from myosotis import clock
from myosotis.flows import push_subscribed
from myosotis.flows.errors import Invalid
from myosotis.store.models import PushSubscription
from myosotis.web.app.door import Phone, answer, in_app
from myosotis.web.app.push_key import key_for, state_of
from myosotis.web.pages import kept_query
from myosotis.web.patient import page_with_form

LONGEST_ENDPOINT: Final = 2000
P256DH: Final = re.compile(r"[A-Za-z0-9_-]{87}=?")
"""65 octets (RFC 8291 2.1), base64url."""
AUTH: Final = re.compile(r"[A-Za-z0-9_-]{22}(==)?")
"""16 octets."""


@in_app
@page_with_form
def push(request: HttpRequest, phone: Phone) -> HttpResponse:
    """How push stands on this phone; a POST of the page's script says where pushes go from now on."""
    if request.method == "POST":
        return _switched_on(request, phone)
    done = request.GET.get("done", "")
    opted_out = [member for member in phone.members if member.patient.no_push]
    context = {"push": state_of(phone), "opted_out": opted_out, "done": done}
    return answer(request, phone, "app/push.html", context)


@in_app
@require_POST
def off(request: HttpRequest, phone: Phone) -> HttpResponse:
    """No more pushes to this phone; works without scripts."""
    push_subscribed.switch_off(installation=phone.installation, now=clock.now())
    return HttpResponseRedirect(f"/app/push{kept_query(request, done='off')}")


@csrf_exempt  # a service worker has no form: the proof is the phone's cookie (Lax) with the address that only it knows
@in_app
@require_POST
def renewed(request: HttpRequest, phone: Phone) -> HttpResponse:
    """The browser has replaced a subscription by itself (`pushsubscriptionchange`)."""
    old = push_subscribed.hash_endpoint(request.POST.get("old", ""))
    known = PushSubscription.objects.filter(member__installation=phone.installation, endpoint_hash=old)
    return _switched_on(request, phone) if known.exists() else HttpResponse(status=404)


def _switched_on(request: HttpRequest, phone: Phone) -> HttpResponse:
    endpoint, p256dh, auth = (request.POST.get(name, "") for name in ("endpoint", "p256dh", "auth"))
    _, members = key_for(phone)
    if not members or len(endpoint) > LONGEST_ENDPOINT or not (P256DH.fullmatch(p256dh) and AUTH.fullmatch(auth)):
        return HttpResponse(status=400)
    try:
        push_subscribed.switch_on(
            installation=phone.installation,
            members=members,
            endpoint=endpoint,
            p256dh=p256dh,
            auth=auth,
            now=clock.now(),
        )
    except Invalid:
        return HttpResponse(status=400)
    return HttpResponse(status=204)
