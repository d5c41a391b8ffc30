"""A random sequence of calls through the public doors, each answer held to the second opinion's world."""

import csv
import io
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from graph_service.exchange.dataset import read_folder
from graph_service.model.batch import ChangesApplied
from graph_service.model.vocabulary import Door, Role
from graph_service.service.access import OPERATOR
from graph_service.service.declaring.importing import import_data_set
from tests.oracle.declaring_checks import assert_same_totals, assert_same_world
from tests.oracle.declaring_reference import (
    MOST_DIFFERENCE,
    Declared,
    Item,
    Waiting,
    World,
    codes_of,
    differs,
    ways_to_convert,
    years_after,
)
from tests.oracle.declaring_worlds import EDGES, Push, Pushes, batch_of, emission_input, random_world
from tests.support.api_client import Api

DECLARE = """mutation ($input: DeclareFootprintInput!) { answer: declareFootprint(input: $input) { __typename
  ... on FootprintDeclared { declaration { uid state } revision { number } replayed dryRun waiting
    findings { code severity path message } }
  ... on ChangesRefused { code revision { number } findings { code severity path message } } } }"""
ASSIGN = DECLARE.replace("DeclareFootprintInput", "AssignWaitingInput").replace("declareFootprint", "assignWaiting")
REVIEW = """mutation ($input: ReviewDeclarationInput!) { answer: reviewDeclaration(input: $input) { __typename
  ... on DeclarationReviewed { declaration { uid state reason } revision { number } replayed }
  ... on ChangesRefused { code revision { number } findings { code path message } } } }"""
DROP = """mutation ($input: DropWaitingInput!) { answer: dropWaiting(input: $input) { __typename
  ... on WaitingDropped { revision { number } replayed }
  ... on ChangesRefused { code revision { number } findings { code message } } } }"""

TOLD = {
    *(
        "ITEM_UNKNOWN",
        "ITEM_AMBIGUOUS",
        "COMPANY_UNKNOWN",
        "UNIT_CONVERTED",
        "UNIT_DOUBTFUL",
        "UNIT_UNBRIDGED",
        "UNKNOWN_PREDECESSOR",
    ),
    *("PREDECESSOR_DIFFERS", "TRACED_DIFFERS", "NEGATIVE_TOTAL", "ALREADY_EXPIRED", "PERIOD_OLD", "PERIOD_IN_FUTURE"),
}
"""What the second opinion has a word on of what a check of a push finds."""
REASONS = {"QUERY": "which plant?", "REJECT": "wrong year", "DEPRECATE": "withdrawn"}
REVIEWED = {"ACCEPT": "ACCEPTED", "QUERY": "QUERIED", "REJECT": "REJECTED", "DEPRECATE": "DEPRECATED"}


