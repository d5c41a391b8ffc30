"""The PACT doors: tokens, footprints and events of V3, and the V2.3 projection of the same declarations.

Derived from the PACT Technical Specifications, owned by WBCSD.
"""
