"""Loop gains, loops that are refused, and the loop that a refusal names."""

import networkx as nx
import numpy as np
import pytest

from graph_service.engine.loops import UnsolvableComponent, find_unsolvable
from graph_service.engine.rollup import roll_up
from graph_service.engine.snapshot import Numbers
from tests.support.graphs import SupplyRow, from_matrix, ring, snapshot

Edge = tuple[int, int, float]


def unsolvable(item_count: int, edges: list[Edge]) -> list[UnsolvableComponent]:
    input_row, output_row, coefficient = zip(*edges, strict=True)
    return find_unsolvable(
        item_count,
        np.array(input_row, dtype=np.int32),
        np.array(output_row, dtype=np.int32),
        np.array(coefficient, dtype=np.float64),
    )


def test_a_loop_that_takes_more_than_it_makes_is_named_in_supply_order() -> None:
    (found,) = unsolvable(5, [(4, 2, 1.2), (2, 3, 1.0), (3, 4, 1.0), (0, 4, 1.0), (3, 1, 9.0)])
    assert found.item_rows.tolist() == [2, 3, 4]
    assert found.gain == pytest.approx(1.2 ** (1 / 3), rel=1e-12)


def test_two_loops_of_less_than_one_through_one_item_are_together_more() -> None:
    one, other = [(0, 1, 0.8), (1, 0, 0.8)], [(0, 2, 0.8), (2, 0, 0.8)]
    assert unsolvable(3, one) == []
    assert unsolvable(3, other) == []
    (found,) = unsolvable(3, one + other)
    assert found.gain == pytest.approx(1.28**0.5, rel=1e-12)
    assert round(found.gain, 2) == 1.13
    assert found.item_rows.tolist() in ([0, 1], [0, 2])


def test_a_gain_of_exactly_one_is_refused_and_just_below_is_not() -> None:
    assert [found.gain for found in unsolvable(2, [(0, 1, 2.0), (1, 0, 0.5)])] == pytest.approx([1.0])
    assert unsolvable(2, [(0, 1, 2.0), (1, 0, 0.4999)]) == []
    assert [found.gain for found in unsolvable(1, [(0, 0, 1.0)])] == [1.0]
    assert unsolvable(1, [(0, 0, 0.999)]) == []


def test_a_negative_self_loop_of_one_or_more_is_refused_too() -> None:
    assert [found.item_rows.tolist() for found in unsolvable(1, [(0, 0, -1.0)])] == [[0]]


def test_parallel_supplies_add_up_before_they_are_judged() -> None:
    assert [found.gain for found in unsolvable(1, [(0, 0, 0.6), (0, 0, 0.6)])] == pytest.approx([1.2])
    assert unsolvable(1, [(0, 0, 1.6), (0, 0, -0.8)]) == []


def test_negative_amounts_may_hold_a_loop_if_the_signed_radius_is_below_one() -> None:
    held = [(0, 1, 0.8), (1, 0, 0.8), (0, 2, 0.8), (2, 0, -0.8)]
    assert unsolvable(3, held) == []
    assert len(unsolvable(3, [*held, (0, 0, 0.9), (1, 1, 0.9)])) == 1


def test_several_components_are_all_found_in_order_of_their_rows() -> None:
    edges = [(5, 4, 1.5), (4, 5, 1.5), (0, 1, 1.1), (1, 0, 1.1), (2, 3, 0.1), (3, 2, 0.1), (1, 2, 1.0)]
    assert [found.item_rows.tolist() for found in unsolvable(6, edges)] == [[0, 1], [4, 5]]


@pytest.mark.parametrize("seed", range(40))
def test_the_named_loop_has_the_greatest_geometric_mean_of_all(seed: int) -> None:
    random = np.random.default_rng(seed)
    count = int(random.integers(2, 9))
    edges = list(
        zip(
            random.integers(0, count, 2 * count).tolist(),
            random.integers(0, count, 2 * count).tolist(),
            random.uniform(0.5, 2.0, 2 * count).tolist(),
            strict=True,
        )
    )
    amount = np.zeros((count, count))
    for input_row, output_row, coefficient in edges:
        amount[input_row, output_row] += coefficient
    graph = nx.DiGraph([(input_row, output_row) for input_row, output_row, _ in edges])
    for found in unsolvable(count, edges):
        component = nx.node_connected_component(graph.subgraph(_strong(graph, found)).to_undirected(), _first(found))
        best = max(_mean(amount, cycle) for cycle in nx.simple_cycles(graph.subgraph(component)))
        assert _mean(amount, found.item_rows.tolist()) == pytest.approx(best, abs=1e-12)


def _first(found: UnsolvableComponent) -> int:
    return int(found.item_rows[0])


def _strong(graph: "nx.DiGraph[int]", found: UnsolvableComponent) -> set[int]:
    return next(rows for rows in nx.strongly_connected_components(graph) if _first(found) in rows)


def _mean(amount: Numbers, cycle: list[int]) -> float:
    return float(np.mean([np.log(amount[a, b]) for a, b in zip(cycle, [*cycle[1:], cycle[0]], strict=True)]))


