"""Boards: everybody for whom a standard holds, who of them is missing what, and why; and the calls that follow."""
