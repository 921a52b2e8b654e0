"""Addresses of staff accounts and of one's own sign-ins."""

from django.urls import path

from jinxiu.accounts import views

urlpatterns = [
    path("staff/", views.staff, name="staff"),
    path("staff/invite/", views.invite, name="staff-invite"),
    path("staff/<int:staff_id>/", views.member, name="staff-member"),
    path("staff/<int:staff_id>/roles/", views.give_role, name="staff-role-give"),
    path("staff/<int:staff_id>/roles/<int:assignment_id>/end/", views.end_role, name="staff-role-end"),
    path("staff/<int:staff_id>/link/", views.new_link, name="staff-link"),
    path("staff/<int:staff_id>/close/", views.close, name="staff-close"),
    path("staff/<int:staff_id>/open/", views.reopen, name="staff-open"),
    path("staff/<int:staff_id>/second-step/reset/", views.reset_second_step, name="staff-second-step-reset"),
    path("staff/<int:staff_id>/sessions/end/", views.end_member_sessions, name="staff-sessions-end"),
    path("account/sessions/", views.own_sessions, name="own-sessions"),
    path("account/sessions/<int:session_id>/end/", views.end_own_session, name="own-session-end"),
    path("account/invitation/<uidb64>/<token>/", views.AcceptInvitation.as_view(), name="invitation"),
]
