"""One FHIR resource in our words: who, what happened, what was measured, what cannot be understood. Pure.

A resource that breaks FHIR's own rules (a wrong type, no subject, a day in the year 0202) is refused: ResourceError.
One that is right but not understood (an unknown code, no unit, entered in error) is kept as it came, with a reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

import orjson

from jinxiu.fhir.fields import (
    Resource,
    ResourceError,
    codings,
    day,
    flag,
    identity,
    instant,
    many,
    number,
    one,
    reference,
    shown,
    span,
    text,
    wording,
)
from jinxiu.fhir.maps import Maps

SEALED_TYPES = frozenset({"Patient", "Practitioner"})
"""What is kept of these names people, so it is kept sealed."""

UNNAMED_PLACE = "未注明"
"""Where somebody lives whose address names no city, so that the line of the address has a place to stand."""

_RESOLVED = ("resolved", "inactive", "remission")
_RETRACTED = ("refuted", "entered-in-error")
_LONGEST_ANSWER = 500
_LONGEST_VALUE = 200
_NO_RESULT = "no result"
_ANSWER, _DISCHARGE = "answer", "discharge"


class EventRow(NamedTuple):
    """An event to be: its key within the source, and the columns of evidence (days and instants as ISO text)."""

    key: str
    kind: str
    happened_on: str
    at: str
    end_on: str
    mode: str
    setting: str
    answers: str


class ReadingRow(NamedTuple):
    """An observation to be, its value in the unit of the code list; `at` orders the readings of a day.

    Without a value `text` says what was found: codes and words, or that there was no result. `event_key` is the event
    that it hangs on, empty for the encounter of its resource.
    """

    key: str
    code: str
    happened_on: str
    at: str
    value: float | None
    text: str = ""
    event_key: str = ""


class EnrolmentRow(NamedTuple):
    """An enrolment to be; an empty `end_on` means that it runs; `value` has the codes of a condition and its words."""

    key: str
    kind: str
    start_on: str
    end_on: str
    value: str = ""


class Number(NamedTuple):
    """A number that names or reaches a person: our word for the system or the use, and the number itself."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody lives or works; coordinates in degrees."""

    city: str = ""
    district: str = ""
    line: str = ""
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class PatientRow:
    """A person to be. `died_on` and `left_on` are "unknown" when the file says that it happened but not when."""

    name: str
    sex: str
    birth_date: str = ""
    died_on: str = ""
    left_on: str = ""
    identifiers: tuple[Number, ...] = ()
    phones: tuple[Number, ...] = ()
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class OrganizationRow:
    """An institution to be."""

    name: str
    phone: str = ""
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class PractitionerRow:
    """A member of staff to be, without an account."""

    name: str


class Kept(NamedTuple):
    """Why something stays as it came: a reason word (see REASONS in report.py) and what it was."""

    reason: str
    detail: str


@dataclass(slots=True)
class Mapped:
    """A resource in our words. References are bare ids; `kept` with `raw` is what could not be understood.

    `rules` names the rules that may make more of the resource than stands in it: with other rules it is another one.
    """

    resource_type: str
    resource_id: str
    patient: str = ""
    encounter: str = ""
    organization: str = ""
    practitioner: str = ""
    events: list[EventRow] = field(default_factory=list)
    readings: list[ReadingRow] = field(default_factory=list)
    enrolments: list[EnrolmentRow] = field(default_factory=list)
    subject: PatientRow | OrganizationRow | PractitionerRow | None = None
    kept: list[Kept] = field(default_factory=list)
    raw: bytes = b""
    rules: str = ""

    @property
    def key(self) -> str:
        """`Type/id`, the name of the resource within its source."""
        return f"{self.resource_type}/{self.resource_id}"

    def digest(self) -> str:
        """Return a hash of all that this import would store: equal digests mean that nothing changed."""
        content = (
            self.patient,
            self.encounter,
            self.organization,
            self.practitioner,
            self.events,
            self.readings,
            self.enrolments,
            self.subject,
            self.kept,
            self.raw,
            self.rules,
        )
        return blake2b(repr(content).encode(), digest_size=16).hexdigest()


