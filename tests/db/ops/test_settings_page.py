"""docs/settings.md says what holds."""

from pathlib import Path

from django.conf import settings

from myosotis.ops.settings_page import page

PAGE = Path(__file__).resolve().parents[3] / "docs" / "settings.md"


def test_the_page_of_settings_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(type(settings.MYOSOTIS)), (
        "run `myosotis settings > docs/settings.md`"
    )


def test_every_setting_says_what_it_is() -> None:
    config = type(settings.MYOSOTIS)
    assert [name for name, field in config.model_fields.items() if not field.description] == []
