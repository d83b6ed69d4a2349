"""The addresses of offers."""

from django.urls import path

from myosotis.web.desk.offers import views

urlpatterns = [
    path("offers", views.offers, name="offers"),
    path("offers/<int:offer_id>", views.offer, name="offer"),
    path("offers/<int:offer_id>/stop", views.stop, name="offer_stop"),
]
