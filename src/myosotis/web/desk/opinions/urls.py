"""The addresses of opinions."""

from django.urls import path

from myosotis.web.desk.opinions import views

urlpatterns = [
    path("opinions", views.opinions, name="opinions"),
    path("opinions/<int:opinion_id>/publish", views.publish, name="opinion_publish"),
    path("opinions/<int:opinion_id>/reject", views.reject, name="opinion_reject"),
    path("opinions/<int:opinion_id>/answer", views.respond, name="opinion_answer"),
]
