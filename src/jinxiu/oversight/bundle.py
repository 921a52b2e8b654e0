"""One person's record as a FHIR R4 Bundle, from the rows as they stand in the tables. Pure functions.

What a correction has replaced is in it too, marked entered-in-error: the copy is whole. Words that FHIR has no code for
bear the address urn:jinxiu:….
"""

from collections.abc import Iterable, Mapping
from typing import Any

from jinxiu.standards.codes import Codes

Row = Mapping[str, Any]
_ID_CARD = "urn:oid:2.16.156.10011.1.3"  # the national identity number, as the FHIR import reads it
_CLASSES = {"clinic": "AMB", "home": "HH", "phone": "VR", "online": "VR"}
_GB_RELATIONS = "urn:jinxiu:relation:GB-T-4761-2008"
_ROLE_CODE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
# What somebody is for the person; FHIR has no word for a helper whom the person has agreed to.
_ROLES = {"guardian": (_ROLE_CODE, "GUARD"), "contact": ("http://terminology.hl7.org/CodeSystem/v2-0131", "C")}
# What the relative is to the person, from GB/T 4761-2008; "no relative" has no code there.
_RELATIONS = {
    "10": "SPS", "20": "SONC", "28": "SONINLAW", "30": "DAUC", "38": "DAUINLAW", "40": "GRNDCHILD", "51": "FTH",
    "52": "MTH", "60": "GRPRN", "70": "SIB", "97": "FAMMEMB",
}  # fmt: skip
_UCUM = {"mmHg": "mm[Hg]"}  # the one unit whose code differs from how we write it


