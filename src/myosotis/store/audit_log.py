"""The audit log, read by pages: who did or read what, the newest first."""

from datetime import datetime

from django.db.models import Q, QuerySet

from myosotis.store.models import AuditEntry, Practice
from myosotis.value_class import value_class

ALL_PATIENTS = "patient:"
"""As the actor asked for: any patient."""


@value_class
class Asked:
    """Which entries are wanted; what is empty wants all."""

    since: datetime
    until: datetime
    """Not included."""
    actor: str = ""
    """As entries name it; `ALL_PATIENTS`: any of them."""
    object_type: str = ""
    object_id: int | None = None


def entries(practice: Practice, asked: Asked) -> QuerySet[AuditEntry]:
    """The entries that are wanted, the newest first."""
    rows = practice.audit_entries.filter(at__gte=asked.since, at__lt=asked.until)
    if asked.actor == ALL_PATIENTS:
        rows = rows.filter(actor__startswith=ALL_PATIENTS)
    elif asked.actor:
        rows = rows.filter(actor=asked.actor)
    if asked.object_type:
        rows = rows.filter(object_type=asked.object_type)
    if asked.object_id is not None:
        rows = rows.filter(object_id=asked.object_id)
    return rows.order_by("-at", "-id")


def older_than(rows: QuerySet[AuditEntry], entry: AuditEntry) -> QuerySet[AuditEntry]:
    """Those of the entries that come after one on the pages: the next page begins there, however the log grows."""
    return rows.filter(Q(at__lt=entry.at) | Q(at=entry.at, id__lt=entry.pk))
