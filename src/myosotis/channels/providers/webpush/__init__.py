"""Web push to the patients' app (RFC 8030, 8291, 8292)."""
