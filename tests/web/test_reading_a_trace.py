"""Reading one run: quotes where they were taken, long texts folded, nothing obeyed."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.dreams.models import Signal
from reviews.proposals.models import Evidence
from reviews.traces import bodies, intake, readings
from reviews.traces.models import Trace, TraceBody
from reviews.traces.steps import Record, Step
from reviews.web.views import traces
from tests import factories
from tests.web.conftest import htmx

pytestmark = pytest.mark.django_db

LONG = "".join(f"line {n}\n" for n in range(400))
HUGE = "A body too long to be sent unasked. " + "lorem ipsum " * 2_000


@pytest.fixture
def agent(team):
    return factories.an_agent(team, "billing")


@pytest.fixture
def store(team):
    return factories.a_store(team, "support")


def said(text, actor="person", **fields):
    return {"kind": "message", "actor": actor, "text": text} | fields


def called(text="{}", tool="refund", **fields):
    return {"kind": "tool_call", "actor": "agent", "tool": tool, "text": text} | fields


def answered(text, tool="refund", **fields):
    return {"kind": "tool_result", "actor": "tool", "tool": tool, "text": text} | fields


def a_run(agent, *steps, **fields):
    """A run of these steps, each told without its number."""
    record = Record(
        external_id=fields.pop("name", "run-1"),
        steps=[Step(index=n, **step) for n, step in enumerate(steps)],
        format="own",
        **fields,
    )
    (result,) = intake.accept(agent, [record], by=factories.SETUP)
    return Trace.objects.get(pk=result.trace)


def quoting(store, trace, *words, **fields):
    """The evidence of a proposal that quotes these words of the run."""
    quotes = tuple(factories.a_quote(trace, each, **fields) for each in words)
    proposal = factories.a_proposal(store, quotes=quotes)
    return list(Evidence.objects.filter(operation__proposal=proposal).order_by("pk"))


def rewritten(trace, *steps):
    """The run as it would be if what is stored had changed since it was quoted."""
    steps = [Step(index=n, **step) for n, step in enumerate(steps)]
    TraceBody.objects.filter(month=trace.month, trace_id=trace.pk).update(
        document=bodies.packed(bodies.Body(steps))
    )


def read(client, trace, rest=""):
    answer = client.get(f"/traces/{trace.pk}/{rest}")
    assert answer.status_code == 200
    return answer.content.decode()


def step(page, index):
    """What stands between this step's number and the next one's."""
    rest = page.split(f'<li class="step" id="s{index}"')[1]
    return re.split(r'<li class="step"|</ol>|<aside', rest)[0]


def head(part):
    """What stands above a step's text, as the eye reads it."""
    above = part.split("<h3>")[1].split('<div class="step__text')[0]
    return " ".join(re.sub(r"<[^>]+>", " ", above).split())


def body(part):
    """A step's text as the eye reads it."""
    text = part.split('<div class="step__text')[1].split(">", 1)[1].split("</div>")[0]
    text = re.sub(r'<sup class="note">.*?</sup>', "", text)
    return unescape(re.sub(r"<[^>]+>", "", text))


def marks(page):
    """What is marked, in order, with what is lit in brackets."""
    found = re.findall(r'<mark class="quote"([^>]*)>(.*?)</mark>', page)
    return [f"[{text}]" if "data-lit" in how else text for how, text in found]


# The run


def test_the_head_says_who_ran_for_whom_and_how_it_ended(as_vera, agent):
    trace = a_run(
        agent,
        said("Refund me."),
        called(),
        answered("Error: no.", error=True),
        person="dana",
        outcome="failure",
        reward=0.25,
        model="model-9",
        tags=("gold",),
        cost=0.5,
        title="A refund",
    )

    page = read(as_vera, trace)

    assert "<h1>A refund</h1>" in page
    assert "billing, for dana" in page
    assert "3 steps, 1 calls, 1 failed" in page
    for fact in ("run-1", "0.25", "model-9", "gold", "0.5000 $"):
        assert f">{fact}<" in page
    assert "failed" in step(page, 2)


