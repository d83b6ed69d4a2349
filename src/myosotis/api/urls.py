"""The addresses for programs: the REST API, and where providers report to."""

from django.urls import path

from myosotis.api import receipts
from myosotis.api.app import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("receipts/smsapi/<str:secret>", receipts.smsapi_called),
]
