"""Commands: up, dispatcher, doctor, import, bench; health and metrics."""
