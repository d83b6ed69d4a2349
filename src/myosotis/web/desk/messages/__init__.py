"""Powiadomienia: what the practice sends, and what patients answer."""
