"""How the patients of a simulation can be reached."""

from myosotis.sandbox.simulator.script import Script
from myosotis.value_class import value_class


@value_class
class Person:
    """How a patient can be reached; as the seed decides."""

    email: str
    phone: str
    mobile: bool
    app: bool


def person(script: Script, practice: int, number: int) -> Person:
    """The patient of that number. Nothing is written to any of these addresses: nobody is outside."""
    chance, habits, name = script.chance, script.scenario.habits, ("person", practice, number)
    no_email, no_phone = habits.no_email, habits.no_phone
    return Person(
        email="" if chance.happens(no_email, *name, "email") else f"p{practice}-{number}@example.com",
        phone="" if chance.happens(no_phone, *name, "phone") else f"+48{450_000_000 + practice * 10_000 + number}",
        mobile=not chance.happens(habits.fixed_line, *name, "fixed"),
        app=chance.happens(habits.app, *name, "app"),
    )
