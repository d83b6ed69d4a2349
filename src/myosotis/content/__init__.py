"""Wording: what patients and staff read, per language, kind and channel, from plain values."""
