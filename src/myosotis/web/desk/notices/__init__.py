"""Notices: what patients did of themselves, in the head of every page."""
