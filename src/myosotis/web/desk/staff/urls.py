"""The addresses of the staff's settings."""

from django.urls import path

from myosotis.web.desk.staff import views

urlpatterns = [
    path("settings/staff", views.staff_list, name="staff"),
    path("settings/staff/invite", views.invite, name="staff_invite"),
    path("settings/staff/<int:membership_id>", views.member, name="staff_member"),
    path("settings/staff/<int:membership_id>/remove", views.remove, name="staff_remove"),
    path("settings/staff/invitations/<int:letter_id>/resend", views.resend, name="staff_resend"),
    path("settings/staff/invitations/<int:letter_id>/withdraw", views.withdraw, name="staff_withdraw"),
]
