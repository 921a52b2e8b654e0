"""Adding an institution, and changing one, with the day from which it is closed."""

from collections.abc import Mapping
from datetime import date

from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.people.actions import PeopleError
from jinxiu.people.models import Institution
from jinxiu.people.organisation.institutions import queries
from jinxiu.people.wording import named

ADDED = define("institution.added", _("%(actor)s added institution %(institution)s."))
CHANGED = define("institution.changed", _("%(actor)s changed institution %(institution)s: %(fields)s."))


class InstitutionError(PeopleError):
    """An institution cannot become this; `field` is the field of the form that says so, None for the whole form."""

    def __init__(self, field: str | None, sentence: str | Promise) -> None:
        self.field = field
        super().__init__(sentence)


@transaction.atomic
def add_institution(*, code: str, values: Mapping[str, object], actor: Actor) -> Institution:
    """Add an institution; it has no team yet. Raises InstitutionError when another one has its code."""
    try:
        with transaction.atomic():
            added = Institution.objects.create(code=code, **values)
    except IntegrityError as error:
        sentence = _("Another institution has this code; please choose another one.")
        raise InstitutionError("code", sentence) from error
    audit.record(ADDED, actor=actor, detail={"institution": added.pk, "code": code})
    return added


@transaction.atomic
def change_institution(
    *, institution_id: int, revision: int, values: Mapping[str, object], actor: Actor
) -> Institution:
    """Write what is said of an institution; the trail gets the names of the fields that changed, if any did.

    `revision` is the one that was looked at. Raises Http404, and InstitutionError when somebody else changed it
    meanwhile, or when it shall be closed on a day on which a team is open. Who adds a team waits for this.
    """
    found = Institution.objects.select_for_update().filter(pk=institution_id).first()
    if found is None:
        raise Http404
    if found.revision != revision:
        raise InstitutionError(
            None,
            _("Somebody else changed this institution meanwhile; nothing was saved. Please open the page again."),
        )
    changed = [name for name, value in values.items() if getattr(found, name) != value]
    if "closed_on" in changed:
        _check_closing(found, values["closed_on"])
    if changed:
        for name in changed:
            setattr(found, name, values[name])
        found.revision += 1
        found.save(update_fields=[*changed, "revision"])
        audit.record(CHANGED, actor=actor, detail={"institution": found.pk, "fields": ", ".join(changed)})
    return found


def _check_closing(found: Institution, on: object) -> None:
    if not isinstance(on, date):
        return
    teams = [named(one) for one in queries.teams_open_on(found.pk, on)]
    if teams:
        sentence = gettext(
            "These teams are still open on that day: %(teams)s. Close them first, or choose a later day."
        )
        raise InstitutionError("closed_on", sentence % {"teams": gettext(", ").join(teams)})