@dataclass
class Session:
    """The service and the second opinion side by side."""

    api: Api
    rng: random.Random
    folder: Path
    world: World = field(default_factory=World)
    revision: int = 0
    past: dict[int, World] = field(default_factory=dict)
    keys: dict[str | None, str] = field(default_factory=dict)
    calls: int = 0
    received: int = 0
    said: list[str] = field(default_factory=list)
    """What was done, for whoever reads a failure."""
    sent: list[tuple[Push, str | None, str]] = field(default_factory=list)
    """Pushes that were taken, with sender and key."""
    sent_at: dict[str, datetime] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    """uid of the declaration of each content."""

    @property
    def today(self) -> date:
        return self.api.clock.now().date()

    async def begin(self) -> None:
        self.world = random_world(self.rng)
        self.revision = await self.api.record("world", **batch_of(self.world))
        self.pushes = Pushes(self.rng, self.world)
        self.keys = {uid: await self.api.key(Role.SUPPLIER, uid) for uid in self.world.suppliers} | {None: ""}
        self.past[self.revision] = self.world.copy()

    async def run(self, steps: int) -> None:
        await self.begin()
        await self.compare()
        doors = (
            *(self.push,) * 7,
            *(self.review,) * 6,
            *(self.assign, self.drop, self.upload, self.upload, self.import_folder, self.import_folder),
            *(self.repeat, self.repeat, self.change_facts, self.pass_days),
        )
        for _ in range(steps):
            self.api.clock.advance(timedelta(seconds=1))
            await self.rng.choice(doors)()
            self.past[self.revision] = self.world.copy()
            await self.compare()

    async def compare(self) -> None:
        """Everything that can be asked, today and at some other times."""
        await assert_same_world(self.api, self.world, self.revision)
        await assert_same_totals(self.api, self.world, self.today, rng=self.rng)
        revision, day = self.rng.choice(list(self.past)), self.rng.choice((*EDGES, self.today))
        await assert_same_totals(self.api, self.past[revision], day, revision=revision, rng=self.rng)

    def key(self) -> str:
        self.calls += 1
        return f"call {self.calls}"

    async def ask(self, query: str, given: Mapping[str, Any], *, sender: str | None = None) -> Any:
        access = self.keys[sender] or None
        return (await self.api.ask(query, {"input": given}, key=access))["answer"]

    # ------------------------------------------------------------ pushing

    async def push(self) -> None:
        push = self.pushes.one(self.rng.choice(("short", "short", "v3", "v3", "v2")), world=self.world)
        sender = self.rng.choice((None, *self.world.suppliers))
        self.said.append(f"push {push} by {sender}")
        is_tried = self.rng.random() < 0.4
        tried = await self.send(push, "tried", sender=sender, dry_run=True) if is_tried else None
        if tried:
            assert tried.get("dryRun", True), tried
            assert tried.get("declaration") is None, tried
            await assert_same_world(self.api, self.world, self.revision)
        key = self.key()
        answer = await self.send(push, key, sender=sender)
        if tried:
            assert tried["findings"] == answer["findings"], (tried, answer)
            assert tried["__typename"] == answer["__typename"], (tried, answer)
        self.take(push, answer, sender=sender)
        self.sent.append((push, sender, key))
        self.sent_at[key] = self.api.clock.now()

    async def send(self, push: Push, key: str, *, sender: str | None, dry_run: bool = False) -> Any:
        content = {"short": push.short()} if push.door == "short" else {"pact": push.document()}
        return await self.ask(DECLARE, {"idempotencyKey": key, "dryRun": dry_run, **content}, sender=sender)

    def take(self, push: Push, answer: Any, *, sender: str | None) -> None:
        """Record what the service must have made of a push; its answer gives the uid."""
        if answer["__typename"] == "ChangesRefused":
            self.refuse(push, answer, sender=sender)
            return
        assert not answer["replayed"], answer
        declaration = answer["declaration"] or {}
        uid, state = declaration.get("uid"), declaration.get("state")
        self.expect(push, answer["findings"], sender=sender, uid=uid, state=state, waiting=answer["waiting"])
        self.revision += 1
        assert answer["revision"]["number"] == self.revision, answer

    def refuse(self, push: Push, answer: Any, *, sender: str | None) -> None:
        item, told = self.world.match(push.names, push.companies, sender=sender)
        if item is None:
            # The short form names one item of the caller's: nothing else comes with it that somebody could find it by.
            assert push.door == "short", answer
            assert codes_of(answer["findings"]) & TOLD == {told}, answer
            return
        ways = ways_to_convert(item, push.unit, amount=push.amount, mass_kg=push.mass_kg)
        assert not ways, answer
        assert {"UNIT_UNBRIDGED"} == {one["code"] for one in answer["findings"] if one["severity"] == "ERROR"}, answer

    def expect(
        self,
        push: Push,
        findings: Sequence[Any],
        *,
        sender: str | None,
        uid: str | None,
        state: str | None,
        waiting: str | None,
    ) -> None:
        """Put a push into the world and hold what was answered to it."""
        item, told = self.world.match(push.names, push.companies, sender=sender)
        if item is None:
            assert uid is None, (push, findings)
            assert told in codes_of(findings), (told, findings)
            if waiting is not None:
                self.world.waiting[waiting] = Waiting(waiting, told or "", sender or "", push.content())
            return
        assert uid, (push, findings)
        self.declare(push, item, findings, told=told, uid=uid, state=state, sender=sender)
        self.known[push.content()] = uid

    def declare(
        self,
        push: Push,
        item: Item,
        findings: Sequence[Any],
        *,
        told: str | None,
        uid: str,
        state: str | None,
        sender: str | None,
    ) -> None:
        assert push.uid in (None, uid), (push, uid)
        ways = ways_to_convert(item, push.unit, amount=push.amount, mass_kg=push.mass_kg)
        assert ways, (push, findings)
        factor, self.received = ways[0][1], self.received + 1
        uptake = push.uptake_kgco2e
        declared = Declared(
            uid=uid,
            item=item.uid,
            kgco2e=push.kgco2e * factor,
            uptake_kgco2e=None if uptake is None else uptake * factor,
            primary=push.primary,
            is_verified=said_verified(push),
            period_end=push.period_end,
            valid_from=push.valid_from,
            valid_to=push.valid_to or years_after(push.period_end, 3),
            preceding=tuple(one for one in push.preceding if one in self.of_item(item)),
            received=self.received,
            review="RECEIVED",
        )
        expected = self.expected_codes(push, declared, told, sender=sender)
        assert codes_of(findings) & TOLD == expected & TOLD, (
            codes_of(findings) & TOLD,
            expected & TOLD,
            [one["message"] for one in findings],
            push,
        )
        is_accepted = self.is_accepted(declared, findings)
        self.world.declared[uid] = declared
        if is_accepted:
            self.world.accept(uid)
        assert state == self.world.state(uid), (state, self.world.state(uid), push, findings)

    def of_item(self, item: Item) -> set[str]:
        return {one.uid for one in self.world.declared.values() if one.item == item.uid}

    def is_accepted(self, declared: Declared, findings: Sequence[Any]) -> bool:
        """By the rule of the item's supplier."""
        item = self.world.items[declared.item]
        supplier = self.world.suppliers.get(item.supplier or "")
        if supplier is None or supplier.acceptance == "REVIEW":
            return False
        if supplier.acceptance == "CLEAN" and any(one["severity"] == "WARNING" for one in findings):
            return False
        if supplier.tolerance is None:
            return True
        total = self.world.at(self.today).total(item.uid)
        return total is not None and not differs(declared.kgco2e, total, supplier.tolerance)

    def expected_codes(self, push: Push, declared: Declared, told: str | None, *, sender: str | None) -> set[str]:
        item, codes = self.world.items[declared.item], {told} if told else set()
        codes |= {self.told_of_unit(push, item)}
        codes |= {"UNKNOWN_PREDECESSOR"} if len(declared.preceding) < len(push.preceding) else set()
        codes |= {"NEGATIVE_TOTAL"} if declared.kgco2e < 0 else set()
        codes |= {"ALREADY_EXPIRED"} if declared.valid_to <= self.today else set()
        is_old = years_after(declared.period_end, 3) < self.today < declared.valid_to
        codes |= {"PERIOD_OLD"} if is_old else set()
        codes |= {"PERIOD_IN_FUTURE"} if declared.period_end > self.today else set()
        for before in declared.preceding:
            if differs(declared.kgco2e, self.world.declared[before].kgco2e):
                codes.add("PREDECESSOR_DIFFERS")
        traced = self.world.at(self.today, is_traced=True)
        if traced.has_structure(item.uid) and (total := traced.total(item.uid)) is not None:
            is_low = declared.kgco2e < total
            total = total if sender is None else float(f"{total:.1g}")  # what suppliers may know of it
            if differs(declared.kgco2e, total, MOST_DIFFERENCE) and (is_low or traced.is_complete(item.uid)):
                codes.add("TRACED_DIFFERS")
        return codes

    def told_of_unit(self, push: Push, item: Item) -> str:
        """UNIT_DOUBTFUL, UNIT_CONVERTED or nothing."""
        ways = ways_to_convert(item, push.unit, amount=push.amount, mass_kg=push.mass_kg)
        (way, factor), others = ways[0], [other for _, other in ways[1:]]
        if any(abs(other - factor) > 0.01 * factor for other in others):
            return "UNIT_DOUBTFUL"
        return "" if way in ("same", "definition") else "UNIT_CONVERTED"

    # ------------------------------------------------------------ the other doors

    async def review(self) -> None:
        if not self.world.declared:
            await self.push()
            return
        uid, decision = self.rng.choice(list(self.world.declared)), self.rng.choice(list(REVIEWED))
        decision = self.rng.choice(("ACCEPT", "ACCEPT", decision))
        state = self.world.state(uid)
        wrong = self.rng.choice([one for one in REVIEWED.values() if one != state])
        expected = self.rng.choice((None, None, state, wrong))
        self.said.append(f"{decision} {uid} ({state}, expected {expected})")
        given = {"idempotencyKey": self.key(), "declaration": uid, "decision": decision, "expectedState": expected}
        reason = {"reason": REASONS[decision]} if decision in REASONS else {}
        answer = await self.ask(REVIEW, {**given, **reason})
        if expected not in (None, state):
            assert answer.get("code") == "CONFLICT", answer
            return
        if state == "DEPRECATED":
            if decision != "DEPRECATE":
                assert codes_of(answer.get("findings", ())) == {"DECLARATION_FINAL"}, answer
            else:
                self.world.withdraw(uid)
                self.count(answer)
            return
        assert answer["__typename"] == "DeclarationReviewed", answer
        if decision == "ACCEPT":
            self.world.accept(uid)
        elif decision == "DEPRECATE":
            self.world.withdraw(uid)
        else:
            self.world.send_back(uid, REVIEWED[decision])
        assert answer["declaration"]["state"] == REVIEWED[decision], answer
        self.count(answer)

    def count(self, answer: Any) -> None:
        """The revision of an answer: the next, or the same where nothing changed."""
        number = answer["revision"]["number"]
        assert number in (self.revision, self.revision + 1), answer
        if number == self.revision:
            before = self.past[number]
            states = [{uid: world.state(uid) for uid in world.declared} for world in (before, self.world)]
            assert states[0] == states[1], f"nothing recorded: {answer}"
            assert before.waiting == self.world.waiting, f"nothing recorded: {answer}"
        self.revision = number

    async def assign(self) -> None:
        if not self.world.waiting:
            await self.push()
            return
        uid, item = self.rng.choice(list(self.world.waiting)), self.rng.choice(list(self.world.items.values()))
        waiting = self.world.waiting[uid]
        push = next(one for one, _, _ in self.sent if one.content() == waiting.content)
        self.said.append(f"assign {uid} to {item.uid}")
        answer = await self.ask(ASSIGN, {"idempotencyKey": self.key(), "waiting": uid, "item": item.uid})
        ways = ways_to_convert(item, push.unit, amount=push.amount, mass_kg=push.mass_kg)
        if not ways:
            assert "UNIT_UNBRIDGED" in codes_of(answer["findings"]), answer
            assert answer["__typename"] == "ChangesRefused", answer
            return
        assert answer["__typename"] == "FootprintDeclared", answer
        del self.world.waiting[uid]
        declaration = answer["declaration"]
        state = declaration["state"]
        self.declare(push, item, answer["findings"], told=None, uid=declaration["uid"], state=state, sender=None)
        self.known[push.content()] = declaration["uid"]
        self.count(answer)

    async def drop(self) -> None:
        if not self.world.waiting:
            await self.pass_days()
            return
        uid = self.rng.choice(list(self.world.waiting))
        self.said.append(f"drop {uid}")
        answer = await self.ask(DROP, {"idempotencyKey": self.key(), "waiting": uid, "reason": "spam"})
        assert answer["__typename"] == "WaitingDropped", answer
        del self.world.waiting[uid]
        self.count(answer)

    async def upload(self) -> None:
        pushes = [self.pushes.one("row", world=self.world) for _ in range(self.rng.choice((1, 1, 2, 3)))]
        sender = self.rng.choice((None, *self.world.suppliers))
        self.said.append(f"upload {pushes} by {sender}")
        rows = [push.row() for push in pushes]
        if self.rng.random() < 0.3:
            tried = await self.send_table(rows, sender=sender, query="?dryRun=true")
            await assert_same_world(self.api, self.world, self.revision)
        else:
            tried = None
        answer = await self.send_table(rows, sender=sender, query=f"?idempotencyKey={self.key().replace(' ', '')}")
        if tried is not None:
            assert [one["findings"] for one in tried["rows"]] == [one["findings"] for one in answer["rows"]]
        matched = [self.world.match(push.names, push.companies, sender=sender)[0] for push in pushes]
        is_bad = any(
            item and not ways_to_convert(item, push.unit, amount=push.amount, mass_kg=push.mass_kg)
            for item, push in zip(matched, pushes, strict=True)
        )
        assert ("code" in answer) == is_bad, answer
        if is_bad:
            return
        for push, row in zip(pushes, answer["rows"], strict=True):
            state = row["status"] if row["declaration"] else None
            self.expect(push, row["findings"], sender=sender, uid=row["declaration"], state=state, waiting=None)
        await self.learn_waiting(pushes, sender)
        self.sent += [(push, sender, "") for push in pushes]
        self.revision += 1
        assert answer["revision"] == self.revision, answer

    async def learn_waiting(self, pushes: Sequence[Push], sender: str | None) -> None:
        """The uids of the rows that wait, which a table's answer does not give: told apart by their kilograms."""
        found = (await self.api.ask("{ waiting(first: 200) { uid kgCO2e reason } }"))["waiting"]
        new = {one["kgCO2e"]: one["uid"] for one in found if one["uid"] not in self.world.waiting}
        for push in pushes:
            item, told = self.world.match(push.names, push.companies, sender=sender)
            if item is None:
                uid = new.pop(push.kgco2e)
                self.world.waiting[uid] = Waiting(uid, told or "", sender or "", push.content())
        assert not new, new

    async def send_table(self, rows: Sequence[Mapping[str, str]], *, sender: str | None, query: str) -> Any:
        content = csv_text(rows).encode()
        key = self.keys[sender] or self.api.leader
        headers = {"authorization": f"Bearer {key}", "content-type": "text/csv"}
        return (await self.api.http.post(f"/uploads/declarations{query}", content=content, headers=headers)).json()

    async def import_folder(self) -> None:
        """Rows of declarations, and now and then a document; all count as accepted."""
        pushes = [self.pushes.one("row", world=self.world) for _ in range(self.rng.choice((1, 1, 2)))]
        pushes = [
            replace(push, uid=f"d{self.pushes.made}-{place}", names=(self.uid_of(push),), unit=None, amount=None)
            for place, push in enumerate(pushes)
        ]
        pushes = [replace(push, preceding=self.known_preceding(push), mass_kg=None, companies=()) for push in pushes]
        if len(pushes) == 2 and self.rng.random() < 0.4:
            pushes[1] = replace(pushes[1], names=pushes[0].names, preceding=(pushes[0].uid or "",))
        documents = [self.pushes.one("v3", world=self.world)] if self.rng.random() < 0.3 else []
        if documents and self.rng.random() < 0.5:  # a document that replaces a row beside it
            item, _ = self.world.match(documents[0].names, documents[0].companies)
            if item is not None:
                pushes[0] = replace(pushes[0], uid=self.pushes.new_uuid(), names=(item.uid,), preceding=())
                documents[0] = replace(documents[0], preceding=(pushes[0].uid or "",))
                pushes = pushes[:1]
        documents = [one for one in documents if self.convertible(one)]
        self.said.append(f"import {pushes} and {documents}")
        self.write_folder(pushes, documents)
        for dry_run in (True, False) if self.rng.random() < 0.3 else (False,):
            outcome = await self.import_data(dry_run=dry_run)
            assert isinstance(outcome, ChangesApplied), outcome
            if dry_run:
                await assert_same_world(self.api, self.world, self.revision)
        for push in (*pushes, *documents):
            item, _ = self.world.match(push.names, push.companies)
            assert item is not None
            self.take_imported(push, item)
        self.revision += 1
        assert outcome.revision.number == self.revision
        again = await self.import_data(dry_run=False)
        assert isinstance(again, ChangesApplied), again
        assert again.revision.number == self.revision, again

    def uid_of(self, push: Push) -> str:
        found = self.world.match(push.names)[0]
        return found.uid if found else self.rng.choice(list(self.world.items))

    def known_preceding(self, push: Push) -> tuple[str, ...]:
        own = self.of_item(self.world.items[push.names[0]])
        return tuple(uid for uid in push.preceding if uid in own)

    def convertible(self, push: Push) -> bool:
        item, _ = self.world.match(push.names, push.companies)
        return item is not None and bool(ways_to_convert(item, push.unit, amount=push.amount, mass_kg=push.mass_kg))

    def take_imported(self, push: Push, item: Item) -> None:
        factor = ways_to_convert(item, push.unit, amount=push.amount, mass_kg=push.mass_kg)[0][1]
        self.received += 1
        uid = push.uid or ""
        uptake = push.uptake_kgco2e
        self.world.declared[uid] = Declared(
            uid=uid,
            item=item.uid,
            kgco2e=push.kgco2e * factor,
            uptake_kgco2e=None if uptake is None else uptake * factor,
            primary=push.primary,
            is_verified=said_verified(push),
            period_end=push.period_end,
            valid_from=push.valid_from,
            valid_to=push.valid_to or years_after(push.period_end, 3),
            preceding=tuple(one for one in push.preceding if one in self.of_item(item)),
            received=self.received,
            review="RECEIVED",
        )
        if push.door == "row":
            self.world.take_over(uid)
        else:
            self.world.accept(uid)

    def write_folder(self, pushes: Sequence[Push], documents: Sequence[Push]) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "declarations").mkdir(exist_ok=True)
        rows = [push.row() for push in pushes]
        uid = self.rng.choice(list(self.world.items))
        self.write_items(uid)
        (self.folder / "declarations.csv").write_text(csv_text(rows), "utf-8")
        path = self.folder / "declarations" / "pushed.json"
        path.unlink(missing_ok=True)
        if documents:
            path.write_text(json.dumps([one.document() for one in documents]), "utf-8")

    def write_items(self, uid: str) -> None:
        one = self.world.items[uid]
        row = {
            "item": one.uid,
            "declared_unit": one.unit,
            "supplier": one.supplier or "",
            "identifiers": " ".join(one.identifiers),
            "equivalents": "; ".join(f"{amount} {unit}" for amount, unit in one.equivalents),
            "mass_kg": "" if one.mass_kg is None else str(one.mass_kg),
        }
        (self.folder / "items.csv").write_text(csv_text([row]), "utf-8")

    async def import_data(self, *, dry_run: bool) -> Any:
        data, services = read_folder(self.folder), self.api.services
        return await import_data_set(
            replace(data.batch, is_dry_run=dry_run),
            data.documents,
            principal=OPERATOR,
            door=Door.CLI,
            store=services.store,
            snapshots=services.snapshots,
            clock=self.api.clock,
        )

    async def repeat(self) -> None:
        """The same under the same key, the same under another one, and another content under the same key."""
        repeatable = [sent for sent in self.sent if sent[0].door != "row"]
        if not repeatable:
            await self.push()
            return
        push, sender, key = self.rng.choice(repeatable)
        is_kept = self.api.clock.now() - self.sent_at[key] < timedelta(days=1)
        how = self.rng.choice(("same key", "other key", "other content")) if is_kept else "other key"
        self.said.append(f"repeat with {how} {push} by {sender}")
        if how == "other content":
            answer = await self.send(replace(push, kgco2e=push.kgco2e + 1), key, sender=sender)
            assert answer["__typename"] == "ChangesRefused", answer
            return
        if how == "same key":
            answer = await self.send(push, key, sender=sender)
            assert answer.get("replayed", True), answer
            return
        uid = self.uid_of_content(push)
        answer = await self.send(push, self.key(), sender=sender)
        if uid is not None and self.world.match(push.names, push.companies, sender=sender)[0] is not None:
            assert answer["__typename"] == "FootprintDeclared", answer
            assert answer["declaration"] is not None, answer
            assert answer["declaration"]["uid"] == uid, answer
            assert answer["revision"]["number"] == self.revision, answer
        elif answer["__typename"] == "FootprintDeclared":
            self.take_again(push, answer, sender=sender)

    def take_again(self, push: Push, answer: Any, *, sender: str | None) -> None:
        """What waits or was dropped before: it waits, once, or finds its item by now."""
        if answer["waiting"] is None:  # it was given an item by hand
            assert answer["declaration"]["uid"] == self.uid_of_content(push), answer
            return
        _, told = self.world.match(push.names, push.companies, sender=sender)
        waiting = Waiting(answer["waiting"], told or "", sender or "", push.content())
        self.world.waiting.setdefault(answer["waiting"], waiting)
        assert answer["revision"]["number"] in (self.revision, self.revision + 1), answer
        self.revision = answer["revision"]["number"]

    def uid_of_content(self, push: Push) -> str | None:
        return self.known.get(push.content())

    async def change_facts(self) -> None:
        if not self.world.emissions:
            return
        uid = self.rng.choice(list(self.world.emissions))
        self.said.append(f"change {uid}")
        one = self.world.emissions[uid]
        self.world.emissions[uid] = replace(one, kgco2e=one.kgco2e + 0.5)
        self.revision = await self.api.record(self.key(), emissions=[emission_input(uid, self.world.emissions[uid])])

    async def pass_days(self) -> None:
        days = self.rng.choice((1, 14, 20, 80, 400))
        self.said.append(f"{days} days pass")
        self.api.clock.advance(timedelta(days=days))


def said_verified(push: Push) -> bool | None:
    """Whether it says that it is verified; saying nothing leaves it open in V2 and tables, and denies it elsewhere."""
    if push.door == "v2":
        return True if push.is_verified else None
    return push.is_verified if push.door == "row" else bool(push.is_verified)


def csv_text(rows: Sequence[Mapping[str, str]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
