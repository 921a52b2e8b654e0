"""Addresses of the register."""

from django.urls import path

from jinxiu.people.families import views as families
from jinxiu.people.registering import views as registering
from jinxiu.people.search import views as search

urlpatterns = [
    path("people/", search.search, name="people"),
    path("people/new/", registering.new, name="person-new"),
    path("people/new/households/", families.at_address, name="households-at-address"),
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
]
