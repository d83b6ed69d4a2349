"""Taking in files: uploaded, tried, taken in a piece at a time, looked back at, taken back."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from myosotis import clock
from myosotis.flows import found, import_files, read_noted
from myosotis.flows.errors import Conflict
from myosotis.importing import pieces
from myosotis.importing.pieces import CalendarMissingError
from myosotis.importing.undo import undo
from myosotis.intake import FileRefusedError
from myosotis.store.home import home_zone
from myosotis.store.models import ImportBatch, ImportFile
from myosotis.store.sealing import CannotUnseal
from myosotis.web.desk.access import OFFICE, Desk, staff
from myosotis.web.desk.frame import answer, say, warn
from myosotis.web.desk.imports import shown
from myosotis.web.desk.imports.forms import UploadForm
from myosotis.web.desk.tables import table_file


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*OFFICE)
def imports(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/settings/import`: upload a file, go on with one, look back."""
    form = UploadForm(desk, *((request.POST, request.FILES) if request.method == "POST" else ()))
    refused: list[str] = []
    if form.is_valid():
        try:
            return redirect("desk:import_file", _uploaded(desk, form).pk)
        except CalendarMissingError:
            form.add_error("calendar", _("This is a calendar file: say to which calendar its events belong."))
        except FileRefusedError as error:
            refused = shown.refusals(error, desk.language)
    context = {
        "form": form,
        "refused": refused,
        "files": desk.practice.import_files.defer("sealed", "problems").select_related("by").order_by("-id"),
        "history": shown.history(desk.practice),
        "zone": home_zone(desk.practice.pk),
        "area": "settings",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return answer(request, desk, "desk/imports/index.html", context, status=status)


def _uploaded(desk: Desk, form: UploadForm) -> ImportFile:
    given = form.cleaned_data
    return pieces.upload(
        practice=desk.practice,
        data=given["file"].read(),
        name=given["file"].name[:200],
        what=given["what"],
        calendar_id=given["calendar"],
        actor=desk.actor,
        now=clock.now(),
    )


@require_safe
@staff(*OFFICE)
def import_file(request: HttpRequest, desk: Desk, file_id: int) -> HttpResponse:
    """`/desk/settings/import/files/<id>`: being tried, tried, or being taken in."""
    file = _file(desk, file_id)
    problems = list(shown.problems(file.problems, desk.language))
    context = {
        "file": file,
        "columns": shown.columns(file, desk.language),
        "problems": problems[: shown.SHOWN],
        "problems_more": len(problems) - shown.SHOWN,
        "warned": sum(not one.refused for one in problems),
        "area": "settings",
    }
    return answer(request, desk, "desk/imports/file.html", context)


@require_POST
@staff(*OFFICE)
def import_piece(request: HttpRequest, desk: Desk, file_id: int) -> HttpResponse:
    """`/desk/settings/import/files/<id>/piece`: the next piece, and how far it is now."""
    batch, busy = None, False
    try:
        batch = pieces.work(practice=desk.practice, file_id=file_id, actor=desk.actor)
    except Conflict:
        busy = True  # another page works on it; this one only looks on
    except CannotUnseal:
        import_files.remove(practice=desk.practice, file_id=file_id, actor=desk.actor, now=clock.now())
        warn(request, _("The file can no longer be read: the server's key is another one. Upload it again."))
        return _to(request, reverse("desk:imports"))
    if batch is not None:
        say(request, _("The file has been taken in."))
        return _to(request, reverse("desk:import_batch", args=[batch.pk]))
    file = _file(desk, file_id)
    here = reverse("desk:import_file", args=[file_id])
    if not request.headers.get("HX-Request") or (file.tried_at is not None and file.begun_at is None):
        return _to(request, here)
    return answer(request, desk, "desk/imports/progress.piece.html", {"file": file, "busy": busy})


@require_POST
@staff(*OFFICE)
def import_begin(request: HttpRequest, desk: Desk, file_id: int) -> HttpResponse:
    """`/desk/settings/import/files/<id>/begin`: what was tried is to be taken in."""
    announce = request.POST.get("announce") == "on"
    try:
        import_files.begin(practice=desk.practice, file_id=file_id, announce=announce, now=clock.now())
    except Conflict:
        warn(request, _("The file has not been looked through yet."))
    return redirect("desk:import_file", file_id)


@require_POST
@staff(*OFFICE)
def import_remove(request: HttpRequest, desk: Desk, file_id: int) -> HttpResponse:
    """`/desk/settings/import/files/<id>/remove`: not wanted; what was taken of it stays."""
    import_files.remove(practice=desk.practice, file_id=file_id, actor=desk.actor, now=clock.now())
    say(request, _("The file was removed."))
    return redirect("desk:imports")


@require_safe
@staff(*OFFICE)
def import_file_report(_request: HttpRequest, desk: Desk, file_id: int) -> HttpResponse:
    """`/desk/settings/import/files/<id>/report.csv`: every row that would be left out or flagged."""
    file = _file(desk, file_id)
    return _report(desk, f"import-{file.pk}", list(shown.problems(file.problems, desk.language)))


@require_safe
@staff(*OFFICE)
def import_batch(request: HttpRequest, desk: Desk, batch_id: int) -> HttpResponse:
    """`/desk/settings/import/<id>`: what an import did."""
    taken = shown.import_of(_batch(desk, batch_id))
    problems = list(shown.problems(taken.problems, desk.language))
    context = {
        "taken": taken,
        "problems": problems[: shown.SHOWN],
        "problems_more": len(problems) - shown.SHOWN,
        "zone": home_zone(desk.practice.pk),
        "area": "settings",
    }
    return answer(request, desk, "desk/imports/batch.html", context)


@require_safe
@staff(*OFFICE)
def import_batch_report(_request: HttpRequest, desk: Desk, batch_id: int) -> HttpResponse:
    """`/desk/settings/import/<id>/report.csv`: every row that was left out."""
    taken = shown.import_of(_batch(desk, batch_id))
    return _report(desk, f"import-{taken.pk}", list(shown.problems(taken.problems, desk.language)))


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*OFFICE)
def import_undo(request: HttpRequest, desk: Desk, batch_id: int) -> HttpResponse:
    """`/desk/settings/import/<id>/undo`: asks, and takes an import back; that itself cannot be undone."""
    batch = _batch(desk, batch_id)
    if request.method != "POST":
        context = {"taken": shown.import_of(batch), "zone": home_zone(desk.practice.pk), "area": "settings"}
        return answer(request, desk, "desk/imports/undo.html", context)
    try:
        undone = [done for _what, done in undo(batch, desk.actor, clock.now())]
    except Conflict:
        warn(request, _("This import has been taken back already."))
        return redirect("desk:import_batch", batch_id)
    import_files.forget(practice=desk.practice, file_hash=batch.file_hash)
    told = sum(done.cancelled for done in undone)
    left = sum(done.left for done in undone)
    words = [_("The import was taken back.")]
    if told:
        words.append(
            ngettext(
                "%(count)s visit was cancelled, its patient knew of it and is told.",
                "%(count)s visits were cancelled, their patients knew of them and are told.",
                told,
            )
            % {"count": told}
        )
    if left:
        words.append(
            ngettext(
                "%(count)s visit was changed since and is left as it is.",
                "%(count)s visits were changed since and are left as they are.",
                left,
            )
            % {"count": left}
        )
    say(request, " ".join(words))
    return redirect("desk:import_batch", batch_id)


def _file(desk: Desk, file_id: int) -> ImportFile:
    rows = desk.practice.import_files.defer("sealed").select_related("calendar__doctor", "calendar__address")
    return found.one(rows.filter(id=file_id), "import file")


def _batch(desk: Desk, batch_id: int) -> ImportBatch:
    return found.one(desk.practice.import_batches.select_related("practice").filter(id=batch_id), "import")


def _to(request: HttpRequest, url: str) -> HttpResponse:
    """To another page, also out of a piece."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": url})
    return redirect(url)


def _report(desk: Desk, name: str, problems: list[shown.Problem]) -> HttpResponse:
    read_noted.exported(practice=desk.practice, object_type="import", actor=desk.actor, now=clock.now())
    header = [_("Row"), _("Column"), _("Left out"), _("What is wrong")]
    rows = ([one.row or "", one.column, _("yes") if one.refused else _("no"), one.text] for one in problems)
    return table_file(name, header, rows)
