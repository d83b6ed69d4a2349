"""A message of a calendar sent to oneself, and what became of it."""

from typing import ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from myosotis import clock
from myosotis.content.reasons import explain
from myosotis.domain.words import Channel, Kind, MessageStatus, Reason, SubjectType
from myosotis.flows import found, trial_sent
from myosotis.flows.errors import Conflict
from myosotis.intake.phones import parse_phone
from myosotis.intake.problems import ValueRefusedError
from myosotis.store.models import Calendar, Message
from myosotis.web.desk import errors, frame
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.communication.previews import KINDS
from myosotis.web.desk.ids import id_in

AT_MOST: Final = trial_sent.AT_MOST
UNDER_WAY: Final = (MessageStatus.PLANNED, MessageStatus.CLAIMED, MessageStatus.WAITING)


class TrialForm(forms.Form):
    """Where a trial goes; what it shows is chosen beside it."""

    channel: ClassVar[Channel]
    kind = forms.ChoiceField(choices=[(kind.value, kind.value) for kind in KINDS])


class EmailTrialForm(TrialForm):
    channel = Channel.EMAIL
    address = forms.EmailField(label=_("By e-mail"))


class SmsTrialForm(TrialForm):
    channel = Channel.SMS
    address = forms.CharField(label=_("By SMS"), max_length=40)

    def clean_address(self) -> str:
        try:
            phone = parse_phone(self.cleaned_data["address"])
        except ValueRefusedError as error:
            raise ValidationError(_("This is no telephone number.")) from error
        if not phone.is_mobile:
            raise ValidationError(_("A fixed line takes no SMS."))
        return phone.e164


FORMS: Final[dict[str, type[TrialForm]]] = {form.channel.value: form for form in (EmailTrialForm, SmsTrialForm)}


def forms_for(desk: Desk) -> dict[str, TrialForm]:
    """The empty forms by channel; the e-mail goes to whoever is signed in unless another address is typed."""
    given = {Channel.EMAIL.value: {"address": desk.user.email}}
    return {channel: form(initial=given.get(channel), auto_id=f"trial-{channel}-%s") for channel, form in FORMS.items()}


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*ANYBODY)
def trial(request: HttpRequest, desk: Desk, calendar_id: int) -> HttpResponse:
    """Pieces: a POST sends one and shows its state, a GET shows the state of one (`message`) or the forms."""
    calendar = found.one(desk.calendars().filter(pk=calendar_id), "calendar")
    if request.method == "POST":
        return _sent(request, desk, calendar)
    asked = request.GET.get("message", "")
    if not asked:
        return _answer(request, desk, calendar, forms_for(desk))
    trials = desk.practice.messages.filter(subject_type=SubjectType.TEST, subject_id=calendar.pk)
    return _state(request, desk, calendar, found.one(trials.filter(pk=id_in(asked)), "message"))


def _sent(request: HttpRequest, desk: Desk, calendar: Calendar) -> HttpResponse:
    all_forms = forms_for(desk)
    kind_of = FORMS.get(request.POST.get("by", ""), EmailTrialForm)
    form = kind_of(request.POST, auto_id=f"trial-{kind_of.channel}-%s")
    all_forms[kind_of.channel] = form
    if not form.is_valid():
        return _answer(request, desk, calendar, all_forms, status=422)
    try:
        message = trial_sent.send(
            practice=desk.practice,
            calendar_id=calendar.pk,
            kind=Kind(form.cleaned_data["kind"]),
            channel=kind_of.channel,
            address=form.cleaned_data["address"],
            actor=desk.actor,
            now=clock.now(),
        )
    except Conflict as error:
        form.add_error("address", str(errors.words(error)))
        return _answer(request, desk, calendar, all_forms, status=422)
    return _state(request, desk, calendar, message)


def _state(request: HttpRequest, desk: Desk, calendar: Calendar, message: Message) -> HttpResponse:
    status = MessageStatus(message.status)
    reason = Reason(message.reason) if message.reason else None
    state = {
        "id": message.pk,
        "under_way": status in UNDER_WAY,
        "arrived": status in (MessageStatus.SENT, MessageStatus.DELIVERED),
        "words": explain(status, reason, get_language() or "", channel=Channel(message.channel)),
    }
    return _answer(request, desk, calendar, forms_for(desk), state=state)


def _answer(
    request: HttpRequest,
    desk: Desk,
    calendar: Calendar,
    trials: dict[str, TrialForm],
    *,
    state: dict[str, object] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"calendar": calendar, "trials": trials, "trial": state, "at_most": AT_MOST}
    return frame.answer(request, desk, "desk/communication/trial.piece.html", context, status=status)
