"""The one Django app with tables: models by aggregate, facts for the rules, the outbox."""
