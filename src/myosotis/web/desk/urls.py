"""The addresses of the desk, all under `/desk/`. Ids in them are numbers of this installation and say nothing of anybody."""

from myosotis.web.desk.absences.urls import urlpatterns as absences
from myosotis.web.desk.audit.urls import urlpatterns as audit
from myosotis.web.desk.calls.urls import urlpatterns as calls
from myosotis.web.desk.communication.urls import urlpatterns as communication
from myosotis.web.desk.doors.pages import urlpatterns as doors
from myosotis.web.desk.imports.urls import urlpatterns as imports
from myosotis.web.desk.keys.urls import urlpatterns as keys
from myosotis.web.desk.messages.urls import urlpatterns as messages
from myosotis.web.desk.notices.urls import urlpatterns as notices
from myosotis.web.desk.offers.urls import urlpatterns as offers
from myosotis.web.desk.opinions.urls import urlpatterns as opinions
from myosotis.web.desk.patients.urls import urlpatterns as patients
from myosotis.web.desk.providers.urls import urlpatterns as providers
from myosotis.web.desk.schedule.urls import urlpatterns as schedule
from myosotis.web.desk.settings.urls import urlpatterns as settings
from myosotis.web.desk.setup.urls import urlpatterns as setup
from myosotis.web.desk.staff.urls import urlpatterns as staff
from myosotis.web.desk.statistics.urls import urlpatterns as statistics
from myosotis.web.desk.today.urls import urlpatterns as today
from myosotis.web.desk.visits.urls import urlpatterns as visits

app_name = "desk"
urlpatterns = [
    *today,
    *doors,
    *staff,
    *schedule,
    *patients,
    *messages,
    *calls,
    *notices,
    *offers,
    *opinions,
    *visits,
    *absences,
    *communication,
    *statistics,
    *settings,
    *providers,
    *keys,
    *imports,
    *audit,
    *setup,
]
