"""What the installation counts and measures of itself, for Prometheus: names, labels, and nothing about any patient.

A label takes few values whoever uses it: channels, providers, words of ours, names of routes; never a practice, a message or
an address (docs/monitoring.md).
"""
