"""The language of standards as a JSON Schema, so that an editor completes and checks a file while it is written.

The schema says which keys and words there are; what it cannot say (a limit's unit, a placeholder, windows that
overlap) is said by `standards check`, whose reader remains the judge.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from jinxiu.standards.codes import Codes
from jinxiu.standards.model import ANCHOR_DAYS, COMPARISONS, SEXES, URGENCIES

_Schema = dict[str, Any]
_NAME = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}
_TEXT = {"$ref": "#/$defs/text"}
_TEST = {"$ref": "#/$defs/test"}
_OUTCOME = {"$ref": "#/$defs/outcome"}
_DAY = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_ONE_LINE = {"type": "string", "minLength": 1}
_DAYS = {"type": "integer", "minimum": 1, "maximum": 1000}


def schema(codes: Codes) -> _Schema:
    """The schema of a standard's file, with the words of a code list."""
    names = _object({"title": _TEXT, "short": _TEXT, "section": _ONE_LINE}, ("title", "short", "section"))
    properties = {
        "id": _NAME,
        "version": _ONE_LINE,
        "valid_from": _DAY,
        "valid_to": _DAY,
        "title": _TEXT,
        "source": names,
        "eligible": {"$ref": "#/$defs/eligible"},
        "limits": _map({"$ref": "#/$defs/limit"}),
        "contact": {"$ref": "#/$defs/contact"},
        "cases": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/case"}},
        "decided_by": _object({"observation": _one_of(codes.decisions)} | _outcome(), ("observation", *_outcome())),
        "advice": _map(_object({"section": _ONE_LINE, "when": _TEST, "do": _TEXT}, ("section", "when", "do"))),
        "clauses": _map({"$ref": "#/$defs/clause"}) | {"minProperties": 1},
        "last_value": _TEXT,
        "indicators": _map({"$ref": "#/$defs/indicator"}),
    }
    needed = ("id", "version", "valid_from", "title", "source", "eligible", "clauses")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A service standard of Jinxiu",
        **_object(properties, needed),
        "$defs": _definitions(codes),
    }


def schema_text(codes: Codes) -> str:
    """The schema as the file that is kept in docs/reference."""
    return json.dumps(schema(codes), ensure_ascii=False, indent=1) + "\n"


def _definitions(codes: Codes) -> _Schema:
    return {
        "text": _object({"zh": _ONE_LINE, "en": _ONE_LINE}, ("zh", "en")),
        "outcome": _object(_outcome(), _outcome()),
        "offset": _offset(),
        "eligible": _eligible(codes),
        "limit": _object(
            {
                "value": {"type": "number"},
                "unit": _one_of(code.unit for code in codes.observations.values()),
                "from_age": {"type": "object", "additionalProperties": {"type": "number"}},
            },
            ("value", "unit"),
        ),
        "test": _test(codes),
        "contact": _object(
            {
                "events": _list(codes.events),
                "readings": _list(codes.observations),
                "tests": _map(_TEST),
                "counts_if": _TEST,
            },
            ("events", "readings", "counts_if"),
        ),
        "case": _case(codes),
        "anchor": _anchor(codes),
        "count": _count(codes, contacts=False),
        "clause": _clause(codes),
        "indicator": _indicator(),
    }


def _case(codes: Codes) -> _Schema:
    properties = _outcome() | {
        "when": {"anyOf": [{"const": "always"}, _TEST]},
        "classification": _one_of(codes.classifications),
        "action": _one_of(codes.actions),
        "urgency": _urgency(),
        "next_within_days": _DAYS,
    }
    return _object(properties, properties)


def _outcome() -> _Schema:
    return {"reason": _NAME, "section": _ONE_LINE, "say": _TEXT}


def _eligible(codes: Codes) -> _Schema:
    here = {"$ref": "#/$defs/eligible"}
    several = {"type": "array", "minItems": 1, "items": here}
    number = {"type": "integer", "minimum": 0}
    age = {"anyOf": [number, _exactly_one({"years": number, "months": number})]}
    return _exactly_one(
        {
            "enrolled_in": _one_of(codes.enrolments),
            "min_age": age,
            "below_age": age,
            "sex": _one_of(SEXES),
            "everybody": {"const": True},
            "all": several,
            "any": several,
            "not": here,
        }
    )


def _test(codes: Codes) -> _Schema:
    several = {"type": "array", "minItems": 1, "items": _TEST}
    reading = {"reading": _one_of(codes.observations)} | _comparisons()
    operators = {
        "all": several,
        "any": several,
        "not": _TEST,
        "has": _one_of(codes.observations),
        "previous": _object({"which": _TEST, "passes": _TEST}, ("which", "passes")),
    }
    compare = _object(reading | {"title": _TEXT}, ("reading",))
    shapes = [_object({name: shape, "title": _TEXT}, (name,)) for name, shape in operators.items()]
    return {"anyOf": [{"type": "string", "description": "a named test"}, *shapes, compare]}


def _comparisons() -> _Schema:
    return {name: {"type": ["string", "integer"], "description": "a limit; 0 or 1 for a flag"} for name in COMPARISONS}


