"""Who is on this phone: one leaves, or the phone forgets everybody. It asks once; joining again takes a code."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from myosotis import clock
from myosotis.flows import app_left
from myosotis.flows.errors import NotFound
from myosotis.store.models import Member
from myosotis.web.app.door import NOBODY, STATE, Phone, answer, drop_key, in_app
from myosotis.web.pages import kept_query
from myosotis.web.patient import page_with_form


@in_app
@require_safe
def people(request: HttpRequest, phone: Phone) -> HttpResponse:
    """The people, and how another one joins."""
    return answer(request, phone, "app/people.html", {"done": request.GET.get("done", "")})


@in_app
@page_with_form
def leave(request: HttpRequest, phone: Phone, member_id: int) -> HttpResponse:
    """One person leaves; the last one takes the phone's secret along."""
    member = _member(phone, member_id)
    if request.method != "POST":
        return answer(request, phone, "app/leave.html", {"member": member})
    if len(phone.members) == 1:
        return _forgotten(request, phone)
    app_left.leave(installation=phone.installation, member_id=member.pk, now=clock.now())
    return HttpResponseRedirect(f"/app/people{kept_query(request, done='left')}")


@in_app
@page_with_form
def forget(request: HttpRequest, phone: Phone) -> HttpResponse:
    """The phone forgets everybody."""
    if request.method != "POST":
        return answer(request, phone, "app/forget.html", {})
    return _forgotten(request, phone)


def _forgotten(request: HttpRequest, phone: Phone) -> HttpResponse:
    app_left.forget(installation=phone.installation, now=clock.now())
    response = HttpResponseRedirect(f"/app{kept_query(request, done='forgotten')}")
    response.headers[STATE] = NOBODY
    drop_key(response)
    return response


def _member(phone: Phone, member_id: int) -> Member:
    for member in phone.members:
        if member.pk == member_id:
            return member
    raise NotFound("member")
