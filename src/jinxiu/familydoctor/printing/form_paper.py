"""One version of a recorded form on paper: whose it is, every answer in words, what was decided, who wrote it down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from jinxiu.documents import Document, Pairs, Section, Words
from jinxiu.evidence.calculations import Value
from jinxiu.evidence.questionnaires import Item, Questionnaire, answers_from_json, in_words
from jinxiu.familydoctor.deciding import wording
from jinxiu.familydoctor.deciding.queries import Said, Version
from jinxiu.familydoctor.deciding.shown import Result
from jinxiu.familydoctor.records.cards import class_name
from jinxiu.familydoctor.records.queries import values_in_words
from jinxiu.people.clock import SHANGHAI
from jinxiu.standards.codes import installed
from jinxiu.ui.templatetags.jinxiu import day_text

LANGUAGE = "zh"
_ABOVE = ("happened_on", "mode")  # these stand above the answers
Rows = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Whose:
    """The head of a paper about somebody, in words; `number` is masked."""

    name: str
    sex: str
    birth_date: dt.date | None
    number: str
    team: str

    def rows(self) -> Rows:
        """The head as labels and values."""
        return (
            (gettext("Name"), self.name),
            (gettext("Sex"), self.sex),
            (gettext("Birth date"), day_text(self.birth_date) if self.birth_date else gettext("not known")),
            (gettext("Document number"), self.number or gettext("not known")),
            (gettext("Centre and team"), self.team or gettext("none")),
        )


def form_paper(
    whose: Whose, form: Questionnaire | None, chain: Sequence[Version], asked: Version, result: Result | None
) -> Document:
    """Lay out one version of the `chain` (the newest first); `result` is what follows from the one that holds.

    Without a `form` (the record came from another system) the measured values are all there is.
    """
    kind = installed().name("events", asked.kind, LANGUAGE)
    title = form.title.language(LANGUAGE) if form else kind
    decided = decision_rows(asked.said, result)
    return Document(
        language=LANGUAGE,
        title=title,
        subtitle=gettext("Recorded form, in the words of %(source)s") % {"source": form.source.language(LANGUAGE)}
        if form
        else kind,
        sections=(
            Section(gettext("The person and the contact"), (Pairs(whose.rows() + _contact(asked)),)),
            *answer_sections(form, asked.answers, asked.values),
            *((Section(gettext("Decision"), (Pairs(decided),)),) if decided else ()),
            Section(gettext("Who recorded it"), tuple(Words(line) for line in recorded_lines(chain, asked))),
        ),
        foot=gettext("Confidential: %(name)s, %(title)s") % {"name": whose.name, "title": title},
    )


def _contact(asked: Version) -> Rows:
    mode = installed().name("modes", asked.mode, LANGUAGE) if asked.mode else gettext("not known")
    return ((gettext("Day of the contact"), day_text(asked.happened_on)), (gettext("How"), mode))


def answer_sections(
    form: Questionnaire | None, kept: Mapping[str, object], measured: Mapping[str, float]
) -> Iterator[Section]:
    """The form's sections with what was answered in each, in words; what was measured besides stands at the end."""
    asked: set[str] = set()
    if form:
        values = answers_from_json(form, kept)
        asked = {item.observation for item in form.questions() if item.link_id in values}
        loose = tuple(item for item in form.items if item.type != "group")
        yield from _section(gettext("Answers"), loose, values)
        for group in form.items:
            if group.type == "group":
                yield from _section(group.text.language(LANGUAGE), group.items, values)
    rest = values_in_words({code: value for code, value in measured.items() if code not in asked})
    if rest:
        yield Section(gettext("Measured"), (Words(rest),))


def _section(title: str, items: Sequence[Item], values: Mapping[str, Value]) -> Iterator[Section]:
    rows = tuple(_answered(items, values))
    if rows:
        yield Section(title, (Pairs(rows),))


def _answered(items: Sequence[Item], values: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    for item in items:
        if item.link_id in values and item.link_id not in _ABOVE:
            yield item.text.language(LANGUAGE), in_words(item, values[item.link_id], LANGUAGE)
        yield from _answered(item.items, values)


def decision_rows(said: Said | None, result: Result | None) -> Rows:
    """The class and who confirmed it, why, and what comes next; empty where the form decides nothing."""
    rows = list(_confirmed(said)) if said else list(_suggested(result))
    if result and result.sentence:
        rows.append((gettext("Reason"), result.sentence))
        rows.append((gettext("Source"), result.source))
    if result and result.next_on:
        rows.append((gettext("Next contact by"), day_text(result.next_on)))
    return tuple(rows)


def _confirmed(said: Said) -> Iterator[tuple[str, str]]:
    yield gettext("Class"), class_name(said.classification)
    who = gettext("%(name)s on %(day)s") % {"name": said.by or gettext("not known"), "day": day_text(said.on)}
    yield gettext("Confirmed by"), who
    if said.suggested and said.suggested != said.classification:
        yield gettext("Suggested by the rule"), class_name(said.suggested)
    if because := wording.because(said):
        yield gettext("Why otherwise"), because
    if said.version:
        yield gettext("Rule version then"), said.version


def _suggested(result: Result | None) -> Iterator[tuple[str, str]]:
    if result and result.suggestion:
        yield gettext("Class"), result.suggestion.classification
        yield gettext("Confirmed by"), gettext("nobody yet: the class is the rule's suggestion")


def recorded_lines(chain: Sequence[Version], asked: Version) -> Iterator[str]:
    """Who recorded this version and when, which of how many it is, and what took its place."""
    written = [one for one in chain if not one.is_withdrawal]
    yield gettext("Recorded by %(name)s on %(at)s, version %(number)s of %(count)s.") % {
        "name": asked.by or gettext("another system"),
        "at": _moment(asked.at),
        "number": len(written) - written.index(asked),
        "count": len(written),
    }
    if asked.reason:
        yield gettext("Reason of the correction: %(reason)s") % {"reason": asked.reason}
    newest = chain[0]
    if newest.is_withdrawal:
        yield gettext("This record was withdrawn on %(at)s and does not count.") % {"at": _moment(newest.at)}
    elif newest is not asked:
        yield gettext("A newer version of %(at)s took the place of this one.") % {"at": _moment(newest.at)}


def _moment(at: dt.datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
