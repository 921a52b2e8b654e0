"""Addresses of who leaves, below the team's."""

from django.urls import path

from jinxiu.accounts.leaving import views

urlpatterns = [
    path("teams/<int:team_id>/departures/", views.departures, name="departures"),
    path("teams/<int:team_id>/staff/<int:staff_id>/leave/", views.leave, name="staff-leave"),
    path("teams/<int:team_id>/staff/<int:staff_id>/leave/take-back/", views.take_back, name="staff-leave-take-back"),
    path("teams/<int:team_id>/staff/<int:staff_id>/hand-over/", views.hand_over, name="staff-hand-over"),
]
