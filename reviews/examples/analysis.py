"""Stories of the analysts: reports and quick questions.

Planted here: a metric's name in quotation marks, the same failing query again and
again, and how a report comes to be published.
"""

from collections.abc import Mapping

from reviews.examples import letters, sources, weather, words
from reviews.examples.runs import Read, Run

METRICS = (
    "net_revenue",
    "return_rate",
    "basket_value",
    "repeat_buyers",
    "late_parcels",
    "stock_cover",
    "ticket_volume",
    "conversion",
)
_TABLES = ("orders", "parcels", "returns", "sessions", "tickets", "stock_days")


def report(run: Run) -> None:
    """Compute a figure, reconcile it, draw it and publish it."""
    metric, table = _ask(run, "report")
    run.title = f"Report: {metric.replace('_', ' ')}"
    run.read(_READS, table, 2)
    _define(run, metric)
    _query(run, metric, table)
    if run.chance(0.93):
        arguments = {"metric": metric, "against": "ledger"}
        run.call("reconcile_totals", arguments, _reconciled(run, metric))
    if run.chance(0.9):
        chart = {"metric": metric, "kind": run.rng.choice(("line", "bars"))}
        run.call("render_chart", chart, {"chart": f"ch_{run.rng.getrandbits(32):08x}"})
    run.says(_say(run, "result", metric))
    run.person_says(run.words("publish"), wish=True)
    run.read(_READS, run.rng.choice(_TABLES), 1)
    _export(run, metric)
    page = {"title": metric.replace("_", " "), "metric": metric, "audience": "managers"}
    run.call("publish_report", page, {"page": f"/reports/{run.rng.randint(100, 999)}"})
    if run.chance(0.88):
        note = {"channel": "figures", "text": run.words("notice")}
        run.call("notify_channel", note, {"ok": True})
    run.says(_say(run, "summary", metric))
    if run.chance(0.5):
        run.person_says(run.words("thanks"))


def question(run: Run) -> None:
    """Answer a question with a query or two."""
    metric, table = _ask(run, "question")
    run.title = f"Question about {metric.replace('_', ' ')}"
    run.read(_READS, table, 2)
    if run.chance(0.8):
        _define(run, metric)
    _query(run, metric, table)
    run.says(_say(run, "result", metric))
    run.person_says(run.words("and_now"), wish=True)
    other = run.rng.choice(METRICS)
    _define(run, other)
    _query(run, other, run.rng.choice(_TABLES))
    _export(run, other)
    run.says(_say(run, "summary", other))
    if run.chance(0.5):
        run.person_says(run.words("thanks"))


def _ask(run: Run, kind: str) -> tuple[str, str]:
    metric, table = run.case.choice(METRICS), run.case.choice(_TABLES)
    place, period = run.of_case("places"), run.of_case("periods")
    run.person_says(
        run.words(kind, metric=metric.replace("_", " "), place=place, period=period)
    )
    run.says(run.words("looking"))
    return metric, table


def _define(run: Run, metric: str) -> None:
    """Look up how a metric is defined; its name in quotation marks is the mistake."""
    luck = run.rng.random()
    if luck < 0.33:
        mark = '"' if run.chance(0.8) else "'"
        # A tenth of those that are not known are merely misspelt.
        wrong = f"{mark}{metric}{mark}" if luck < 0.3 else metric.rstrip("aeiouy")[:-1]
        answer = f"CatalogueError: no metric is called {wrong}"
        run.refused("lookup_metric", {"name": wrong}, answer)
        if run.chance(0.1):
            return
    run.call(
        "lookup_metric",
        {"name": metric},
        {
            "name": metric,
            "owner": run.rng.choice(("analytics", "finance")),
            "grain": "day, country",
            "expression": f"sum({metric}_amount) / nullif(count(distinct order_id), 0)",
            "definition": run.rng.choice(words.of("documents")["definitions"]),
        },
    )


def _query(run: Run, metric: str, table: str) -> None:
    """Run a query; at times the same failing one again and again."""
    column = sources.column(run.rng)
    where = f"FROM shop.{table} WHERE placed_at >= '2026-07-01' GROUP BY 1, 2"
    if run.chance(0.14):
        wrong = f"SELECT country, date_trunc('week', {column}_ts), count(*) {where}"
        answer = f'SqlError: column "{column}_ts" does not exist in shop.{table}'
        for _ in range(run.rng.choice((3, 3, 4, 5))):
            run.refused("run_sql", {"sql": wrong}, answer)
        run.good = 0.4
        if run.chance(0.4):
            run.call(
                "describe_table", {"table": table}, sources.columns(run.rng, table)
            )
    if run.chance(0.3):
        run.thinks(
            "Weeks by country should be enough; returns are booked with a delay."
        )
    right = f"SELECT country, date_trunc('week', placed_at) AS week, count(*) {where}"
    result = sources.table(run.rng, metric)
    run.call("run_sql", {"sql": f"{right} -- {metric}"}, result)


_READS: Mapping[str, Read] = {
    "list_tables": lambda run, table: ({"schema": "shop"}, {"tables": [*_TABLES]}),
    "describe_table": lambda run, table: (
        {"table": table},
        sources.columns(run.rng, table),
    ),
    "search_articles": lambda run, table: (
        {"query": f"definition {table.replace('_', ' ')}"},
        letters.article(run.rng),
    ),
    "read_log": lambda run, table: (
        {"service": "loader", "lines": 56},
        sources.log(run.rng),
    ),
}


def _export(run: Run, metric: str) -> None:
    """Fetch an export in the background, or read the log of the loader."""
    if run.chance(0.45):
        job = f"job_{run.rng.getrandbits(32):08x}"
        run.call("start_export", {"metric": metric}, {"job": job, "state": "queued"})
        for share in (run.rng.randint(10, 50), run.rng.randint(60, 95)):
            state = {"job": job, "state": "running", "percent": share}
            run.call("get_export", {"job": job}, state)
        run.call("get_export", {"job": job}, sources.table(run.rng, metric))
        return
    text = sources.log(run.rng)
    if run.chance(0.2):
        text = f"{text}\n{weather.secret(run.rng)}"
    run.call("read_log", {"service": "loader", "lines": 56}, text)


def _reconciled(run: Run, metric: str) -> dict[str, object]:
    return {
        "metric": metric,
        "difference": run.rng.randint(0, 40) / 100,
        "rows": [
            {
                "week": f"2026-W{30 + number}",
                "warehouse": run.rng.randint(10**4, 10**6) / 10,
                "ledger": run.rng.randint(10**4, 10**6) / 10,
            }
            for number in range(8)
        ],
    }


def _say(run: Run, kind: str, metric: str) -> str:
    return run.words(
        kind, metric=metric.replace("_", " "), share=run.rng.randint(11, 89)
    )
