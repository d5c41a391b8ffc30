"""What is suspicious of a pushed footprint beside the graph that it enters."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from graph_service.errors import Finding
from graph_service.model.facts import Facts, Revision
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.vocabulary import DocumentFormat, Kind, SystemBoundary
from graph_service.service.day_graph import day_graph
from graph_service.service.declaring.converting import convert
from graph_service.service.declaring.linting import LintContext, lint
from graph_service.service.records import item_records, row_of
from tests.support.facts import facts_of

TODAY = date(2026, 6, 1)
REVISION = Revision(1, datetime(2026, 1, 1, tzinfo=UTC), "test", "cli", "")


def _context(facts: Facts, *, supplier_uid: str | None = None, is_solved: bool = True) -> LintContext:
    graph = day_graph(REVISION, TODAY, facts)
    if is_solved:
        graph.roll_up(is_traced=False)
        graph.roll_up(is_traced=True)
    return LintContext.of(facts, graph=graph, today=TODAY, supplier_uid=supplier_uid)


def _pushed(kgco2e: float, **fields: Any) -> PushedDeclaration:
    given = {
        "path": "pfs[0]",
        "document_format": DocumentFormat.PACT_V3,
        "kgco2e": kgco2e,
        "gwp_set": "AR6",
        "reference_period_end": date(2025, 12, 31),
        **fields,
    }
    return PushedDeclaration(**given)


def _lint(context: LintContext, kgco2e: float = 1.0, *, uid: str = "part", **fields: Any) -> list[Finding]:
    row = row_of(context.facts, Kind.ITEM, uid)
    assert row is not None
    item = item_records(context.facts, [row])[0]
    pushed = _pushed(kgco2e, **fields)
    return lint(pushed, item, convert(pushed, item), context)


def _codes(findings: list[Finding]) -> list[str]:
    assert {finding.severity for finding in findings} <= {"WARNING"}
    return [finding.code for finding in findings]


ALONE = facts_of(items=[{"uid": "part"}])


def test_a_plausible_footprint_has_no_findings() -> None:
    assert _lint(_context(ALONE)) == []


def test_without_a_graph_in_memory_the_document_is_judged_alone() -> None:
    assert _codes(_lint(LintContext.of(ALONE, graph=None, today=TODAY), -1.0)) == ["NEGATIVE_TOTAL"]


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"gwp_set": None}, "GWP_SET_UNKNOWN", "pfs[0].pcf.ipccCharacterizationFactors"),
        ({"is_verified": True, "verification": " "}, "VERIFIER_UNKNOWN", "pfs[0].pcf.verification"),
        ({"valid_to": date(2026, 6, 1)}, "ALREADY_EXPIRED", "pfs[0].validityPeriodEnd"),
        ({"reference_period_end": date(2023, 6, 1)}, "ALREADY_EXPIRED", "pfs[0].validityPeriodEnd"),
        (
            {"reference_period_end": date(2023, 6, 1), "valid_to": date(2026, 6, 2)},
            "PERIOD_OLD",
            "pfs[0].pcf.referencePeriodEnd",
        ),
        ({"reference_period_end": date(2026, 6, 3)}, "PERIOD_IN_FUTURE", "pfs[0].pcf.referencePeriodEnd"),
    ],
)
def test_a_document_is_judged_by_the_day(fields: dict[str, Any], code: str, path: str) -> None:
    found = _lint(_context(ALONE), **fields)
    assert [(finding.code, finding.path) for finding in found] == [(code, path)]


@pytest.mark.parametrize(
    "fields",
    [
        {"is_verified": True, "verification": "TÜV"},
        {"is_verified": False},
        {"valid_to": date(2026, 6, 2)},
        {"reference_period_end": date(2023, 6, 2)},
        {"reference_period_end": date(2026, 6, 1)},
        {"reference_period_end": None},
    ],
)
def test_what_just_holds_is_not_told(fields: dict[str, Any]) -> None:
    assert _lint(_context(ALONE), **fields) == []


def test_a_leap_day_three_years_on_is_the_last_of_february() -> None:
    found = _lint(replace(_context(ALONE), today=date(2027, 2, 28)), reference_period_end=date(2024, 2, 29))
    assert _codes(found) == ["ALREADY_EXPIRED"]


def test_a_code_of_the_documents_own_check_is_not_repeated() -> None:
    own = Finding("NEGATIVE_TOTAL", "WARNING", "pfs[0].pcf", "")
    assert _codes(_lint(_context(ALONE), -1.0, findings=(own,))) == []


@pytest.mark.parametrize(
    ("path", "document_format", "place"),
    [
        ("row 7", DocumentFormat.TABLE, "row 7.gwp_set"),
        ("", DocumentFormat.SHORT, "gwp_set"),
        ("", DocumentFormat.PACT_V2, "pcf.ipccCharacterizationFactorsSources"),
    ],
)
def test_a_path_is_in_the_senders_words(path: str, document_format: DocumentFormat, place: str) -> None:
    found = _lint(_context(ALONE), path=path, document_format=document_format, gwp_set=None)
    assert [finding.path for finding in found] == [place]


def test_another_gwp_set_than_most_of_the_graphs_is_told() -> None:
    emissions = [{"item_uid": "part", "kgco2e": 1.0, "gwp_set": name} for name in ("AR5", "AR6", "IPCC AR-6")]
    context = _context(facts_of(items=[{"uid": "part"}], emissions=emissions))
    assert _codes(_lint(context, 3.0, gwp_set="AR5")) == ["GWP_SET_DIFFERS"]
    assert _lint(context, 3.0, gwp_set="AR 6") == []


def _with_peers(*totals: float, **part: Any) -> Facts:
    peers = [{"uid": f"peer {place}", "category": "steel", "supplier_uid": f"S{place}"} for place in range(len(totals))]
    return facts_of(
        suppliers=[{"uid": f"S{place}"} for place in range(len(totals))] + [{"uid": "own"}],
        items=[{"uid": "part", "category": "steel", "supplier_uid": "own", **part}, *peers],
        emissions=[{"item_uid": f"peer {place}", "kgco2e": total} for place, total in enumerate(totals)],
    )


@pytest.mark.parametrize(("kgco2e", "is_told"), [(5.99, False), (6.0, True), (0.67, False), (0.66, True), (0.0, True)])
def test_a_factor_of_three_from_the_median_of_peers_is_far(kgco2e: float, is_told: bool) -> None:
    found = _lint(_context(_with_peers(1.0, 2.0, 3.0)), kgco2e)
    assert (_codes(found) == ["PEER_OUTLIER"]) is is_told


def test_what_is_far_from_peers_names_their_median() -> None:
    (finding,) = _lint(_context(_with_peers(1.0, 2.0, 3.0)), 2000.0)
    assert "2,000 kg CO2e per kg is far from the 3 other items of category 'steel'" in finding.message
    assert "median is 2 kg CO2e per kg" in finding.message


def test_peers_are_compared_in_the_unit_of_the_item() -> None:
    context = _context(_with_peers(1.0, 2.0, 3.0, declared_unit="t"))
    assert _codes(_lint(context, 2000.0)) == []
    assert _codes(_lint(context, 2.0)) == ["PEER_OUTLIER"]
    by_piece = _context(_with_peers(1.0, 2.0, 3.0, declared_unit="pc", equivalents="10 kg"))
    assert _codes(_lint(by_piece, 20.0)) == []
    assert _codes(_lint(by_piece, 2.0)) == ["PEER_OUTLIER"]


def test_three_robust_deviations_are_far_where_peers_are_alike() -> None:
    # Median 10, median deviation 0.5: three robust deviations are 2.22, but a quarter of the median is more.
    facts = _with_peers(9.0, 9.5, 10.0, 10.5, 11.0)
    assert _codes(_lint(_context(facts), 12.4)) == []
    assert _codes(_lint(_context(facts), 12.6)) == ["PEER_OUTLIER"]


def test_two_peers_prove_nothing() -> None:
    assert _codes(_lint(_context(_with_peers(1.0, 2.0)), 1000.0)) == []


def test_peers_are_not_read_before_they_were_solved() -> None:
    assert _codes(_lint(_context(_with_peers(1.0, 2.0, 3.0), is_solved=False), 1000.0)) == []


def test_an_item_is_not_its_own_peer() -> None:
    facts = _with_peers(1.0, 1.0, 100.0, 100.0)
    assert _codes(_lint(_context(facts), 1.0, uid="peer 0")) == ["PEER_OUTLIER"], "the median of 1, 100, 100 is 100"


def test_a_footprint_to_the_grave_is_not_held_against_peers_at_the_gate() -> None:
    context = _context(_with_peers(1.0, 2.0, 3.0))
    assert _codes(_lint(context, 1000.0, boundary=SystemBoundary.CRADLE_TO_GRAVE)) == []


def test_a_supplier_is_told_of_peers_only_where_three_others_make_them_and_with_one_digit() -> None:
    facts = _with_peers(1.11, 2.22, 3.33)
    (finding,) = _lint(_context(facts, supplier_uid="own"), 2000.0)
    assert "median is about 2 kg CO2e per kg" in finding.message
    assert "2.2" not in finding.message
    one_makes_two = facts_of(
        suppliers=[{"uid": "own"}, {"uid": "A"}, {"uid": "B"}],
        items=[
            {"uid": "part", "category": "steel", "supplier_uid": "own"},
            *({"uid": f"peer {place}", "category": "steel", "supplier_uid": "AAB"[place]} for place in range(3)),
        ],
        emissions=[{"item_uid": f"peer {place}", "kgco2e": 1.0} for place in range(3)],
    )
    assert _codes(_lint(_context(one_makes_two, supplier_uid="own"), 2000.0)) == []
    assert _codes(_lint(_context(one_makes_two), 2000.0)) == ["PEER_OUTLIER"]


def test_a_supplier_cannot_find_a_figure_out_by_asking_again_and_again() -> None:
    one, other = (_context(_with_peers(1.0, median, 3.0), supplier_uid="own") for median in (1.6, 2.4))
    for kgco2e in (0.3, 0.66, 0.7, 1.9, 4.9, 5.1, 5.9, 6.1, 7.1, 7.3):
        assert _lint(one, kgco2e) == _lint(other, kgco2e)


def _traced(amount: float = 2.0, **emission: Any) -> Facts:
    return facts_of(
        items=[{"uid": "part"}, {"uid": "ore"}],
        emissions=[{"item_uid": "part", "kgco2e": 4.0, **emission}, {"item_uid": "ore", "kgco2e": 3.0}],
        supplies=[{"input_uid": "ore", "output_uid": "part", "amount": amount}],
    )


@pytest.mark.parametrize(("kgco2e", "side"), [(15.1, "above"), (15.0, None), (5.0, None), (4.9, "below")])
def test_more_than_half_from_the_items_own_traced_total_is_told(kgco2e: float, side: str | None) -> None:
    found = _lint(_context(_traced()), kgco2e)
    assert _codes(found) == ([] if side is None else ["TRACED_DIFFERS"])
    if side is not None:
        assert f"half {side} what the recorded inputs and emissions of 'part' come to, 10 kg" in found[0].message
        assert f"{kgco2e} kg CO2e per kg is" in found[0].message


def test_within_the_uncertainty_of_the_traced_total_nothing_is_told() -> None:
    wide = _traced(gsd=4.0)
    assert _codes(_lint(_context(wide), 15.1)) == []
    assert _codes(_lint(_context(wide), 1500.0)) == ["TRACED_DIFFERS"]


def test_gaps_upstream_explain_a_higher_footprint_and_no_lower_one() -> None:
    facts = facts_of(
        items=[{"uid": "part"}, {"uid": "ore"}],
        emissions=[{"item_uid": "part", "kgco2e": 4.0}],
        supplies=[{"input_uid": "ore", "output_uid": "part", "amount": 2.0}],
    )
    assert _codes(_lint(_context(facts), 1000.0)) == []
    assert _codes(_lint(_context(facts), 1.0)) == ["TRACED_DIFFERS"]


def _declaration(uid: str, kgco2e: float, **columns: Any) -> dict[str, Any]:
    return {
        "uid": uid,
        "item_uid": "part",
        "kgco2e": kgco2e,
        "reference_period_start": date(2024, 1, 1),
        "reference_period_end": date(2024, 12, 31),
        "valid_from": date(2025, 1, 1),
        "valid_to": date(2028, 1, 1),
        **columns,
    }


def test_an_earlier_declaration_is_no_traced_total() -> None:
    facts = facts_of(items=[{"uid": "part"}], declarations=[_declaration("d1", 10.0)])
    assert _codes(_lint(_context(facts), 100.0)) == []


def test_a_supplier_is_not_told_the_traced_total() -> None:
    (finding,) = _lint(_context(_traced(), supplier_uid="own"), 20.0)
    assert finding.code == "TRACED_DIFFERS"
    assert "10" not in finding.message


def test_more_than_half_from_its_predecessor_is_told() -> None:
    facts = facts_of(
        items=[{"uid": "part"}, {"uid": "other"}],
        declarations=[
            _declaration("d1", 10.0),
            _declaration("d2", 10.0, document_id="theirs"),
            _declaration("d3", 10.0, item_uid="other"),
        ],
    )
    context = _context(facts)
    assert _codes(_lint(context, 15.0, preceding_uids=("d1", "theirs"))) == []
    (one, two) = _lint(context, 16.0, preceding_uids=("d1", "theirs", "d3", "unknown"))
    assert (one.code, one.path) == ("PREDECESSOR_DIFFERS", "pfs[0].precedingPfIds")
    assert "from its predecessor 'd1', 10 kg CO2e per kg" in one.message
    assert "'d2'" in two.message


def test_an_item_newer_than_the_graph_in_memory_is_judged_by_the_facts() -> None:
    graph = day_graph(REVISION, TODAY, facts_of(items=[{"uid": "older"}]))
    graph.roll_up(is_traced=False)
    graph.roll_up(is_traced=True)
    context = LintContext.of(_traced(), graph=graph, today=TODAY)
    assert _codes(_lint(context, 1000.0)) == []


def test_what_was_to_be_refused_is_not_judged() -> None:
    context = _context(ALONE)
    item = item_records(ALONE, [0])[0]
    pushed = _pushed(1.0, declared_unit="m3", gwp_set=None)
    assert lint(pushed, item, convert(pushed, item), context) == []
