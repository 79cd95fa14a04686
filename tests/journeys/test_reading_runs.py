"""A run in the hands of a reader: quotes, words, rails, thousands of steps."""

import pytest
from playwright.sync_api import expect

from reviews.proposals.models import Evidence
from reviews.traces import intake
from reviews.traces.models import Trace, TraceBody
from reviews.traces.steps import Record, Step
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "The quick brown fox jumps over the lazy dog & co. " * 60
AT = 1_900


def a_run(team, *steps, **fields):
    agent = factories.an_agent(team, "billing")
    record = Record(
        external_id="run-1",
        steps=[Step(index=n, **step) for n, step in enumerate(steps)],
        format="own",
        outcome="failure",
        **fields,
    )
    (result,) = intake.accept(agent, [record], by=factories.SETUP)
    return Trace.objects.get(pk=result.trace)


def said(text, actor="person"):
    return {"kind": "message", "actor": actor, "text": text}


def quoting(team, trace, *words):
    store = team.stores.first() or factories.a_store(team, "support")
    quotes = tuple(factories.a_quote(trace, each) for each in words)
    proposal = factories.a_proposal(store, quotes=quotes)
    return list(Evidence.objects.filter(operation__proposal=proposal).order_by("pk"))


@pytest.fixture
def long_run(team):
    """2,000 steps of 3 kB, and words that stand in one of them only."""
    steps = [said(f"{n}: {WORDS}", "agent") for n in range(2_000)]
    steps[AT] = said(f"{WORDS} the needle {WORDS}", "agent")
    return a_run(team, *steps)


def test_a_reader_walks_the_quotes_of_one_proposal(sign_in, team, complaints):
    filler = [said(f"Filler {n}.\n" * 12) for n in range(40)]
    trace = a_run(team, *filler, said("Amounts in euros."), *filler, said("Euros!"))
    (first, second) = quoting(team, trace, "in euros", "Euros!")
    (other,) = quoting(team, trace, "Amounts")
    page = sign_in("ada")

    page.goto(f"/traces/{trace.pk}/at/40/?hl={first.pk}#ev-{first.pk}")

    page.wait_for_function("scrollY > 0")
    expect(page.locator(f"#ev-{first.pk}")).to_be_in_viewport()
    expect(page.locator(".page-head")).to_contain_text("2 quotes used by P-")
    expect(page.locator(f"#ev-{other.pk}")).to_have_attribute("data-dim", "")
    page.keyboard.press("n")
    expect(page.locator("#place")).to_have_text("evidence 2 of 2")
    expect(page.locator(f"#ev-{second.pk}")).to_be_focused()
    expect(page.locator(f"#ev-{second.pk}")).to_be_in_viewport()
    page.keyboard.press("n")
    expect(page.locator("#place")).to_have_text("evidence 1 of 2")
    page.keyboard.press("p")
    expect(page.locator(f"#ev-{second.pk}")).to_be_in_viewport()
    assert complaints == []


