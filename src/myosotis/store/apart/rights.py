"""What each role may do with each table: everything on rows it reaches, unless said otherwise here.

A new table is therefore open to web and dispatcher (one with a practice: row by row, see `policies`), and closed to
whoever looks across practices.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.apps.registry import Apps
from django.db.models import Model

from myosotis.store.apart.words import ACROSS, DISPATCHER, GROUPS, SEVERAL, WEB

Rights = Mapping[str, tuple[str, ...]]
"""To each right the fields that it is for; none: the whole table."""

NONE: Final[Rights] = {}
READ: Final[Rights] = {"SELECT": ()}
ADD: Final[Rights] = {"SELECT": (), "INSERT": ()}
ALL: Final[Rights] = {"SELECT": (), "INSERT": (), "UPDATE": (), "DELETE": ()}
LOCK: Final[Rights] = {"SELECT": (), "UPDATE": ("id",)}
"""Read a row and keep others from changing it, for which PostgreSQL asks that one may change something of it."""


def some(*fields: str) -> Rights:
    """Read these fields; the key and the practice always come with them."""
    return {"SELECT": fields}


OF_WEB: Final[Mapping[str, Rights]] = {
    "store.Practice": {"SELECT": (), "UPDATE": ()},
    "store.AuditEntry": ADD,
    "store.HandOver": NONE,
    "store.Ration": NONE,
    "store.QueueHorizon": READ,
    "auth.Permission": READ,
    "contenttypes.ContentType": READ,
}
OF_DISPATCHER: Final[Mapping[str, Rights]] = {
    "store.ApiKey": NONE,
    "store.StaffUser": some("email", "name", "language", "is_active"),
    "store.Membership": READ,
    "store.ProviderAccount": READ,
    "store.Practice": LOCK,
    "store.Doctor": READ,
    "store.Address": READ,
    "store.Calendar": LOCK,
    "store.Service": READ,
    "store.OpeningHours": READ,
    "store.OpeningException": READ,
    "store.BlockedTime": READ,
    "store.Consent": READ,
    "store.Opinion": READ,
    "store.Visit": LOCK,
    "store.VisitLog": READ,
    "store.AuditEntry": {"SELECT": (), "INSERT": (), "DELETE": ()},
    "sessions.Session": {"SELECT": ("expire_date",), "DELETE": ()},
    "usersessions.UserSession": {"SELECT": ("session_key",), "DELETE": ()},
    "auth.Group": NONE,
    "auth.Group_permissions": NONE,
    "auth.Permission": NONE,
    "contenttypes.ContentType": NONE,
    "account.EmailAddress": NONE,
    "account.EmailConfirmation": NONE,
    "mfa.Authenticator": NONE,
}
OF_ACROSS: Final[Mapping[str, Rights]] = {
    "store.Practice": ADD,
    "store.Doctor": READ,
    "store.Membership": READ,
    "store.ApiKey": READ,
    "store.StaffLetter": some("user"),
    "store.Member": some("installation"),
    "store.Hold": some("key_hash"),
    "store.Patient": some("phone", "guardian_phone"),
    "store.ReplyQuestion": some("phone", "asked_at", "expires_at"),
    "store.ProviderAccount": some("provider", "receipt_key"),
    "store.Message": some("uuid", "kind", "channel", "sent_at", "provider", "provider_id"),
    "store.MessageLinks": some("open_hash", "read_hash", "unsubscribe_hash", "image_hash"),
    "store.MessageText": some("address"),
    "store.MessageTrace": some("provider_id"),
}  # fmt: skip
_ROLES: Final[Mapping[str, tuple[Rights, Mapping[str, Rights]]]] = {
    WEB: (ALL, OF_WEB),
    SEVERAL: (ALL, OF_WEB),
    DISPATCHER: (ALL, OF_DISPATCHER),
    ACROSS: (NONE, OF_ACROSS),
}
"""To each role its rights on most tables, and on those that differ."""
_OTHER_TABLES: Final[Mapping[str, Mapping[str, Rights]]] = {
    "django_migrations": {WEB: READ, DISPATCHER: READ},
    "sign_in_tries": {WEB: ALL},
}
"""That no model describes: what Django notes of migrations, and the cache of `settings.CACHES`."""


def grants(apps: Apps, standing: set[str]) -> Iterator[str]:
    """The statements that give every role its rights on the tables that stand, and take all others away."""
    for role in GROUPS:
        yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}"
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table in standing:
            for role, (usual, differing) in _ROLES.items():
                rights = differing.get(model._meta.label, usual)
                yield from _granted(model._meta.db_table, role, _columns(model, rights))
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {WEB}, {SEVERAL}"  # a booking says the key of its visit
    for table in sorted(standing & set(_OTHER_TABLES)):
        for role, rights in _OTHER_TABLES[table].items():
            yield from _granted(table, role, rights)


def _columns(model: type[Model], rights: Rights) -> Rights:
    """The columns behind the fields."""
    return {right: _of_fields(model, right, fields) for right, fields in rights.items()}


def _of_fields(model: type[Model], right: str, fields: tuple[str, ...]) -> tuple[str, ...]:
    if not fields:
        return ()
    columns: dict[str, Any] = {field.name: field.column for field in model._meta.concrete_fields}
    always = [name for name in (model._meta.pk.name, "practice") if right == "SELECT" and name in columns]
    return tuple(dict.fromkeys(str(columns[name]) for name in (*always, *fields)))


def _granted(table: str, role: str, rights: Rights) -> Iterator[str]:
    for right, columns in rights.items():
        of = f" ({', '.join(columns)})" if columns else ""
        yield f'GRANT {right}{of} ON "{table}" TO {role}'