def test_every_step_says_who_speaks_and_what_it_is(as_vera, agent):
    trace = a_run(
        agent,
        said("Be brief.", actor="system"),
        said("Look this up."),
        called(tool="search"),
        answered("A page", tool="search", web=True),
        said("Found it.", actor="agent"),
        {"kind": "stop", "actor": "person", "text": "No, do not send that."},
    )

    page = read(as_vera, trace)

    assert [head(step(page, n)) for n in range(6)] == [
        "system",
        "person",
        "search call",
        "search result from outside",
        "agent",
        "Stopped by a person",
    ]
    assert body(step(page, 5)) == "No, do not send that."


def by_explorer(*texts):
    return [said(text, actor="agent", agent="explorer") for text in texts]


def test_what_a_subagent_did_stands_under_its_name_and_folds(as_vera, agent):
    few = by_explorer("Looking.", "Found it.", "Done.")
    many = by_explorer(*(f"Page {n}." for n in range(20)))
    trace = a_run(agent, said("Go."), *few, said("Again."), *many)

    first, second = read(as_vera, trace).split('<li class="nest">')[1:]

    assert first.startswith("<details open>")
    assert "3 steps, 0 calls" in first
    assert second.startswith("<details><summary>")
    assert "20 steps" in second
    # A link into a nest finds it open.
    asked = read(as_vera, trace, "at/10/").split('<li class="nest">')[2]
    assert asked.startswith("<details open>")


def test_speakers_who_take_turns_are_named_and_not_nested(as_vera, agent):
    turns = [*by_explorer("One."), said("Two.", actor="agent"), *by_explorer("Three.")]
    page = read(as_vera, a_run(agent, *turns))

    assert "nest" not in page.partition('id="steps"')[2]
    assert head(step(page, 2)) == "explorer"


def test_arguments_are_laid_out_for_reading_but_keep_their_letters(as_vera, agent):
    text = '{"order":"ø-1","items":[1,2],"note":"a\\nb","pad":"' + "x" * 80 + '"}'
    trace = a_run(agent, called(text), answered(text))

    page = read(as_vera, trace)

    assert body(step(page, 0)).startswith(
        'order: "ø-1"\nitems: [\n  1,\n  2\n]\nnote:\n  a\n  b\npad: "x'
    )
    assert '"order": "ø-1",\n' in body(step(page, 1))


def test_a_patch_says_line_by_line_what_it_adds_and_deletes(as_vera, agent):
    patch = "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n same\n-old <b>\n+new\n"
    edit = '{"path":"x","old_string":"one\\ntwo\\nend","new_string":"one\\n2\\nend"}'
    trace = a_run(agent, answered(patch), called(edit + " " * 40), answered("- a\n+ b"))

    page = read(as_vera, trace)

    assert "<del>-old &lt;b&gt;\n</del><ins>+new\n</ins>" in step(page, 0)
    assert body(step(page, 0)) == patch
    assert "  one\n<del>- two\n</del><ins>+ 2\n</ins>  end" in step(page, 1)
    assert "<ins>" not in step(page, 2)


def test_calls_made_at_once_are_bracketed_and_their_answers_say_whose_they_are(
    as_vera, agent
):
    at = "2026-01-01T00:00:{:02}+00:00".format
    trace = a_run(
        agent,
        called("a", call="1", at=at(0)),
        called("b", call="2", at=at(1)),
        answered("A", call="1", at=at(10)),
        answered("B", call="2", at=at(3)),
        called("c", call="3", at=at(20)),
    )

    page = read(as_vera, trace)

    assert "2 calls at once" in head(step(page, 0))
    assert 'data-together="last"' in step(page, 1)
    assert "10 s" in head(step(page, 0))
    assert 'data-span="2">2.0 s' in step(page, 1)
    assert "answers step 0" in head(step(page, 2))
    assert "no answer recorded" in head(step(page, 4))
    assert "data-together" not in step(page, 4)


