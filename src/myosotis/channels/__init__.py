"""Channels: each provider takes an `Outgoing` and answers with an outcome; its own words stop at its folder."""
