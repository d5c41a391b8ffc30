"""Two services that are each other's partners: A makes packs and asks, B makes their parts and answers."""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from graph_service.model.vocabulary import Door
from graph_service.service.access import OPERATOR
from graph_service.service.partners.context import Exchange
from graph_service.service.partners.publishing import publish
from tests.support.houses import Authority, House

DELIVERED_WITHIN_S = 30
BOXES = {"pack": "cell", "crate": "lid"}
PARTS_A_BOX, BOX_KGCO2E, TRACED_KGCO2E, MADE_KGCO2E = 10.0, 5.0, 3.0, 2.0
"""A box takes ten parts; A traces each to 3 kg CO2e, its maker knows it to be 2."""

_EMISSIONS = "item,stage,component,kgco2e,data_type,gwp_set,period_start,period_end\n"
_ITEMS = "item,name,declared_unit,kind,supplier,region,identifiers\n"
_REGIONS = "region,name\nCN,China\n"

Seen = TypeVar("Seen")


def write_folder(folder: Path, **tables: str) -> Path:
    folder.mkdir()
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def data_of_a(folder: Path, makers: Mapping[str, Sequence[str]]) -> Path:
    """Boxes with their traced parts, and parts of which nothing is known; ``makers``: supplier -> its parts."""
    parts = {part: maker for maker, made in makers.items() for part in made}
    boxes = {box: part for box, part in BOXES.items() if part in parts}
    traced = dict.fromkeys(boxes, BOX_KGCO2E) | dict.fromkeys(boxes.values(), TRACED_KGCO2E)
    return write_folder(
        folder,
        regions=_REGIONS,
        suppliers="supplier,name\nus,Boxes\n" + "".join(f"{maker},{maker}\n" for maker in makers),
        items=_ITEMS
        + "".join(f"{box},{box},kg,PRODUCT,us,CN,\n" for box in boxes)
        + "".join(f"{part},{part},kg,COMPONENT,{maker},CN,{_urn(part)}\n" for part, maker in parts.items()),
        emissions=_EMISSIONS + "".join(_emission(item, kgco2e) for item, kgco2e in traced.items()),
        supplies="input,output,amount\n" + "".join(f"{part},{box},{PARTS_A_BOX}\n" for box, part in boxes.items()),
    )


def data_of_b(folder: Path, parts: Sequence[str], *, kgco2e: float = MADE_KGCO2E) -> Path:
    """The parts as their maker knows them: under uids of its own, with the same identifiers in capitals."""
    return write_folder(
        folder,
        regions=_REGIONS,
        suppliers="supplier,name\nus,Parts\n",
        items=_ITEMS + "".join(f"b-{part},{part},kg,COMPONENT,us,CN,{_urn(part).upper()}\n" for part in parts),
        emissions=_EMISSIONS + "".join(_emission(f"b-{part}", kgco2e) for part in parts),
    )


