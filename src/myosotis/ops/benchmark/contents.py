"""What is measured, in this order: each scenario is a module beside this one, run in a process of its own."""

from collections.abc import Iterator
from importlib import import_module
from typing import Final, Protocol, cast

from myosotis.ops.benchmark.figures import Figure
from myosotis.ops.benchmark.ground import PACKAGE, Ground
from myosotis.value_class import value_class


class Measure(Protocol):
    """What a scenario's module offers."""

    def __call__(self, ground: Ground) -> Iterator[Figure]: ...


@value_class
class Scenario:
    """One measurement."""

    title: str
    module: str
    on_sqlite: bool = False

    def measure(self) -> Measure:
        return cast("Measure", import_module(f"{PACKAGE}.{self.module}").measure)


SCENARIOS: Final = {
    "sms": Scenario(title="SMS, everything on", module="sms"),
    "peers": Scenario(title="The same work by others", module="peers"),
    "email": Scenario(title="E-mail", module="email"),
    "push": Scenario(title="Push", module="push"),
    "reports": Scenario(title="Delivery reports", module="reports"),
    "queue": Scenario(title="Claiming and recording among many planned messages", module="queue"),
    "burst": Scenario(title="A burst, and steady sending", module="burst"),
    "booking": Scenario(title="Booking", module="booking"),
    "stages": Scenario(title="The stages of dispatch, one by one", module="stages"),
    "desk": Scenario(title="The desk's work", module="desk"),
    "desk-pages": Scenario(title="The desk's pages", module="desk_pages"),
    "pages": Scenario(title="The patients' pages", module="pages"),
    "free-times": Scenario(title="Free times", module="free_times"),
    "offers": Scenario(title="A freed slot", module="offers"),
    "sqlite": Scenario(title="On SQLite", module="sqlite", on_sqlite=True),
}
