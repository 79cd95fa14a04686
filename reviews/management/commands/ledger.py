"""Check that nobody rewrote the record."""

import argparse

from reviews.audit import ledger, verification
from reviews.management.base import Report, Scriptable
from reviews.teams.models import Team


class Command(Scriptable):
    help = "Verify every chain of the ledger, link by link."
    in_team = False

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("what", choices=["verify"])

    def act(self, options: argparse.Namespace) -> Report:
        reports = verification.verify_all()
        slugs = {ledger.chain_of(team): team.slug for team in Team.objects.all()}
        unbroken = all(report.unbroken for report in reports)
        facts = {
            "unbroken": unbroken,
            "chains": [
                {
                    "chain": report.chain,
                    # None for the installation's own.
                    "team": slugs.get(report.chain),
                    "entries": report.entries,
                    "head": report.head,
                    "unbroken": report.unbroken,
                    "broken_at": report.broken_at,
                    "problem": report.problem,
                }
                for report in reports
            ],
        }
        lines = [_sentence(report, slugs.get(report.chain)) for report in reports]
        return Report(lines or ["The ledger is empty."], facts, done=unbroken)


def _sentence(report: verification.Report, team: str | None) -> str:
    chain = f"{report.chain} ({team})" if team else report.chain
    if report.unbroken:
        return f"{chain}: {report.entries} entries, unbroken."
    return f"{chain}: broken at {report.broken_at}: {report.problem}."
