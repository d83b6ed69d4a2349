"""The addresses of the doors that are ours, in `desk:`; those of allauth are in `urls`."""

from django.urls import path

from myosotis.web.desk.doors import account, begin, sorry, welcome

urlpatterns = [
    path("begin", begin.begin, name="begin"),
    path("welcome/<str:token>", welcome.welcome, name="welcome"),
    path("forgotten", welcome.forgotten, name="forgotten"),
    path("nowhere", sorry.nowhere, name="nowhere"),
    path("account/", account.account, name="account"),
    path("account/practice", account.work_in, name="work_in"),
    path("account/sessions", account.sessions, name="sessions"),
    path("account/sessions/end", account.sessions_end, name="sessions_end"),
    path("account/sessions/<int:session_id>/end", account.session_end, name="session_end"),
]
