"""Two states of a store become drafts that lose nothing and invent nothing."""

import random
from collections import Counter
from itertools import pairwise

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reviews.dreams import differences
from reviews.dreams.differing import files, support
from reviews.dreams.differing.files import Piece
from reviews.memory import blame, diffs, edits, rules
from reviews.memory.edits import Change
from reviews.proposals.drafts import Draft, DraftOperation, Quote
from tests.memory import histories
from tests.memory.documents import SENTENCES, edited

BILLING = """\
# Billing

Be kind to whoever writes.

## Refunds

- Ask for the order number before anything else.
- Refund within 14 days of the purchase.
- Never refund twice for one order.

## Invoices

- Send invoices by mail to the address on file.
- Keep a copy of every invoice.
"""
PATH = "/billing.md"
QUOTE = Quote(agent="a", trace="t", step=1, start=0, end=3, sha256="x")


def head(**texts):
    return {
        f"/{name}.md": blame.begin(text, path=f"/{name}.md", number=1)
        for name, text in texts.items()
    }


def found(after, before=BILLING, at_head=None):
    """The drafts that lead from one text to another, on a head that may be a third."""
    return differences.between(
        head(billing=before if at_head is None else at_head),
        {PATH: before},
        {} if after is None else {PATH: after},
        source="The hosted dream",
    )


def kinds(difference):
    return [draft.kind for draft in difference.drafts]


def approve(memories, drafts):
    """The texts once these drafts are approved, each written against the same base."""
    base = {path: memory.text for path, memory in memories.items()}
    for number, draft in enumerate(drafts, 2):
        changes = [
            Change(**msgspec.structs.asdict(operation))
            for operation in draft.operations
        ]
        whole = changes[0].kind == "edit" and not changes[0].rule
        if whole:
            path = changes[0].path
            piece = Piece(kind=draft.kind, changes=tuple(changes))
            texts = {path: files._after(base[path], memories[path], piece, path)}
            renames = {}
        else:
            applied = edits.apply(memories, changes)
            texts, renames = applied.texts, applied.renames
        for old, new in renames.items():
            memories[new] = memories.pop(old)
        for path, text in texts.items():
            if text is None:
                del memories[path]
            elif path in memories:
                diff = diffs.compare(memories[path].text, text)
                memories[path] = blame.carry(
                    memories[path], text, diff, path=path, number=number
                )
            else:
                memories[path] = blame.begin(text, path=path, number=number)
    return {path: memory.text for path, memory in memories.items()}


def test_each_changed_rule_is_a_draft_of_its_own():
    after = (
        BILLING.replace("14 days", "30 days")
        .replace("- Keep a copy of every invoice.\n", "")
        .replace("- Never", "- Name the card that was charged.\n- Never")
    )

    difference = found(after)

    assert sorted(kinds(difference)) == ["added", "removed", "reworded"]
    assert [d.title for d in difference.drafts if d.kind == "removed"] == [
        "Delete: Keep a copy of every invoice."
    ]
    (reworded,) = [d for d in difference.drafts if d.kind == "reworded"]
    assert "Numbers change." in reworded.because
    assert not difference.collapsed


def test_two_rules_made_one_are_one_draft_with_the_deletion_in_it():
    after = BILLING.replace(
        "- Send invoices by mail to the address on file.\n- Keep a copy of every invoice.\n",
        "- Send invoices by mail to the address on file and keep a copy of every invoice.\n",
    )

    (draft,) = found(after).drafts

    assert draft.kind == "merged"
    assert [operation.kind for operation in draft.operations] == ["edit", "delete"]


def test_order_and_layout_alone_are_one_draft_and_no_words_change():
    one, two = (
        "- Ask for the order number before anything else.\n",
        ("- Refund within 14 days of the purchase.\n"),
    )
    after = BILLING.replace(one + two, two + one).replace("## Invoices", "## Bills")

    (draft,) = found(after).drafts

    assert draft.kind == "reorganised"
    (operation,) = draft.operations
    assert Counter(r.text for r in rules.split(operation.after)) == Counter(
        r.text for r in rules.split(operation.before)
    )


def test_a_dream_that_rewrites_most_rules_is_said_to_collapse_them():
    difference = found("# Billing\n\n- Be helpful.\n")

    assert difference.collapsed
    assert (difference.before.rules, difference.after.rules) == (6, 1)
    assert difference.after.tokens < difference.before.tokens


def test_what_the_head_changed_in_the_meantime_is_kept():
    after = BILLING.replace("14 days", "30 days")
    now = BILLING.replace("Keep a copy", "Keep two copies")

    difference = found(after, at_head=now)

    assert kinds(difference) == ["reworded"]
    assert approve(head(billing=now), difference.drafts)[PATH] == now.replace(
        "14 days", "30 days"
    )
    assert not difference.both


def test_a_place_that_both_sides_changed_is_named():
    difference = found(
        BILLING.replace("14 days", "30 days"), at_head=BILLING.replace("14", "7")
    )

    assert difference.both == (PATH,)
    assert "changed here in the meantime" in difference.drafts[0].because