def map_line(line: bytes, maps: Maps, expected_type: str = "") -> Mapped:
    """Return one NDJSON line in our words; raises ResourceError when it is not a usable FHIR resource.

    With `expected_type` (from the name of the file) a resource of another type is refused.
    """
    try:
        resource = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise ResourceError("line", f"text that is not JSON ({error})", "one JSON object a line, in UTF-8") from None
    if type(resource) is not dict:
        raise ResourceError("line", shown(resource), "one JSON object in braces")
    resource_type = text(resource, "resourceType")
    if not resource_type.isalpha() or (expected_type and resource_type != expected_type):
        raise ResourceError(
            "resourceType", shown(resource.get("resourceType")), expected_type or "a FHIR resource type"
        )
    return map_resource(resource, maps, line)


def map_resource(resource: Resource, maps: Maps, raw: bytes) -> Mapped:
    """Return a parsed resource in our words; `raw` is the line it came from, kept when it is not understood."""
    resource_type = resource["resourceType"]
    mapped = Mapped(resource_type, identity(resource))
    read = _READERS.get(resource_type)
    if read is None and resource_type in maps.coded:
        _coded(resource, maps, mapped)
        if mapped.kept:
            mapped.raw = raw
        return mapped
    if read is None:
        _find_anybody(resource, mapped)
        mapped.kept.append(Kept("type", resource_type))
        mapped.raw = raw
        return mapped
    read(resource, maps, mapped)
    if mapped.kept:
        mapped.raw = raw
    else:
        _keep_unread(resource, maps, mapped)
    return mapped


def _keep_unread(resource: Resource, maps: Maps, mapped: Mapped) -> None:
    """Keep the elements that nobody reads beside a resource that is otherwise understood."""
    unread = resource.keys() - _READ[mapped.resource_type] - maps.nothing_in
    if unread:
        mapped.kept.extend(Kept("element", f"{mapped.resource_type}.{name}") for name in sorted(unread))
        mapped.raw = orjson.dumps({name: resource[name] for name in sorted(unread)})


def _find_anybody(resource: Resource, mapped: Mapped) -> None:
    """Note whose a resource of an unread type is, so that it can be found again with the person."""
    for name in ("subject", "patient"):
        target = resource.get(name)
        if type(target) is dict:
            kind, found = reference(resource, name)
            if kind == "Patient":
                mapped.patient = found


def _whose(resource: Resource, mapped: Mapped, name: str = "subject") -> bool:
    """Note the patient; False when the resource is about something else, such as a group or a device."""
    kind, found = reference(resource, name)
    if not kind:
        raise ResourceError(
            name, shown(resource.get(name)), 'a reference to a patient, such as {"reference": "Patient/1"}'
        )
    if kind != "Patient":
        mapped.kept.append(Kept("subject", kind))
        return False
    mapped.patient = found
    return True


def _during(resource: Resource, mapped: Mapped) -> None:
    kind, found = reference(resource, "encounter")
    if kind == "Encounter":
        mapped.encounter = found
    elif kind:
        raise ResourceError("encounter.reference", shown(f"{kind}/{found}"), "Encounter/id")


def _happened(resource: Resource, maps: Maps, mapped: Mapped) -> bool:
    """Say whether the status tells of something that took place; another status is kept.

    What is not to be done (`doNotPerform`, also as a modifier extension) did not take place either.
    """
    status = text(resource, "status")
    if not status:
        raise ResourceError("status", shown(resource.get("status")), "a status such as final or finished")
    not_to_be_done = flag(resource, "doNotPerform") or any(
        text(extension, "url").endswith("doNotPerform") and flag(extension, "valueBoolean")
        for extension in many(resource, "modifierExtension")
    )
    if not_to_be_done:
        status = "not to be done"
    elif status in maps.statuses.get(mapped.resource_type, ()):
        return True
    mapped.kept.append(Kept("status", status))
    return False


def _when(resource: Resource, mapped: Mapped, *names: str) -> tuple[str, str]:
    """Return (day, instant) of the first element that is there; a missing or partial date is kept, not guessed."""
    for name in names:
        holder = resource
        if name.endswith(("Period", "period")):
            holder, name = one(resource, name), "start"
        if holder.get(name) is not None:
            happened_on = day(holder, name)
            if not happened_on:
                mapped.kept.append(Kept("date", f"{mapped.resource_type}: {holder[name]}"))
            return happened_on, instant(holder, name)
    mapped.kept.append(Kept("date", f"{mapped.resource_type}: none"))
    return "", ""


