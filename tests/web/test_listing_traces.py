"""The list of traces: narrowed by what people know of a run, paged by key, flat in queries."""

import base64
import re
from datetime import UTC, datetime, timedelta
from itertools import chain, count

import pytest

from reviews.dreams import episodes
from reviews.traces import intake
from reviews.traces.search import SIZE
from reviews.traces.steps import Record, Step
from tests import factories
from tests.dreams.factories import a_failing_run, import_runs
from tests.web.conftest import htmx

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def agent(team):
    return factories.an_agent(team, "billing")


def runs(agent, *records):
    """Runs of an agent, each told by what differs from the plain one."""
    plain = {"steps": [Step(0, "message", "person", "Hello.")], "format": "own"}
    results = intake.accept(
        agent, [Record(**(plain | record)) for record in records], by=factories.SETUP
    )
    assert {result.status for result in results} == {"stored"}


def many(agent, count):
    """Runs of which every three happened at one moment, so that keys must break ties."""
    runs(
        agent,
        *(
            {
                "external_id": f"run-{n:03}",
                "started_at": (NOON + timedelta(minutes=n // 3)).isoformat(),
            }
            for n in range(count)
        ),
    )


def names(answer):
    """The runs on the page, as it prints them."""
    assert answer.status_code == 200
    return re.findall(r'<span class="list__sub">([^<·]+)', answer.content.decode())


def way(answer, rel):
    """Where the button to the next or the previous page leads."""
    found = re.search(rf'href="(\?[^"]+)" rel="{rel}"', answer.content.decode())
    return found and f"/traces/{found[1].replace('&amp;', '&')}"


def walked(client, answer, rel):
    """Every page from this one on, in one direction."""
    pages = [names(answer)]
    while address := way(answer, rel):
        answer = client.get(address)
        pages.append(names(answer))
    return pages, answer


# What it shows


def test_a_row_says_who_ran_for_whom_and_how_it_ended(as_vera, agent):
    steps = [
        Step(0, "message", "person", "Refund me.", tokens=40),
        Step(1, "tool_call", "agent", "{}", tool="refund"),
        Step(2, "tool_result", "tool", "Error: no.", error=True),
    ]
    runs(
        agent,
        {
            "external_id": "run-1",
            "title": "A refund <b>",
            "steps": steps,
            "person": "dana",
            "outcome": "failure",
            "started_at": NOON.isoformat(),
        },
    )

    page = as_vera.get("/traces/").content.decode()
    cells = re.findall(r"<td[^>]*>(.*?)</td>", page, re.DOTALL)

    assert "A refund &lt;b&gt;" in cells[0]
    assert "run-1" in cells[0]
    assert cells[1:3] == ["billing", "dana"]
    assert "Failure" in cells[3]
    assert cells[4:8] == ["3", "1", "1", "40"]
    assert "2026-11-20" in cells[8]


def test_the_newest_run_comes_first(as_vera, agent):
    many(agent, 4)

    assert names(as_vera.get("/traces/")) == [
        "run-003",
        "run-002",
        "run-001",
        "run-000",
    ]


def test_without_traces_it_offers_to_import_some(as_ada):
    page = as_ada.get("/traces/").content.decode()

    assert "No traces yet" in page
    assert 'href="/begin/"' in page


def test_a_viewer_reads_it_and_another_team_sees_none_of_it(as_vera, as_eve, agent):
    many(agent, 2)

    assert len(names(as_vera.get("/traces/"))) == 2
    assert names(as_eve.get("/traces/")) == []
    assert (
        "billing"
        not in as_eve.get("/traces/?agent=billing")
        .content.decode()
        .split('id="rows"')[1]
    )


# Filters


@pytest.fixture
def varied(team, agent):
    support = factories.an_agent(team, "support")
    zebra = [Step(0, "message", "person", "Refund my zebra.")]
    runs(
        agent,
        {
            "external_id": "one",
            "person": "dana",
            "outcome": "success",
            "started_at": "2026-11-18T23:59:59+00:00",
        },
        {
            "external_id": "two",
            "person": "erin",
            "outcome": "failure",
            "steps": zebra,
            "started_at": "2026-11-19T00:00:00+00:00",
        },
    )
    runs(
        support,
        {
            "external_id": "three",
            "person": "dana",
            "started_at": "2026-11-20T23:59:59Z",
        },
    )


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["three", "two", "one"]),
        ("agent=billing", ["two", "one"]),
        ("agent=nobody", []),
        ("outcome=success", ["one"]),
        ("outcome=failure", ["two"]),
        ("outcome=unknown", ["three"]),
        ("person=dana", ["three", "one"]),
        ("from=2026-11-19", ["three", "two"]),
        ("to=2026-11-19", ["two", "one"]),
        ("to=2026-11-20", ["three", "two", "one"]),
        ("from=2026-11-19&to=2026-11-19", ["two"]),
        ("q=zebra", ["two"]),
        ("q=zebra+-refund", []),
        ("q=two", ["two"]),
        ("agent=billing&person=dana&outcome=success", ["one"]),
        ("from=yesterday", ["three", "two", "one"]),
        ("to=9999-12-31", ["three", "two", "one"]),
        ("from=9999-12-31", []),
    ],
)
def test_it_is_narrowed_by_agent_outcome_person_date_and_words(
    as_vera, varied, asked, found
):
    assert names(as_vera.get(f"/traces/?{asked}")) == found


