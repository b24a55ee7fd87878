"""``python -m benchmarks.page RESULTS.json`` puts tables and figure of a run into docs/benchmarks.md."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from benchmarks import figures, tables

DOCS = Path(__file__).parents[1] / "docs"


def main() -> int:
    """Rewrite what stands between the marks, and the figure; keep the numbers beside the page."""
    results = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    (DOCS / "figures").mkdir(exist_ok=True)
    figures.work_precision(results, DOCS / "figures" / "work-precision.png")
    (Path(__file__).parent / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    parts = [tables.surroundings(results), tables.table(results)]
    if "efficiency" in results:
        parts.append(tables.efficiency(results["efficiency"]))
    page = DOCS / "benchmarks.md"
    text = page.read_text(encoding="utf-8")
    new = "<!-- results -->\n" + "\n\n".join(parts) + "\n<!-- end of results -->"
    page.write_text(
        re.sub(r"<!-- results -->.*<!-- end of results -->", lambda _: new, text, flags=re.DOTALL), encoding="utf-8"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