def _last_day(resource: Resource, happened_on: str, *names: str) -> str:
    """Return the last day of the first period that is there, empty when it is the first day too, or not said."""
    holder = next((one(resource, name) for name in names if resource.get(name) is not None), None)
    end_on = span(holder, "end")[1] if holder else ""
    if end_on and end_on < happened_on:
        raise ResourceError("period.end", shown(end_on), f"a day not before the start, {happened_on}")
    return end_on if end_on > happened_on else ""


def _codes(maps: Maps, *concepts: Resource) -> str:
    """Return all codes of the concepts as facts have them, apart by spaces, as far as an answer holds them."""
    every = dict.fromkeys(maps.short(system, code) for one in concepts for system, code, _ in codings(one) if code)
    return _whole_words(" ".join(every), _LONGEST_ANSWER)


def _whole_words(words: str, longest: int) -> str:
    """The words that fit whole."""
    return words if len(words) <= longest else words[: longest + 1].rpartition(" ")[0]


def _codes_and_words(maps: Maps, concept: Resource) -> str:
    return _whole_words(f"{_codes(maps, concept)} {wording(concept)}".strip(), _LONGEST_VALUE)


def _answers(**said: str) -> str:
    return orjson.dumps({name: value[:_LONGEST_ANSWER] for name, value in said.items() if value}).decode()


# --- observations


def _observation(resource: Resource, maps: Maps, mapped: Mapped) -> None:
    if not _whose(resource, mapped):
        return
    _during(resource, mapped)
    concept = one(resource, "code")
    every = codings(concept)
    panel = any((system, code) in maps.panels for system, code, _ in every)
    ours = None if panel else _our_code(every, maps)
    if not panel and ours is None and not _is_finding(resource, maps):
        mapped.kept.append(_unknown_code(every, concept))
        return
    if not _happened(resource, maps, mapped):
        return
    happened_on, at = _when(resource, mapped, "effectiveDateTime", "effectiveInstant", "effectivePeriod")
    if not happened_on:
        return
    if ours is not None:
        _reading(resource, maps, mapped, ours, mapped.key, happened_on, at)
        return
    if not panel:
        _finding(resource, maps, mapped, happened_on, at)
        return
    for component in many(resource, "component"):
        _component(component, maps, mapped, happened_on, at)


def _is_finding(resource: Resource, maps: Maps) -> bool:
    """True for an observation that finds something in words, or merely finds it; a number needs a code of ours."""
    if not maps.finding or resource.get("component") is not None:
        return False
    values = [name for name in resource if name.startswith("value")]
    return bool(codings(one(resource, "code"))) and values in ([], ["valueCodeableConcept"], ["valueBoolean"])


def _finding(resource: Resource, maps: Maps, mapped: Mapped, happened_on: str, at: str) -> None:
    """An event with the codes of what was asked, and on it the answer: its codes and words, or true or false."""
    concept = one(resource, "code")
    answers = _answers(text=wording(concept), code=_codes(maps, concept))
    end_on = _last_day(resource, happened_on, "effectivePeriod")
    mapped.events.append(EventRow(mapped.key, maps.finding, happened_on, at, end_on, "clinic", "", answers))
    said = flag(resource, "valueBoolean")
    answer = _codes_and_words(maps, one(resource, "valueCodeableConcept")) if said is None else str(said).lower()
    if answer:
        key = f"{mapped.key}#{_ANSWER}"
        mapped.readings.append(ReadingRow(key, _ANSWER, happened_on, at, None, answer, mapped.key))


def _component(component: Resource, maps: Maps, mapped: Mapped, happened_on: str, at: str) -> None:
    concept = one(component, "code")
    every = codings(concept)
    ours = _our_code(every, maps)
    if ours is None:
        mapped.kept.append(_unknown_code(every, concept))
        return
    key = f"{mapped.key}#{ours}"
    if any(reading.key == key for reading in mapped.readings):
        raise ResourceError("component", f"{ours} twice", "each measurement once in a panel")
    _reading(component, maps, mapped, ours, key, happened_on, at)


