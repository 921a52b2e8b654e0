"""A number out of an address: plain digits that a column holds, nothing else."""

import pytest

from jinxiu.people.asked import number_sent


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0", 0),
        ("17", 17),
        ("007", 7),
        ("9" * 18, 10**18 - 1),
        *(
            (text, None)
            for text in ("", " ", "-1", "+1", "1.0", "1e3", "１２", "²", "٣", "1_0", "x", "9" * 19, "9" * 5000)
        ),
    ],
)
def test_a_number_that_was_sent(text: str, found: int | None) -> None:
    assert number_sent(text) == found
