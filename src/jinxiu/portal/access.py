"""The one door to a person for residents: oneself, or whom one may act for; everybody else is not found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define, define_purpose
from jinxiu.people import clock, sealing
from jinxiu.people.families import rules as families
from jinxiu.people.families.rules import Answer
from jinxiu.people.matching.queries import records_of
from jinxiu.people.models import Person, Relationship
from jinxiu.people.restricting.kinds import CLOSED_TO_CARE
from jinxiu.people.restricting.queries import restriction_of
from jinxiu.portal import rules
from jinxiu.portal.models import ResidentSession

OPENED = define("resident.opened", _("The resident %(actor)s opened the own pages of %(person)s (%(purpose)s)."))
REFUSED = define("resident.refused", _("The resident %(actor)s asked for %(person)s (%(purpose)s) and was refused."))

HOME = define_purpose("own pages", _("the own pages"))
HELPERS = define_purpose("own helpers", _("who helps"))
MESSAGES = define_purpose("own messages", _("the own messages"))
OWN_RECORD = define_purpose("own record", _("the own record"))
LOOKERS = define_purpose("own lookers", _("who looked at the own record"))
OWN_COPY = define_purpose("own copy", _("a copy of the own data"))
CONSENTS = define_purpose("own consents", _("the own consents"))

COOKIE = "jinxiu_resident"
PATH = "/my/"  # no other page is sent the cookie
ROLE = "resident"
_KEY = "resident session"


class RecordClosed(Exception):  # noqa: N818 - it is a state, not a fault
    """The person's data are only kept and protected: the pages show nothing of them (PIPL 47)."""


def actor_of(person: Person) -> Actor:
    """A resident as the trail names them: by number, for whoever reads the trail need not know the name."""
    return Actor(None, f"{person.name[:1]}** ({person.pk})", ROLE)


@dataclass(frozen=True)
class Resident:
    """Who is signed in, on which day, and since when."""

    session_id: int
    person: Person
    today: date
    signed_in_at: datetime

    @property
    def actor(self) -> Actor:
        """The resident as the trail names them."""
        return actor_of(self.person)


@dataclass(frozen=True)
class Visit:
    """A person whose pages are open, by whom, and what the one who looks may do for them."""

    person: Person
    resident: Resident
    answer: Answer | None  # None: it is oneself

    @property
    def is_self(self) -> bool:
        """Whether somebody looks at the own pages."""
        return self.answer is None

    @property
    def may_decide(self) -> bool:
        """Whether this one may sign and consent for the person: oneself, or a guardian; a helper may not."""
        return self.answer is None or self.answer.acts == "decides"

    @property
    def reads_record(self) -> bool:
        """Whether this one may read the person's record (`rules.reads_record`)."""
        return rules.reads_record(self.answer, self.person, self.today)

    @property
    def may_ask(self) -> bool:
        """Whether this one has the person's rights to their data: who looked, a copy, the consents."""
        return self.reads_record and self.may_decide

    @property
    def actor(self) -> Actor:
        """Who acts, for the trail."""
        return self.resident.actor

    @property
    def today(self) -> date:
        """The business day of the request."""
        return self.resident.today


def key_hash(key: str) -> bytes:
    """The hash under which a browser's key is kept."""
    return sealing.keyed_hash(key, _KEY)


def resident_of(request: HttpRequest) -> Resident | None:
    """Who is signed in with this browser; None for nobody, and for a sign-in that has ended. Asked once a request."""
    if not hasattr(request, "_jinxiu_resident"):
        request._jinxiu_resident = _signed_in(request.COOKIES.get(COOKIE, ""))  # type: ignore[attr-defined]
    found: Resident | None = request._jinxiu_resident  # type: ignore[attr-defined]
    return found


def _signed_in(key: str) -> Resident | None:
    rows = ResidentSession.objects.filter(ended_at__isnull=True).select_related("account__person__merged_into")
    session = rows.filter(key_hash=key_hash(key)).first() if key else None
    if session is None:
        return None
    now, today = clock.true_now(), clock.today()
    idle = timedelta(minutes=settings.JINXIU_RESIDENT_MINUTES)
    if rules.is_over(started_at=session.started_at, seen_at=session.seen_at, idle=idle, now=now):
        return None
    person = session.account.person.merged_into or session.account.person
    if rules.why_no_account(person, today):
        return None
    if now >= session.seen_at + rules.NOTE_EVERY:
        ResidentSession.objects.filter(pk=session.pk).update(seen_at=now)
    return Resident(session.pk, person, today, session.started_at)


def persons_for(resident: Resident) -> list[Visit]:
    """Oneself, then everybody whom the resident may act for today, by name."""
    mine = Relationship.objects.filter(relative__in=records_of(resident.person.pk), person__merged_into__isnull=True)
    found: dict[int, Visit] = {}
    for bond in mine.select_related("person", "relative").order_by("person__name", "pk"):
        answer = families.may_act_for(bond, bond.person, resident.today)
        before = found.get(bond.person_id)
        if answer.may and (before is None or not before.may_decide):
            found[bond.person_id] = Visit(bond.person, resident, answer)
    return [Visit(resident.person, resident, None), *found.values()]


def _whoever(_visit: Visit) -> bool:
    return True


def resident_for(
    request: HttpRequest, person_id: int, purpose: str, *, may: Callable[[Visit], bool] = _whoever
) -> Visit:
    """The person whose pages somebody signed in may open, with a line in the trail; the line is written for a refusal
    too.

    `may` is what a page asks of the visit beside. Call it outside of a transaction that an error would undo. Raises
    Http404 for everybody else's person, for nobody's number and for a page that this visit may not open alike,
    RecordClosed where a restriction closes the record. The view is one of `pages.resident_page`.
    """
    resident = resident_of(request)
    if resident is None:
        raise Http404
    visit = next((one for one in persons_for(resident) if one.person.pk == person_id and may(one)), None)
    with transaction.atomic():
        action, detail = (OPENED if visit else REFUSED), {"resident": resident.person.pk}
        audit.record(action, actor=resident.actor, person_id=person_id, purpose=purpose, detail=detail)
    if visit is None:
        raise Http404
    restriction = restriction_of(person_id, resident.today)
    if restriction is not None and restriction.kind in CLOSED_TO_CARE:
        raise RecordClosed
    return visit


def own_pages(request: HttpRequest, person_id: int, purpose: str) -> Visit:
    """Like resident_for, for what nobody does for another, such as choosing where messages go."""
    return resident_for(request, person_id, purpose, may=lambda visit: visit.is_self)


def record_for(request: HttpRequest, person_id: int, purpose: str) -> Visit:
    """Like resident_for, for the record of a person: from 14 to 17 it is the young person's own."""
    return resident_for(request, person_id, purpose, may=lambda visit: visit.reads_record)


def rights_for(request: HttpRequest, person_id: int, purpose: str) -> Visit:
    """Like resident_for, for the rights that somebody has to their data: for oneself, or as who decides."""
    return resident_for(request, person_id, purpose, may=lambda visit: visit.may_ask)
