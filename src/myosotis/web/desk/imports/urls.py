"""The addresses of importing."""

from django.urls import path

from myosotis.web.desk.imports import views

urlpatterns = [
    path("settings/import", views.imports, name="imports"),
    path("settings/import/files/<int:file_id>", views.import_file, name="import_file"),
    path("settings/import/files/<int:file_id>/piece", views.import_piece, name="import_piece"),
    path("settings/import/files/<int:file_id>/begin", views.import_begin, name="import_begin"),
    path("settings/import/files/<int:file_id>/remove", views.import_remove, name="import_remove"),
    path("settings/import/files/<int:file_id>/report.csv", views.import_file_report, name="import_file_report"),
    path("settings/import/<int:batch_id>", views.import_batch, name="import_batch"),
    path("settings/import/<int:batch_id>/report.csv", views.import_batch_report, name="import_batch_report"),
    path("settings/import/<int:batch_id>/undo", views.import_undo, name="import_undo"),
]
