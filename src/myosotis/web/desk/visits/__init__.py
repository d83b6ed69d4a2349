"""Wizyta: everything about one visit, and what staff do with it."""
