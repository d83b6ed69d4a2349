"""The addresses of the schedule and of booking; ids, days and times stand in them, nothing of a person."""

from django.urls import path

from myosotis.web.desk.schedule import blocking, booking, booking_time, booking_who, placing, views

urlpatterns = [
    path("schedule", views.schedule_page, name="schedule"),
    path("schedule/list", views.day_list, name="schedule_list"),
    path("schedule/events", views.events, name="schedule_events"),
    path("schedule/visits/<int:visit_id>/place", placing.place, name="schedule_place"),
    path("schedule/visits/<int:visit_id>/asked", placing.asked, name="schedule_asked"),
    path("schedule/block", blocking.block, name="schedule_block"),
    path("schedule/blocked/<int:blocked_id>", blocking.blocked, name="schedule_blocked"),
    path("schedule/blocked/<int:blocked_id>/free", blocking.free, name="schedule_free"),
    path(
        "schedule/blocked/again/<int:calendar_id>/<str:begins>/<str:ends>",
        blocking.block_again,
        name="schedule_block_again",
    ),
    path("visits/new", booking.book, name="book"),
    path("visits/new/times", booking_time.times, name="book_times"),
    path("visits/new/patient", booking_who.patient, name="book_patient"),
    path("visits/new/preview", booking.preview, name="book_preview"),
]