def test_files_come_go_and_are_renamed():
    memories = head(one="- Say one.\n", two="- Say two.\n", old="- Say the same.\n")
    before = {path: memory.text for path, memory in memories.items()}
    after = {"/two.md": "- Say two.\n", "/new.md": "- Say the same.\n", "/x/y": "three"}

    difference = differences.between(memories, before, after, source="Somebody")

    assert sorted(kinds(difference)) == ["added", "removed", "renamed"]
    assert approve(memories, difference.drafts) == after


def test_a_rule_that_moves_to_another_memory_is_one_matter():
    memories = head(one="- Stay here.\n- Go over there.\n", two="- Say two.\n")
    before = {path: memory.text for path, memory in memories.items()}
    after = {"/one.md": "- Stay here.\n", "/two.md": "- Say two.\n- Go over there.\n"}

    difference = differences.between(memories, before, after, source="Somebody")

    assert kinds(difference) == ["moved"]
    assert approve(memories, difference.drafts) == after


def test_a_change_keeps_its_fingerprint_when_only_endings_differ():
    one = found(BILLING.replace("14 days", "30 days")).drafts[0]
    same = found(BILLING.replace("14 days", "30 day")).drafts[0]
    other = found(BILLING.replace("14 days", "60 days")).drafts[0]

    assert one.fingerprint == same.fingerprint != other.fingerprint


def pattern(text, **fields):
    return Draft(
        fingerprint="p",
        family="mistake",
        kind="error-fix",
        title=text,
        operations=(DraftOperation(kind="add", path=PATH, after=text),),
        quotes=(QUOTE,),
        counts={"groups": 7},
        confidence=0.95,
        **fields,
    )


def test_a_change_that_the_traces_show_too_has_their_quotes():
    after = BILLING.replace(
        "- Never", "- Pass `order_id` with its hash sign to the order tool.\n- Never"
    )
    difference = found(after)
    known = pattern("Always pass `order_id` with the leading hash sign.")

    (draft,) = support.supported(difference.drafts, [known])

    assert draft.counts == {"groups": 7}
    assert draft.quotes == known.quotes
    assert "unsupported" not in draft.flags
    assert draft.confidence <= support.MOST_CONFIDENT


def test_a_change_that_no_trace_shows_says_so():
    after = BILLING.replace("- Never", "- Greet people by their first name.\n- Never")
    known = pattern("Always pass `order_id` with the leading hash sign.")

    (draft,) = support.supported(found(after).drafts, [known])

    assert draft.flags == ("unsupported",)
    assert not draft.quotes


@given(edited(), st.randoms(use_true_random=False))
def test_all_pieces_in_any_order_give_the_new_text(pair, chance):
    old, new = pair
    assume(old.strip() and new.strip())
    memory = blame.begin(old, path=PATH, number=1)

    pieces = files.pieces(memory, new, PATH)
    chance.shuffle(pieces)

    assert files.applied(memory, pieces, PATH) == new


@st.composite
def lists(draw):
    """A list of bullets under headings, and what a dream could make of it."""
    said = draw(st.lists(SENTENCES, min_size=3, max_size=9, unique=True))
    chance = draw(st.randoms(use_true_random=False))
    new = [s for s in said if chance.random() > 0.2]
    new = [f"{s} again" if chance.random() < 0.2 else s for s in new]
    for extra in draw(st.lists(SENTENCES, max_size=3, unique=True)):
        new.insert(chance.randint(0, len(new)), f"also {extra}")
    assume(new)
    text = "# Rules\n\n{}".format
    return (
        text("".join(f"- {s}\n" for s in said)),
        text("".join(f"- {s}\n" for s in new)),
        chance,
    )


@given(lists())
def test_a_list_is_taken_apart_rule_by_rule_and_put_together_in_any_order(found):
    old, new, chance = found
    memory = blame.begin(old, path=PATH, number=1)

    pieces = files.pieces(memory, new, PATH)
    chance.shuffle(pieces)

    assert files.applied(memory, pieces, PATH) == new


@histories.NEEDED[0]
@histories.NEEDED[1]
@pytest.mark.parametrize("file", histories.HISTORIES, ids=histories.name)
def test_real_histories_are_reproduced_to_the_byte(file, record_property):
    states = [text for text in histories.contents(file) if text.strip()]
    chance = random.Random(7)
    pairs = whole = 0
    # Every fifth: all 230 pairs are exact, and take two minutes.
    for old, new in [*pairwise(states)][::5]:
        if old == new:
            continue
        memory = blame.begin(old, path=PATH, number=1)
        pieces = files.pieces(memory, new, PATH)
        chance.shuffle(pieces)
        pairs += 1
        whole += len(pieces) == 1 and pieces[0].changes[0].after == new
        assert files.applied(memory, pieces, PATH) == new
    record_property(
        "figure", f"{histories.name(file)}: {pairs} of {pairs} exact, {whole} whole"
    )
