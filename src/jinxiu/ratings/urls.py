"""Addresses of the results of ratings."""

from django.urls import path

from jinxiu.ratings import views

urlpatterns = [
    path("ratings/", views.ratings, name="ratings"),
    path("ratings/<int:team_id>/", views.of_team, name="ratings-of-team"),
]