def _our_code(every: list[tuple[str, str, str]], maps: Maps) -> str | None:
    for system, code, _ in every:
        ours = maps.observations.get((system, code))
        if ours:
            return ours
    return None


def _unknown_code(every: list[tuple[str, str, str]], concept: Resource) -> Kept:
    system, code = next(((system, code) for system, code, _ in every if code), ("", ""))
    return Kept("code", f"{system}|{code} {wording(concept)}".strip()[:_LONGEST_ANSWER])


def _reading(holder: Resource, maps: Maps, mapped: Mapped, ours: str, key: str, happened_on: str, at: str) -> None:
    """Add the value of an observation or a component in our unit, or keep it when unit or value do not make sense."""
    quantity = one(holder, "valueQuantity")
    if not quantity:
        other = next((name for name in holder if name.startswith("value")), "no value")
        mapped.kept.append(Kept("value", f"{ours}: {other}"))
        if other == "no value":  # that it was looked for and not found is worth knowing
            mapped.readings.append(ReadingRow(key, ours, happened_on, at, None, _NO_RESULT))
        return
    value = number(quantity, "value")
    if value is None or text(quantity, "comparator"):
        mapped.kept.append(Kept("value", f"{ours}: {'no number' if value is None else 'a limit, not a number'}"))
        return
    unit = text(quantity, "code") or text(quantity, "unit")
    conversion = maps.conversions.get((ours, maps.written_as.get(unit, unit)))
    if conversion is None:
        mapped.kept.append(Kept("unit", f"{ours}: {unit or 'no unit'}"))
        return
    value = conversion.apply(value)
    digits = maps.decimals.get(ours)
    if digits is not None:
        value = round(value, digits)
    entry = maps.codes[ours]
    if not entry.is_possible(value):
        mapped.kept.append(Kept("range", f"{ours}: not within {entry.hard_low:g} to {entry.hard_high:g} {entry.unit}"))
        return
    mapped.readings.append(ReadingRow(key, ours, happened_on, at, value))


# --- events


def _encounter(resource: Resource, maps: Maps, mapped: Mapped) -> None:
    if not _whose(resource, mapped):
        return
    where = text(one(resource, "class"), "code")
    how = maps.classes.get(where)
    if not _happened(resource, maps, mapped):
        return
    happened_on, at = _when(resource, mapped, "period")
    if not happened_on:
        return
    if how is None:
        mapped.kept.append(Kept("code", f"class {where or 'none'}"))
        return
    kind, mode, setting = maps.kind, how.mode or "clinic", how.setting or ""
    types = many(resource, "type")
    for concept in types:
        for system, code, _ in codings(concept):
            special = maps.types.get((system, code))
            if special:
                kind, mode, setting = special.kind or kind, special.mode or mode, special.setting or setting
    end_on = _last_day(resource, happened_on, "period")
    mapped.organization = _reference_of(resource, "serviceProvider", "Organization")
    mapped.practitioner = _first_practitioner(resource)
    answers = _answers(
        text=wording(types[0]) if types else "",
        code=_codes(maps, *types),
        reason="; ".join(filter(None, map(wording, many(resource, "reasonCode")))),
    )
    mapped.events.append(EventRow(mapped.key, kind, happened_on, at, end_on, mode, setting, answers))
    discharge = _codes_and_words(maps, one(one(resource, "hospitalization"), "dischargeDisposition"))
    if discharge:
        key = f"{mapped.key}#{_DISCHARGE}"
        mapped.readings.append(ReadingRow(key, _DISCHARGE, end_on or happened_on, "", None, discharge, mapped.key))
    mapped.rules = maps.rules


def _reference_of(resource: Resource, name: str, wanted: str) -> str:
    kind, found = reference(resource, name)
    return found if kind == wanted else ""


def _first_practitioner(resource: Resource) -> str:
    names = (_reference_of(one_of_them, "individual", "Practitioner") for one_of_them in many(resource, "participant"))
    return next(filter(None, names), "")


def _immunization(resource: Resource, maps: Maps, mapped: Mapped) -> None:
    if not _whose(resource, mapped, "patient"):
        return
    _during(resource, mapped)
    if not _happened(resource, maps, mapped):
        return
    happened_on, at = _when(resource, mapped, "occurrenceDateTime")
    vaccine = one(resource, "vaccineCode")
    _simple_event(maps, mapped, "immunization", happened_on, at, vaccine)