def test_what_was_removed_at_intake_is_counted_and_gone(as_vera, agent):
    key = "AKIAQ3EGRNLZ7WXYZ2AB"
    trace = a_run(agent, said(f"Use {key}, or {key}."))

    page = read(as_vera, trace)

    assert "2 × aws-key" in page
    assert key not in page
    assert body(step(page, 0)) == "Use [redacted:aws-key], or [redacted:aws-key]."
    assert "secrets removed" in as_vera.get("/traces/").content.decode()


def test_it_says_which_version_the_run_read_and_which_it_says_it_read(
    as_vera, agent, store
):
    factories.a_version(store, rules="- One.\n")
    readings.record(agent, store, 1, run="run-1")
    trace = a_run(agent, said("Hello."), read={"handbook": 4})

    facts = " ".join(re.sub(r"<[^>]+>", " ", read(as_vera, trace)).split())

    assert "read support v1" in facts
    assert "says it read handbook v4" in facts


def test_what_evaluators_found_stands_at_its_step(as_vera, agent):
    trace = a_run(agent, said("Hello."), called(), answered("No."))
    Signal.objects.create(
        trace=trace, evaluator="loops", kind="loop", key="k", step=1, note="Six times."
    )

    page = read(as_vera, trace)

    assert re.search(r'title="Six times.">loop</span>', step(page, 1))
    assert "Six times." not in step(page, 0) + step(page, 2)


def test_a_run_whose_body_was_erased_still_says_what_was_quoted(as_vera, agent, store):
    trace = a_run(agent, said("Amounts in euros."))
    (quote,) = quoting(store, trace, "Amounts in euros")
    TraceBody.objects.filter(month=trace.month, trace_id=trace.pk).delete()

    page = read(as_vera, trace)

    assert "No steps" in page
    assert "Text changed since quoted" in page
    assert f'href="/proposals/{quote.operation.proposal_id}/"' in page


# Quotes


def test_a_quote_is_marked_at_its_exact_offsets(as_vera, agent, store):
    trace = a_run(agent, said("In euros? Yes: in euros, <always> in euros."))
    (quote,) = quoting(store, trace, "in euros, <always>")

    page = read(as_vera, trace)

    assert marks(page) == ["in euros, &lt;always&gt;"]
    assert f'Yes: <mark class="quote" id="ev-{quote.pk}"' in page
    assert body(step(page, 0)) == "In euros? Yes: in euros, <always> in euros."
    assert "data-evidence" in step(page, 0)
    assert f'href="#ev-{quote.pk}"' in page
    assert f'href="/proposals/{quote.operation.proposal_id}/"' in step(page, 0)
    assert 'data-jump="next"' in page


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Preis: 5 €, bitte auf Deutsch – immer!", "bitte auf Deutsch – immer"),
        ("😀😀 say 👩\N{ZERO WIDTH JOINER}🚒 twice 😀", "twice 😀"),
        ("日本語で答えてください。毎回。", "毎回"),
        (
            "e\N{COMBINING ACUTE ACCENT}tude: keep it e\N{COMBINING ACUTE ACCENT}",
            "keep it",
        ),
    ],
)
def test_offsets_count_characters_and_not_bytes(as_vera, agent, store, text, words):
    trace = a_run(agent, said(text))
    quoting(store, trace, words)

    page = read(as_vera, trace)

    assert marks(page) == [words]
    assert "changed since quoted" not in page


def test_a_quote_in_arguments_shows_them_as_they_were_received(as_vera, agent, store):
    text = '{"order":"1","note":"' + "x" * 80 + '","amount":12}'
    trace = a_run(agent, called(text))
    quoting(store, trace, '"amount":12')

    page = read(as_vera, trace)

    assert marks(page) == ["&quot;amount&quot;:12"]
    assert body(step(page, 0)) == text


