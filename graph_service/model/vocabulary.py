"""The closed lists of words, as in the GraphQL contract. Order is part of the meaning: codes are positions."""

from enum import StrEnum


class Kind(StrEnum):
    """The kinds of fact, in the order in which a batch records them."""

    REGION = "region"
    SUPPLIER = "supplier"
    ITEM = "item"
    FACTOR = "factor"
    EMISSION = "emission"
    SUPPLY = "supply"
    BENCHMARK = "benchmark"
    DECLARATION = "declaration"

    @property
    def plural(self) -> str:
        """The kind's list in batches, files and finding paths: ``supplies`` in ``supplies[12].amount``."""
        return "supplies" if self is Kind.SUPPLY else f"{self.value}s"


class ItemKind(StrEnum):
    PRODUCT = "PRODUCT"
    COMPONENT = "COMPONENT"
    MATERIAL = "MATERIAL"
    ENERGY = "ENERGY"
    TRANSPORT_SERVICE = "TRANSPORT_SERVICE"
    SERVICE = "SERVICE"


class LifeCycleStage(StrEnum):
    """The first three lie before the gate, the next three after it; facts never carry UNSPECIFIED."""

    RAW_MATERIAL = "RAW_MATERIAL"
    MANUFACTURING = "MANUFACTURING"
    TRANSPORT = "TRANSPORT"
    DISTRIBUTION = "DISTRIBUTION"
    USE = "USE"
    END_OF_LIFE = "END_OF_LIFE"
    UNSPECIFIED = "UNSPECIFIED"


class CarbonComponent(StrEnum):
    FOSSIL = "FOSSIL"
    LAND_USE_CHANGE = "LAND_USE_CHANGE"
    LAND_MANAGEMENT_BIOGENIC_CO2 = "LAND_MANAGEMENT_BIOGENIC_CO2"
    LAND_MANAGEMENT_REMOVALS = "LAND_MANAGEMENT_REMOVALS"
    BIOGENIC_NON_CO2 = "BIOGENIC_NON_CO2"
    TECHNOLOGICAL_REMOVALS = "TECHNOLOGICAL_REMOVALS"
    CCS_CAPTURE = "CCS_CAPTURE"
    BIOGENIC_UPTAKE = "BIOGENIC_UPTAKE"
    UNSPECIFIED = "UNSPECIFIED"


class DataType(StrEnum):
    PRIMARY = "PRIMARY"
    SECONDARY = "SECONDARY"
    PROXY = "PROXY"


class FactorKind(StrEnum):
    CARBON_FOOTPRINT = "CARBON_FOOTPRINT"
    CO2_EMISSION = "CO2_EMISSION"


class DeclarationState(StrEnum):
    RECEIVED = "RECEIVED"
    ACCEPTED = "ACCEPTED"
    QUERIED = "QUERIED"
    REJECTED = "REJECTED"
    DEPRECATED = "DEPRECATED"


class ReviewDecision(StrEnum):
    """What the chain leader says to a declaration."""

    ACCEPT = "ACCEPT"
    QUERY = "QUERY"
    REJECT = "REJECT"
    DEPRECATE = "DEPRECATE"


class AcceptanceRule(StrEnum):
    """What becomes of a supplier's pushes: each is reviewed, those without warnings are accepted at once, or all."""

    REVIEW = "REVIEW"
    CLEAN = "CLEAN"
    ALWAYS = "ALWAYS"


class RatingScale(StrEnum):
    """Of data quality ratings: PACT V3 rates 1 to 5, V2 1 to 3; the two are never mixed."""

    V3 = "V3"
    V2 = "V2"


class DocumentFormat(StrEnum):
    """What a declaration came as: the short form, a row of a table, or a document of a standard."""

    SHORT = "SHORT"
    TABLE = "TABLE"
    PACT_V3 = "PACT_V3"
    PACT_V2 = "PACT_V2"
    CATENA_X = "CATENA_X"


class RequestState(StrEnum):
    """Of a request for a footprint: until it is answered, by a declaration or by a refusal, or taken back."""

    OPEN = "OPEN"
    FULFILLED = "FULFILLED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


class EventState(StrEnum):
    """Of an event to a partner: DEAD ones were given up and wait for somebody to send them again."""

    PENDING = "PENDING"
    DONE = "DONE"
    DEAD = "DEAD"


class Basis(StrEnum):
    """DECLARED_FIRST: a declaration in force stands in for all upstream. TRACED: only where there is no structure."""

    DECLARED_FIRST = "DECLARED_FIRST"
    TRACED = "TRACED"


class SystemBoundary(StrEnum):
    CRADLE_TO_GATE = "CRADLE_TO_GATE"
    CRADLE_TO_GRAVE = "CRADLE_TO_GRAVE"


class StagePerspective(StrEnum):
    EMITTER = "EMITTER"
    REPORTING_ITEM = "REPORTING_ITEM"


class HotspotGroup(StrEnum):
    ITEM = "ITEM"
    SUPPLIER = "SUPPLIER"
    REGION = "REGION"
    STAGE = "STAGE"
    CATEGORY = "CATEGORY"
    TIER = "TIER"


class GapKind(StrEnum):
    NO_DATA = "NO_DATA"
    DIRECT_MISSING = "DIRECT_MISSING"


class GradeLevel(StrEnum):
    """A at or below the exemplary value, B the baseline, C the limit, D above it; best first."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    UNGRADED = "UNGRADED"


class ChangeKind(StrEnum):
    """Why a total moved: what of an item's own facts differs between two views."""

    DIRECT = "DIRECT"
    SUPPLY = "SUPPLY"
    DECLARATION = "DECLARATION"
    FACTOR = "FACTOR"
    ADDED = "ADDED"
    REMOVED = "REMOVED"


class Role(StrEnum):
    CHAIN_LEADER = "CHAIN_LEADER"
    SUPPLIER = "SUPPLIER"
    VERIFIER = "VERIFIER"
    AUDITOR = "AUDITOR"
    PUBLIC = "PUBLIC"


class Door(StrEnum):
    """Through which door a batch came; stands in the revision log."""

    GRAPHQL = "graphql"
    PACT = "pact"
    UPLOAD = "upload"
    CLI = "cli"
