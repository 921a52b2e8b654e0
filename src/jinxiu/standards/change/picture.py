"""The workload of two versions as a picture: an SVG that needs nothing else, a panel of bars for each clause and group.

The old version is drawn hatched and the new one filled, each bar with its number, so that no colour has to be told
apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from xml.etree import ElementTree as ET

WIDTH = 1100
_LEFT, _RIGHT, _PANEL, _BARS, _LINE = 60, 20, 210, 130, 20
_FONTS = "Noto Sans CJK SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, sans-serif"
_INK, _OLD, _NEW = "#1f2933", "#52606d", "#0b5c8a"
_NUMBERS_FIT = 24  # months; beyond, numbers would lie over one another and stand only in the bars' titles


@dataclass(frozen=True, slots=True)
class Panel:
    """One clause (of one group): its title and the items of each month, by the old and by the new version."""

    title: str
    before: tuple[int, ...]
    after: tuple[int, ...]


def picture(
    title: str, notes: Sequence[str], legend: tuple[str, str], months: Sequence[date], panels: Sequence[Panel]
) -> str:
    """The SVG. Panels are as high as the highest number in any of them, so that groups can be compared by eye."""
    top = 50 + _LINE * len(notes) + 40
    height = top + _PANEL * len(panels)
    root = ET.Element(
        "svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {height}", width=str(WIDTH), height=str(height)
    )
    root.set("font-family", _FONTS)
    root.set("role", "img")
    ET.SubElement(root, "title").text = title
    _hatching(root)
    _box(root, 0, 0, WIDTH, height, fill="#ffffff")
    _text(root, _LEFT, 34, title, 20, weight="bold")
    for number, note in enumerate(notes):
        _text(root, _LEFT, 60 + _LINE * number, note, 13)
    _legend(root, top - 30, legend)
    highest = max((number for panel in panels for number in (*panel.before, *panel.after)), default=0)
    for number, panel in enumerate(panels):
        _panel(root, top + _PANEL * number, panel, legend, months, max(highest, 1))
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _hatching(root: ET.Element) -> None:
    pattern = ET.SubElement(
        ET.SubElement(root, "defs"), "pattern", id="old", width="5", height="5", patternUnits="userSpaceOnUse"
    )
    pattern.set("patternTransform", "rotate(45)")
    _box(pattern, 0, 0, 5, 5, fill="#ffffff")
    _box(pattern, 0, 0, 1.5, 5, fill=_OLD)


def _legend(root: ET.Element, y: float, legend: tuple[str, str]) -> None:
    x = float(_LEFT)
    for is_new, words in enumerate(legend):
        _bar(root, x, y, 16, 12, bool(is_new))
        _text(root, x + 22, y + 11, words, 13)
        x += WIDTH / 2 - _LEFT


def _panel(
    root: ET.Element, top: float, panel: Panel, legend: tuple[str, str], months: Sequence[date], highest: int
) -> None:
    foot = top + 40 + _BARS
    slot = (WIDTH - _LEFT - _RIGHT) / len(months)
    bar = slot * 0.4
    _text(root, _LEFT, top + 14, panel.title, 14, weight="bold")
    for value in (0, highest):
        y = foot - _BARS * value / highest
        ET.SubElement(root, "path", d=f"M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}", stroke="#cbd2d9")
        _text(root, _LEFT - 6, y + 4, f"{value:,}", 11, anchor="end")
    for place, (month, *values) in enumerate(zip(months, panel.before, panel.after, strict=True)):
        left = _LEFT + slot * place + slot * 0.08
        for is_new, value in enumerate(values):
            x, tall = left + is_new * (bar + slot * 0.04), _BARS * value / highest
            drawn = _bar(root, x, foot - tall, bar, tall, bool(is_new))
            ET.SubElement(drawn, "title").text = f"{month:%Y-%m} {legend[is_new]}: {value:,}"
            if len(months) <= _NUMBERS_FIT:
                size = min(11.0, slot * 0.13)
                _text(root, x + bar / 2, foot - tall - 4, f"{value:,}", size, anchor="middle")
        if len(months) <= _NUMBERS_FIT or month.month % 3 == 1:
            _text(root, left + bar, foot + 16, f"{month:%Y-%m}", min(11.0, slot * 0.2 + 4), anchor="middle")


def _bar(parent: ET.Element, x: float, y: float, width: float, height: float, is_new: bool) -> ET.Element:
    return _box(parent, x, y, width, height, fill=_NEW if is_new else "url(#old)", stroke=_NEW if is_new else _OLD)


def _box(parent: ET.Element, x: float, y: float, width: float, height: float, **look: str) -> ET.Element:
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": f"{width:.1f}", "height": f"{height:.1f}"}
    return ET.SubElement(parent, "rect", {**place, **look})


def _text(
    parent: ET.Element, x: float, y: float, words: str, size: float, *, anchor: str = "start", weight: str = "normal"
) -> None:
    look = {"font-size": f"{size:.1f}", "text-anchor": anchor, "font-weight": weight, "fill": _INK}
    ET.SubElement(parent, "text", {"x": f"{x:.1f}", "y": f"{y:.1f}", **look}).text = words
