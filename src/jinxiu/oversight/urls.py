"""Addresses of the trail."""

from django.urls import path

from jinxiu.oversight import views
from jinxiu.oversight.deleting import views as deleting

urlpatterns = [
    path("audit/", views.trail, name="trail"),
    path("audit/find/", views.find, name="trail-find"),
    path("audit/export/", views.export, name="trail-export"),
    path("people/<int:person_id>/access-log/", views.access_log, name="access-log"),
    path("people/<int:person_id>/copy/", views.copy, name="person-copy"),
    path("people/<int:person_id>/delete/", deleting.person_delete, name="person-delete"),
    path("people/<int:person_id>/delete/confirm/", deleting.confirm, name="person-delete-confirm"),
    path("people/<int:person_id>/delete/refuse/", deleting.refuse, name="person-delete-refuse"),
    path("deletions/", deleting.deletions, name="deletions"),
]
