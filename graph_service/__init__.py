"""Supply-chain carbon traceability: footprints that roll up along supply edges, loops included."""