def test_quotes_that_overlap_share_their_middle_and_keep_both_anchors(
    as_vera, agent, store
):
    trace = a_run(agent, said("one two three four five"))
    (first,) = quoting(store, trace, "two three four")
    (second,) = quoting(store, trace, "three four five")
    (inner,) = quoting(store, trace, "three")

    page = read(as_vera, trace)
    part = step(page, 0)

    assert marks(page) == ["two ", "three", " four", " five"]
    assert body(part) == "one two three four five"
    assert set(re.findall(r'id="ev-(\d+)"', part)) == {
        str(each.pk) for each in (first, second, inner)
    }
    for each in (first, second, inner):
        assert part.count(f'id="ev-{each.pk}"') == 1


def test_the_quote_that_was_followed_is_lit_and_no_other(as_vera, agent, store):
    trace = a_run(agent, said("one two three four"), said("five"))
    quoting(store, trace, "one two")
    (second,) = quoting(store, trace, "two three")
    quoting(store, trace, "five")

    assert marks(read(as_vera, trace)) == ["one ", "two", " three", "five"]
    assert marks(read(as_vera, trace, f"?hl={second.pk}")) == [
        "one ",
        "[two]",
        "[ three]",
        "five",
    ]


@pytest.mark.parametrize("hl", ["x", "-1", "9" * 30, "²"])
def test_a_quote_that_is_not_there_lights_nothing(as_vera, agent, hl):
    trace = a_run(agent, said("Hello."))

    assert "data-lit" not in read(as_vera, trace, f"?hl={hl}")


def test_words_that_are_not_there_any_more_are_never_marked(as_vera, agent, store):
    trace = a_run(agent, said("Amounts in euros."), said("Thank you."))
    quoting(store, trace, "Amounts in euros", "Thank you")
    rewritten(trace, said("Amounts in euros."), said("No thank you."))

    page = read(as_vera, trace)

    assert "Text changed since quoted" in page
    assert marks(page) == ["Amounts in euros"]
    assert "text changed since quoted" in step(page, 1)
    assert "text changed since quoted" not in step(page, 0)


def test_every_link_to_a_quote_leads_somewhere(as_vera, agent, store):
    trace = a_run(agent, said("Amounts in euros."), said("Thank you."))
    quoting(store, trace, "Amounts in euros", "Thank you")
    rewritten(trace, said("Amounts in euros."), said("No thank you."))

    page = read(as_vera, trace)

    inside = re.findall(r'href="#([\w-]+)"', page)
    assert inside
    assert [one for one in inside if f'id="{one}"' not in page] == []


def test_a_quote_from_beyond_the_end_is_told_as_changed(as_vera, agent, store):
    trace = a_run(agent, said("Hello."), said("Amounts in euros."))
    (quote,) = quoting(store, trace, "Amounts in euros")
    rewritten(trace, said("Hello."))

    page = read(as_vera, trace)

    assert "Text changed since quoted" in page
    assert f'href="/proposals/{quote.operation.proposal_id}/"' in page


def test_a_quote_against_is_labelled_so(as_vera, agent, store):
    trace = a_run(agent, said("Never in euros."), said("In euros."))
    quotes = (
        factories.a_quote(trace, "In euros"),
        factories.a_quote(trace, "Never in euros", stance="against"),
    )
    factories.a_proposal(store, quotes=quotes)

    page = read(as_vera, trace)

    assert "against" in step(page, 0)
    assert "against" not in step(page, 1)
    assert len(re.findall(r"step \d, against", page)) == 1


def test_quotes_stand_under_the_proposal_that_uses_them(as_vera, agent, store):
    trace = a_run(agent, said("one two"), said("three"))
    first, second = quoting(store, trace, "one", "three")
    (other,) = quoting(store, trace, "two")

    page = read(as_vera, trace)
    card = page.split("Quoted by</h2>")[1].split("Facts</h2>")[0]

    assert re.findall(r'href="(#ev-\d+|/proposals/\d+/)"', card) == [
        f"/proposals/{first.operation.proposal_id}/",
        f"#ev-{first.pk}",
        f"#ev-{second.pk}",
        f"/proposals/{other.operation.proposal_id}/",
        f"#ev-{other.pk}",
    ]


