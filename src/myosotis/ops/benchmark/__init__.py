"""`make bench`: how fast it is, on PostgreSQL, beside what others do with the same work (docs/benchmarks.md)."""
