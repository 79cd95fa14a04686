"""What we agreed on about models, as tests."""

import re
from pathlib import Path

import pytest
from django.apps import apps

import reviews

ROOT = Path(reviews.__file__).parent
MODELS = list(apps.get_app_config("reviews").get_models())


def words_of_the_glossary() -> set[str]:
    rows = re.findall(
        r"^\| \*\*(.+?)\*\* \|", (ROOT / "README.md").read_text(), re.MULTILINE
    )
    return {row.replace(" ", "") for row in rows}


def test_every_model_is_gathered_so_that_django_finds_it():
    written = {
        name
        for pattern in ("*/models.py", "*/models/*.py")
        for file in ROOT.glob(pattern)
        for name in re.findall(
            r"^class (\w+)\((?:models\.Model|AbstractUser)\)",
            file.read_text(),
            re.MULTILINE,
        )
    }

    assert written == {model.__name__ for model in MODELS}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_model_is_defined_in_words_and_stands_in_the_glossary(model):
    assert model.__doc__
    assert not model.__doc__.startswith(f"{model.__name__}("), (
        "that docstring is Django's"
    )
    assert model.__name__.lower() in words_of_the_glossary()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_model_orders_its_rows_by_itself(model):
    assert not model._meta.ordering
