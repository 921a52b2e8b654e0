"""Which agreement is renewed without a new signature, into which packages, and why another one is not. Pure, no Django.

Source: section 1.3 of the reference page "family doctor facts": a renewal wants an explicit confirmation; without one
it is only done where the agreement itself says so. That consent is `AGREED`; whoever did not give it is asked as ever.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from jinxiu.agreements import rules
from jinxiu.agreements.packages import Catalogue, Package, Terms

AGREED = "auto_renewal"  # the consent of the terms
RENEW = "agreements.renew"  # the task that carries a run on
CHANNEL = "batch"  # the channel of what a run renewed
YEARS = 1  # a renewal without a new signature binds for no longer

# Reasons of our own, beside the codes of `rules.why_not_sign`.
RENEWED, OTHER, RESTRICTED, TEAM_CLOSED = "renewed", "other", "restricted", "team_closed"
NOT_AGREED, GROWN, DEARER, ENDED, SIGNER = "not_agreed", "grown", "dearer", "ended", "signer"


@dataclass(frozen=True, slots=True)
class Former:
    """An agreement that may be renewed, with what is true of its person now.

    `is_given_up`: a renewal of it was ended already. `other`: RENEWED or OTHER, where there is another agreement.
    """

    id: int
    contract_no: str
    state: str
    start_on: date
    last_on: date
    packages: tuple[str, ...]
    terms_version: str
    consents: frozenset[str]
    signs_as: str
    signer_name: str
    relation: str
    team_id: int
    doctor_id: int | None
    person_id: int
    name: str
    sex: str
    birth_date: date | None
    died_on: date | None
    left_on: date | None
    household_id: int | None
    documents: tuple[str, ...]
    programmes: frozenset[str]
    is_restricted: bool
    is_offered: bool
    is_given_up: bool
    other: str


@dataclass(frozen=True, slots=True)
class Carried:
    """The packages of an agreement as they go on from a day.

    `gone` are keys that nothing follows, or that are for a group to which the person does not belong any more; `dearer`
    tells that the person would pay more than was agreed.
    """

    packages: tuple[Package, ...]
    gone: tuple[str, ...]
    dearer: bool


def carry(keys: Sequence[str], catalogue: Catalogue, day: date, groups: Collection[str]) -> Carried:
    """What packages become on the first day of a renewal: each in its version of that day."""
    packages, gone, paid, pays = [], [], 0, 0
    for key in keys:
        follows = next((one for one in catalogue.packages if one.id == _id(key) and one.valid_on(day)), None)
        if follows is None or (follows.groups and not set(follows.groups) & set(groups)):
            gone.append(key)
            continue
        packages.append(follows)
        former = catalogue.package(key)
        paid += _own_part(former) if former else 0
        pays += _own_part(follows)
    return Carried(tuple(packages), tuple(gone), pays > paid)


def _id(key: str) -> str:
    return key.partition("@")[0]


def _own_part(package: Package) -> int:
    return sum(one.fen for one in package.payers if one.payer == "resident")


@dataclass(frozen=True, slots=True)
class Ground:
    """What holds for all agreements of a run: the day, the terms of that day, and the teams that are open."""

    today: date
    terms: Terms
    open_teams: frozenset[int]


def why_left_out(former: Former, carried: Carried, ground: Ground) -> str:
    """Why an agreement is not renewed without a new signature; "" when it is. The first reason there is."""
    return next(iter([*_of_the_agreement(former, ground), *_as_signing(former, carried, ground)]), "")


def _of_the_agreement(former: Former, ground: Ground) -> Iterable[str]:
    if former.died_on is not None:
        yield "dead"
    elif former.left_on is not None:
        yield "left"
    if former.is_restricted:
        yield RESTRICTED
    if former.state != rules.ACTIVE or former.last_on < ground.today:
        yield ENDED
    if former.other:
        yield former.other
    if former.team_id not in ground.open_teams:
        yield TEAM_CLOSED
    if AGREED not in former.consents or former.is_given_up:
        yield NOT_AGREED


def _as_signing(former: Former, carried: Carried, ground: Ground) -> Iterable[str]:
    """The same that keeps anybody from signing, on the first day of the renewal."""
    start_on, terms = former.last_on + rules.DAY, ground.terms
    was_child = rules.is_child(former.birth_date, former.start_on)
    if was_child and not rules.is_child(former.birth_date, start_on):
        yield GROWN
    if former.signs_as != rules.SELF and not (former.signer_name.strip() and former.relation.strip()):
        yield SIGNER
    if carried.dearer:
        yield DEARER
    wish = rules.Wish(
        start_on=start_on,
        years=YEARS,
        method=rules.ELECTRONIC,
        package_kinds=tuple(one.kind for one in carried.packages),
        all_packages_valid=True,
        consents=former.consents,
        needed_consents=frozenset(one.id for one in terms.consents if one.required),
    )
    signer = rules.Signer(former.birth_date, former.died_on, former.left_on, former.signs_as)
    limits = rules.Limits(terms.paper_days, max(terms.ahead_days, terms.renew_days + 1), terms.years)
    yield from (one.reason for one in rules.why_not_sign(signer, wish, limits, ground.today))
