"""REST with OpenAPI, provider receipts and incoming messages. It writes by flows."""
