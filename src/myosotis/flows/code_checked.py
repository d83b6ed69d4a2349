"""Somebody enters the code that went to a phone: right once, few tries, and every wrong one counts (docs/rules.md 5)."""

from datetime import datetime

from django.db import transaction

from myosotis.domain import codes
from myosotis.domain.codes import Verdict
from myosotis.store.models import PhoneVerification
from myosotis.store.sealing import derived_key


@transaction.atomic
def check(verification: PhoneVerification, code: str, now: datetime) -> Verdict:
    """What the entered code is worth; a right one proves the phone, a wrong one is counted.

    The right code again, while it is good, is right again: a form sent twice does no harm.
    """
    row = PhoneVerification.objects.select_for_update(no_key=True).get(pk=verification.pk)
    right = codes.code_of(derived_key("codes"), row.uuid)
    verdict = codes.judge(code, right, wrong=row.attempts, expires_at=row.expires_at, now=now)
    if verdict is Verdict.WRONG:
        row.attempts += 1
        verdict = Verdict.USED_UP if row.attempts >= codes.MOST_WRONG else Verdict.WRONG
    elif verdict is Verdict.RIGHT and row.verified_at is None:
        row.verified_at = now
    row.save(update_fields=["attempts", "verified_at"])
    verification.attempts, verification.verified_at = row.attempts, row.verified_at
    return verdict
