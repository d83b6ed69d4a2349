"""The way into the desk of the demo practice, without a password: everybody in it is invented. And its tour."""

from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from myosotis import clock
from myosotis.domain.words import Role
from myosotis.sandbox import tour
from myosotis.sandbox.demo.practice import PRACTICE_NAME
from myosotis.store.models import Membership, Patient


@require_safe
def enter(request: HttpRequest, role: str = Role.OWNER) -> HttpResponse:
    """`/sandbox/enter/<role>`: signs in as the demo practice's owner, doctor or receptionist, and opens the desk."""
    rows = Membership.objects.filter(practice__name=PRACTICE_NAME, role=role).select_related("user").order_by("pk")
    membership = rows.first()
    if membership is None:
        raise Http404
    login(request, membership.user)
    tour.begin(request, clock.now())
    return HttpResponseRedirect(reverse("desk:today"))


@require_POST
def tour_off(request: HttpRequest) -> HttpResponse:
    """`/sandbox/tour/off`: put the tour away."""
    request.session[tour.OFF] = True
    return HttpResponseRedirect(reverse("desk:today"))


@require_safe
def tour_phone(request: HttpRequest, patient_id: int) -> HttpResponse:
    """`/sandbox/tour/phone/<id>`: the phone of the patient who was booked; the last step of the tour is taken."""
    patient = get_object_or_404(Patient, pk=patient_id)
    request.session[tour.PHONE] = True
    return HttpResponseRedirect(reverse("sandbox:phone", args=[patient.pk]))
