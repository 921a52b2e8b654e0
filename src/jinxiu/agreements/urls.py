"""Addresses of agreements; those of one begin with the person whom they are about."""

from django.urls import path

from jinxiu.agreements import views
from jinxiu.agreements.issuing import views as issuing
from jinxiu.agreements.papers import views as papers
from jinxiu.agreements.renewing import views as renewing
from jinxiu.agreements.signing import confirming, household
from jinxiu.agreements.signing import views as signing

_ONE = "people/<int:person_id>/agreements/<int:agreement_id>/"

urlpatterns = [
    path("agreements/", views.lists, name="agreement-lists"),
    path("agreements/confirm/", confirming.confirm, name="agreements-confirm"),
    path("agreements/renewals/", renewing.runs, name="renewals"),
    path("agreements/renewals/<int:renewal_id>/", renewing.run, name="renewal-run"),
    path("agreements/renewals/<int:renewal_id>/go-on/", renewing.go_on, name="renewal-go-on"),
    path("agreements/signing/", signing.board, name="signing-day"),
    path("agreements/signing/setup/", signing.setup, name="signing-setup"),
    path("people/<int:person_id>/agreements/", views.agreements, name="agreements"),
    path("people/<int:person_id>/agreements/new/", views.sign, name="agreement-sign"),
    path("people/<int:person_id>/agreements/signing/", signing.one, name="signing-one"),
    path("people/<int:person_id>/agreements/household/", household.household, name="household-sign"),
    path(_ONE, views.agreement, name="agreement"),
    path(f"{_ONE}confirm/", views.confirm, name="agreement-confirm"),
    path(f"{_ONE}offer/", views.offer, name="agreement-offer"),
    path(f"{_ONE}renew/", views.renew, name="agreement-renew"),
    path(f"{_ONE}no-renewal/", renewing.take_consent_back, name="agreement-no-renewal"),
    path(f"{_ONE}transfer/", views.transfer, name="agreement-transfer"),
    path(f"{_ONE}end/", views.end, name="agreement-end"),
    path(f"{_ONE}take-back/", signing.take_back, name="signing-take-back"),
    path(f"{_ONE}pdf/", issuing.pdf, name="agreement-pdf"),
    path(f"{_ONE}papers/new/", papers.new, name="agreement-paper-new"),
    path(f"{_ONE}papers/<int:attachment_id>/", papers.file, name="agreement-paper"),
]
