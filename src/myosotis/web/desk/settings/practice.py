"""The practice itself: its name, from whom messages come, when they may go, what is read, and its basis of consent."""

from collections.abc import Mapping
from typing import Any, Final, cast

from django import forms
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from myosotis import clock
from myosotis.domain.words import ConsentBasis, Language, SmsLetters
from myosotis.flows import found, practice_changed
from myosotis.flows.practice_changed import PracticeFields
from myosotis.store import image_savings
from myosotis.store.models import Practice
from myosotis.web.desk.access import OWNER, Desk, staff
from myosotis.web.desk.fields import ClockField, MailField, PhoneField, PickField, SwitchField, TextField, WebField
from myosotis.web.desk.forms import DeskForm
from myosotis.web.desk.frame import answer, say
from myosotis.web.desk.settings import sms_example
from myosotis.web.desk.settings.forms import saved, shown, typed

LANGUAGES: Final = ((Language.PL.value, "Polski"), (Language.EN.value, "English"))
SENDER: Final = r"([A-Za-z0-9.&@\-+_!% ]{1,11}|\+[0-9]{8,15})"


class PracticeForm(DeskForm):
    """What the practice is."""

    name = forms.CharField(label=gettext_lazy("Name of the practice"), max_length=200)
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=LANGUAGES,
        help_text=gettext_lazy("Of messages to patients whose card names no other."),
    )
    phone = PhoneField(
        label=gettext_lazy("Phone"),
        required=False,
        help_text=gettext_lazy("Patients are told to call it where the address has none of its own."),
    )
    privacy_notice = TextField(
        label=gettext_lazy("Privacy notice"),
        required=False,
        rows=5,
        help_text=gettext_lazy(
            "Who looks after the data, why, and for how long. It stands at the booking form and below every patient's page."
        ),
    )
    privacy_notice_url = WebField(
        label=gettext_lazy("Address of the whole notice"),
        required=False,
        help_text=gettext_lazy("Where the whole text can be read, if it stands on your own pages."),
    )


