"""The addresses of absences."""

from django.urls import path

from myosotis.web.desk.absences import views

ABSENCE = "absences/<int:absence_id>"

urlpatterns = [
    path("absences", views.absences, name="absences"),
    path("absences/new", views.new, name="absence_new"),
    path(ABSENCE, views.absence, name="absence"),
    path(f"{ABSENCE}/work", views.go_on, name="absence_work"),
    path(f"{ABSENCE}/undo", views.undo, name="absence_undo"),
    path(f"{ABSENCE}/reopen", views.reopen, name="absence_reopen"),
]
