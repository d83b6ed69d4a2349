"""The way into the desk of the demo practice, without a password: everybody in it is invented."""

from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from myosotis.domain.words import Role
from myosotis.sandbox.demo.practice import PRACTICE_NAME
from myosotis.store.models import Membership


@require_safe
def enter(request: HttpRequest, role: str = Role.OWNER) -> HttpResponse:
    """`/sandbox/enter/<role>`: signs in as the demo practice's owner, doctor or receptionist, and opens the desk."""
    rows = Membership.objects.filter(practice__name=PRACTICE_NAME, role=role).select_related("user").order_by("pk")
    membership = rows.first()
    if membership is None:
        raise Http404
    login(request, membership.user, backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponseRedirect(reverse("desk:today"))
