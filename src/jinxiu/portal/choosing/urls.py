"""Addresses of the teams, which everybody may read, and of the own agreement."""

from django.urls import path

from jinxiu.portal.choosing import teams

urlpatterns = [
    path("my/teams/", teams.teams, name="my-teams"),
    path("my/teams/compare/", teams.compare, name="my-teams-compare"),
    path("my/teams/<int:team_id>/", teams.team, name="my-team"),
]
