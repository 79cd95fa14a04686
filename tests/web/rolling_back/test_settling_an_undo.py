"""What an undo meets in its way is settled by whoever undoes, and no word is lost."""

import re

import pytest

from tests.factories import an_add, an_edit
from tests.web.rolling_back.conftest import (
    PAGE,
    START,
    applied,
    form_of,
    previewed,
    rules,
    shown,
    side_in,
    state,
)

pytestmark = pytest.mark.django_db


# Conflicts of an undo


def test_a_conflict_is_shown_with_both_sides(as_ada, store, disputed):
    page = previewed(as_ada, f"undo={disputed.name}")
    conflict = page.split("Conflict in /rules.md")[1].split("</fieldset>")[0]

    assert "line 3" in conflict
    head, back = re.findall(r"<pre[^>]*>(.*?)</pre>", conflict, re.DOTALL)
    assert head.strip() == "- Amounts are in EUR, with cents."
    assert back.strip() == "- Amounts are in euros."
    radios = re.findall(r'type="radio" name="side-(\w+)" value="(\w+)"', conflict)
    assert [side for _, side in radios] == ["theirs", "ours", "base", "write"]
    assert len({key for key, _ in radios}) == 1


def test_a_conflict_that_nobody_settled_is_refused(as_ada, store, disputed):
    form = form_of(previewed(as_ada, f"undo={disputed.name}"), reason="Cents no more.")

    page = shown(as_ada.post(PAGE, form), 409)

    assert "/rules.md changed later in the same place." in page
    assert form_of(page)["reason"] == ["Cents no more."]
    assert state(disputed) == "applied"


@pytest.mark.parametrize(
    ("side", "amounts"),
    [
        ("theirs", "Amounts are in euros."),
        ("ours", "Amounts are in EUR, with cents."),
        ("base", "Amounts are in EUR."),
    ],
)
def test_the_chosen_side_of_a_conflict_is_what_stands(
    as_ada, store, disputed, side, amounts
):
    page = previewed(as_ada, f"undo={disputed.name}")
    form = form_of(page, reason="So be it.")

    answer = as_ada.post(PAGE, {**form, side_in(page): side})

    if side == "ours":
        assert "Nothing of version 2 is left to take back." in shown(answer, 409)
    else:
        assert answer.status_code == 303
    assert rules(store) == START.replace("Amounts are in euros.", amounts)


def test_a_choice_survives_a_refusal(as_ada, store, disputed):
    page = previewed(as_ada, f"undo={disputed.name}")
    form = form_of(page, reason="")

    page = shown(as_ada.post(PAGE, {**form, side_in(page): "theirs"}), 422)

    assert form_of(page)[side_in(page)] == ["theirs"]


def test_a_choice_is_bound_to_the_sides_that_were_shown(as_ada, store, disputed):
    page = previewed(as_ada, f"undo={disputed.name}")
    form = form_of(page, reason="Back.")
    applied(
        store, an_edit("Amounts are in EUR, with cents.", "Amounts are in dollars.")
    )

    page = shown(as_ada.post(PAGE, {**form, side_in(page): "theirs"}), 409)

    assert "has moved to v4 since you looked" in page
    assert "Amounts are in dollars." in page
    assert "dollars" in rules(store)
    assert side_in(page) not in form_of(page)


def test_a_side_that_does_not_exist_settles_nothing(as_ada, store, disputed):
    page = previewed(as_ada, f"undo={disputed.name}")
    form = form_of(page, reason="Back.")

    answer = as_ada.post(PAGE, {**form, side_in(page): "mine", "side-": "ours"})

    assert answer.status_code == 409
    assert state(disputed) == "applied"


# Conflicts, settled in one's own words


def test_what_somebody_writes_for_a_conflict_is_what_stands(as_ada, store, disputed):
    page = previewed(as_ada, f"undo={disputed.name}")
    key = side_in(page).removeprefix("side-")
    form = form_of(page, reason="Neither is right.")
    chosen = {f"side-{key}": "write", f"text-{key}": "- Amounts are in cents."}

    assert as_ada.post(PAGE, {**form, **chosen}).status_code == 303

    assert rules(store) == START.replace(
        "Amounts are in euros.", "Amounts are in cents."
    )


def test_typed_words_and_choices_survive_a_head_that_moved_elsewhere(
    as_ada, store, disputed
):
    page = previewed(as_ada, f"undo={disputed.name}")
    key = side_in(page).removeprefix("side-")
    form = form_of(page, reason="Neither is right.")
    chosen = {f"side-{key}": "write", f"text-{key}": "- Amounts <are> in cents."}
    applied(store, an_add("Numbers have no commas."))

    page = shown(as_ada.post(PAGE, {**form, **chosen, "bound": "old"}), 409)

    assert form_of(page)[f"side-{key}"] == ["write"]
    assert "- Amounts &lt;are&gt; in cents.</textarea>" in page
    assert "cents.\n" in rules(store)