@dataclass
class Pair:
    """Both services. ``leader``: a key of A's; ``keys_at_b``: by partner the client id and secret that A has at B.

    ``a_url``, ``b_url``: where each is registered at the other, where not directly.
    """

    a: House
    b: House
    leader: str
    keys_at_b: dict[str, tuple[str, str]] = field(default_factory=dict)
    a_url: str | None = None
    b_url: str | None = None

    def register(self, name: str, *, supplier: str, items: Sequence[str], version: str = "3") -> None:
        """Each adds the other under that name, and A is told afterwards what it uses at B."""
        speaks = ("--version", version)
        b_url, a_url = self.b_url or self.b.url, self.a_url or self.a.url
        added = self.a.command("partners", "add", name, "--base-url", b_url, "--supplier", supplier, *speaks)
        at_a = keys_of(added)
        granted = [word for item in items for word in ("--item", f"b-{item}")]
        ours = ("--client-id", at_a[0], "--client-secret-stdin")
        base = ("--base-url", a_url)
        at_b = keys_of(self.b.command("partners", "add", name, *base, *speaks, *granted, *ours, stdin=at_a[1] + "\n"))
        file = self.a.folder / f"{name}.secret"
        file.write_text(at_b[1] + "\n", encoding="utf-8")
        self.a.command("partners", "change", name, "--client-id", at_b[0], "--client-secret-file", file)
        self.keys_at_b[name] = at_b
        for house in (self.a, self.b):
            house.secrets += [at_a[1], at_b[1]]

    def footprint(self, item: str) -> dict[str, Any]:
        """The item's footprint as A's leader reads it: total, completeness, and the codes of its findings."""
        query = f'{{ item(uid: "{item}") {{ footprint {{ totalKgCO2e isComplete findings {{ code }} }} }} }}'
        with self.a.http(authorization=f"Bearer {self.leader}") as http:
            answer = http.post("/graphql", json={"query": query}).json()
        assert "errors" not in answer, answer
        found = answer["data"]["item"]["footprint"]
        return {**found, "findings": {finding["code"] for finding in found["findings"]}}

    def declared(self, item: str) -> dict[str, str]:
        """The state of each of A's declarations of the item, by uid."""
        rows = self.a.listed("declarations", "list", "--item", item)
        return {row["declaration"]: row["state"] for row in rows}

    def answered(self, request_id: str) -> tuple[str, str | None]:
        """State and answer of A's request, once it has one."""

        def look() -> tuple[str, str | None]:
            rows = {row["request_id"]: row for row in self.a.listed("partners", "requests")}
            return rows[request_id]["state"], rows[request_id]["answer"]

        return eventually(look, lambda found: found[0] != "OPEN")


def eventually(look: Callable[[], Seen], is_right: Callable[[Seen], bool], *, within_s: float = 0.0) -> Seen:
    """What is seen as soon as it is right; fails where it does not become so."""
    deadline = time.monotonic() + (within_s or DELIVERED_WITHIN_S)
    while not is_right(found := look()):
        assert time.monotonic() < deadline, found
        time.sleep(0.3)
    return found


@contextmanager
def serving_pair(folder: Path, *, makers: Mapping[str, Sequence[str]], made: Sequence[str]) -> Iterator[Pair]:
    """Both services while the block runs; B has the parts ``made``. They do not know each other yet."""
    authority = Authority(folder)
    a, b = House("a", folder / "a", authority), House("b", folder / "b", authority)
    a.command("import", data_of_a(folder / "data-a", makers))
    b.command("import", data_of_b(folder / "data-b", made))
    leader = a.command("keys", "create", "--role", "CHAIN_LEADER")
    a.secrets.append(leader)
    try:
        start_all(a, b)
        yield Pair(a, b, leader)
        for house in (a, b):
            house.check_log_holds_no_secret()
    finally:
        a.kill()
        b.kill()


def start_all(*houses: House) -> None:
    """All of them, at the same time."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(House.start, houses))


async def publish_all(house: House, parts: Sequence[str]) -> list[str]:
    """The footprints that the house published of these parts."""
    async with house.services() as services:
        exchange = Exchange(services.store, services.snapshots, services.clock, services.pact, "//parts.example")
        done = [await publish(f"b-{part}", principal=OPERATOR, door=Door.CLI, exchange=exchange) for part in parts]
    return [one.declaration_uid for one in done]


def keys_of(printed: str) -> tuple[str, str]:
    """Client id and secret that ``partners add`` printed."""
    found = re.search(r"client id: (\S+)\nclient secret: (\S+)", printed)
    assert found is not None, printed
    return found[1], found[2]


def _urn(part: str) -> str:
    return f"urn:pact:parts.example:product-id:{part}"


def _emission(item: str, kgco2e: float) -> str:
    return f"{item},MANUFACTURING,FOSSIL,{kgco2e},PRIMARY,AR6,2025-01-01,2026-01-01\n"
