"""Addresses of the list of places."""

from django.urls import path

from jinxiu.places import views

urlpatterns = [
    path("places/", views.places, name="places"),
    path("places/import/", views.upload, name="places-import"),
    path("places/import/<str:token>/confirm/", views.confirm, name="places-confirm"),
    path("places/import/<str:token>/cancel/", views.cancel, name="places-cancel"),
]
