"""Addresses of referrals; staff's begin with the person whom they are about."""

from django.urls import path

from jinxiu.referrals import public, views
from jinxiu.referrals.hospitals import views as hospitals
from jinxiu.referrals.overview import views as overview

urlpatterns = [
    path("referrals/", overview.referrals, name="referrals"),
    path("referrals/numbers/", overview.numbers, name="referral-numbers"),
    path("hospitals/", hospitals.hospitals, name="hospitals"),
    path("hospitals/new/", hospitals.new, name="hospital-new"),
    path("hospitals/<int:hospital_id>/", hospitals.edit, name="hospital"),
    path("people/<int:person_id>/referrals/new/", views.new, name="referral-new"),
    path("people/<int:person_id>/referrals/return/", views.receive, name="referral-return"),
    path("people/<int:person_id>/referrals/<int:referral_id>/", views.referral, name="referral"),
    path("people/<int:person_id>/referrals/<int:referral_id>/edit/", views.edit, name="referral-edit"),
    path("people/<int:person_id>/referrals/<int:referral_id>/send/", views.send, name="referral-send"),
    path("people/<int:person_id>/referrals/<int:referral_id>/step/", views.step, name="referral-step"),
    path("people/<int:person_id>/referrals/<int:referral_id>/answer/", views.answer, name="referral-answer"),
    path("people/<int:person_id>/referrals/<int:referral_id>/take/", views.take, name="referral-take"),
    path("people/<int:person_id>/referrals/<int:referral_id>/letter/", views.letter, name="referral-letter"),
    path("people/<int:person_id>/referrals/<int:referral_id>/letter.pdf", views.letter_pdf, name="referral-letter-pdf"),
    path("people/<int:person_id>/referrals/<int:referral_id>/code/", views.new_code, name="referral-code"),
    path("r/<str:code>/", public.letter, name="letter"),
    path("r/<str:code>/say/", public.say, name="letter-say"),
    path("r/<str:code>/answer/", public.answer, name="letter-answer"),
]