# Long texts


def test_a_long_body_is_folded_and_opens_at_its_own_address(as_vera, agent):
    trace = a_run(agent, said("Read it."), answered(LONG))

    folded, opened = (
        step(read(as_vera, trace), 1),
        step(read(as_vera, trace, "at/1/"), 1),
    )

    assert "<details" in folded
    assert "401 lines" in folded
    assert "line 399" in folded
    assert "<details" not in opened
    assert body(opened) == LONG


def test_a_body_that_was_left_out_is_whole_at_its_own_address(as_vera, agent):
    trace = a_run(agent, said("Read it."), answered(HUGE))

    page = read(as_vera, trace)

    assert HUGE not in page
    assert "A body too long to be sent unasked." in step(page, 1)
    assert 'href="at/1/#s1"' in step(page, 1)
    assert 'hx-get="steps/1/"' in step(page, 1)
    assert body(step(read(as_vera, trace, "at/1/"), 1)) == HUGE


def test_what_was_left_out_comes_alone_when_it_is_opened(as_vera, agent):
    trace = a_run(
        agent, said("Read it."), answered(HUGE + "<b>\N{RIGHT-TO-LEFT OVERRIDE}")
    )

    answer = htmx(as_vera.get, f"/traces/{trace.pk}/steps/1/")
    part = answer.content.decode()

    assert answer.status_code == 200
    assert body(part) == HUGE + "<b>U+202E RIGHT-TO-LEFT OVERRIDE"
    assert "<html" not in part


def test_without_script_it_leads_to_the_page_that_shows_it(as_vera, agent):
    trace = a_run(agent, said("Read it."), answered(HUGE))

    answer = as_vera.get(f"/traces/{trace.pk}/steps/1/")

    assert answer.status_code == 302
    assert answer["Location"] == f"/traces/{trace.pk}/at/1/#s1"


def test_a_quoted_step_is_never_folded_away(as_vera, agent, store):
    trace = a_run(agent, said("Read it."), answered(HUGE), said(LONG))
    quoting(store, trace, "sent unasked")
    quoting(store, trace, "line 399")

    page = read(as_vera, trace)

    assert marks(page) == ["sent unasked", "line 399"]
    assert "<details" not in step(page, 1) + step(page, 2)


def test_thinking_is_folded_until_it_is_asked_for_or_quoted(as_vera, agent, store):
    thought = {"kind": "thinking", "actor": "agent"}
    trace = a_run(
        agent, {**thought, "text": "Hm."}, {**thought, "text": "Aha: in euros."}
    )
    quoting(store, trace, "in euros")

    page = read(as_vera, trace)

    assert 'step__fold">' in step(page, 0)
    assert 'step__fold" open>' in step(page, 1)
    assert 'step__fold" open>' in step(read(as_vera, trace, "at/0/"), 0)


@pytest.mark.parametrize("rest", ["at/2/", "steps/2/", "at/99999999999999999999/"])
def test_a_step_that_the_run_does_not_have_is_not_found(as_vera, agent, rest):
    trace = a_run(agent, said("Hello."), said("Bye."))

    assert as_vera.get(f"/traces/{trace.pk}/{rest}").status_code == 404


def test_a_call_repeated_is_told_once_and_every_step_keeps_its_anchor(as_vera, agent):
    again = [called('{"id":7}'), answered("Error: not found", error=True)]
    trace = a_run(agent, said("Go."), *again * 6, said("I give up.", actor="agent"))

    page = read(as_vera, trace)

    assert "the same again, 10 more steps" in page
    assert page.count("Error: not found") == 1
    assert re.findall(r'<li class="step" id="s(\d+)"', page) == [
        str(n) for n in range(14)
    ]
    assert re.search(r'y="12" width="10" height="1"><title>step 12: error', page)