def _medication(resource: Resource, maps: Maps, mapped: Mapped) -> None:
    if not _whose(resource, mapped):
        return
    _during(resource, mapped)
    if not _happened(resource, maps, mapped):
        return
    mapped.practitioner = _reference_of(resource, "requester", "Practitioner")
    happened_on, at = _when(resource, mapped, "authoredOn")
    status = text(resource, "status")
    _simple_event(
        maps, mapped, "medication", happened_on, at, one(resource, "medicationCodeableConcept"), status=status
    )


def _allergy(resource: Resource, maps: Maps, mapped: Mapped) -> None:
    if not _whose(resource, mapped, "patient"):
        return
    _during(resource, mapped)
    verification = _status_code(resource, "verificationStatus")
    if verification in _RETRACTED:
        mapped.kept.append(Kept("status", verification))
        return
    happened_on, at = _when(resource, mapped, "onsetDateTime", "recordedDate")
    status = _status_code(resource, "clinicalStatus")
    criticality = text(resource, "criticality")
    _simple_event(
        maps, mapped, "allergy", happened_on, at, one(resource, "code"), status=status, criticality=criticality
    )


def _simple_event(
    maps: Maps, mapped: Mapped, kind: str, happened_on: str, at: str, concept: Resource, **said: str
) -> None:
    """Add an event that says in words what it was; one without words or without a day is kept."""
    words = wording(concept)
    if not words:
        mapped.kept.append(Kept("code", f"{mapped.resource_type}: none"))
    elif happened_on:
        answers = _answers(text=words, code=_codes(maps, concept), **said)
        mapped.events.append(EventRow(mapped.key, kind, happened_on, at, "", "clinic", "", answers))


def _coded(resource: Resource, maps: Maps, mapped: Mapped) -> None:
    """A resource of a type that the map files list, as an event with its codes, whatever these are."""
    how = maps.coded[mapped.resource_type]
    if not _whose(resource, mapped, "subject" if "subject" in resource else "patient"):
        return
    _during(resource, mapped)
    if not _happened(resource, maps, mapped):
        return
    intent = text(resource, "intent")
    if how.intents and intent not in how.intents:
        mapped.kept.append(Kept("status", f"intent {intent or 'none'}"))
        return
    happened_on, at = _when(resource, mapped, *how.when)
    concept = next((one(resource, name) for name in how.code if resource.get(name) is not None), {})
    words = wording(concept)
    if not words:
        mapped.kept.append(Kept("code", f"{mapped.resource_type}: none"))
    elif happened_on:
        end_on = _last_day(resource, happened_on, *(name for name in how.when if name.endswith(("Period", "period"))))
        answers = _answers(text=words, code=_codes(maps, concept), status=text(resource, "status"))
        mapped.events.append(EventRow(mapped.key, how.event, happened_on, at, end_on, "clinic", "", answers))


# --- conditions


def _condition(resource: Resource, maps: Maps, mapped: Mapped) -> None:
    if not _whose(resource, mapped):
        return
    _during(resource, mapped)
    concept = one(resource, "code")
    every = codings(concept)
    kind = next((found for system, code, _ in every if (found := maps.condition((system, code)))), None)
    if kind is None and not (maps.condition_kind and any(code for _, code, _ in every)):
        mapped.kept.append(_unknown_code(every, concept))
        return
    verification = _status_code(resource, "verificationStatus")
    if verification in _RETRACTED:
        mapped.kept.append(Kept("status", verification))
        return
    start_on = _onset(resource, mapped)
    if not start_on:
        return
    end_on = _abatement(resource, mapped, start_on)
    if kind is not None:
        mapped.enrolments.append(EnrolmentRow(mapped.key, kind, start_on, end_on))
    if maps.condition_kind:
        key, said = f"{mapped.key}#{maps.condition_kind}", _codes_and_words(maps, concept)
        mapped.enrolments.append(EnrolmentRow(key, maps.condition_kind, start_on, end_on, said))


def _status_code(resource: Resource, name: str) -> str:
    return next((code for _, code, _ in codings(one(resource, name)) if code), "")


