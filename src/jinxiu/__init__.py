"""Jinxiu 锦绣: a city's promised public services as worklists."""

__version__ = "0.1.0"
