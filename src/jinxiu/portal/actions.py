"""Writes: asking for a code, proving it, signing out; wishing to help, and saying yes or no to it."""

from __future__ import annotations

import hmac
import secrets
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import SYSTEM
from jinxiu.audit.sentences import define
from jinxiu.messaging import actions as messages
from jinxiu.messaging import jobs
from jinxiu.messaging.texts import Text
from jinxiu.people import clock, sealing
from jinxiu.people.actions import PeopleError
from jinxiu.people.families import actions as families
from jinxiu.people.families.rules import BY_GUARDIAN, BY_PERSON, HELPER
from jinxiu.people.matching.queries import kept_id, whose
from jinxiu.people.models import ContactPoint, Person, Relationship
from jinxiu.portal import queries, rules, texts
from jinxiu.portal.access import Resident, Visit, actor_of, key_hash
from jinxiu.portal.models import HelperWish, ResidentAccount, ResidentSession, SignIn

SIGNED_IN = define("resident.signed_in", _("The resident %(person)s signed in."))
SIGNED_OUT = define("resident.signed_out", _("The resident %(person)s signed out."))
WRONG_CODE = define("resident.wrong_code", _("A wrong or late code was typed for %(person)s."))
WISHED = define("resident.wished", _("%(actor)s asked to act for %(person)s."))
SAID_NO = define("resident.said_no", _("%(actor)s did not let %(helper)s act for %(person)s."))

_CODE = "resident code"
_ONLINE = "online"  # how the consent was given
_KEPT = timedelta(days=1)  # what was asked for, once it is of no use


# --- signing in -------------------------------------------------------------------------------------------------------


@transaction.atomic
def ask_for_code(*, phone_hash: bytes, number_hash: bytes, language: str, now: datetime) -> str:
    """Write down that somebody asks for a code, and leave it to the worker to find out whether there is such a person.

    Returns the key that the browser keeps. What happens here is the same for everybody.
    """
    key = secrets.token_urlsafe(32)
    row = SignIn.objects.create(
        key_hash=key_hash(key),
        phone_hash=phone_hash,
        number_hash=number_hash,
        language=language,
        asked_at=now,
        expires_at=now + rules.CODE_LASTS,
    )
    jobs.put(rules.LOOK_UP, sign_in_id=row.pk)
    return key


@transaction.atomic
def look_up(*, sign_in_id: int) -> None:
    """Send a code where the phone and the document are one person's who may have an account. Twice, it is one code."""
    row = SignIn.objects.select_for_update().filter(pk=sign_in_id, code_hash__isnull=True).first()
    found = queries.whose_are(bytes(row.phone_hash), bytes(row.number_hash)) if row else None
    if row is None or found is None or rules.why_no_account(found[0], clock.today()):
        return
    person, contact = found
    code = f"{secrets.randbelow(10**rules.DIGITS):0{rules.DIGITS}d}"
    row.person, row.code_hash = person, _code_hash(row.pk, code)
    row.save(update_fields=["person", "code_hash"])
    messages.send(
        person_id=person.pk,
        text=texts.ONE_TIME_CODE,
        secret={"code": code},
        contact_id=contact.pk,
        expires_at=row.expires_at,
        language=row.language,
        actor=SYSTEM,
    )


def _code_hash(sign_in_id: int, code: str) -> bytes:
    return sealing.keyed_hash(f"{sign_in_id}:{code}", _CODE)


@transaction.atomic
def check_code(*, key: str, code: str, now: datetime) -> str | None:
    """Sign in with a code; returns the new sign-in's key, or None for a code that is wrong, late, used or nobody's.

    Each try counts, and two at once come one after the other: a code lets in once.
    """
    row = SignIn.objects.select_for_update(of=("self",)).filter(key_hash=key_hash(key)).first()
    if row is None:
        return None
    person = _proved(row, code, now)
    if person is None:
        if row.person_id is not None:
            audit.record(WRONG_CODE, actor=SYSTEM, person_id=row.person_id)
        return None
    row.used_at = now
    row.save(update_fields=["used_at"])
    return _begin(person, now)


def _proved(row: SignIn, code: str, now: datetime) -> Person | None:
    """The person whose code it is; counts the try."""
    if not rules.may_try(tries=row.tries, is_used=row.used_at is not None, expires_at=row.expires_at, now=now):
        return None
    row.tries += 1
    row.save(update_fields=["tries"])
    expected = bytes(row.code_hash) if row.code_hash is not None else b""
    if not hmac.compare_digest(expected, _code_hash(row.pk, code)) or row.person_id is None:
        return None
    person = Person.objects.get(pk=kept_id(row.person_id))
    return None if rules.why_no_account(person, clock.today()) else person


def _begin(person: Person, now: datetime) -> str:
    account, _new = ResidentAccount.objects.get_or_create(
        person=person, defaults={"opened_at": now, "signed_in_at": now}
    )
    account.signed_in_at = now
    account.save(update_fields=["signed_in_at"])
    key = secrets.token_urlsafe(32)
    ResidentSession.objects.create(account=account, person=person, key_hash=key_hash(key), started_at=now, seen_at=now)
    audit.record(SIGNED_IN, actor=actor_of(person), person_id=person.pk)
    return key