def test_a_call_twice_is_no_loop_and_another_answer_ends_one(as_vera, agent):
    no, yes = answered("no"), answered("yes")
    trace = a_run(
        agent, *[called(), no] * 2, *[called("[1]"), no] * 3, called("[1]"), yes
    )

    page = read(as_vera, trace)

    assert page.count("the same again") == 1
    assert "the same again, 4 more steps" in page
    assert body(step(page, 11)) == "yes"


def test_a_step_inside_a_repeat_opens_at_its_own_address(as_vera, agent):
    trace = a_run(agent, *[called('{"id":7}'), answered("Error: not found")] * 4)

    part = read(as_vera, trace, "at/5/")

    assert body(step(part, 5)) == "Error: not found"


def test_two_thousand_long_steps_are_a_light_page_of_few_queries(as_vera, agent):
    text = "The quick brown fox & co. " * 116
    trace = a_run(agent, *(answered(f"{n} {text}") for n in range(2_000)))
    read(as_vera, trace)

    with CaptureQueriesContext(connection) as captured:
        answer = as_vera.get(f"/traces/{trace.pk}/at/1900/")
    page = answer.content.decode()

    assert page.count('<li class="step"') == 2_000
    assert body(step(page, 1900)) == f"1900 {text}"
    assert len(answer.content) < 1_000_000
    assert len(captured) <= 14


def test_more_quotes_and_signals_cost_no_more_queries(
    as_vera, agent, store, flat_queries
):
    trace = a_run(agent, said("Amounts in euros."))

    def cite():
        quoting(store, trace, "Amounts in euros")
        Signal.objects.create(trace=trace, evaluator="e", kind="k", key="k", step=0)

    flat_queries(f"/traces/{trace.pk}/", cite, as_vera)


# Nothing in it is obeyed


HOSTILE = '</div><script>alert(1)</script><img src=x onerror="alert(2)">{{ 7|add:7 }}'


def test_hostile_text_is_text_wherever_it_stands(as_vera, agent, store):
    trace = a_run(
        agent,
        said(HOSTILE),
        called(HOSTILE, tool=HOSTILE),
        answered(HOSTILE + HUGE, tool=HOSTILE, agent=HOSTILE),
        {"kind": "thinking", "actor": "agent", "text": HOSTILE},
        title=HOSTILE,
        person=HOSTILE[:100],
        model=HOSTILE[:100],
        tags=(HOSTILE,),
        name=HOSTILE,
        read={HOSTILE: 1},
    )
    quoting(store, trace, "alert(1)")
    Signal.objects.create(
        trace=trace, evaluator="e", kind="k", key="k", step=0, note=HOSTILE
    )

    for page in (
        read(as_vera, trace),
        as_vera.get("/traces/").content.decode(),
        htmx(as_vera.get, f"/traces/{trace.pk}/steps/2/").content.decode(),
    ):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "</div><script" not in page


@pytest.mark.parametrize(
    ("hidden", "name"),
    [
        ("\N{ZERO WIDTH SPACE}", "U+200B"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}", "U+202E"),
        ("\N{LEFT-TO-RIGHT ISOLATE}", "U+2066"),
        ("\N{TAG LATIN CAPITAL LETTER A}", "U+E0041"),
        ("\N{ZERO WIDTH NO-BREAK SPACE}", "U+FEFF"),
        ("\x1b", "U+001B"),
    ],
)
def test_what_cannot_be_seen_is_shown_as_a_chip(as_vera, agent, store, hidden, name):
    trace = a_run(agent, said(f"in eu{hidden}ros, please"))
    quoting(store, trace, f"eu{hidden}ros")

    page = read(as_vera, trace)

    assert hidden not in page
    assert re.search(
        rf'eu<span class="chip chip--code"[^>]*>[^<]*{re.escape(name)}', page
    )
    assert "changed since quoted" not in page


