"""The door to the person of an agreement: by the viewer's reach, and for the team that is asked to confirm.

Whoever chose a team of another centre is out of that team's reach until it confirms; it sees who asks, and no record.
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.agreements import rules
from jinxiu.agreements.models import Agreement
from jinxiu.audit import actions as audit
from jinxiu.audit.sentences import define_purpose
from jinxiu.people.access import OPENED, Viewer, open_to, person_for, reaches
from jinxiu.people.matching.queries import whose
from jinxiu.people.models import Person
from jinxiu.people.roles import SEE_PEOPLE

AGREEMENT = define_purpose("agreement", _("signing or following an agreement"))


def person_asking(viewer: Viewer, person_id: int, permission: str = SEE_PEOPLE) -> Person:
    """The person, also one who waits for a team within reach; with a line in the trail. Raises PersonNotFound."""
    teams = viewer.reach.get(permission, frozenset())
    waiting = Agreement.objects.filter(whose(person_id), state=rules.PENDING, team__in=teams)
    if teams and not reaches(viewer, person_id, permission) and waiting.exists():
        people = Person.objects.filter(open_to(viewer, permission, "pk"), merged_into__isnull=True)
        if found := people.filter(pk=person_id).first():
            with transaction.atomic():
                audit.record(OPENED, actor=viewer.actor, person_id=person_id, purpose=AGREEMENT)
            return found
    return person_for(viewer, person_id, AGREEMENT, permission)


def may_confirm(viewer: Viewer, agreement: Agreement, permission: str) -> bool:
    """Tell whether the viewer may confirm an agreement for its team."""
    return agreement.state == rules.PENDING and agreement.team_id in viewer.reach.get(permission, frozenset())