@transaction.atomic
def sign_out(*, resident: Resident, everywhere: bool, now: datetime) -> None:
    """End this sign-in, or all of the resident's."""
    rows = ResidentSession.objects.filter(whose(resident.person.pk), ended_at__isnull=True)
    if not everywhere:
        rows = rows.filter(pk=resident.session_id)
    rows.update(ended_at=now)
    audit.record(SIGNED_OUT, actor=resident.actor, person_id=resident.person.pk)


def forget(*, now: datetime) -> None:
    """Delete what was asked for and is of no use any more, and sign-ins that ended a day ago."""
    SignIn.objects.filter(expires_at__lt=now - _KEPT).delete()
    ResidentSession.objects.filter(started_at__lt=now - rules.SIGN_IN_LASTS - _KEPT).delete()
    HelperWish.objects.filter(person__isnull=True, asked_at__lt=now - _KEPT).delete()


# --- who helps --------------------------------------------------------------------------------------------------------


@transaction.atomic
def wish_to_help(*, resident: Resident, relation: str, phone_hash: bytes, number_hash: bytes, now: datetime) -> None:
    """Write down that the resident wishes to act for whoever has this phone and document; the worker looks it up.

    What happens here is the same for everybody. Raises PeopleError for too many wishes in a day.
    """
    Person.objects.select_for_update(no_key=True).get(pk=resident.person.pk)  # one wish after the other
    lately = HelperWish.objects.filter(helper=resident.person, asked_at__gt=now - timedelta(days=1))
    if lately.count() >= rules.WISHES_A_DAY:
        raise PeopleError(_("You have asked five times today. Please try again tomorrow, or ask at your centre."))
    row = HelperWish.objects.create(
        helper=resident.person, relation=relation, phone_hash=phone_hash, number_hash=number_hash, asked_at=now
    )
    jobs.put(rules.FIND, wish_id=row.pk)


@transaction.atomic
def find(*, wish_id: int) -> None:
    """Lay a wish before the person whom it is about, or a guardian, where the register has that person."""
    row = HelperWish.objects.select_for_update(of=("self",)).select_related("helper").filter(pk=wish_id).first()
    found = _asked(row) if row and row.person_id is None else None
    if row is None or found is None or found[0].pk == row.helper_id or _has_helper(found[0], row.helper_id):
        return
    person, contact, text = found
    row.person = person
    row.save(update_fields=["person"])
    actor = actor_of(row.helper)
    audit.record(WISHED, actor=actor, person_id=person.pk, detail={"resident": row.helper_id})
    messages.send(
        person_id=person.pk,
        text=text,
        contact_id=contact.pk,
        expires_at=clock.true_now() + timedelta(days=3),
        dedupe_key=f"wish:{row.helper_id}:{clock.today().isoformat()}",
        actor=actor,
    )


def _asked(row: HelperWish) -> tuple[Person, ContactPoint, Text] | None:
    """Whom a wish is about, to which phone the question goes, and in which words."""
    phone_hash, number_hash = bytes(row.phone_hash), bytes(row.number_hash)
    own = queries.whose_are(phone_hash, number_hash)
    if own is not None and not rules.why_no_account(own[0], clock.today()):
        return *own, texts.SOMEBODY_WISHES_TO_HELP
    guarded = queries.guarded_by(phone_hash, number_hash, clock.today())
    return (*guarded, texts.SOMEBODY_WISHES_TO_HELP_YOURS) if guarded else None


def _has_helper(person: Person, helper_id: int) -> bool:
    return Relationship.objects.filter(whose(person.pk), relative=helper_id, role=HELPER, end_on__isnull=True).exists()


@transaction.atomic
def answer_wish(*, visit: Visit, wish_id: int, yes: bool, now: datetime) -> None:
    """Say yes or no to somebody who wishes to help. Yes is the consent of the person or a guardian, from today on, and
    can be taken back.

    Answered once: what was answered before, or was never asked of this person, changes nothing. Raises PeopleError
    where nobody can become a helper like that.
    """
    rows = HelperWish.objects.select_for_update(of=("self",)).filter(whose(visit.person.pk), answered_at__isnull=True)
    row = rows.filter(pk=wish_id).first()
    if row is None:
        return
    row.answered_at = now
    row.save(update_fields=["answered_at"])
    if not yes:
        audit.record(SAID_NO, actor=visit.actor, person_id=visit.person.pk, detail={"helper": row.helper_id})
        return
    families.relate(
        person_id=visit.person.pk,
        relative_id=row.helper_id,
        role=HELPER,
        relation=row.relation,
        consented_on=visit.today,
        consent_by=BY_PERSON if visit.is_self else BY_GUARDIAN,
        words=_ONLINE,
        start_on=visit.today,
        today=visit.today,
        actor=visit.actor,
        recorded_by=None,
    )


def take_back(*, visit: Visit, relationship_id: int, today: date) -> None:
    """Take back the consent of a helper, from today on. Raises RelationshipNotFound, ChangedMeanwhileError."""
    if not any(one.relationship_id == relationship_id and one.may_end for one in queries.helpers_of(visit)):
        raise families.RelationshipNotFound
    families.end(
        person_id=visit.person.pk,
        relationship_id=relationship_id,
        on=today,
        today=today,
        actor=visit.actor,
        ended_by=None,
    )
