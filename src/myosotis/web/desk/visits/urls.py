"""The addresses of one visit."""

from django.urls import path

from myosotis.web.desk.visits import acts, leaving, moving, switches, views

VISIT = "visits/<int:visit_id>"

urlpatterns = [
    path(VISIT, views.visit, name="visit"),
    path(f"{VISIT}/undo", acts.undo, name="visit_undo"),
    path(f"{VISIT}/confirm", acts.confirm, name="visit_confirm"),
    path(f"{VISIT}/unconfirm", acts.unconfirm, name="visit_unconfirm"),
    path(f"{VISIT}/mark/<slug:mark>", acts.mark, name="visit_mark"),
    path(f"{VISIT}/move", moving.move, name="visit_move"),
    path(f"{VISIT}/cancel", leaving.cancel, name="visit_cancel"),
    path(f"{VISIT}/give", leaving.give, name="visit_give"),
    path(f"{VISIT}/service", leaving.service, name="visit_service"),
    path(f"{VISIT}/service/<int:service_id>", leaving.service_back, name="visit_service_back"),
    path(f"{VISIT}/switches", switches.switches, name="visit_switches"),
    path(f"{VISIT}/switches/effect", switches.effect, name="visit_switches_effect"),
    path(f"{VISIT}/switches/<slug:was>", switches.back, name="visit_switches_back"),
    path(f"{VISIT}/messages/<int:message_id>", views.message, name="visit_message"),
    path(f"{VISIT}/messages/<int:message_id>/resend", views.resend, name="visit_resend"),
]
