"""What is signed, to the letter: the Chinese text of one agreement, built from its data and the terms."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.utils import translation
from django.utils.translation import gettext, ngettext

from jinxiu.agreements.packages import Package, Terms
from jinxiu.agreements.wording import PAYERS, SIGNERS
from jinxiu.people.wording import SEXES


@dataclass(frozen=True, slots=True)
class Parties:
    """Both sides as they stand in the text; numbers are masked.

    `as_agreed_in` is the number of the agreement in which a renewal without a new signature was agreed to, else empty.
    """

    institution: str
    team: str
    doctor: str
    phone: str
    name: str
    sex: str
    birth_date: date | None
    documents: Sequence[str]
    signs_as: str
    signer_name: str
    relation: str
    as_agreed_in: str = ""


def text_of(
    contract_no: str,
    parties: Parties,
    packages: Sequence[Package],
    days: tuple[date, date],
    terms: Terms,
    consents: Sequence[str],
) -> str:
    """The whole text in Chinese, one line a sentence. It is kept as it was signed and never made again."""
    with translation.override("zh-hans"):
        lines = [
            terms.title.zh,
            gettext("Number of the agreement: %(number)s") % {"number": contract_no},
            *_parties(parties),
            gettext("From %(first)s to %(last)s") % {"first": days[0].isoformat(), "last": days[1].isoformat()},
            gettext("Packages:"),
            *(line for package in packages for line in _package(package, parties.birth_date, days[0])),
            gettext("Terms:"),
            *(f"{number}. {paragraph.zh}" for number, paragraph in enumerate(terms.paragraphs, 1)),
            *([gettext("What happens with personal data:")] if terms.privacy else []),
            *(paragraph.zh for paragraph in terms.privacy),
            gettext("Consents:"),
            *(f"{'☑' if one.id in consents else '☐'} {one.text.zh}" for one in terms.consents),
            gettext("Version of this text: %(version)s") % {"version": terms.version},
        ]
        return "\n".join(lines) + "\n"


def sha256_of(text: str) -> str:
    """The fingerprint that a signature keeps of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _parties(parties: Parties) -> Iterator[str]:
    yield gettext("Party A: %(institution)s %(team)s, family doctor: %(doctor)s, phone: %(phone)s") % {
        "institution": parties.institution,
        "team": parties.team,
        "doctor": parties.doctor or "–",
        "phone": parties.phone or "–",
    }
    yield gettext("Party B: %(name)s, %(sex)s, born %(born)s, document: %(documents)s") % {
        "name": parties.name,
        "sex": SEXES[parties.sex] or "–",
        "born": parties.birth_date.isoformat() if parties.birth_date else "–",
        "documents": gettext("; ").join(parties.documents) or "–",
    }
    signer = f"{SIGNERS[parties.signs_as]} {parties.relation}".strip()
    if parties.as_agreed_in:
        yield gettext("Renewed without a new signature, as %(name)s (%(signer)s) agreed in agreement %(number)s") % {
            "name": parties.signer_name,
            "signer": signer,
            "number": parties.as_agreed_in,
        }
    else:
        yield gettext("Signed by: %(name)s (%(signer)s)") % {"name": parties.signer_name, "signer": signer}


def _package(package: Package, birth_date: date | None, first: date) -> Sequence[str]:
    return _lines(package, tuple(item.owed(birth_date, first) for item in package.items))


@lru_cache(maxsize=1024)  # a run of renewals asks for the same few of them ninety thousand times
def _lines(package: Package, owed: tuple[int, ...]) -> Sequence[str]:
    lines = [f"{package.title.zh} ({package.key})"]
    for item, number in zip(package.items, owed, strict=True):
        if number:
            times = ngettext("%(times)d time a year", "%(times)d times a year", number) % {"times": number}
            lines.append(f"  {item.title.zh}: {times}")
    payers = gettext("; ").join(f"{PAYERS[one.payer]} {yuan(one.fen)}" for one in package.payers)
    fee = gettext("Fee of a year: %(fee)s yuan (%(payers)s)") % {"fee": yuan(package.fee_fen), "payers": payers}
    return (*lines, f"  {fee}")


def yuan(fen: int) -> str:
    """Fen as yuan with two decimals: 1250 is "12.50"."""
    return f"{fen // 100}.{fen % 100:02d}"
