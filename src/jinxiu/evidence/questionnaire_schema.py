"""The language of forms as a JSON Schema, so that an editor completes and checks a file while it is written.

The schema says which keys and words there are; which keys belong to which type, and what must come earlier, is said by
`forms check`, whose reader (`questionnaire_files`) remains the judge.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from jinxiu.evidence.questionnaires import OPERATORS, TYPES
from jinxiu.standards.codes import Codes

_Schema = dict[str, Any]
_WORD = {"type": "string", "minLength": 1}
_NUMBER = {"type": "number"}
_YES_NO = {"type": "boolean"}
_TEXT = {"$ref": "#/$defs/text"}
_CONDITIONS = {"type": "array", "items": {"$ref": "#/$defs/condition"}}


def schema(codes: Codes) -> _Schema:
    """The schema of a form's file, with the words of a code list."""
    properties = {
        "id": _WORD,
        "version": _WORD,
        "event": {"enum": sorted(codes.events)},
        "title": _TEXT,
        "source": _TEXT,
        "needs": _list(_list(_WORD)),
        "flags": _list(_WORD),
        "offeredWhen": _CONDITIONS,
        "item": _list({"$ref": "#/$defs/item"}),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A record form of Jinxiu",
        **_object(properties, ("id", "version", "event", "title", "source", "item")),
        "$defs": {
            "text": _object({"zh": _WORD, "en": _WORD}, ("zh", "en")),
            "condition": _condition(),
            "item": _item(codes),
            "calculate": _calculate(),
        },
    }


def schema_text(codes: Codes) -> str:
    """The schema as the file that is kept in docs/reference."""
    return json.dumps(schema(codes), ensure_ascii=False, indent=1) + "\n"


def _item(codes: Codes) -> _Schema:
    limits = dict.fromkeys(("minValue", "maxValue", "warnBelow", "warnAbove"), _NUMBER)
    option = {"code": _WORD, "text": _TEXT, "score": _NUMBER, "exclusive": _YES_NO}
    other = {"unit": _WORD, "divideBy": {"type": "number", "exclusiveMinimum": 0}, "above": _NUMBER, "below": _NUMBER}
    properties = {
        "linkId": _WORD,
        "type": {"enum": list(TYPES)},
        "text": _TEXT,
        "hint": _TEXT,
        "required": _YES_NO,
        "repeats": _YES_NO,
        "times": {"type": "integer", "minimum": 2, "maximum": 20},
        "collapsed": _YES_NO,
        "notBefore": _list(_WORD),
        "notAfter": _list(_WORD),
        "measuredOn": _WORD,
        "unit": _WORD,
        "decimals": {"type": "integer", "minimum": 0, "maximum": 6},
        **limits,
        "alternateUnit": _object(other, ("unit", "divideBy")),
        "answerOption": _list(_object(option, ("code", "text"))),
        "enableWhen": _CONDITIONS,
        "initial": {"type": ["string", "integer", "boolean"]},
        "observation": {"enum": sorted(codes.observations)},
        "calculate": {"$ref": "#/$defs/calculate"},
        "item": _list({"$ref": "#/$defs/item"}),
    }
    return _object(properties, ("linkId", "type", "text"))


def _condition() -> _Schema:
    answer = {"type": ["string", "integer", "boolean"]}
    properties = {"question": _WORD, "operator": {"enum": list(OPERATORS)}, "answer": answer}
    return _object(properties, properties)


def _calculate() -> _Schema:
    """One kind of calculation, each with the keys that it reads."""
    one, pair, several = _list(_WORD, 1, 1), _list(_WORD, 2, 2), _list(_WORD)
    row = _object({"code": _WORD, "when": _map(_list(_NUMBER, 2, 2))}, ("code",))
    days = {"type": "integer", "minimum": 1, "maximum": 1000}
    kinds = [
        ({"sum": several, "less": several, "plus": _NUMBER}, ("sum",)),
        ({"highest": several}, ("highest",)),
        ({"bmi": pair}, ("bmi",)),
        ({"weeks": pair}, ("weeks",)),
        ({"dayAfter": one, "days": days}, ("dayAfter", "days")),
        ({"decide": _list(row)}, ("decide",)),
        ({"ranked": _map(_WORD), "atLeast": _NUMBER}, ("ranked",)),
    ]
    return {"oneOf": [_object(properties, needed) for properties, needed in kinds]}


def _object(properties: _Schema, required: Iterable[str]) -> _Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": list(required)}


def _map(shape: _Schema) -> _Schema:
    return {"type": "object", "minProperties": 1, "additionalProperties": shape}


def _list(shape: _Schema, least: int = 1, most: int | None = None) -> _Schema:
    return {"type": "array", "minItems": least, "items": shape} | ({"maxItems": most} if most else {})
