"""The addresses of the audit log."""

from django.urls import path

from myosotis.web.desk.audit import views

urlpatterns = [
    path("settings/audit", views.audit, name="audit"),
    path("settings/audit/export", views.audit_export, name="audit_export"),
]
