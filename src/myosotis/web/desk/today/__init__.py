"""Dziś: what the day holds, and what needs a hand."""