def bundle(tables: Mapping[str, Iterable[Row]], codes: Codes, made_at: str) -> dict[str, Any]:
    """The record: `tables` as `queries.copy_file` gives them, `made_at` an ISO instant with its offset."""
    person = next(iter(tables["person"]))
    whose = {"reference": f"Patient/person-{person['id']}"}
    events = list(tables.get("event", ()))
    wrong = {name: _replaced(tables.get(name, ())) for name in ("event", "observation", "enrolment")}
    resources = [
        _patient(person, tables),
        *(_related(row, whose) for row in tables.get("relatedperson", ())),
        *(_care_team(row, whose) for row in tables.get("teammembership", ())),
        *(_episode(row, whose, codes, row["id"] in wrong["enrolment"]) for row in tables.get("enrolment", ())),
        *(_encounter(row, whose, codes, row["id"] in wrong["event"]) for row in events),
        *(_answers(row, whose, row["id"] in wrong["event"]) for row in events if row["answers"]),
        *(
            _observation(row, whose, codes, row["id"] in wrong["observation"] or row["event_id"] in wrong["event"])
            for row in tables.get("observation", ())
        ),
        *(_document(row, whose) for row in tables.get("documentreference", ())),
    ]
    entries = [{"fullUrl": f"urn:jinxiu:{one['resourceType']}:{one['id']}", "resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": "collection", "timestamp": made_at, "entry": entries}


def _replaced(rows: Iterable[Row]) -> set[int]:
    return {row["supersedes_id"] for row in rows if row["supersedes_id"] is not None}


def _patient(person: Row, tables: Mapping[str, Iterable[Row]]) -> dict[str, Any]:
    phones = list(tables.get("contactpoint", ()))
    relatives = [{"telecom": [_phone(row)]} for row in phones if row["use"] == "relative"]
    home = person.get("address")
    return _said(
        {
            "resourceType": "Patient",
            "id": f"person-{person['id']}",
            "identifier": [_identifier(row) for row in tables.get("identifier", ())],
            "name": [{"text": person["name"]}],
            "telecom": [{**_phone(row), "use": row["use"]} for row in phones if row["use"] != "relative"],
            "gender": {"M": "male", "F": "female"}.get(person["sex"], "unknown"),
            "birthDate": person["birth_date"],
            "deceasedDateTime": person["died_on"],
            "address": [_said({"text": home, "period": _period(None, person["left_on"])})] if home else [],
            "contact": relatives,
        }
    )


def _identifier(row: Row) -> dict[str, Any]:
    system = _ID_CARD if row["system"] == "id_card" else _own("identifier", row["system"])
    return {"system": system, "value": row["number"]}


def _phone(row: Row) -> dict[str, Any]:
    return {"system": "phone", "value": row["number"]}


def _related(row: Row, whose: Row) -> dict[str, Any]:
    role, relation = row["role"], row["relation"]
    relation_code = [(_ROLE_CODE, _RELATIONS[relation])] if relation in _RELATIONS else []
    return _said(
        {
            "resourceType": "RelatedPerson",
            "id": f"relationship-{row['id']}",
            "active": row["active"],
            "patient": whose,
            "relationship": [
                _coded([*([_ROLES[role]] if role in _ROLES else []), (_own("role", ""), role)], row["role_text"]),
                _coded([*relation_code, (_GB_RELATIONS, relation)], row["relation_text"]),
            ],
            "name": [{"text": row["name"]}],
            "telecom": [_phone(row)] if row["number"] else [],
            "period": _period(row["start_on"], row["last_on"]),
        }
    )


def _care_team(row: Row, whose: Row) -> dict[str, Any]:
    return _said(
        {
            "resourceType": "CareTeam",
            "id": f"membership-{row['id']}",
            "status": "inactive" if row["end_on"] else "active",
            "name": row["team"],
            "subject": whose,
            "period": _period(row["start_on"], row["end_on"]),
        }
    )


def _episode(row: Row, whose: Row, codes: Codes, is_wrong: bool) -> dict[str, Any]:
    status = "finished" if row["end_on"] else "active"
    return _said(
        {
            "resourceType": "EpisodeOfCare",
            "id": f"enrolment-{row['id']}",
            "status": "entered-in-error" if is_wrong else status,
            "type": [_concept("enrolment", row["kind"], codes.name("enrolments", row["kind"], "zh"))],
            "patient": whose,
            "period": _period(row["start_on"], row["end_on"]),
        }
    )


def _encounter(row: Row, whose: Row, codes: Codes, is_wrong: bool) -> dict[str, Any]:
    act_codes = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
    return _said(
        {
            "resourceType": "Encounter",
            "id": f"event-{row['id']}",
            "status": "entered-in-error" if is_wrong or row["kind"] == "withdrawn" else "finished",
            "class": {"system": act_codes, "code": _CLASSES[row["mode"]]},
            "type": [_concept("event", row["kind"], codes.name("events", row["kind"], "zh"))],
            "subject": whose,
            "participant": [{"individual": {"display": row["staff"]}}] if row["staff"] else [],
            "period": _period(row["at"] or row["happened_on"], row["end_on"]),
        }
    )


def _answers(row: Row, whose: Row, is_wrong: bool) -> dict[str, Any]:
    return _said(
        {
            "resourceType": "QuestionnaireResponse",
            "id": f"answers-{row['id']}",
            "questionnaire": f"{_own('form', row['form_id'])}|{row['form_version']}" if row["form_id"] else None,
            "status": "entered-in-error" if is_wrong else "completed",
            "subject": whose,
            "encounter": {"reference": f"Encounter/event-{row['id']}"},
            "item": [
                {"linkId": name, "answer": [_answer(one) for one in (value if isinstance(value, list) else [value])]}
                for name, value in row["answers"].items()
                if value not in (None, "", [])
            ],
        }
    )


def _answer(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, int):
        return {"valueInteger": value}
    if isinstance(value, float):
        return {"valueDecimal": value}
    return {"valueString": str(value)}


def _observation(row: Row, whose: Row, codes: Codes, is_wrong: bool) -> dict[str, Any]:
    known = codes.observations.get(row["code"])
    own = _concept("observation", row["code"], known.title.language("zh") if known else row["code"])
    loinc = [{"system": "http://loinc.org", "code": code} for code in (known.loinc[:1] if known else ())]
    return _said(
        {
            "resourceType": "Observation",
            "id": f"observation-{row['id']}",
            "status": "entered-in-error" if is_wrong else "final",
            "code": {"coding": loinc + own["coding"], "text": own["text"]},
            "subject": whose,
            "encounter": {"reference": f"Encounter/event-{row['event_id']}"} if row["event_id"] else None,
            "effectiveDateTime": row["happened_on"],
            "performer": [{"display": row["staff"]}] if row["staff"] else [],
            **_value(row, known.unit if known else "", known is not None and known.is_flag),
        }
    )


def _document(row: Row, whose: Row) -> dict[str, Any]:
    file = {"contentType": row["media"], "url": row["url"], "size": row["size"], "title": row["title"]}
    return _said(
        {
            "resourceType": "DocumentReference",
            "id": f"document-{row['id']}",
            "status": "entered-in-error" if row["is_withdrawn"] else "current",
            "type": {"coding": [{"system": _own("document", ""), "code": row["kind"]}]},
            "subject": whose,
            "date": row["recorded_at"],
            "author": [{"display": row["author"]}] if row["author"] else [],
            "content": [{"attachment": _said({**file, "creation": row["on"]})}],
        }
    )


def _value(row: Row, unit: str, is_flag: bool) -> dict[str, Any]:
    if row["value"] is None:
        return {"valueString": row["text"]}
    if is_flag:
        return {"valueBoolean": bool(row["value"])}
    ucum = {"system": "http://unitsofmeasure.org", "code": _UCUM.get(unit, unit)} if unit else {}
    return {"valueQuantity": _said({"value": row["value"], "unit": unit, **ucum})}


def _concept(kind: str, code: str, text: str) -> dict[str, Any]:
    return {"coding": [{"system": _own(kind, ""), "code": code}], "text": text}


def _coded(codes: Iterable[tuple[str, str]], text: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code} for system, code in codes], "text": text}


def _own(kind: str, name: str) -> str:
    return f"urn:jinxiu:{kind}:{name}" if name else f"urn:jinxiu:{kind}"


def _period(start: str | None, end: str | None) -> dict[str, str]:
    return _said({"start": start, "end": end})


def _said(element: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty: FHIR writes nothing for nothing."""
    return {name: value for name, value in element.items() if value not in (None, "", [], {})}
