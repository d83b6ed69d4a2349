"""Tags of the bench."""