def test_what_hides_is_named_in_titles_tools_and_people_too(as_vera, agent):
    trace = a_run(
        agent,
        answered("pay\u200bments \x07", web=True),
        called('{"a": "<b>\u202e"}', tool="<i>\u202e"),
        title="<script>\u202e",
        person="<b>\u2066",
    )

    page = read(as_vera, trace).partition("</title>")[2]

    for hidden in "\u200b\u202e\u2066\x07":
        assert hidden not in page
    for name in ("U+200B", "U+202E", "U+2066", "U+0007"):
        assert name in page
    assert "<i>" not in page
    assert "from outside" in page


# Who may


@pytest.mark.parametrize("rest", ["", "at/0/", "steps/0/", "?hl=1"])
def test_a_viewer_reads_it_and_to_another_team_it_is_not_there(
    as_vera, as_eve, agent, rest
):
    trace = a_run(agent, said("Hello."))

    assert as_vera.get(f"/traces/{trace.pk}/{rest}", follow=True).status_code == 200
    assert as_eve.get(f"/traces/{trace.pk}/{rest}").status_code == 404


def test_a_call_that_fails_is_shown_with_its_failure_and_nothing_else(
    as_vera, agent, store
):
    trace = a_run(
        agent,
        said("Go."),
        called(tool="a", call="1"),
        called(tool="b", call="2"),
        answered("Fine.", call="1"),
        answered("Broken.", call="2", error=True),
        said("Amounts in euros."),
    )
    quoting(store, trace, "in euros")

    shown = {
        only: re.findall(
            r'class="step" id="s(\d+)"', read(as_vera, trace, f"?only={only}")
        )
        for only in ("evidence", "errors", "tools", "nonsense")
    }

    assert shown == {
        "evidence": ["5"],
        "errors": ["2", "4"],
        "tools": ["1", "2", "3", "4"],
        "nonsense": list("012345"),
    }
    page = " ".join(re.sub(r"<[^>]+>", " ", read(as_vera, trace, "?q=go")).split())
    assert "All steps 6 Evidence 1 Failures 1 Calls 2" in page


def test_a_filter_keeps_what_else_was_asked(as_vera, agent):
    trace = a_run(agent, said("Go."), called(), answered("No.", error=True))

    page = read(as_vera, trace, "?q=go&only=tools")

    assert f'href="/traces/{trace.pk}/?q=go&amp;only=errors"' in page
    assert f'href="/traces/{trace.pk}/?q=go"' in page


# Words within it


def test_words_are_found_in_bodies_that_are_folded_or_left_out(as_vera, agent):
    trace = a_run(
        agent,
        said("Where is Kraków?"),
        answered(HUGE + "the needle <b>\n  is here" + HUGE),
        answered(LONG),
        {"kind": "thinking", "actor": "agent", "text": "No needle. is it?"},
    )

    page = read(as_vera, trace, "?q=NEEDLE+%3Cb%3E+is")

    assert "1 hit in 1 step" in page
    assert '<mark class="hit" tabindex="-1">needle &lt;b&gt;\n  is</mark>' in step(
        page, 1
    )
    assert '<a class="hits__hit" href="#s1">' in page
    assert "hit" not in step(page, 0) + step(page, 2)
    assert 'data-jump-word="hit"' in page
    assert 'value="NEEDLE &lt;b&gt; is"' in page


def test_words_that_stand_apart_are_found_where_all_of_them_are(as_vera, agent):
    trace = a_run(agent, said("refund the order"), said("order"), said("refund"))

    page = read(as_vera, trace, "?q=order+refund")

    assert "nowhere in a row" in page
    assert re.findall(r'hits__hit" href="#s(\d+)"', page) == ["0"]
    assert page.count('<mark class="hit"') == 2


@pytest.mark.parametrize("typed", ["nowhere", "(", "[a-", "\\", ".*", "%F0%9F%98%80"])
def test_words_that_are_nowhere_are_said_to_be(as_vera, agent, typed):
    page = read(as_vera, a_run(agent, said("Hello.")), f"?q={typed}")

    assert "No step says" in page
    assert '<mark class="hit"' not in page


