"""What is unique is so within a practice: nobody learns, by being refused, what another practice has."""

from django.apps import apps
from django.db.models import Model, UniqueConstraint

ACROSS_PRACTICES = {
    "StaffUser.email": "somebody may work for several practices, and signs in before any is known",
    "Installation.key_hash": "an app's installation is known before the practices that reach it",
    "Halt.because": "one of each cause for the whole installation",
    "Doctor.slug": "the address of a public page names no practice",
    "ReplyQuestion.incoming": "the row it belongs to, which is of one practice",
    "ApiKey.prefix": "found by the key alone; made by chance",
    "ImportBatch.uuid": "found by an address alone; made by chance",
    "Message.uuid": "found by a provider's receipt alone; made by chance",
    "Hold.key_hash": "found by a link alone; made by chance",
    "PhoneVerification.uuid": "found by an address alone; made by chance",
    "ProviderAccount.receipt_key": "found by a provider's receipt alone; made by chance",
}
"""With the reason of each. Primary keys are one column for themselves."""


def unique(model: type[Model]) -> set[tuple[str, ...]]:
    """The fields of each unique rule of a table but its primary key, those of expressions among them."""
    meta = model._meta
    alone = {(field.name,) for field in meta.local_fields if field.unique and not field.primary_key}
    rules = [rule for rule in meta.constraints if isinstance(rule, UniqueConstraint)]
    return alone | {(*rule.fields, *(str(expression) for expression in rule.expressions)) for rule in rules}


def test_every_unique_rule_names_the_practice_or_has_its_reason() -> None:
    models = apps.get_app_config("store").get_models()
    without = {
        f"{model.__name__}.{'+'.join(names)}"
        for model in models
        for names in unique(model)
        if "practice" not in names and model.__name__ != "Practice"
    }
    assert without == set(ACROSS_PRACTICES)
    assert not any(model._meta.unique_together for model in apps.get_app_config("store").get_models())
