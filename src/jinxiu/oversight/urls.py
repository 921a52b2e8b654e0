"""Addresses of the trail."""

from django.urls import path

from jinxiu.oversight import views

urlpatterns = [
    path("audit/", views.trail, name="trail"),
    path("audit/find/", views.find, name="trail-find"),
    path("audit/export/", views.export, name="trail-export"),
    path("people/<int:person_id>/access-log/", views.access_log, name="access-log"),
    path("people/<int:person_id>/copy/", views.copy, name="person-copy"),
]
