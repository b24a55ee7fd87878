"""The report as one HTML page that stands alone: style and figures are in it, and it asks the network for nothing."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from html import escape
from importlib import resources
from itertools import groupby

from allodynia.report.content import ClaimRow, Content, Disagreement, Panel, ResultRow
from allodynia.report.numbers import MISSING, estimate
from allodynia.runs.jsontext import dumps

# A browser that reads this policy loads nothing from anywhere, whatever a study's text may hold.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

INSTRUMENT = (
    "A research instrument: simulated mice and people, not a means of diagnosis or treatment. Every number carries an "
    "interval, and one word for how far it can be trusted: calibrated, validated on data not used, extrapolated or "
    "assumed."
)

VERDICT_CLASS = {"shown": "shown", "failed": "failed", "not supported": "not-supported"}


def page(content: Content, figures: Mapping[str, bytes]) -> str:
    """The whole page. ``figures`` maps each panel's stem to its SVG."""
    style = (resources.files("allodynia.report") / "report.css").read_text(encoding="utf-8")
    body = "\n".join(_sections(content, figures))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(content.title)} · Allodynia</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _sections(content: Content, figures: Mapping[str, bytes]) -> Iterable[str]:
    """The sections in their order; one without content is left out."""
    yield f'<h1>{escape(content.title)}</h1>\n<p class="question">{escape(content.question)}</p>'
    yield f'<p class="instrument">{escape(INSTRUMENT)}</p>'
    for warning in content.warnings:
        yield f'<p class="warning">{escape(warning)}</p>'
    yield "<h2>What was simulated</h2>" + _list(content.simulated)
    yield "<h2>What it shows, beside what was published</h2>" + _results(content.rows)
    if content.panels:
        drawn = "\n".join(_figure(panel, figures[panel.stem]) for panel in content.panels)
        yield f'<h2>Figures</h2>\n<div class="figures">\n{drawn}\n</div>'
    if content.claims:
        yield "<h2>What its claims ask for, and what the expectation gives</h2>" + _claims(content.claims)
    yield "<h2>What this cannot tell you</h2>" + _list(content.cannot_tell)
    if content.disagreements:
        yield "<h2>Where articles and papers disagree</h2>" + _disagreements(content.disagreements)
    yield (
        "<h2>How this run can be made again</h2>\n<details><summary>Manifest</summary>\n"
        f"<pre>{escape(dumps(content.manifest))}</pre></details>"
    )
    if content.study_text:
        yield f"<details><summary>The study as it was read</summary>\n<pre>{escape(content.study_text)}</pre></details>"


def _list(items: Iterable[str]) -> str:
    """A list of sentences."""
    return "\n<ul>\n" + "\n".join(f"<li>{escape(item)}</li>" for item in items) + "\n</ul>"


def _results(rows: Iterable[ResultRow]) -> str:
    """The results table, arm by arm."""
    header = ("Endpoint", "Time", "Simulated mean (95 %)", "Published", "Claim", "Verdict", "Grade")
    lines = []
    for arm, of_arm in groupby(rows, key=lambda row: (row.arm_label, row.donors, row.unit_of_inference)):
        label, count, unit = arm
        lines.append(_group(label, f"{count} {unit}s", len(header)))
        for row in of_arm:
            failed = f" ({row.failed} subjects not solved)" if row.failed else ""
            cells = (
                _cell(row.endpoint_label + failed),
                _cell(row.time, "number"),
                _cell(f"{estimate(row.mean, row.lo, row.hi)} {row.unit}", "number"),
                _cell(row.published),
                _cell(row.claim, "name"),
                _verdict(row.verdict),
                _cell(row.grade),
            )
            lines.append("<tr>" + "".join(cells) + "</tr>")
    note = (
        "<p>The mean and its interval are those of this run's sample of donors. The verdict is that of the "
        "expectation: the same study with thousands of donors and the uncertainty of every parameter propagated.</p>"
    )
    return f"\n{note}\n" + _table(header, lines)


def _group(label: str, detail: str, width: int) -> str:
    """The row that heads a group of rows."""
    inside = f'{escape(label)} <span class="detail">{detail}</span>'
    return f'<tr class="group"><th colspan="{width}" scope="rowgroup">{inside}</th></tr>'


def _table(header: Iterable[str], lines: Iterable[str]) -> str:
    """A table that scrolls within itself on a narrow screen."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in header)
    body = "\n".join(lines)
    return f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>'


def _cell(text: str, kind: str = "") -> str:
    """One cell; a dash where there is nothing."""
    return f'<td class="{kind}">{escape(text or MISSING)}</td>' if kind else f"<td>{escape(text or MISSING)}</td>"


def _verdict(word: str) -> str:
    """A verdict, told apart by its word first and its colour second."""
    return f'<td class="verdict {VERDICT_CLASS.get(word, "apart")}">{escape(word or MISSING)}</td>'


def _figure(panel: Panel, svg: bytes) -> str:
    """A figure as an image in the page: its ids cannot meet those of another, and nothing in it can run."""
    arms = ", ".join(curve.label for curve in panel.curves)
    alt = f"{panel.title} over time in {arms}: mean over donors with its 95 % band"
    data = base64.b64encode(svg).decode("ascii")
    return (
        f'<figure><img alt="{escape(alt)}" src="data:image/svg+xml;base64,{data}">\n'
        f"<figcaption>{escape(panel.title)}: <code>{escape(panel.output)}</code></figcaption></figure>"
    )


def _claims(rows: Iterable[ClaimRow]) -> str:
    """Each demand of each claim, with the ways of running the model in columns beside each other."""
    rows = list(rows)
    variants = list(dict.fromkeys(name for row in rows for name in row.values))
    header = ("Observable", "Of", "Asked", *variants)
    lines = []
    for (claim, verdict, grade), of_claim in groupby(rows, key=lambda row: (row.claim, row.verdict, row.grade)):
        word = f'<span class="verdict {VERDICT_CLASS.get(verdict, "apart")}">{escape(verdict)}</span>, {escape(grade)}'
        lines.append(_group(claim, word, len(header)))
        for row in of_claim:
            answers = "".join(_answer(row, name) for name in variants)
            asked = f"{row.rule} ({row.basis})" if row.basis else row.rule
            cells = (_cell(row.observable, "name"), _cell(row.of), _cell(asked), answers)
            lines.append("<tr>" + "".join(cells) + "</tr>")
    return "\n" + _table(header, lines)


def _answer(row: ClaimRow, variant: str) -> str:
    """What one way of running the model gives, and whether that is what was asked."""
    if variant not in row.values:
        return _cell("")
    found = row.values[variant]
    unit = f" {found.unit}" if found.unit else ""
    met = {True: " ✓", False: " ✗", None: ""}[found.holds]
    return _cell(f"{estimate(found.value, found.lo, found.hi)}{unit}{met}", "number")


def _disagreements(entries: Iterable[Disagreement]) -> str:
    """What was said, what was measured, and where to look."""
    lines = [f"<tr>{_cell(e.article)}{_cell(e.papers)}{_cell(', '.join(e.evidence))}</tr>" for e in entries]
    return "\n" + _table(("An article says", "The papers measured, and what is modelled", "Evidence"), lines)
