"""Myosotis: automatic patient notifications for medical practices."""
