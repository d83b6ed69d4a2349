"""The addresses of one visit."""

from django.urls import path

from myosotis.web.desk.visits import acts, views

urlpatterns = [
    path("visits/<int:visit_id>", views.visit, name="visit"),
    path("visits/<int:visit_id>/undo", acts.undo, name="visit_undo"),
    path("visits/<int:visit_id>/confirm", acts.confirm, name="visit_confirm"),
    path("visits/<int:visit_id>/unconfirm", acts.unconfirm, name="visit_unconfirm"),
    path("visits/<int:visit_id>/mark/<slug:mark>", acts.mark, name="visit_mark"),
]
