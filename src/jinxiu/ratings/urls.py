"""Addresses of the results of ratings."""

from django.urls import path

from jinxiu.ratings import views

urlpatterns = [
    path("ratings/", views.ratings, name="ratings"),
    path("ratings/calls/", views.calls, name="rating-calls"),
    path("ratings/calls/<int:call_id>/", views.settle, name="rating-call-settle"),
    path("ratings/phone/", views.phone, name="ratings-phone"),
    path("people/<int:person_id>/rating/", views.ask, name="rating-ask"),
    path("ratings/<int:team_id>/", views.of_team, name="ratings-of-team"),
]