class SendersForm(DeskForm):
    """From whom messages come, and what an SMS is made of."""

    sms_sender = forms.CharField(
        label=gettext_lazy("Sender of SMS"),
        required=False,
        max_length=20,
        validators=[
            RegexValidator(
                rf"^{SENDER}$",
                gettext_lazy("At most 11 letters and digits without Polish marks, or a number such as +48500600700."),
            )
        ],
        help_text=gettext_lazy(
            "A name of at most 11 characters that your provider has verified, or a number that patients can answer to. "
            "Empty: the provider's own."
        ),
    )
    sms_can_receive = SwitchField(
        label=gettext_lazy("Patients can answer SMS from this sender"),
        help_text=gettext_lazy("Only then do texts mention TAK and NIE. A name cannot receive answers, a number can."),
    )
    sms_letters = PickField(
        label=gettext_lazy("Polish letters in SMS"),
        choices=(
            (SmsLetters.STRIP_TO_SAVE.value, gettext_lazy("Leave them out only where that saves a part")),
            (SmsLetters.STRIP.value, gettext_lazy("Always leave them out")),
            (SmsLetters.KEEP.value, gettext_lazy("Always keep them, whatever it costs")),
        ),
    )
    sms_price = forms.DecimalField(
        label=gettext_lazy("Price of one part (PLN)"),
        min_value=0,
        max_digits=8,
        decimal_places=4,
        localize=True,
        help_text=gettext_lazy("As your provider charges it; what is shown as cost is counted by it."),
    )
    email_sender_name = forms.CharField(
        label=gettext_lazy("Name of the sender of e-mails"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("Empty: the name of the practice."),
    )
    email_sender = MailField(
        label=gettext_lazy("Address of the sender of e-mails"),
        required=False,
        help_text=gettext_lazy("Your mail provider must allow it. Empty: the provider's own."),
    )
    email_reply_to = MailField(
        label=gettext_lazy("Answers to e-mails go to"),
        required=False,
        help_text=gettext_lazy("Empty: to the sender."),
    )

    def clean(self) -> dict[str, Any]:
        """A name cannot be answered to: nobody is invited to."""
        given = super().clean() or {}
        sender = given.get("sms_sender", "")
        if given.get("sms_can_receive") and sender and not sender.startswith("+"):
            self.add_error(
                "sms_can_receive", _("Nobody can answer to a name. Give a number as the sender, or leave this off.")
            )
        return given


class WindowForm(DeskForm):
    """When SMS and push may arrive."""

    window_opens = ClockField(label=gettext_lazy("From"))
    window_closes = ClockField(label=gettext_lazy("To"))


class ReadingForm(DeskForm):
    """The image in e-mails."""

    tracking_image = SwitchField(label=gettext_lazy("Put an image that reports reading into e-mails"))


class ConsentForm(DeskForm):
    """On what `review` and `rebook` are based, and who answers for it."""

    basis = PickField(
        label=gettext_lazy("How your patients consent"),
        choices=(
            (ConsentBasis.CARD.value, gettext_lazy("Each patient is asked; the consent is noted on the card")),
            (ConsentBasis.PRACTICE.value, gettext_lazy("The practice has collected the consent of all its patients")),
        ),
    )
    chosen_by = forms.CharField(
        label=gettext_lazy("Who decides this for the practice"),
        max_length=200,
        help_text=gettext_lazy("First and last name. It is recorded with the date."),
    )


def of_practice(practice: Practice, form: type[DeskForm]) -> dict[str, Any]:
    """What the fields of a form are now."""
    return {name: getattr(practice, name) for name in form.base_fields}


def keep(desk: Desk, values: Mapping[str, Any]) -> None:
    """Save settings of the practice."""
    practice_changed.update(
        practice=desk.practice, values=cast("PracticeFields", dict(values)), actor=desk.actor, now=clock.now()
    )


def _changed(request: HttpRequest, desk: Desk, form_class: type[DeskForm], page: str, **context: Any) -> HttpResponse:
    """A page of the practice's settings with one form, whose address and template have the same name."""
    form = form_class(typed(request), initial=of_practice(desk.practice, form_class))
    if form.is_bound and saved(form, lambda values: keep(desk, values)):
        say(request, _("Saved."))
        return redirect(f"desk:{page}")
    return shown(request, desk, f"desk/settings/{page}.html", form, **context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*OWNER)
def practice(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/settings/practice`."""
    return _changed(request, desk, PracticeForm, "practice")


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*OWNER)
def senders(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/settings/senders`."""
    return _changed(request, desk, SendersForm, "senders", examples=sms_example.examples(desk))


@require_POST
@staff(*OWNER)
def senders_example(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/settings/senders/example`: a piece, what the choices come to before they are saved."""
    form = SendersForm(request.POST)
    form.is_valid()
    price, can_receive = form.cleaned_data.get("sms_price"), form.cleaned_data.get("sms_can_receive")
    examples = sms_example.examples(desk, price=price, can_receive=can_receive)
    return answer(request, desk, "desk/settings/sms_example.piece.html", {"examples": examples})


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*OWNER)
def window(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/settings/window`: a change plans everything ahead anew."""
    visits = found.with_something_ahead(desk.practice, clock.now()).count()
    form = WindowForm(typed(request), initial=of_practice(desk.practice, WindowForm))
    if form.is_bound and saved(form, lambda values: keep(desk, values)):
        if form.has_changed():
            planned = ngettext(
                "Saved. The messages of %(count)s visit were planned anew.",
                "Saved. The messages of %(count)s visits were planned anew.",
                visits,
            )
            say(request, planned % {"count": visits})
        return redirect("desk:window")
    return shown(request, desk, "desk/settings/window.html", form, visits=visits)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*OWNER)
def reading(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/settings/reading`."""
    savings = image_savings.of_last_days(desk.practice, clock.now())
    return _changed(request, desk, ReadingForm, "reading", savings=savings)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*OWNER)
def consent(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/settings/consent`."""
    form = ConsentForm(typed(request), initial=consent_now(desk))
    if form.is_bound and saved(form, lambda values: choose_consent(desk, values)):
        say(request, _("Saved. Requests for opinions and invitations were planned anew."))
        return redirect("desk:consent")
    return shown(request, desk, "desk/settings/consent.html", form, chosen=desk.practice.consent_basis_chosen_at)


def consent_now(desk: Desk) -> dict[str, Any]:
    """What the form of consent begins with: whoever signs in most likely decides."""
    return {"basis": desk.practice.consent_basis, "chosen_by": desk.user.name}


def choose_consent(desk: Desk, values: Mapping[str, Any]) -> None:
    practice_changed.choose_consent_basis(
        practice=desk.practice,
        basis=ConsentBasis(values["basis"]),
        chosen_by=values["chosen_by"],
        actor=desk.actor,
        now=clock.now(),
    )
