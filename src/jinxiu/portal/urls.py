"""Addresses of the residents' pages, all below /my/; `whom` is the person whom a page is about."""

from django.urls import include, path

from jinxiu.portal import app, helpers, home, letters, rating, signing_in
from jinxiu.portal.consents import views as consents
from jinxiu.portal.copies import views as copies
from jinxiu.portal.lookers import views as lookers
from jinxiu.portal.measuring import views as measuring
from jinxiu.portal.record import views as record

urlpatterns = [
    path("my/", home.my, name="my"),
    path("my/sign-in/", signing_in.sign_in, name="my-sign-in"),
    path("my/code/", signing_in.code, name="my-code"),
    path("my/sign-out/", signing_in.sign_out, name="my-sign-out"),
    path("my/manifest.webmanifest", app.manifest, name="my-manifest"),
    path("my/worker.js", app.service_worker, name="my-worker"),
    path("my/offline/", app.offline, name="my-offline"),
    path("", include("jinxiu.portal.choosing.urls")),
    path("my/<int:whom>/", home.home, name="my-home"),
    path("my/<int:whom>/record/", record.record, name="my-record"),
    path("my/<int:whom>/record/done/", record.done, name="my-done"),
    path("my/<int:whom>/consents/", consents.consents, name="my-consents"),
    path("my/<int:whom>/consents/<int:agreement_id>/", consents.consent, name="my-consent"),
    path("my/<int:whom>/copy/", copies.copy, name="my-copy"),
    path("my/<int:whom>/lookers/", lookers.lookers, name="my-lookers"),
    path("my/<int:whom>/measurements/", measuring.measurements, name="my-measurements"),
    path("my/<int:whom>/measurements/pressure/", measuring.send, {"what": "pressure"}, name="my-send-pressure"),
    path("my/<int:whom>/measurements/glucose/", measuring.send, {"what": "glucose"}, name="my-send-glucose"),
    path("my/<int:whom>/measurements/<int:event_id>/", measuring.measurement, name="my-measurement"),
    path("my/<int:whom>/messages/", letters.letters, name="my-messages"),
    path("my/<int:whom>/helpers/", helpers.helpers, name="my-helpers"),
    path("my/<int:whom>/helpers/wishes/<int:wish_id>/", helpers.answer, name="my-helper-answer"),
    path("my/<int:whom>/helpers/<int:bond_id>/end/", helpers.take_back, name="my-helper-end"),
    path("my/<int:whom>/ratings/", rating.ratings, name="my-ratings"),
    path("my/<int:whom>/ratings/year/", rating.year, name="my-rating-year"),
    path("my/<int:whom>/ratings/thanks/", rating.thanks, name="my-rating-thanks"),
    path("my/<int:whom>/ratings/call/", rating.call, name="my-rating-call"),
    path("my/<int:whom>/ratings/asked/", rating.asked, name="my-rating-asked"),
    path("my/<int:whom>/ratings/<int:event_id>/", rating.service, name="my-rating"),
]
