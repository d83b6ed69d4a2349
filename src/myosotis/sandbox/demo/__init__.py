"""The demo practice: the same at every first start."""
