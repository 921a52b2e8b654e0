"""Addresses of the teams, which everybody may read, and of the own agreement."""

from django.urls import path

from jinxiu.portal.choosing import agreement, teams

urlpatterns = [
    path("my/teams/", teams.teams, name="my-teams"),
    path("my/teams/compare/", teams.compare, name="my-teams-compare"),
    path("my/teams/<int:team_id>/", teams.team, name="my-team"),
    path("my/<int:whom>/teams/<int:team_id>/", agreement.choose, name="my-choose"),
    path("my/<int:whom>/agreement/", agreement.agreement, name="my-agreement"),
    path("my/<int:whom>/agreement/<int:agreement_id>/pdf/", agreement.pdf, name="my-agreement-pdf"),
    path("my/<int:whom>/agreement/<int:agreement_id>/renew/", agreement.renew, name="my-renew"),
    path("my/<int:whom>/agreement/<int:agreement_id>/team/<int:team_id>/", agreement.change, name="my-change"),
    path("my/<int:whom>/agreement/<int:agreement_id>/end/", agreement.end, name="my-end"),
]
