"""Ustawienia: everything that a practice can choose, one section a page."""