def _onset(resource: Resource, mapped: Mapped) -> str:
    """Return the first day of the condition; of a year or a month its first day."""
    if resource.get("onsetPeriod") is not None:
        first = span(one(resource, "onsetPeriod"), "start")[0]
    else:
        first = span(resource, "onsetDateTime")[0] or span(resource, "recordedDate")[0]
    if not first:
        mapped.kept.append(Kept("date", "Condition: none"))
    return first


def _abatement(resource: Resource, mapped: Mapped, start_on: str) -> str:
    """Return the last day of the condition.

    One that is over without saying since when ends on the day it began: nothing is owed for it, and it is counted.
    """
    if resource.get("abatementPeriod") is not None:
        last = span(one(resource, "abatementPeriod"), "end")[1]
    else:
        last = span(resource, "abatementDateTime")[1]
    if last and last < start_on:
        raise ResourceError("abatement", shown(last), f"a day not before the onset, {start_on}")
    if not last and _status_code(resource, "clinicalStatus") in _RESOLVED:
        mapped.kept.append(Kept("date", "Condition: over, but not said since when"))
        return start_on
    return last


# --- who


def _patient(resource: Resource, maps: Maps, mapped: Mapped) -> None:
    birth = span(resource, "birthDate")
    if birth[0] != birth[1]:
        mapped.kept.append(Kept("date", "Patient: birthDate without a day"))
    died_on = _death(resource, birth[1])
    sex = {"male": "M", "female": "F", "other": "U", "unknown": "U", "": "U"}.get(text(resource, "gender"))
    if sex is None:
        raise ResourceError("gender", shown(resource["gender"]), "male, female, other or unknown")
    mapped.subject = PatientRow(
        name=_person_name(resource),
        sex=sex,
        birth_date=birth[1],
        died_on=died_on,
        left_on="unknown" if flag(resource, "active") is False else "",
        identifiers=_identifiers(resource, maps),
        phones=_phones(resource),
        address=_address(resource),
    )


def _death(resource: Resource, birth_date: str) -> str:
    died_on = span(resource, "deceasedDateTime")[1]
    if died_on and birth_date and died_on < birth_date:
        raise ResourceError("deceasedDateTime", shown(died_on), f"a day not before the birth, {birth_date}")
    return died_on or ("unknown" if flag(resource, "deceasedBoolean") else "")


def _person_name(resource: Resource) -> str:
    """Return the name in use: official before usual before any; its text, else its parts as the language has them."""
    names = [name for name in many(resource, "name") if text(name, "use") not in ("old", "maiden")]
    order = {"official": 0, "usual": 1}
    for name in sorted(names, key=lambda name: order.get(text(name, "use"), 2)):
        said = text(name, "text").strip() or _joined(name)
        if len(said) > 150:
            raise ResourceError("name", shown(said), "at most 150 characters")
        if said:
            return said
    raise ResourceError("name", shown(resource.get("name")), "a name with text, or with family and given")


def _joined(name: Resource) -> str:
    family = text(name, "family").strip()
    given = name.get("given") or []
    if type(given) is not list or any(type(part) is not str or "\x00" in part for part in given):
        raise ResourceError("name.given", shown(given), "a list of strings")
    first = " ".join(part.strip() for part in given)
    if any("\u4e00" <= letter <= "\u9fff" for letter in family + first):
        return family + first.replace(" ", "")
    return f"{first} {family}".strip()


def _identifiers(resource: Resource, maps: Maps) -> tuple[Number, ...]:
    found: dict[str, str] = {}
    for identifier in many(resource, "identifier"):
        value = text(identifier, "value").strip()
        kind = maps.identifier_systems.get(text(identifier, "system"))
        for _, code, _ in codings(one(identifier, "type")):
            kind = kind or maps.identifier_types.get(code)
        if kind and value and text(identifier, "use") != "old":
            found.setdefault(kind, value)
    return tuple(Number(kind, value) for kind, value in sorted(found.items()))


def _phones(resource: Resource) -> tuple[Number, ...]:
    found: dict[str, str] = {}
    for telecom in many(resource, "telecom"):
        value, use = text(telecom, "value").strip(), text(telecom, "use")
        if text(telecom, "system") in ("phone", "sms") and value and use != "old":
            found.setdefault(value, use if use in ("home", "work") else "mobile")
    return tuple(Number(use, value) for value, use in found.items())


