"""The addresses of today's page."""

from django.urls import path

from myosotis.web.desk.today import views

urlpatterns = [
    path("", views.today, name="today"),
    path("today/<slug:name>", views.piece, name="today_piece"),
]
