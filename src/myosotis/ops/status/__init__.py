"""What others watch: whether we live, whether we are ready, and the figures (docs/monitoring.md)."""
