"""Addresses of documents, below the person whose they are."""

from django.urls import path

from jinxiu.attachments import views

urlpatterns = [
    path("people/<int:person_id>/documents/", views.documents, name="documents"),
    path("people/<int:person_id>/documents/new/", views.new, name="document-new"),
    path("people/<int:person_id>/documents/<int:attachment_id>/", views.document, name="document"),
    path("people/<int:person_id>/documents/<int:attachment_id>/file/", views.file, name="document-file"),
    path("people/<int:person_id>/documents/<int:attachment_id>/correct/", views.correct, name="document-correct"),
    path("people/<int:person_id>/documents/<int:attachment_id>/withdraw/", views.withdraw, name="document-withdraw"),
]
