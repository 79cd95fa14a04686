"""What a tool could have told must not be asked of the person, nor denied to them."""

import re

from hypothesis import given
from hypothesis import strategies as st

from reviews.dreams.mining import lacks
from tests.dreams.stories import call, dream, run, says
from tests.dreams.test_mistakes import only

ANSWER = (
    '{"user":"ann_li_12","bookings":["BK7Q21","BK9R02"],"payment":{"kind":"gift_card"}}'
)
LOST = [says("Cancel my trip."), says("I don't have the booking ID with me right now.")]
FOUND = [
    *LOST,
    call("get_user", {"user": "ann_li_12"}, ANSWER),
    call("cancel", {"booking_id": "BK7Q21"}),
]
INSISTING = [*LOST, says("Then I cannot help you.", "agent")]


def runs(times, *told, start=0, outcome=""):
    return [
        run(f"r{start + n}", *told, outcome=outcome, group=f"task-{start + n}")
        for n in range(times)
    ]


def test_who_lacks_a_value_is_not_asked_again_where_a_tool_tells_it():
    draft = only(
        dream([
            *runs(4, *INSISTING, outcome="failure"),
            *runs(5, *FOUND, start=10, outcome="success"),
        ]),
        "lookup",
    )  # fmt: skip

    assert draft.title == (
        "When the person does not have `booking_id`, call `get_user` with what they do"
        " have: its answers hold it. Do not insist on it."
    )
    assert draft.counts["groups"] == 4
    assert {quote.provenance for quote in draft.quotes if quote.stance == "for"} == {
        "person"
    }


def test_where_looking_it_up_does_not_help_nothing_is_proposed():
    outcome = dream([
        *runs(4, *INSISTING, outcome="success"),
        *runs(5, *FOUND, start=10, outcome="failure"),
    ])  # fmt: skip

    assert {one.code for one in outcome.refused if one.kind == "lookup"} == {
        "no-difference"
    }


def test_a_value_that_people_bring_themselves_is_nobodys_to_look_up():
    said = [says("Cancel BK7Q21."), call("cancel", {"booking_id": "BK7Q21"})]

    assert dream([*runs(4, *INSISTING), *runs(5, *said, start=10)]).drafts == ()


def test_what_a_person_does_have_is_not_what_they_lack():
    has = says("I don't have my user name, but the booking ID is BK7Q21.")

    assert dream([*runs(4, has), *runs(5, *FOUND, start=10)]).drafts == ()


def test_an_agent_must_not_deny_what_a_tool_answers():
    denied = [
        says("How much is left?"),
        says("I'm unable to access your gift card balance.", "agent"),
    ]
    draft = only(dream([*runs(3, *denied), *runs(5, *FOUND, start=10)]), "lookup")

    assert draft.title == (
        "When you are about to say that you cannot get at `gift_card`, call `get_user`"
        " first: its answers hold it."
    )
    assert {quote.provenance for quote in draft.quotes if quote.stance == "for"} == {
        "agent"
    }


def test_an_agent_that_looked_may_say_that_it_is_not_there():
    looked = [
        call("get_user", {"user": "ann_li_12"}, ANSWER),
        says("I cannot see your gift card.", "agent"),
    ]

    assert dream(runs(5, *looked)).drafts == ()


@given(
    st.lists(
        st.sampled_from(['"', "order_id", "orderId", "id", " ", "_b", "7", "Q", "a1"])
    )
)
def test_the_names_of_an_answer_are_its_words_between_quotation_marks(parts):
    answer = "{" + "".join(parts)
    name = r'"([a-z][a-z0-9]*(?:_[a-z][a-z0-9]*){1,3}|[a-z]+(?:[A-Z][a-z0-9]+){1,3})"'

    named = {lacks.plain(one) for one in re.findall(name, answer)}

    assert lacks.names_in(answer) == tuple(sorted(named))
