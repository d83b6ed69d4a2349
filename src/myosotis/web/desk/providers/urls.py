"""The addresses of providers."""

from django.urls import path

from myosotis.web.desk.providers import acts, views

urlpatterns = [
    path("settings/providers", views.providers, name="providers"),
    path("settings/providers/<str:channel>", views.provider, name="provider"),
    path("settings/providers/<str:channel>/try", acts.provider_try, name="provider_try"),
    path("settings/providers/<str:channel>/check", acts.provider_check, name="provider_check"),
    path("settings/providers/<str:channel>/switch", acts.provider_switch, name="provider_switch"),
    path("settings/providers/<str:channel>/remove", acts.provider_remove, name="provider_remove"),
]
