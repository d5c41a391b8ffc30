"""Settings, read once from the environment; only ``cli``, ``api/app.py`` and ``bootstrap.py`` see them."""

import os
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def default_store() -> str:
    """The embedded store in the user's data directory, as a URL."""
    base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return f"sqlite://{base.absolute() / 'graph-service' / 'graph.db'}"


class Settings(BaseSettings):
    """Every setting with its default; with none set the service runs on the embedded store, for keys only."""

    model_config = SettingsConfigDict(env_prefix="GRAPH_SERVICE_", frozen=True, extra="ignore")

    store: str = Field(
        default_factory=default_store,
        description="Home of the graph: sqlite:///path/file.db, or neo4j://user:password@host:7687/database "
        "(also bolt, and +s or +ssc for TLS).",
    )
    host: str = Field(default="127.0.0.1", description="Address that the server listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port that the server listens on; 0 takes a free one.")
    anonymous_role: Literal["", "PUBLIC", "AUDITOR"] = Field(
        default="",
        description="Role of callers without a key: empty for none, PUBLIC, or AUDITOR (only callers on a loopback "
        "address whose request was not forwarded).",
    )
    public_url: str = Field(default="", description="Address under which callers reach the service; empty: as called.")
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="Secret of 32 characters or more that access tokens are signed with and partners' credentials "
        "encrypted; empty: tokens end with the process, and no credentials can be kept.",
    )
    tls_cert: Path | None = Field(default=None, description="Certificate chain, PEM: the server speaks https itself.")
    tls_key: Path | None = Field(default=None, description="Private key of the certificate, PEM.")
    trusted_proxies: str = Field(
        default="127.0.0.1,::1",
        description="Addresses or networks, parted by commas, whose X-Forwarded-* headers are believed.",
    )
    base_path: str = Field(default="", description="Path that a proxy puts before every route, as /carbon.")
    pact_allow_http: bool = Field(
        default=False, description="Whether the PACT routes answer plain http; on a loopback host only."
    )
    partner_allow_private: str = Field(
        default="",
        description="Private addresses or networks, parted by commas, that partners' services may have; none: only "
        "public addresses are called.",
    )
    partner_ca: Path | None = Field(
        default=None, description="Certificates, PEM, that partners' services are trusted by beside the usual ones."
    )
    time_zone: str = Field(default="UTC", description="IANA time zone whose calendar day is today.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least severity that is logged."
    )

    @field_validator("time_zone")
    @classmethod
    def _known_time_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{name!r} is not an IANA time zone, e.g. Asia/Shanghai") from error
        return name

    @property
    def store_shown(self) -> str:
        """The store's URL with its password masked."""
        return mask_password(self.store)


def mask_password(url: str) -> str:
    """``url`` with the password replaced by ``***``."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    credentials, _, host = parts.netloc.rpartition("@")
    user, colon, _ = credentials.partition(":")
    return urlunsplit(parts._replace(netloc=f"{user}{colon and ':***'}@{host}"))
