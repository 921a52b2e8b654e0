"""All addresses in one place."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from jinxiu.config import errors
from jinxiu.config.health import health
from jinxiu.config.metrics import metrics

urlpatterns = [
    path("account/", include("jinxiu.config.account_urls")),
    path("", include("jinxiu.accounts.urls")),
    path("", include("jinxiu.accounts.emergency.urls")),
    path("", include("jinxiu.accounts.leaving.urls")),
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
    path("health", health, name="health"),
    path("metrics", metrics, name="metrics"),
    path("", include("jinxiu.people.urls")),
    path("", include("jinxiu.messaging.urls")),
    path("", include("jinxiu.attachments.urls")),
    path("", include("jinxiu.worklists.urls")),
    path("", include("jinxiu.indicators.urls")),
    path("", include("jinxiu.agreements.urls")),
    path("", include("jinxiu.referrals.urls")),
    path("", include("jinxiu.ratings.urls")),
    path("", include("jinxiu.pay.urls")),
    path("", include("jinxiu.familydoctor.urls")),
    path("", include("jinxiu.places.urls")),
    path("", include("jinxiu.oversight.urls")),
    path("", include("jinxiu.portal.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.fault
