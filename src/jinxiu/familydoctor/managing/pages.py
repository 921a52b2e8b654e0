"""What stands on each page of numbers: its tables, and the sentences beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.utils.translation import get_language, gettext, pgettext

from jinxiu.agreements import rules as agreements
from jinxiu.familydoctor.managing import queries, rules, wording
from jinxiu.familydoctor.managing.shown import Bar, Cell, Layout, Line, Page, Row, Rows, Table
from jinxiu.ui.templatetags.jinxiu import day_text, share


@dataclass(frozen=True)
class Shown:
    """A page's tables, the sentence about the days that it counts, and what is told before the tables."""

    tables: tuple[Table, ...]
    days: str
    first: str = ""


def page_of(page: Page) -> Shown:
    """The page of a part."""
    return _PAGES[page.part](page)


def group_head(page: Page) -> tuple[str, str]:
    """How the table by team is called, and its first column; who sees the district's numbers has institutions."""
    if page.form.scope.numbers_only:
        return gettext("By institution"), gettext("Institution")
    return gettext("By team"), gettext("Team")


# --- coverage ---------------------------------------------------------------------------------------------------------


def _coverage(page: Page) -> Shown:
    group = page.form.values["group"]
    numbers = queries.counted(page.asked, group)
    targets = rules.targets_on(queries.targets(), page.today)
    layout = Layout(((rules.SIGNED, rules.UNSIGNED),), rate=gettext("Share"), targets=targets)
    of_group = "" if group == rules.ALL else wording.capital(wording.GROUPS[group])
    return Shown(
        (coverage_by_group(page), *_by_team_and_place(page, numbers, layout, key=group, about=of_group)),
        _of_the_night(page),
        gettext("Residents are those on the register who live here, signed or not."),
    )


def coverage_by_group(page: Page) -> Table:
    """Everybody, all priority groups and each of them, by who is signed."""
    rows = page.by_key(queries.totals(page.asked), wording.GROUPS)
    sheltered = _take_out_sheltered(page, rows)
    targets = rules.targets_on(queries.targets(), page.today)
    said = [target_words(one) for one in targets]
    if sheltered:
        said.append(gettext("Of what is under special shelter: numbers of all teams together, and nobody behind them."))
    layout = Layout(
        ((rules.SIGNED, rules.UNSIGNED),), gettext("Share"), overlap=True, note=" ".join(said), targets=targets
    )
    return page.table("by-group", gettext("By group"), gettext("Group of people"), rows, layout)


def _take_out_sheltered(page: Page, rows: Rows) -> bool:
    """Leave of the sheltered groups only numbers of all teams together that tell of no few people; of the others there
    is nothing, nor that anything is left out. Tells whether one is left."""
    is_narrowed = bool(page.form.values["team"] or page.form.values["place"])
    for key in queries.sheltered_groups():
        people = [rows[key].people[state] for state in rules.STATES[rules.COVERAGE]]
        if is_narrowed or not any(people) or rules.figure(people).is_small:
            del rows[key]
    return not queries.sheltered_groups().isdisjoint(rows)


def target_words(target: rules.Target) -> str:
    """The target of a year with its source."""
    words = gettext("Target of %(year)s: %(all)s %% of everybody, %(priority)s %% of the priority groups (%(source)s).")
    source = target.source.language(get_language() or "")
    shares = {"all": f"{target.all:g}", "priority": f"{target.priority:g}"}
    return words % {"year": target.year, "source": source, **shares}


# --- agreements that end soon -----------------------------------------------------------------------------------------


def _expiring(page: Page) -> Shown:
    numbers = queries.counted(page.asked)
    layout = Layout(((rules.OPEN, rules.RENEWED),), note=gettext("Amber: no new one yet; green: renewed."))
    keys = [str(number) for number, _week in enumerate(rules.weeks(page.today))]
    by_week = page.table(
        "by-week", gettext("By week of the last day"), gettext("Week"), page.by_key(numbers, keys), layout
    )
    said = gettext("Agreements in force whose last day is from %(days)s, as they stand now.")
    return Shown((by_week, *_by_team_and_place(page, numbers, layout)), said % {"days": wording.ahead(page.today)})


# --- transfers and early ends -----------------------------------------------------------------------------------------


def _changes(page: Page) -> Shown:
    numbers = queries.counted(page.asked)
    reasons = page.by_key(
        [one for one in numbers if one.number.startswith(rules.ENDED)],
        agreements.STEPS[agreements.ACTIVE, agreements.TERMINATED],
    )
    by_reason = page.table(
        "by-reason",
        gettext("Ended early, by reason"),
        gettext("Reason"),
        {key: row for key, row in reasons.items() if row.people},
        Layout(((rules.ENDED,),)),
    )
    note = gettext("Who went from one of these teams to another left the one and came to the other.")
    layout = Layout(((rules.CAME,), (rules.LEFT,), (rules.ENDED,)), note=note)
    return Shown((by_reason, *_by_team_and_place(page, numbers, layout)), _in_the_period(page))


# --- load -------------------------------------------------------------------------------------------------------------


def _load(page: Page) -> Shown:
    rows = page.by_team(queries.counted(page.asked, by_place=False))
    doctors, cap = doctors_by_row(page)
    loads = {key: row.people[rules.SIGNED] / doctors[key] for key, row in rows.items() if doctors[key]}
    top = max([*loads.values(), cap * 1.1, 1])
    lines = tuple(
        replace(_load_line(page, key, row, doctors[key], cap, top), marks=(share(cap, top),))
        for key, row in rows.items()
    )
    title, head = group_head(page)
    heads = (head, str(wording.STATES[rules.SIGNED]), gettext("Family doctors"), gettext("For one doctor"))
    said = gettext("The line is at %(cap)s signed people for one family doctor. More is said here, never blocked.")
    table = Table("by-team", title, heads, lines, said % {"cap": f"{cap:,}"})
    return Shown((table,), _as_it_stands(page))


