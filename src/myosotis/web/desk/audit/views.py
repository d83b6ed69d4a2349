"""The audit log: who did or read what, by person, day and thing; a page at a time, or as a file."""

from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from myosotis import clock
from myosotis.flows import read_noted
from myosotis.store import audit_log
from myosotis.store.home import home_zone
from myosotis.web.desk.access import OWNER, Desk, staff
from myosotis.web.desk.audit.asked import AskedForm, asked_of
from myosotis.web.desk.audit.shown import People, lines
from myosotis.web.desk.frame import answer
from myosotis.web.desk.ids import id_in
from myosotis.web.desk.tables import table_file

PAGE: Final = 50
MOST_EXPORTED: Final = 100_000
"""Entries in one file; a shorter stretch of days gives the rest."""


@require_safe
@staff(*OWNER)
def audit(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/settings/audit`: looking at it is itself noted."""
    now, zone, people = clock.now(), home_zone(desk.practice.pk), People.of(desk.practice)
    read_noted.note(
        practice=desk.practice, object_type="audit", object_id=desk.practice.pk, actor=desk.actor, now=now
    )  # fmt: skip
    form = AskedForm(people, request.GET)
    asked = asked_of(form, now, zone)
    rows = audit_log.entries(desk.practice, asked)
    last = desk.practice.audit_entries.filter(id=id_in(request.GET.get("before", ""))).first()
    if last is not None:
        rows = audit_log.older_than(rows, last)
    found = list(rows[: PAGE + 1])
    query = {name: value for name, value in request.GET.items() if name in form.fields and value}
    context = {
        "form": form,
        "lines": list(lines(found[:PAGE], people)),
        "zone": zone,
        "begins": last is None,
        "newest": urlencode(query),
        "older": urlencode({**query, "before": found[PAGE - 1].pk}) if len(found) > PAGE else "",
        "area": "settings",
    }
    return answer(request, desk, "desk/audit/audit.html", context)


@require_POST
@staff(*OWNER)
def audit_export(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/settings/audit/export`: what was asked for, as a file; the log says that it was taken away."""
    now, zone, people = clock.now(), home_zone(desk.practice.pk), People.of(desk.practice)
    asked = asked_of(AskedForm(people, request.POST), now, zone)
    read_noted.exported(practice=desk.practice, object_type="audit", actor=desk.actor, now=now)
    entries = list(audit_log.entries(desk.practice, asked)[:MOST_EXPORTED])
    header = [_("When"), _("Who"), _("What"), _("Thing"), _("Number"), _("Code of the action"), _("Code of the actor")]
    rows = (
        [
            line.entry.at.astimezone(zone).isoformat(timespec="seconds"),
            line.who,
            line.did,
            line.thing,
            line.entry.object_id or "",
            line.entry.action,
            line.entry.actor,
        ]
        for line in lines(entries, people)
    )
    return table_file("audit", header, rows)
