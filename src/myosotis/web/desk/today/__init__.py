"""Dziś: the day at a glance."""
