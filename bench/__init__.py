"""What Myosotis is measured beside: each the same work by other means (`make bench`; docs/benchmarks.md)."""
