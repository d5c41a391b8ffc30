"""The PACT doors, from tokens to pages."""
