"""Words about money: sums, months, states, and how somebody's pay was worked out, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils import dateformat
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from jinxiu.agreements.queries import catalogue
from jinxiu.pay.rules import DRAFT, FROZEN, POINTS, TOGETHER
from jinxiu.pay.scheme import Scheme
from jinxiu.standards.codes import installed as installed_codes
from jinxiu.standards.measures.catalogue import installed as installed_measures

STATES: dict[str, Promise] = {
    DRAFT: pgettext_lazy("pay", "draft, not approved yet"),
    FROZEN: pgettext_lazy("pay", "approved and frozen"),
}
TONES = {DRAFT: "amber", FROZEN: "jade"}
PARTS: dict[str, Promise] = {TOGETHER: _("by role and days"), POINTS: _("by own points")}
CENTRE_ITSELF = _("the centre itself")
CORRECTION = _("Correction")


def money(fen: int) -> str:
    """Fen as yuan: "¥1,234.50", "−¥0.40"."""
    sign = "\N{MINUS SIGN}" if fen < 0 else ""
    return f"{sign}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def yuan(fen: int) -> Decimal:
    """Fen as yuan, to be reckoned with."""
    return Decimal(fen).scaleb(-2)


def month_text(month: date) -> str:
    """Write the month: "November 2026"."""
    return dateformat.format(month, gettext("F Y"))


def number(exact: Fraction | str) -> str:
    """A weight or a number of points with at most two decimals."""
    return f"{float(Fraction(exact)):,.2f}".rstrip("0").rstrip(".")


def percent(exact: Fraction | str) -> str:
    """A rate in percent with at most two decimals: "84.5 %"."""
    return f"{number(100 * Fraction(exact))} %"


def item_title(scheme: Scheme | None, item_id: str) -> str:
    """How an item is called; its id where the rules no longer know it."""
    item = scheme.item(item_id) if scheme else None
    return item.title.language(get_language() or "") if item else item_id


def measure_title(measure_id: str) -> str:
    """How a measure is called, in its latest version."""
    found = [one for one in installed_measures().all() if one.id == measure_id]
    return found[-1].title.language(get_language() or "") if found else measure_id


def quality_lines(result: Mapping[str, Any]) -> Iterator[str]:
    """Each line of a score sheet, as it is kept."""
    for one in result["scores"]:
        parts = {"got": number(one["got"]), "full": number(one["full"])}
        if not one["measure"]:
            yield gettext("Scored by hand: %(got)s of %(full)s.") % parts
            continue
        share = Fraction(one["counted"], one["of"])
        yield gettext(
            "%(title)s: %(share)s (%(counted)s of %(of)s), aimed at %(baseline)s %%: %(got)s of %(full)s."
        ) % {
            **parts,
            "title": measure_title(one["measure"]),
            "share": percent(share),
            "counted": one["counted"],
            "of": one["of"],
            "baseline": number(one["baseline"]),
        }


def steps(formulas: Mapping[str, Mapping[str, Any]], fen: Mapping[str, int], title: str, unit: str) -> list[str]:
    """How somebody's money of an item in a unit was worked out; `formulas` and `fen` by part (`rules.PARTS`)."""
    of = next(iter(formulas.values()))
    return [
        gettext("Of %(pot)s for staff this month, %(item)s has %(weight)s of %(weights)s parts: %(fen)s.")
        % {
            "pot": money(of["pot_fen"]),
            "item": title,
            "weight": number(of["weight"]),
            "weights": number(of["weights"]),
            "fen": money(of["item_fen"]),
        },
        *(_people(of["people"]) if of["people"] else _work(of["work"])),
        gettext("%(unit)s has %(points)s points of it together.") % {"unit": unit, "points": number(of["points"])},
        *quality_lines(of),
        _quality(of),
        gettext("All units together have %(all)s points after quality. %(unit)s gets %(own)s of these: %(fen)s.")
        % {
            "all": number(of["all_corrected"]),
            "unit": unit,
            "own": number(of["corrected"]),
            "fen": money(of["unit_fen"]),
        },
        *(_part(part, formula, fen[part]) for part, formula in formulas.items()),
    ]


def _work(work: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    codes, language = installed_codes(), get_language() or ""
    nothing = True
    for one in work:
        nothing = False
        yield gettext(
            "%(kind)s (%(mode)s): %(count)s times × weight %(weight)s × difficulty %(difficulty)s = %(points)s points."
        ) % {
            "kind": codes.name("events", one["kind"], language),
            "mode": codes.name("modes", one["mode"], language),
            "count": one["count"],
            "weight": number(one["weight"]),
            "difficulty": number(one["difficulty"]),
            "points": number(one["points"]),
        }
    if nothing:
        yield gettext("No own points of this item.")


def _people(people: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    language = get_language() or ""
    titles = {one.id: one.title.language(language) for one in catalogue().packages}
    for one in people:
        yield gettext("%(package)s: %(count)s agreements × weight %(weight)s = %(points)s points.") % {
            "package": titles.get(one["package"], one["package"]),
            "count": one["count"],
            "weight": number(one["weight"]),
            "points": number(one["points"]),
        }


def _quality(of: Mapping[str, Any]) -> str:
    if not of["scores"]:
        return gettext("Nothing of it was scored, so the points stay as they are.")
    parts = {"rate": percent(of["rate"]), "threshold": percent(of["threshold"]), "corrected": number(of["corrected"])}
    if Fraction(of["rate"]) < Fraction(of["threshold"]):
        sentence = gettext(
            "The rate of quality is %(rate)s, below %(threshold)s: the points are multiplied by it, which makes "
            "%(corrected)s."
        )
    else:
        sentence = gettext("The rate of quality is %(rate)s, not below %(threshold)s: the points stay.")
    return sentence % parts


def _part(part: str, of: Mapping[str, Any], fen: int) -> str:
    parts = {
        "part": money(of["part_fen"]),
        "percent": of["percent"] if part == TOGETHER else 100 - of["percent"],
        "coefficient": number(of["coefficient"]),
        "days": of["days"],
        "own": number(of["own"]),
        "all": number(of["all"]),
        "fen": money(fen),
    }
    if part == TOGETHER:
        return (
            gettext(
                "%(percent)s %% of that, %(part)s, goes by role and days: coefficient %(coefficient)s × %(days)s days "
                "= %(own)s of %(all)s together, which is %(fen)s."
            )
            % parts
        )
    return (
        gettext(
            "%(percent)s %% of that, %(part)s, goes by points: own points × coefficient %(coefficient)s = %(own)s of "
            "%(all)s together, which is %(fen)s."
        )
        % parts
    )
