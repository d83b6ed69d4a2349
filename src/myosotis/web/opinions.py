"""What a patient says of a visit: giving it, changing it, taking it back (docs/rules.md 6). One form, no script."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods

from myosotis import clock
from myosotis.content import opinions as wording
from myosotis.content.context import HOME_ZONE
from myosotis.content.moments import moment
from myosotis.content.names import many_lines, one_line
from myosotis.domain.opinions import LONGEST_AUTHOR, LONGEST_TEXT, STARS, OpinionRule, OpinionState, may_be_given
from myosotis.domain.words import Kind, VisitStatus
from myosotis.flows import opinion_given
from myosotis.flows.errors import Conflict, Invalid
from myosotis.store.models import Calendar, Opinion, Patient, Visit
from myosotis.store.opinions import of_visit, state
from myosotis.value_class import value_class
from myosotis.web.pages import kept_query
from myosotis.web.phones import phone_of
from myosotis.web.reached import Reached, answer, back, language_of

MEANING: Final = {
    5: gettext_noop("very good"),
    4: gettext_noop("good"),
    3: gettext_noop("fair"),
    2: gettext_noop("poor"),
    1: gettext_noop("very poor"),
}
"""What so many stars say, best first."""


@value_class
class Entered:
    """The form as filled in, or as it begins."""

    stars: int | None = None
    text: str = ""
    author: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
def opinion(request: HttpRequest, at: Reached) -> HttpResponse:
    """The opinion of a visit that took place, as it stands, or the form for it; a POST gives it or takes it back."""
    if at.visit is None or at.patient is None or not at.owns_visit or not _was_asked(at):
        return back(request, at)
    if request.method == "POST":
        withdraws = request.POST.get("do") == "withdraw"
        return (_withdrawn if withdraws else _given)(request, at, at.visit, at.patient)
    said = _standing(at, at.visit)
    if said is None or request.GET.get("do") == "change":
        return _form(request, at, at.visit, _begun(said))
    return answer(request, at, "patient/opinion_said.html", _said(request, at, at.visit, said))


def _was_asked(at: Reached) -> bool:
    """By the request for an opinion, or by the app: the links of other messages end with the visit."""
    return at.in_app or (at.message is not None and at.message.kind == Kind.REVIEW)


def address_elsewhere(calendar: Calendar) -> str:
    """Where the practice wants opinions to be given; empty: on our own page."""
    address = calendar.review_address or calendar.doctor.review_address
    return address if urlsplit(address).scheme in ("http", "https") else ""


def address_in_app(at: Reached, visit: Visit, now: datetime) -> str:
    """Where the app leads to give an opinion of a visit, or to the one given; empty where there is neither."""
    if not at.in_app or not at.owns_visit:
        return ""
    elsewhere = address_elsewhere(visit.calendar)
    if _standing(at, visit) is not None:
        return f"{at.base}/opinion"
    if not may_be_given(VisitStatus(visit.status), visit.end, now):
        return ""
    return elsewhere or f"{at.base}/opinion"


def _standing(at: Reached, visit: Visit) -> Opinion | None:
    """What this patient said and did not take back; if the card was corrected since, it was somebody else."""
    said = of_visit(at.practice, visit.pk)
    own = said is not None and said.withdrawn_at is None and said.patient_id == visit.patient_id
    return said if own else None


def _begun(said: Opinion | None) -> Entered:
    return Entered() if said is None else Entered(stars=said.stars, text=said.text, author=said.author)


def _given(request: HttpRequest, at: Reached, visit: Visit, patient: Patient) -> HttpResponse:
    """Take what was entered; what cannot be taken stays in the form, with the reason beside it."""
    entered = _entered(request)
    try:
        opinion_given.give(
            practice=at.practice,
            visit_id=visit.pk,
            patient_id=patient.pk,
            stars=entered.stars or 0,
            text=entered.text,
            author=entered.author,
            replace_shown=request.POST.get("replace") == "yes",
            now=clock.now(),
        )
    except Invalid as refused:
        return _form(request, at, visit, entered, wrong=refused.field, status=422)
    except Conflict as conflict:
        if conflict.code == "opinion_shown":
            return _form(request, at, visit, entered, asks=True, status=409)
        return _here(request, at)
    return _here(request, at, "given")


def _withdrawn(request: HttpRequest, at: Reached, visit: Visit, patient: Patient) -> HttpResponse:
    opinion_given.withdraw(practice=at.practice, visit_id=visit.pk, patient_id=patient.pk, now=clock.now())
    return _here(request, at, "withdrawn")


def _entered(request: HttpRequest) -> Entered:
    stars = request.POST.get("stars", "")
    return Entered(
        stars=int(stars) if stars in {str(number) for number in STARS} else None,
        text=many_lines(request.POST.get("text", "")),
        author=one_line(request.POST.get("author", "")),
    )


def _here(request: HttpRequest, at: Reached, done: str = "") -> HttpResponse:
    """Back to this page, which says what happened; loading it again does nothing twice."""
    query = kept_query(request, **({"done": done} if done else {}))
    return HttpResponseRedirect(f"{at.base}/opinion{query}")


def _form(
    request: HttpRequest,
    at: Reached,
    visit: Visit,
    entered: Entered,
    *,
    wrong: str = "",
    asks: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The form, or politely why there is none: the visit did not take place, or was too long ago."""
    now, language = clock.now(), language_of(request, at)
    said = _standing(at, visit)
    context = {
        **_about(request, at, visit),
        "possible": may_be_given(VisitStatus(visit.status), visit.end, now),
        "entered": entered,
        "wrong": wrong,
        "is_shown": asks or (said is not None and state(said, now) is OpinionState.SHOWN),
        "changes": said is not None,
        "done": request.GET.get("done", ""),
        "choices": [(number, _glyphs(number), meaning) for number, meaning in MEANING.items()],
        "rules": [wording.RULES[rule][language] for rule in OpinionRule],
        "longest_text": LONGEST_TEXT,
        "longest_author": LONGEST_AUTHOR,
    }
    return answer(request, at, "patient/opinion.html", context, status)


def _said(request: HttpRequest, at: Reached, visit: Visit, said: Opinion) -> dict[str, Any]:
    """The opinion as it stands, for its author."""
    now, language = clock.now(), language_of(request, at)
    broken = wording.BROKEN[OpinionRule(said.rejected_because)][language] if said.rejected_because else ""
    return {
        **_about(request, at, visit),
        "opinion": said,
        "glyphs": _glyphs(said.stars),
        "state": state(said, now).value,
        "broken": broken,
        "possible": may_be_given(VisitStatus(visit.status), visit.end, now),
        "withdraws": request.GET.get("do") == "withdraw",
        "done": request.GET.get("done", ""),
    }


def _about(request: HttpRequest, at: Reached, visit: Visit) -> dict[str, Any]:
    """Which visit it is, and where to call."""
    zone = visit.calendar.address.zone
    when = moment(visit.start, zone, language_of(request, at), HOME_ZONE)
    phone = phone_of(visit.calendar.address.phone or at.practice.phone)
    return {"when": when, "doctor": visit.calendar.doctor.full_name, "phone": phone}


def _glyphs(stars: int) -> str:
    return "★" * stars + "☆" * (max(STARS) - stars)
