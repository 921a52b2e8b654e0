"""The family-doctor service: standards, forms and pages of its own on the kernel."""

from django.apps import AppConfig


class FamilyDoctorConfig(AppConfig):
    name = "jinxiu.familydoctor"
    label = "familydoctor"

    def ready(self) -> None:
        """Tell the worklist which forms there are, which are unfinished, and what is arranged."""
        from jinxiu.familydoctor.drafts.shown import lines_for
        from jinxiu.familydoctor.examdays.shown import arranged
        from jinxiu.familydoctor.records.cards import form_url
        from jinxiu.worklists import arranged as arrangements
        from jinxiu.worklists import form_links, unfinished

        form_links.add(form_url)
        unfinished.add(lines_for)
        arrangements.add(arranged)
