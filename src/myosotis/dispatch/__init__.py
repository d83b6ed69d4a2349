"""Claim, render, send, record, rescue: from a message row to a provider."""
