"""Where providers report to: `/receipts/<provider>/<secret>`. Nothing of a report is signed, so the address is secret."""

import hmac
from collections.abc import Mapping, Sequence
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from myosotis import clock
from myosotis.channels.base import IncomingSms, Receipt
from myosotis.channels.providers.smsapi import receipts as smsapi
from myosotis.domain.sms_words import recognise
from myosotis.flows import receipt_arrived, sms_arrived
from myosotis.flows.receipt_arrived import Report, Reported
from myosotis.store.apart import scope
from myosotis.store.apart.scope import Why
from myosotis.store.models import ProviderAccount
from myosotis.store.providers import receipt_secret
from myosotis.store.senders import practice_that_asked, practice_that_wrote_to
from myosotis.value_class import value_class

SMSAPI: Final = "smsapi"


@value_class
class Account:
    """To whose account a call came: of one practice, or the installation's (None)."""

    practice_id: int | None


@csrf_exempt
@require_http_methods(["GET", "POST"])
def smsapi_called(request: HttpRequest, secret: str) -> HttpResponse:
    """Delivery reports and incoming SMS of SMSAPI; it wants `OK`, else it calls again."""
    account = _account(SMSAPI, secret)
    if account is None:
        return HttpResponse(status=404)
    fields = _fields(request)
    incoming = smsapi.incoming(fields)
    if incoming is not None:
        _take(incoming, account)
    else:
        _record([_reported(receipt) for receipt in smsapi.receipts(fields)], account)
    return HttpResponse(smsapi.ANSWER, content_type="text/plain")


def _take(incoming: IncomingSms, account: Account) -> None:
    """An SMS to the shared account belongs to the practice that last wrote to its sender; of a stranger, to none.

    A reply code belongs to the practice that asked, whoever has written since.
    """
    now = clock.now()
    asked = practice_that_asked(incoming.sender, now) if recognise(incoming.text).code is not None else None
    practice_id = account.practice_id or asked or practice_that_wrote_to(incoming.sender)
    if practice_id is None:
        return
    with scope.of_practice(practice_id):
        sms_arrived.take(
            practice_id=practice_id,
            sender=incoming.sender,
            to=incoming.to,
            text=incoming.text,
            provider=SMSAPI,
            provider_id=incoming.provider_id,
            now=now,
        )


def _reported(receipt: Receipt) -> Reported:
    return Reported(
        report=Report(receipt.event.value),
        key=receipt.key,
        provider=SMSAPI,
        provider_id=receipt.provider_id,
        detail=receipt.detail,
        parts=receipt.parts,
        price=receipt.price,
    )


def _record(said: Sequence[Reported], account: Account) -> None:
    """Each practice's together; to an account that practices share come reports of several."""
    now = clock.now()
    practices = receipt_arrived.practices_of(said) if account.practice_id is None else [account.practice_id] * len(said)
    for practice_id in sorted({key for key in practices if key is not None}):
        theirs = [one for one, key in zip(said, practices, strict=True) if key == practice_id]
        with scope.of_practice(practice_id):
            receipt_arrived.record_all(theirs, practice_id=practice_id, now=now)


def _account(provider: str, secret: str) -> Account | None:
    with scope.across(Why.REPORT):
        own = ProviderAccount.objects.filter(provider=provider, receipt_key=secret).values_list(
            "practice_id", flat=True
        )
        practice_id = own.first()
    if practice_id is not None:
        return Account(practice_id=practice_id)
    shared: Mapping[str, str] = settings.MYOSOTIS.sms
    if shared.get("provider") == provider and hmac.compare_digest(receipt_secret().encode(), secret.encode()):
        return Account(practice_id=None)
    return None


def _fields(request: HttpRequest) -> dict[str, str]:
    """What was sent, by GET or by POST; SMSAPI can be set to either."""
    return {**request.GET.dict(), **request.POST.dict()}
