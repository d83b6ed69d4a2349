"""Addresses of statistics."""

from django.urls import path

from myosotis.web.desk.statistics import views

urlpatterns = [
    path("statistics", views.statistics, name="statistics"),
    path("statistics/table.csv", views.table, name="statistics_table"),
]
