"""What is signed, to the letter: the Chinese text of one agreement, built from its data and the terms."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from jinxiu.agreements.packages import Package, Terms

_PAYERS = {"insurance": "医保基金", "public_health": "基本公共卫生经费", "resident": "个人"}
_SEXES = {"M": "男", "F": "女", "U": "未说明"}
_SIGNERS = {"self": "本人", "guardian": "监护人", "representative": "家庭代表"}


@dataclass(frozen=True, slots=True)
class Parties:
    """Both sides as they stand in the text; numbers are masked."""

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


def text_of(
    contract_no: str,
    parties: Parties,
    packages: Sequence[Package],
    days: tuple[date, date],
    terms: Terms,
    consents: Sequence[str],
) -> str:
    """The whole text, one line a sentence, the same letters for the same agreement."""
    return "\n".join(_lines(contract_no, parties, packages, days, terms, consents)) + "\n"


def sha256_of(text: str) -> str:
    """The fingerprint that a signature keeps of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _lines(
    contract_no: str,
    parties: Parties,
    packages: Sequence[Package],
    days: tuple[date, date],
    terms: Terms,
    consents: Sequence[str],
) -> Iterator[str]:
    yield terms.title.zh
    yield f"协议编号：{contract_no}"
    doctor, phone = parties.doctor or "由团队指定", parties.phone or "—"
    yield f"甲方：{parties.institution} {parties.team}，家庭医生：{doctor}，电话：{phone}"
    born = parties.birth_date.isoformat() if parties.birth_date else "—"
    yield f"乙方：{parties.name}，{_SEXES[parties.sex]}，出生日期：{born}，证件：{'、'.join(parties.documents) or '—'}"
    relation = f"（{parties.relation}）" if parties.relation else ""
    yield f"签约人：{parties.signer_name}，{_SIGNERS[parties.signs_as]}{relation}"
    yield f"协议期限：{days[0].isoformat()} 至 {days[1].isoformat()}"
    yield "服务包："
    for package in packages:
        yield f"{package.title.zh}（{package.key}）"
        for item in package.items:
            owed = item.owed(parties.birth_date, days[0])
            if owed:
                yield f"  {item.title.zh}：每协议年度{owed}次"
        yield f"  签约服务费：每人每年{_yuan(package.fee_fen)}元{_split(package)}"
    yield "条款："
    for number, paragraph in enumerate(terms.paragraphs, 1):
        yield f"{number}. {paragraph.zh}"
    yield "同意事项："
    for consent in terms.consents:
        yield f"{'☑' if consent.id in consents else '☐'} {consent.text.zh}"
    yield f"协议文本版本：{terms.version}"


def _split(package: Package) -> str:
    if not package.payers:
        return ""
    return "（" + "，".join(f"{_PAYERS[one.payer]}{_yuan(one.fen)}元" for one in package.payers) + "）"


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
