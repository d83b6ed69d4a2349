"""The addresses of the call list."""

from django.urls import path

from myosotis.web.desk.calls import views

urlpatterns = [
    path("calls", views.to_call, name="calls"),
    path("calls/<int:visit_id>/<slug:result>", views.note, name="call_note"),
    path("calls/undo/<int:note_id>", views.undo, name="call_undo"),
]