def _address(resource: Resource) -> Address | None:
    current = next((a for a in many(resource, "address") if text(a, "use") not in ("old", "billing")), None)
    if current is None:
        return None
    line = current.get("line") or []
    if type(line) is not list or any(type(part) is not str or "\x00" in part for part in line):
        raise ResourceError("address.line", shown(line), "a list of strings")
    city = text(current, "city") or text(current, "state") or text(current, "country")
    words = " ".join(line) or text(current, "text")
    if len(words) > 300 or len(city) > 100 or len(text(current, "district")) > 100:
        raise ResourceError("address", shown(words), "a line of at most 300 characters, a city of at most 100")
    if not city and not words:
        return None
    return Address(city or UNNAMED_PLACE, text(current, "district"), words, *_position(current))


def _position(address: Resource) -> tuple[float | None, float | None]:
    """Return latitude and longitude of FHIR's geolocation extension, (None, None) without it."""
    for extension in many(address, "extension"):
        if text(extension, "url") == "http://hl7.org/fhir/StructureDefinition/geolocation":
            parts = {text(part, "url"): number(part, "valueDecimal") for part in many(extension, "extension")}
            latitude, longitude = parts.get("latitude"), parts.get("longitude")
            if latitude is None or longitude is None:
                return None, None
            if abs(latitude) > 90 or abs(longitude) > 180:
                raise ResourceError("address.geolocation", f"{latitude}, {longitude}", "degrees up to 90 and up to 180")
            return latitude, longitude
    return None, None


def _organization(resource: Resource, maps: Maps, mapped: Mapped) -> None:
    name = text(resource, "name").strip()
    if not 1 <= len(name) <= 200:
        raise ResourceError("name", shown(resource.get("name")), "a name of 1 to 200 characters")
    phone = next((number.value for number in _phones(resource)), "")
    mapped.subject = OrganizationRow(name, phone[:40], _address(resource))


def _practitioner(resource: Resource, maps: Maps, mapped: Mapped) -> None:
    mapped.subject = PractitionerRow(_person_name(resource))


_READERS: dict[str, Callable[[Resource, Maps, Mapped], None]] = {
    "Patient": _patient,
    "Organization": _organization,
    "Practitioner": _practitioner,
    "Encounter": _encounter,
    "Observation": _observation,
    "Condition": _condition,
    "Immunization": _immunization,
    "MedicationRequest": _medication,
    "AllergyIntolerance": _allergy,
}

_READ: dict[str, frozenset[str]] = {
    "Patient": frozenset(
        {
            *("name", "gender", "birthDate", "deceasedDateTime", "deceasedBoolean"),
            *("active", "identifier", "telecom", "address"),
        }
    ),
    "Organization": frozenset({"name", "telecom", "address"}),
    "Practitioner": frozenset({"name"}),
    "Encounter": frozenset(
        {
            *("status", "class", "type", "subject", "period", "serviceProvider", "participant", "reasonCode"),
            "hospitalization",
        }
    ),
    "Observation": frozenset(
        {
            *("status", "code", "subject", "encounter", "valueQuantity", "component"),
            *("valueCodeableConcept", "valueBoolean"),
            *("effectiveDateTime", "effectiveInstant", "effectivePeriod"),
        }
    ),
    "Condition": frozenset(
        {
            *("clinicalStatus", "verificationStatus", "code", "subject", "encounter"),
            *("onsetDateTime", "onsetPeriod", "abatementDateTime", "abatementPeriod"),
        }
    ),
    "Immunization": frozenset({"status", "vaccineCode", "patient", "encounter", "occurrenceDateTime"}),
    "MedicationRequest": frozenset(
        {"status", "doNotPerform", "medicationCodeableConcept", "subject", "encounter", "authoredOn", "requester"}
    ),
    "AllergyIntolerance": frozenset(
        {"clinicalStatus", "verificationStatus", "code", "patient", "encounter", "onsetDateTime", "criticality"}
    ),
}

READ_TYPES: tuple[str, ...] = tuple(_READERS)
"""The resource types that are understood; all others are kept."""
