"""What a draft has to pass, whichever engine wrote it."""

import hashlib

import msgspec
import pytest

from reviews.dreams import checks
from reviews.dreams.engines import Head
from reviews.memory import plans
from reviews.proposals.drafts import Draft, DraftOperation, Quote
from tests.dreams.factories import a_dreaming_store

pytestmark = pytest.mark.django_db

EMPTY = Head(number=0, texts={})


def a_quote(number=0, start=0, end=13, **fields):
    said = f"Error: amount {number} exceeds the order's total"[start:end]
    return Quote(
        agent="shop",
        trace=f"refund-{number}",
        step=2,
        start=start,
        end=end,
        sha256=fields.pop("sha256", hashlib.sha256(said.encode()).hexdigest()),
        **fields,
    )


def a_draft(*quotes, **fields):
    fields.setdefault(
        "operations", (DraftOperation(kind="add", path="/tools.md", after="Mind it."),)
    )
    fields.setdefault("fingerprint", "f1")
    return Draft(
        family="mistake",
        kind="constraint",
        title="Mind it.",
        quotes=quotes or (a_quote(0), a_quote(1)),
        **fields,
    )


@pytest.fixture
def store():
    return a_dreaming_store(runs=4)


def refusal(store, draft, head=EMPTY):
    passed, refused = checks.check([draft], store=store, head=head)
    assert passed == []
    return refused[0].code


def test_quotes_are_sliced_by_their_offsets_and_say_whose_word_they_are(store):
    claimed = a_quote(0, provenance="person", person="nobody")

    (draft,), _ = checks.check([a_draft(claimed, a_quote(1))], store=store, head=EMPTY)

    assert [quote.text for quote in draft.quotes] == ["Error: amount"] * 2
    assert draft.quotes[0].provenance == "tool"
    assert draft.quotes[0].person == "person-0"


@pytest.mark.parametrize(
    "quote",
    [
        a_quote(1, sha256="0" * 64),  # not what the engine saw
        a_quote(1, start=5, end=5_000),  # beyond the step
        a_quote(99),  # no such trace
        msgspec.structs.replace(a_quote(1), step=70),  # no such step
        msgspec.structs.replace(a_quote(1), agent="another"),
        a_quote(1, stance="against"),
        a_quote(0, start=1, end=5),  # the same group again
    ],
)
def test_a_draft_needs_a_verbatim_quote_from_each_of_two_groups(store, quote):
    assert refusal(store, a_draft(a_quote(0), quote)) == "unquotable"


def test_a_quote_that_does_not_hold_is_dropped_and_the_rest_carries_the_draft(store):
    draft = a_draft(a_quote(0), a_quote(1), a_quote(2, sha256="0" * 64))

    (passed,), _ = checks.check([draft], store=store, head=EMPTY)

    assert [quote.trace for quote in passed.quotes] == ["refund-0", "refund-1"]


def test_the_same_thing_twice_in_one_dream_is_proposed_once(store):
    passed, refused = checks.check([a_draft(), a_draft()], store=store, head=EMPTY)

    assert (len(passed), refused[0].code) == (1, "duplicate")


def test_a_rule_as_long_as_a_page_is_refused(store):
    long = DraftOperation(
        kind="add", path="/tools.md", after="word " * checks.LONGEST_RULE
    )

    assert refusal(store, a_draft(operations=(long,))) == "too-long"


def test_a_memory_that_would_outgrow_its_limit_is_left_as_it_is(store):
    full = Head(number=1, texts={"/tools.md": "x" * plans.MAX_SIZE})

    assert refusal(store, a_draft(), full) == "memory-full"


def test_no_dream_proposes_more_than_people_can_read(store):
    drafts = [a_draft(fingerprint=f"f{number}") for number in range(53)]

    passed, refused = checks.check(drafts, store=store, head=EMPTY)

    assert len(passed) == checks.MOST_DRAFTS
    assert {one.code for one in refused} == {"too-many"}


def test_a_dream_that_deletes_beyond_the_stores_limit_is_held_for_people(store):
    store.deletion_limit = 1
    gone = DraftOperation(kind="delete", path="/tools.md", rule="r1", before="Old.")
    drafts = [a_draft(fingerprint="kept")]
    drafts += [a_draft(fingerprint=f"f{n}", operations=(gone,)) for n in range(2)]

    passed, _ = checks.check(drafts, store=store, head=EMPTY)

    assert [draft.flags for draft in passed] == [(), ("mass-change",), ("mass-change",)]


class Counter:
    def recount(self, digests, drafts):
        groups = float(len(list(digests)))
        return [{"groups": groups} for _ in drafts]


def test_an_engine_that_can_count_again_is_held_to_it():
    right = a_draft(counts={"groups": 2.0})
    wrong = a_draft(counts={"groups": 3.0}, fingerprint="f2")

    passed, refused = checks.recount(Counter(), [right, wrong], [b"a", b"b"])

    assert passed == [right]
    assert refused[0].code == "miscounted"
    assert "groups" in refused[0].reason


def test_an_engine_that_cannot_count_again_is_believed():
    assert checks.recount(object(), [a_draft()], []) == ([a_draft()], [])
