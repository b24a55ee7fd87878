"""``python -m benchmarks.page RESULTS.json`` puts tables and figure of a run into docs/benchmarks.md; results of a year
(``python -m benchmarks.year``) go into a place of their own."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from benchmarks import figures, tables

DOCS = Path(__file__).parents[1] / "docs"


def main() -> int:
    """Rewrite what stands between the marks, and the figure; keep the numbers beside the page."""
    results = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    if "year" in results:
        _keep(results, "year")
        _put("year", [tables.surroundings(results), tables.year(results)])
        return 0
    (DOCS / "figures").mkdir(exist_ok=True)
    figures.work_precision(results, DOCS / "figures" / "work-precision.png")
    _keep(results, "results")
    parts = [tables.surroundings(results), tables.table(results)]
    if "efficiency" in results:
        parts.append(tables.efficiency(results["efficiency"]))
    _put("results", parts)
    return 0


def _keep(results: dict[str, Any], name: str) -> None:
    (Path(__file__).parent / f"{name}.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def _put(mark: str, parts: list[str]) -> None:
    page = DOCS / "benchmarks.md"
    new = f"<!-- {mark} -->\n" + "\n\n".join(parts) + f"\n<!-- end of {mark} -->"
    text = page.read_text(encoding="utf-8")
    text = re.sub(rf"<!-- {mark} -->.*<!-- end of {mark} -->", lambda _: new, text, flags=re.DOTALL)
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
