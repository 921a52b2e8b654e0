"""Addresses of fees and pay."""

from django.urls import path

from jinxiu.pay import fee_views, views

urlpatterns = [
    path("pay/", views.runs, name="pay-runs"),
    path("pay/compute/", views.compute, name="pay-compute"),
    path("pay/mine/", views.mine, name="pay-mine"),
    path("pay/fees/", fee_views.fees, name="pay-fees"),
    path("pay/fees/export/", fee_views.export, name="pay-fees-export"),
    path("pay/fees/people/", fee_views.people, name="pay-fee-people"),
    path("pay/fees/payments/", fee_views.payments, name="pay-payments"),
    path("pay/fees/payments/<int:payment_id>/", fee_views.take_back, name="pay-payment"),
    path("pay/<int:run_id>/", views.run, name="pay-run"),
    path("pay/<int:run_id>/approve/", views.approve, name="pay-approve"),
    path("pay/<int:run_id>/correct/", views.correct, name="pay-correct"),
    path("pay/<int:run_id>/export/", views.export, name="pay-export"),
    path("pay/<int:run_id>/scores/", views.score, name="pay-scores"),
    path("pay/<int:run_id>/staff/<int:staff_id>/", views.staff, name="pay-staff"),
]