def _offset() -> _Schema:
    number = {"type": "integer", "minimum": -1000, "maximum": 1000}
    units = ("years", "months", "weeks", "days", "hours")
    return _object(dict.fromkeys(units, number), ()) | {"minProperties": 1}


def _anchor(codes: Codes) -> _Schema:
    other = {"otherwise": _one_of(ANCHOR_DAYS)}
    events = [_object({day: _list(codes.events)} | other, (day,)) for day in ("latest", "first")]
    return {"anyOf": [_one_of(ANCHOR_DAYS), *events]}


def _count(codes: Codes, *, contacts: bool) -> _Schema:
    since = {"since_start": {"type": "boolean"}}
    events = _object({"events": _list(codes.events), "modes": _list(codes.modes)} | since, ("events",))
    observed = _object({"observations": _one_of(codes.observations)} | since | _comparisons(), ("observations",))
    visits = [_object({"contacts": _list(codes.modes)}, ("contacts",))] if contacts else []
    return {"anyOf": [events, observed, *visits]}


def _clause(codes: Codes) -> _Schema:
    kinds = {
        "interval": _interval(codes),
        "per_year": _per_year(codes),
        "window": _window(codes),
        "one_off": _one_off(codes),
        "after_each": _after_each(codes),
    }
    shared = {"title": _TEXT, "visit": _NAME}
    return {"oneOf": [_object(shared | {kind: shape}, ("title", kind)) for kind, shape in kinds.items()]}


def _interval(codes: Codes) -> _Schema:
    never = _outcome() | {"within_days": _DAYS, "action": _one_of(codes.actions), "urgency": _urgency()}
    opens = {"type": "integer", "minimum": 0, "maximum": 1000}
    properties = {"opens_before_days": opens, "never_seen": _object(never, never)}
    return _object(properties, properties)


def _per_year(codes: Codes) -> _Schema:
    needed = {
        "count": _count(codes, contacts=True),
        "times": _times(),
        "action": _one_of(codes.actions),
        "done": _OUTCOME,
        "short": _OUTCOME,
    }
    optional = {"prorated": {"type": "boolean"}, "year": _one_of(("calendar", "start")), "next_year": _OUTCOME}
    return _object(needed | optional, ("count", "action", "done", "short"))


def _window(codes: Codes) -> _Schema:
    offset = {"$ref": "#/$defs/offset"}
    cycle = _object({"title": _TEXT, "opens": offset, "due": offset, "closes": offset}, ("title", "opens"))
    properties = _scheduled(codes) | {"cycles": {"type": "object", "minProperties": 1, "additionalProperties": cycle}}
    return _object(properties, ("after", "count", "action", "cycles", "done", "missing", "upcoming"))


def _one_off(codes: Codes) -> _Schema:
    offset = {"$ref": "#/$defs/offset"}
    properties = _scheduled(codes) | dict.fromkeys(("opens", "within", "closes"), offset)
    return _object(properties, ("after", "count", "action", "within", "done", "missing"))


def _scheduled(codes: Codes) -> _Schema:
    return {
        "after": {"$ref": "#/$defs/anchor"},
        "count": {"$ref": "#/$defs/count"},
        "times": _times(),
        "until": _list(codes.events),
        "action": _one_of(codes.actions),
        "urgency": _urgency(),
        "done": _OUTCOME,
        "missing": _OUTCOME,
        "upcoming": _OUTCOME,
    }


def _after_each(codes: Codes) -> _Schema:
    days = {"type": "integer", "minimum": 0, "maximum": 1000}
    count = {"$ref": "#/$defs/count"}
    needed = {
        "each": count,
        "answered_by": count,
        "within_days": days,
        "action": _one_of(codes.actions),
        "done": _OUTCOME,
        "missing": _OUTCOME,
    }
    return _object(needed | {"closes_after_days": days, "urgency": _urgency()}, needed)


def _indicator() -> _Schema:
    properties = {
        "title": _TEXT,
        "section": _ONE_LINE,
        "latest_in_year": _object({"which": _TEST, "passes": _TEST}, ("which", "passes")),
        "clauses_kept": {"type": "array", "minItems": 1, "items": _NAME},
    }
    either = [{"required": ["latest_in_year"]}, {"required": ["clauses_kept"]}]
    return _object(properties, ("title", "section")) | {"oneOf": either}


# --- shapes -----------------------------------------------------------------------------------------------------------


def _object(properties: _Schema, required: Iterable[str]) -> _Schema:
    shape = {"type": "object", "additionalProperties": False, "properties": properties}
    needed = list(required)
    return shape | ({"required": needed} if needed else {})


def _exactly_one(properties: _Schema) -> _Schema:
    return _object(properties, ()) | {"minProperties": 1, "maxProperties": 1}


def _map(shape: _Schema) -> _Schema:
    return {"type": "object", "propertyNames": _NAME, "additionalProperties": shape}


def _one_of(words: Iterable[str]) -> _Schema:
    return {"enum": sorted(set(words))}


def _list(words: Iterable[str]) -> _Schema:
    return {"type": "array", "minItems": 1, "uniqueItems": True, "items": _one_of(words)}


def _urgency() -> _Schema:
    return {"enum": list(URGENCIES)}


def _times() -> _Schema:
    return {"type": "integer", "minimum": 1, "maximum": 366}
