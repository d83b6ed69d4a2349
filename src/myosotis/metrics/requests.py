"""What the web processes count."""

from typing import Final

from prometheus_client import Counter, Histogram

request_seconds: Final = Histogram(
    "myosotis_request_seconds",
    "Time of answering a request, by the name of its route.",
    ["route"],
    buckets=(0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
requests: Final = Counter("myosotis_requests", "Requests answered.", ["route", "method", "status"])
