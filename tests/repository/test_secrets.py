"""No key, token or password stands in the repository; what looks like one is explained here."""

import math
import re
from collections import Counter

from tests.repository.test_house import texts

KNOWN = {
    "private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "cloud key": r"\b(AKIA|ASIA)[0-9A-Z]{16}\b",
    "token of a code host": r"\b(gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{40,}|glpat-[\w-]{20})",
    "token of a service": r"\b(xox[abprs]-[\w-]{10,}|sk-[A-Za-z0-9]{32,})",
    "web token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
    "password in an address": r"\b[a-z][a-z+]*://[^\s/:@'\"{}<>]+:(?!LONG-RANDOM-PASSWORD|password\b|secret\b|p%40ss)"
    r"[^\s/@'\"{}<>]+@",
}
ASSIGNED = re.compile(
    r"""(?i)\b\w*(?:password|passwd|secret|token|api_?key|identifier_key|index_key)\w*["']?\s*[:=]\s*["']([^"'\s]{16,})["']"""
)
RANDOM = re.compile(r"""["']([A-Za-z0-9+/_-]{40,}={0,2})["']""")
# Checksums of files of others, and packages that are pinned by theirs.
NOT_SECRET_FILES = re.compile(r"\.lock$|(^|/)package-lock\.json$|(^|/)VENDORED\.txt$|\.svg$")
NOT_SECRET = {
    "a-token-of-more-than-twenty",  # sent and expected by one test
    "迎泽-liuxiang-2026",  # everybody's in the named town of the tests
}


def entropy(text: str) -> float:
    """Bits for each character; words stay below 4, random base64 is above 4.5."""
    return -sum(count / len(text) * math.log2(count / len(text)) for count in Counter(text).values())


def found_in(text: str) -> list[str]:
    """What looks like a secret."""
    known = [kind for kind, said in KNOWN.items() if re.search(said, text)]
    assigned = [value for value in ASSIGNED.findall(text) if value not in NOT_SECRET and entropy(value) > 3.6]
    random = [value for value in RANDOM.findall(text) if entropy(value) > 4.7 and re.search(r"\d", value)]
    return known + assigned + random


def test_the_scanner_finds_what_it_should() -> None:
    key = "Zk9xQ2vT7bLmA4cR8sWe" + "1uYh6JpN0dGfKoIq5BtVzXy3H"  # in two, or this file would be found
    assert found_in(f'value = "{key}"')
    assert found_in("django_secret_" + f'key = "{key[:20]}"') or found_in(f'secret = "{key[:20]}"')
    assert found_in("-----BEGIN " + "RSA PRIVATE KEY-----")
    assert found_in("postgres://jinxiu:" + "hunter2secret@db/jinxiu")
    assert not found_in("postgres://user:password@host:5432/name")
    assert not found_in('password = "LONG-RANDOM-PASSWORD"')


def test_no_secret_stands_in_the_repository() -> None:
    found = {name: seen for name, text in texts() if not NOT_SECRET_FILES.search(name) and (seen := found_in(text))}
    assert not found


def test_no_file_of_keys_is_tracked() -> None:
    assert not [name for name, _ in texts() if re.search(r"secrets\.json$|\.(pem|key|p12|pfx)$|(^|/)\.env", name)]
