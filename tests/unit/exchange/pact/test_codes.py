"""The list of codes and their pages say the same."""

from pathlib import Path

import pytest

from graph_service.exchange.pact import CODES, Code
from graph_service.exchange.pact.codes import MOST_FINDINGS, Findings, show

PAGES = Path(__file__).parents[4] / "docs" / "errors"


@pytest.mark.parametrize("code", [code for code in CODES if code.code.startswith("PACT_")], ids=lambda code: code.code)
def test_page_of_a_code_says_what_the_list_says(code: Code) -> None:
    title, meaning, cure = (PAGES / f"{code.code}.md").read_text("utf-8").strip().split("\n\n")
    assert title == f"# {code.code}"
    assert " ".join(meaning.split()) == code.meaning
    assert " ".join(cure.split()) == f"**What to do.** {code.cure}"


def test_error_behind_many_warnings_is_still_noted_and_stands_first() -> None:
    findings = Findings("pfs[2]")
    for place in range(MOST_FINDINGS + 5):
        findings.add("PACT_EMPTY", f"x[{place}]", "empty")
    findings.add("PACT_UNIT", "pcf.declaredUnit", "wrong")
    assert findings.has_errors
    assert [findings.all()[0].code, findings.all()[-1].code] == ["PACT_UNIT", "MORE_FAULTS"]
    assert findings.all()[0].path == "pfs[2].pcf.declaredUnit"


@pytest.mark.parametrize(
    "value",
    [None, True, 1.5, 10**5000, "x" * 10_000, "\0\ud800", [1] * 9, {}, object()],
    ids=lambda value: type(value).__name__,
)
def test_every_value_is_shown_in_a_few_printable_characters(value: object) -> None:
    assert len(show(value)) < 500
    assert show(value).isprintable()
