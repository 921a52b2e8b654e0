"""The family-doctor service: standards, forms and pages of its own on the kernel."""

from django.apps import AppConfig


class FamilyDoctorConfig(AppConfig):
    name = "jinxiu.familydoctor"
    label = "familydoctor"
