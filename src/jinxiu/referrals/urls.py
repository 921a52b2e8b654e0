"""Addresses of referrals; staff's begin with the person whom they are about."""

from django.urls import path

from jinxiu.referrals import views

urlpatterns = [
    path("people/<int:person_id>/referrals/new/", views.new, name="referral-new"),
    path("people/<int:person_id>/referrals/<int:referral_id>/", views.referral, name="referral"),
    path("people/<int:person_id>/referrals/<int:referral_id>/edit/", views.edit, name="referral-edit"),
    path("people/<int:person_id>/referrals/<int:referral_id>/send/", views.send, name="referral-send"),
    path("people/<int:person_id>/referrals/<int:referral_id>/step/", views.step, name="referral-step"),
    path("people/<int:person_id>/referrals/<int:referral_id>/answer/", views.answer, name="referral-answer"),
    path("people/<int:person_id>/referrals/<int:referral_id>/take/", views.take, name="referral-take"),
]
