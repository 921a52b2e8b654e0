"""Addresses of emergency openings."""

from django.urls import path

from jinxiu.accounts.emergency import views

urlpatterns = [
    path("emergency/", views.emergency, name="emergency"),
    path("emergency/<int:opening_id>/end/", views.end, name="emergency-end"),
    path("emergency/reviews/", views.reviews, name="emergency-reviews"),
    path("emergency/reviews/<int:opening_id>/", views.review, name="emergency-review"),
]
