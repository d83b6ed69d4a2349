"""The addresses of API keys."""

from django.urls import path

from myosotis.web.desk.keys import views

urlpatterns = [
    path("settings/keys", views.keys, name="keys"),
    path("settings/keys/<int:key_id>/revoke", views.key_revoke, name="key_revoke"),
]
