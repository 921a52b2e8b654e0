"""The language of packages as a JSON Schema, so that an editor completes and checks a file while it is written.

The schema says which keys and words there are; that a fee is the sum of its payers, and that ages rise, is said by
`packages check`, whose reader (`package_files`) remains the judge.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from jinxiu.agreements.package_files import ITEM_KEYS, MOST_FEN, MOST_TIMES, PACKAGE_KEYS
from jinxiu.agreements.packages import GROUPS, KINDS, PAYERS, PLACES, ROLES
from jinxiu.standards.codes import Codes

_Schema = dict[str, Any]
_WORD = {"type": "string", "minLength": 1}
_DAY = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_TEXT = {"$ref": "#/$defs/text"}
_FEN = {"type": "integer", "minimum": 0, "maximum": MOST_FEN}


def schema(codes: Codes) -> _Schema:
    """The schema of a package's file, with the words of a code list."""
    properties = {
        "id": _WORD,
        "version": _WORD,
        "valid_from": _DAY,
        "valid_to": _DAY,
        "kind": {"enum": list(KINDS)},
        "groups": _words(GROUPS),
        "title": _TEXT,
        "about": _TEXT,
        "source": _TEXT,
        "items": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/item"}},
        "fee": {"$ref": "#/$defs/fee"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A service package of Jinxiu",
        **_object(properties, PACKAGE_KEYS),
        "$defs": {
            "text": _object({"zh": _WORD, "en": _WORD}, ("zh", "en")),
            "item": _item(codes),
            "fee": _object(
                {
                    "example": {"type": "boolean"},
                    "per_person_year": _FEN,
                    "payers": _object(dict.fromkeys(PAYERS, _FEN), ()),
                },
                ("per_person_year", "payers"),
            ),
        },
    }


def schema_text(codes: Codes) -> str:
    """The schema as the file that is kept in docs/reference."""
    return json.dumps(schema(codes), ensure_ascii=False, indent=1) + "\n"


def _item(codes: Codes) -> _Schema:
    so_often = {"type": "integer", "minimum": 1, "maximum": MOST_TIMES}
    by_age = {"type": "object", "minProperties": 1, "additionalProperties": {"type": "integer", "minimum": 0}}
    properties = {
        "code": _WORD,
        "title": _TEXT,
        "times": {"oneOf": [so_often, by_age]},
        "events": _words(codes.events),
        "observations": _words(codes.observations),
        "modes": _words(codes.modes),
        "role": {"enum": list(ROLES)},
        "place": {"enum": list(PLACES)},
    }
    counted = [{"required": ["events"]}, {"required": ["observations"]}]
    return _object(properties, ITEM_KEYS) | {"oneOf": counted}


def _words(allowed: Iterable[str]) -> _Schema:
    return {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"enum": sorted(allowed)}}


def _object(properties: _Schema, required: Iterable[str]) -> _Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": list(required)}