def doctors_by_row(page: Page) -> tuple[dict[str, int], int]:
    """How many family doctors each row of the teams has, and how many people one should have at most."""
    by_team, cap = queries.doctors_of(page.asked.teams, page.today)
    groups = page.form.scope.groups
    return {one.key: sum(by_team.get(team, 0) for team in one.team_ids) for one in groups}, cap


def _load_line(page: Page, key: str, row: Row, doctors: int, cap: int, top: float) -> Line:
    signed = row.people[rules.SIGNED]
    if page.form.scope.numbers_only and rules.figure([signed]).is_small:
        return Line(
            row.label, (Cell("", is_hidden=True), Cell(f"{doctors:,}", number=doctors), Cell("", is_hidden=True))
        )
    load = signed / doctors if doctors else 0
    alarm = gettext("no doctor") if signed and not doctors else gettext("above the limit") if load > cap else ""
    cells = (
        Cell(f"{signed:,}", page.url(rules.SIGNED, **row.where) if signed else "", number=signed),
        Cell(f"{doctors:,}", number=doctors),
        Cell(f"{load:,.0f}", number=round(load)) if doctors else Cell("–"),
    )
    return Line(row.label, cells, (Bar("amber" if alarm else "jade", "0%", share(load, top)),), alarm=alarm)


# --- what was kept ----------------------------------------------------------------------------------------------------


def _kept(page: Page) -> Shown:
    numbers = queries.counted(page.asked)
    states = rules.STATES[rules.KEPT]
    layout = Layout((states,), rate=pgettext("what was done for each, on average", "On average"), average=True)
    everything = Row("")
    for one in numbers:
        everything.add(one)
    return Shown(
        (
            *_by_team_and_place(page, numbers, layout),
            _by_item(
                page, replace(layout, overlap=True, note=gettext("Each person counts once, however much is owed."))
            ),
        ),
        _of_the_night(page),
        kept_words(everything) if not (page.form.scope.numbers_only and _is_small(everything)) else "",
    )


def _is_small(row: Row) -> bool:
    return rules.figure([row.people[state] for state in rules.STATES[rules.KEPT]]).is_small


def kept_words(row: Row) -> str:
    """What was done for everybody on average and together, and how much of the year is over."""
    people = row.of(rules.STATES[rules.KEPT])
    if not people:
        return gettext("Nobody has an agreement in force of whose packages something is owed.")
    words = gettext(
        "Of what is owed to a person in the present year of the agreement, %(share)s is done on average, together "
        "%(done)s of %(owed)s services; of that year %(passed)s is over."
    )
    return words % {
        "share": wording.percent_text(rules.percent(row.share, people)),
        "passed": wording.percent_text(rules.percent(row.passed, people)),
        "done": f"{row.done:,}",
        "owed": f"{row.owed:,}",
    }


def _by_item(page: Page, layout: Layout) -> Table:
    totals = [one for one in queries.totals(page.asked) if not one.number.endswith(f".{rules.ALL}")]
    keys = sorted({one.number.partition(".")[2] for one in totals})
    rows: Rows = page.by_key(totals, keys)
    for key, row in rows.items():
        row.label = f"{wording.package_title(key)}: {row.label}"
    return page.table("by-item", gettext("By what is promised"), gettext("Item"), rows, layout)


# --- renewals ---------------------------------------------------------------------------------------------------------


def _renewal(page: Page) -> Shown:
    note = gettext(
        "Renewed: by a renewal, or another new agreement that begins within %(days)s days of the last day. Who ended "
        "early is not here."
    )
    layout = Layout(((rules.RENEWED, rules.LAPSED),), rate=gettext("Share"), note=note % {"days": rules.RENEWAL_DAYS})
    said = gettext("Agreements that ran out.")
    tables = _by_team_and_place(page, queries.counted(page.asked), layout)
    return Shown(tables, _in_the_period(page), said)


# --- parts ------------------------------------------------------------------------------------------------------------


def _by_team_and_place(
    page: Page, numbers: list[queries.Counted], layout: Layout, key: str = "", about: str = ""
) -> tuple[Table, Table]:
    if page.part == rules.KEPT:
        key = rules.ALL
    title, head = group_head(page)
    places = gettext("By community")
    if about:
        title, places = f"{title}: {about}", f"{places}: {about}"
    by_team = page.table("by-team", title, head, page.by_team(numbers), layout, key=key)
    rows = page.by_place(numbers)
    return by_team, page.table("by-place", places, gettext("Community"), rows, replace(layout, note=""), key=key)


def _of_the_night(page: Page) -> str:
    day = queries.counted_on(page.asked)
    if day is None:
        return gettext("Nothing is counted yet: the night does it.")
    return gettext("As the night counted it, of %(day)s.") % {"day": day_text(day)}


def _as_it_stands(page: Page) -> str:
    return gettext("As it stands now, on %(day)s.") % {"day": day_text(page.today)}


def _in_the_period(page: Page) -> str:
    return gettext("From %(days)s, as it stands now.") % {"days": wording.span(*page.asked.period, page.today)}


_PAGES: dict[str, Callable[[Page], Shown]] = {
    rules.COVERAGE: _coverage,
    rules.EXPIRING: _expiring,
    rules.CHANGES: _changes,
    rules.LOAD: _load,
    rules.KEPT: _kept,
    rules.RENEWAL: _renewal,
}
