"""Weeks of many practices under virtual time: the real flows, the real dispatcher, invented people, failing providers."""