def test_two_thousand_steps_open_at_once_and_lead_anywhere(
    sign_in, long_run, complaints, record_property
):
    page = sign_in("vera")
    url = f"/traces/{long_run.pk}/"
    page.goto(url)

    answer = page.reload()
    page.wait_for_function("performance.getEntriesByType('paint').length > 1")
    paint = page.evaluate(
        "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    )
    size = len(answer.body())
    record_property("bytes", size)
    record_property("first paint, ms", round(paint))

    assert size < 1_000_000
    assert paint < 2_000
    page.goto(f"{url}#s{AT}")
    page.wait_for_function("scrollY > 10000")
    expect(page.locator(f"#s{AT}")).to_be_in_viewport()
    assert complaints == []


def test_words_in_a_body_that_was_not_sent_are_found_and_shown(sign_in, long_run):
    page = sign_in("vera")
    page.goto(f"/traces/{long_run.pk}/")
    assert "the needle" not in page.content()

    page.keyboard.press("/")
    page.keyboard.type("THE  needle")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=**")
    page.locator("body").press("n")

    expect(page.locator("#place")).to_have_text("hit 1 of 1")
    expect(page.locator(f"#s{AT} mark.hit")).to_be_focused()
    expect(page.locator(f"#s{AT} mark.hit")).to_be_in_viewport()


def test_a_body_comes_once_when_it_is_opened_and_says_when_it_cannot(
    sign_in, team, long_run
):
    page = sign_in("vera")
    page.goto(f"/traces/{long_run.pk}/")
    asked = []
    page.on(
        "request",
        lambda one: asked.append(one.url) if one.url.endswith("/steps/3/") else None,
    )

    body = TraceBody.objects.get(trace_id=long_run.pk)
    TraceBody.objects.all().delete()
    with page.expect_response("**/steps/3/"):
        page.locator("#s3 .step__more").click()
    expect(page.locator("#flash .toast")).to_contain_text("It may have been deleted")
    expect(page.locator("#flash .toast")).to_contain_text("Request ")
    body.save(force_insert=True)
    with page.expect_response("**/steps/3/"):
        page.locator("#s3 .step__more").click()
    expect(page.locator("#s3 .step__text")).to_contain_text("3: The quick")
    page.locator("#s3 summary").click()
    expect(page.locator("#s3 .step__text")).to_be_hidden()
    page.locator("#s3 summary").click()
    expect(page.locator("#s3 .step__text")).to_be_visible()

    assert len(asked) == 2
    page.route(
        "**/steps/4/", lambda route: route.fulfill(status=502, body="<h1>Bad</h1>")
    )
    page.locator("#s4 .step__more").click()
    expect(page.locator("#flash")).to_contain_text("answered with 502")
    expect(page.locator("#flash h1")).to_have_count(0)


def test_without_script_every_step_is_reached(sign_in, long_run):
    page = sign_in("vera", java_script_enabled=False)
    page.goto(f"/traces/{long_run.pk}/#s{AT}")

    page.locator(f"#s{AT} .step__more").click()

    page.wait_for_url(f"**/at/{AT}/#s{AT}")
    expect(page.locator(f"#s{AT} .step__text")).to_contain_text("the needle")


def test_the_rail_leads_to_a_step_and_shows_where_one_is(sign_in, long_run):
    page = sign_in("vera")
    page.goto(f"/traces/{long_run.pk}/")
    rail = page.locator("#rail").bounding_box()

    page.mouse.click(rail["x"] + 5, rail["y"] + rail["height"] / 2)

    page.wait_for_url("**/#s*")
    step = int(page.url.partition("#s")[2])
    assert abs(step - 1_000) < 10
    page.wait_for_function(
        "Number(document.getElementById('view').getAttribute('y')) > 900"
    )


def test_a_link_into_a_folded_subagent_opens_it(sign_in, team):
    nested = [said(f"Page {n}.", "agent") | {"agent": "explorer"} for n in range(20)]
    trace = a_run(team, said("Go."), *nested)
    page = sign_in("vera")
    page.goto(f"/traces/{trace.pk}/")
    expect(page.locator("#s12")).to_be_hidden()

    page.goto(f"/traces/{trace.pk}/#s12")

    expect(page.locator("#s12")).to_be_visible()


def test_a_step_s_number_offers_its_link_and_its_json(sign_in, team):
    trace = a_run(team, said("Go."), said("Gone."))
    page = sign_in("vera", permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"/traces/{trace.pk}/?q=go")

    page.locator("#s1 .step__no").click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").endswith(
        f"/traces/{trace.pk}/?q=go#s1"
    )
    page.get_by_role("button", name="Copy as JSON").click()
    expect(page.get_by_role("button", name="Copied")).to_have_count(2)

    assert '"text": "Gone."' in page.evaluate("navigator.clipboard.readText()")


def test_steps_that_come_are_added_while_one_reads(sign_in, team):
    agent = factories.an_agent(team, "live")
    first, second = said("One."), said("Two <b>.", "agent")

    def tell(*steps, **fields):
        run = [Step(index=n, **step) for n, step in enumerate(steps)]
        record = Record(external_id="live", steps=run, format="own", **fields)
        return intake.accept(agent, [record], by=factories.SETUP)[0].trace

    pk = tell(first)
    page = sign_in("vera")
    page.goto(f"/traces/{pk}/")
    expect(page.locator("#watch")).to_contain_text("1 steps so far")

    tell(first, second)
    expect(page.locator("#s1")).to_contain_text("Two <b>.")
    expect(page.locator("#watch")).to_contain_text("2 steps so far")
    tell(first, second, said("Bye."), outcome="success")

    expect(page.locator("#s2")).to_contain_text("Bye.")
    expect(page.locator("#watch")).to_have_text("")
    expect(page.locator("#steps > .step")).to_have_count(3)


def test_an_admin_erases_a_run_by_its_name(sign_in, team):
    trace = a_run(team, said("Go."))
    page = sign_in("max")
    page.goto(f"/traces/{trace.pk}/")

    page.get_by_role("button", name="Erase").click()
    dialog = page.get_by_role("dialog", name="Erase this run?")
    dialog.get_by_label("Reason").fill("They asked for it.")
    dialog.get_by_label("Type its id").fill("run")
    page.keyboard.press("Control+Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("Type the id of the run")
    dialog.get_by_label("Type its id").fill("run-1")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("This run was erased")
    expect(page.locator(".main")).to_contain_text("They asked for it.")