@pytest.mark.parametrize("length", [3, 64, 65, 1000, 3000])
def test_a_ring_of_any_length_has_the_gain_of_its_geometric_mean_and_is_named_whole(length: int) -> None:
    random = np.random.default_rng(length)
    amount = random.uniform(0.5, 2.0, length)
    amount *= 1.01 / np.exp(np.log(amount).mean())
    row = np.arange(length)
    (found,) = unsolvable(length, list(zip(row.tolist(), np.roll(row, -1).tolist(), amount.tolist(), strict=True)))
    assert found.gain == pytest.approx(1.01, rel=1e-9)
    assert found.item_rows.tolist() == row.tolist()


@pytest.mark.parametrize("length", [2, 64, 65, 500, 20_000])
@pytest.mark.parametrize("gain", [0.01, 0.5, 0.999])
def test_a_ring_is_solved_to_its_closed_form(length: int, gain: float) -> None:
    rollup = roll_up(ring(length, gain=gain))
    assert rollup.total_kgco2e() == pytest.approx(np.full(length, 1.0 / (1.0 - gain)), rel=1e-11)
    assert rollup.loop_gain() == pytest.approx(np.full(length, gain), rel=1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_large_loops_in_wild_units_are_solved_to_nine_digits(seed: int) -> None:
    random = np.random.default_rng(seed)
    count = int(random.integers(70, 300))
    matrix = np.where(random.random((count, count)) < 2.0 / count, random.uniform(-0.2, 1.0, (count, count)), 0.0)
    matrix[np.arange(count), np.roll(np.arange(count), -1)] = 0.5
    matrix *= random.choice((0.3, 0.9, 0.99)) / np.abs(np.linalg.eigvals(np.abs(matrix))).max()
    size = 10.0 ** random.uniform(-3, 3, count)
    direct = random.uniform(0.0, 1.0, count)
    rollup = roll_up(from_matrix(matrix / size[:, None] * size[None, :], direct * size))
    wanted = np.linalg.solve(np.eye(count) - matrix.T, direct)
    scale = np.linalg.solve(np.eye(count) - np.abs(matrix).T, direct)
    assert rollup.solver.components.size.max() > 64
    assert np.all(np.abs(rollup.total_kgco2e() / size - wanted) <= 1e-9 * scale)


def test_many_large_loops_in_a_row_and_side_by_side_are_solved() -> None:
    # 20 rings of 70 items: ring k feeds rings k + 1 and k + 5, more loops than are taken one by one.
    supplies = [SupplyRow(70 * k + i, 70 * k + (i + 1) % 70, 0.5) for k in range(20) for i in range(70)]
    supplies += [SupplyRow(70 * k, 70 * (k + step) + 3, 0.25) for step in (1, 5) for k in range(20 - step)]
    day = snapshot(1400, supplies=supplies)
    matrix = np.zeros((1400, 1400))
    for row in supplies:
        matrix[row.input_row, row.output_row] += row.amount
    direct = np.random.default_rng(1).uniform(0.0, 1.0, 1400)
    rollup = roll_up(from_matrix(matrix, direct))
    assert rollup.total_kgco2e() == pytest.approx(np.linalg.solve(np.eye(1400) - matrix.T, direct), rel=1e-12)
    demand = np.eye(1400)[700]
    wanted = np.linalg.solve(np.eye(1400) - matrix, demand)
    assert rollup.solver.solve_adjoint(demand) == pytest.approx(wanted, rel=1e-12, abs=1e-15)
    assert day.item_count == rollup.snapshot.item_count


def test_a_large_loop_held_by_negative_amounts_is_solved_directly() -> None:
    count, random = 80, np.random.default_rng(3)
    matrix = np.where(random.random((count, count)) < 0.1, random.choice((-1.0, 1.0), (count, count)), 0.0)
    matrix *= 0.95 / np.abs(np.linalg.eigvals(matrix)).max()
    assert np.abs(np.linalg.eigvals(np.abs(matrix))).max() > 1.0
    direct = np.linspace(0.0, 1.0, count)
    rollup = roll_up(from_matrix(matrix, direct))
    assert rollup.total_kgco2e() == pytest.approx(np.linalg.solve(np.eye(count) - matrix.T, direct), rel=1e-11)
    assert np.isnan(rollup.columns().verified_share).all()


def test_a_tiny_amount_beside_a_huge_one_in_a_loop_keeps_its_share() -> None:
    # Kilograms beside tonnes, and one item that brings next to nothing: rounding must not make shares of it.
    matrix = np.array([[0.0, 1e-13, 0.0], [1000.0, 0.0, 1e-13], [1e-13, 1e6, 0.0]])
    matrix *= 0.5 / np.abs(np.linalg.eigvals(matrix)).max()
    direct = np.array([1.0, 0.0, 0.0])
    found = roll_up(from_matrix(matrix, direct)).total_kgco2e()
    exact = direct.astype(np.longdouble)
    total = exact.copy()
    for _ in range(400):
        total = exact + matrix.T.astype(np.longdouble) @ total
    assert np.all(np.abs(found - total) <= 1e-13 * total)