def test_a_hit_within_a_quote_is_both(as_vera, agent, store):
    trace = a_run(agent, said("Amounts in euros."))
    quoting(store, trace, "in euros")

    page = read(as_vera, trace, "?q=euros")

    assert re.search(r'<mark class="quote" id="ev-\d+"[^>]*>in </mark>', page)
    assert re.search(r'<mark class="quote hit" tabindex="-1">euros</mark>', page)


def test_words_in_thousands_of_steps_stay_a_light_page(as_vera, agent):
    text = "The quick brown fox. " * 140
    trace = a_run(agent, *(answered(f"{n} {text}") for n in range(2_000)))

    answer = as_vera.get(f"/traces/{trace.pk}/?q=fox")

    assert b"280000 hits in 2000 steps" in answer.content
    assert len(answer.content) < 1_200_000


# Whose quotes


def test_quotes_of_other_proposals_stand_back(as_vera, agent, store):
    trace = a_run(agent, said("one two"), said("three"))
    (mine,) = quoting(store, trace, "one")
    quoting(store, trace, "three")
    name = mine.operation.proposal.name

    for asked in (f"?hl={mine.pk}", f"?p={mine.operation.proposal_id}", f"?p={name}"):
        page = read(as_vera, trace, asked)
        assert "data-dim" not in step(page, 0)
        assert re.search(r'<mark class="quote"[^>]* data-dim', step(page, 1))
    assert "data-dim" not in read(as_vera, trace).partition('id="steps"')[2]


def test_the_head_counts_quotes_and_each_mark_carries_its_number(as_vera, agent, store):
    trace = a_run(agent, said("one two"), said("three"))
    first, _ = quoting(store, trace, "one", "three")
    (other,) = quoting(store, trace, "two")

    page = read(as_vera, trace)
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())

    assert (
        f"2 quotes used by {first.operation.proposal.name} "
        f", 1 by {other.operation.proposal.name}"
    ) in words
    assert re.findall(r'<sup class="note">.*?>(\d+)</a>', page) == ["1", "2", "3"]


# Runs that go on, and runs that are not whole


def test_a_run_that_may_go_on_is_asked_for_more_until_it_ends(as_vera, agent):
    steps = [said("One."), called("{}", call="1")]
    trace = a_run(agent, *steps)
    more = f"/traces/{trace.pk}/from/2/"

    assert f'hx-get="{more}"' in read(as_vera, trace)
    assert htmx(as_vera.get, more).status_code == 204

    a_run(agent, *steps, answered("Late <b>", call="1"))
    part = htmx(as_vera.get, more).content.decode()
    assert re.findall(r'class="step" id="s(\d+)"', part) == ["2"]
    assert "Late &lt;b&gt;" in part
    assert f'hx-get="/traces/{trace.pk}/from/3/"' in part

    a_run(agent, *steps, answered("Late <b>", call="1"), outcome="success")
    end = f"/traces/{trace.pk}/from/3/"
    assert htmx(as_vera.get, end).status_code == 286
    assert 'id="watch"' not in read(as_vera, trace)


def test_a_run_that_ended_or_has_long_been_quiet_is_left_alone(as_vera, agent):
    quiet = a_run(agent, said("One."))
    Trace.objects.update(received_at=quiet.received_at - traces.OPEN_FOR)

    assert 'id="watch"' not in read(as_vera, quiet)
    over = a_run(agent, said("One."), name="run-2", outcome="failure")
    assert 'id="watch"' not in read(as_vera, over)


def test_what_is_not_kept_any_more_is_named(as_vera, agent):
    trace = a_run(agent, said("One."), said("Two."), said("Three."))
    rewritten(trace, said("One."))

    page = read(as_vera, trace)

    assert "Not all of this run is here" in page
    assert "steps 1 to 2 are no longer kept" in page
