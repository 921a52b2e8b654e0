"""Addresses of the register."""

from django.urls import path

from jinxiu.people.families import views as families
from jinxiu.people.organisation import views as organisation
from jinxiu.people.organisation.institutions import views as institutions
from jinxiu.people.organisation.lifecycle import views as lifecycle
from jinxiu.people.registering import newborn
from jinxiu.people.registering import views as registering
from jinxiu.people.restricting import views as restricting
from jinxiu.people.search import views as search

urlpatterns = [
    path("people/", search.search, name="people"),
    path("people/new/", registering.new, name="person-new"),
    path("people/new/households/", families.at_address, name="households-at-address"),
    path("people/<int:person_id>/newborn/", newborn.newborn, name="newborn"),
    path("people/<int:person_id>/restrict/", restricting.restrict, name="person-restrict"),
    path("people/<int:person_id>/restrict/end/", restricting.end, name="person-restrict-end"),
    path("people/<int:person_id>/household/", families.household, name="household"),
    path("people/<int:person_id>/household/representative/", families.represent, name="household-represent"),
    path("people/<int:person_id>/household/move/", families.move, name="household-move"),
    path("people/<int:person_id>/household/join/", families.join, name="household-join"),
    path("people/<int:person_id>/household/new/", families.move_out, name="household-new"),
    path("people/<int:person_id>/relationships/", families.relationships, name="relationships"),
    path("people/<int:person_id>/relationships/new/", families.relate, name="relationship-new"),
    path("people/<int:person_id>/relationships/<int:relationship_id>/end/", families.end, name="relationship-end"),
    path(
        "people/<int:person_id>/relationships/<int:relationship_id>/phone/",
        families.reveal_phone,
        name="relationship-phone",
    ),
    path("institutions/", institutions.institutions, name="institutions"),
    path("institutions/new/", institutions.new, name="institution-new"),
    path("institutions/places/", institutions.places, name="institution-places"),
    path("institutions/<int:institution_id>/", institutions.institution, name="institution"),
    path("institutions/<int:institution_id>/edit/", institutions.edit, name="institution-edit"),
    path("teams/", organisation.teams, name="teams"),
    path("teams/new/", lifecycle.new, name="team-new"),
    path("teams/<int:team_id>/", organisation.team, name="team"),
    path("teams/<int:team_id>/close/", lifecycle.close, name="team-close"),
    path("teams/<int:team_id>/edit/", organisation.edit, name="team-edit"),
    path("teams/<int:team_id>/stand-in/", organisation.stand_in, name="team-stand-in"),
    path("teams/<int:team_id>/stand-in/<int:stand_in_id>/", organisation.stand_in_change, name="stand-in-change"),
    path(
        "teams/<int:team_id>/stand-in/<int:stand_in_id>/call-off/",
        organisation.stand_in_call_off,
        name="stand-in-call-off",
    ),
    path("teams/<int:team_id>/staff/<int:staff_id>/", organisation.qualifications, name="qualifications"),
    path(
        "teams/<int:team_id>/staff/<int:staff_id>/qualifications/<int:qualification_id>/withdraw/",
        organisation.withdraw,
        name="qualification-withdraw",
    ),
]
