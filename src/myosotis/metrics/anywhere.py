"""What happens in web processes and in dispatchers alike."""

from typing import Final

from prometheus_client import Counter

fallbacks: Final = Counter(
    "myosotis_fallbacks_released", "SMS that go because the first wave was not read or failed.", ["reason"]
)
reports: Final = Counter(
    "myosotis_reports", "Reports of providers about messages, as they were taken in.", ["provider", "report"]
)
database_errors: Final = Counter("myosotis_database_errors", "Questions to the database that failed.", ["error"])
