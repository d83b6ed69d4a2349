"""Settings, urls, wsgi and wiring."""
