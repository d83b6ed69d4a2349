"""Keys of the API: made, shown once, revoked."""