def test_the_filters_stand_in_the_form_as_they_were_asked_for(as_vera, varied):
    page = as_vera.get(
        "/traces/?agent=billing&outcome=failure&person=erin&from=2026-11-01&q=%22a%22"
    ).content.decode()

    assert "<option selected>billing</option>" in page
    assert '<option value="failure" selected>' in page
    assert 'name="person" value="erin"' in page
    assert 'name="from" value="2026-11-01"' in page
    assert 'name="q" value="&quot;a&quot;"' in page


def test_where_nothing_matches_it_says_so_and_leads_back_to_all(as_vera, varied):
    page = as_vera.get("/traces/?q=giraffe").content.decode()

    assert "No trace matches" in page
    assert re.search(r'href="/traces/"[^>]*>\s*Show all', page)


def test_typing_into_the_filter_brings_only_the_rows(as_vera, varied):
    answer = htmx(as_vera.get, "/traces/?q=zebra")

    assert names(answer) == ["two"]
    assert "<html" not in answer.content.decode()


# Pages


def test_older_and_newer_lead_through_every_run_once(as_vera, agent):
    many(agent, 2 * SIZE + 11)
    expected = [f"run-{n:03}" for n in reversed(range(2 * SIZE + 11))]

    down, last = walked(as_vera, as_vera.get("/traces/"), "next")
    up, first = walked(as_vera, last, "prev")

    assert [len(page) for page in down] == [SIZE, SIZE, 11]
    assert [*chain(*down)] == expected
    assert [*chain(*reversed(up))] == expected
    assert way(first, "prev") is None


def test_what_arrives_meanwhile_moves_no_row_to_another_page(as_vera, agent):
    many(agent, SIZE + 5)
    first = as_vera.get("/traces/")
    late = {"external_id": "late", "started_at": (NOON + timedelta(days=1)).isoformat()}
    runs(agent, late)

    older = as_vera.get(way(first, "next"))

    assert names(first) + names(older) == [
        f"run-{n:03}" for n in reversed(range(SIZE + 5))
    ]
    assert names(as_vera.get(way(older, "prev"))) == names(first)


def test_a_page_keeps_the_filters(as_vera, team, agent):
    many(agent, SIZE + 2)
    runs(factories.an_agent(team, "support"), {"external_id": "other"})

    older = as_vera.get(way(as_vera.get("/traces/?agent=billing"), "next"))

    assert names(older) == ["run-001", "run-000"]
    assert "<option selected>billing</option>" in older.content.decode()


def key(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "page",
    [
        "older-nonsense",
        "newer-nonsense",
        "7",
        "older-",
        "%F0%9F%A6%93",
        f"older-{key('2026-11-20T12:00:00+00:00 twelve')}",
        f"newer-{key('0001-01-01T00:00:00+23:00 1')}",
    ],
)
def test_a_page_that_never_was_is_refused_in_words(as_vera, agent, page):
    many(agent, 2)

    answer = as_vera.get(f"/traces/?page={page}")
    toast = htmx(as_vera.get, f"/traces/?page={page}")

    assert answer.status_code == 422
    assert "page&#x27;s key cannot be read" in answer.content.decode()
    assert toast.status_code == 422
    assert toast["HX-Retarget"] == "#flash"


def test_words_of_a_summary_find_its_run_as_well(as_vera, as_eve, agent):
    import_runs(agent, a_failing_run(1, tool="cancel_booking"), a_failing_run(2))
    assert names(as_vera.get("/traces/?q=recovered+cancel_booking")) == []
    episodes.catch_up()

    answer = as_vera.get("/traces/?q=made+cancel_booking")

    assert names(answer) == ["cancel_booking-1"]
    assert "The agent made 2 calls" in answer.content.decode()
    assert names(as_eve.get("/traces/?q=made+cancel_booking")) == []


def test_it_is_narrowed_to_what_an_evaluator_found(as_vera, as_eve, agent):
    factories.a_trace(agent, "All is well.")
    import_runs(agent, a_failing_run(1))
    episodes.catch_up()

    page = as_vera.get("/traces/?score=tool_error&agent=billing")

    assert names(page) == ["refund-1"]
    assert '<option value="tool_error" selected>' in page.content.decode()
    assert names(as_vera.get("/traces/?score=loop")) == []
    assert names(as_vera.get("/traces/?score=no%20such'score")) == []
    assert names(as_eve.get("/traces/?score=tool_error")) == []


def test_a_longer_list_costs_no_more_queries(agent, flat_queries):
    flat_queries("/traces/", lambda: factories.a_trace(agent))


def test_nor_does_a_search_for_words(agent, flat_queries):
    flat_queries("/traces/?q=euros", lambda: factories.a_trace(agent), most=24)


def test_nor_does_one_narrowed_by_score(agent, flat_queries):
    numbers = count()

    def add():
        import_runs(agent, a_failing_run(next(numbers)))
        episodes.catch_up()

    flat_queries("/traces/?score=tool_error", add, most=18)


def test_the_words_of_a_search_go_along_into_the_run(as_vera, agent):
    trace = factories.a_trace(agent, "Refund & more, please.")

    page = as_vera.get("/traces/", {"q": "refund & more"}).content.decode()

    assert f'href="/traces/{trace.pk}/?q=refund%20%26%20more"' in page
    assert f'href="/traces/{trace.pk}/"' in as_vera.get("/traces/").content.decode()
