"""Addresses of messages."""

from django.urls import path

from jinxiu.messaging import views

urlpatterns = [
    path("messages/", views.log, name="messages"),
    path("inbox/", views.inbox, name="inbox"),
]
