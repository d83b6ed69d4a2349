"""The addresses of notices."""

from django.urls import path

from myosotis.web.desk.notices import views

urlpatterns = [
    path("notices", views.listed, name="notices"),
    path("notices/bell", views.bell, name="bell"),
    path("notices/seen", views.seen, name="notices_seen"),
]
