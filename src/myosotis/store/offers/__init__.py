"""Freed slots that are offered: who may be asked, what is written down of it, and how an offer ends (docs/rules.md 4).

Whoever opens, takes or closes an offer holds the lock of its calendar.
"""
