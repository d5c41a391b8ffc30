"""Formats in and out: what others hand us becomes a ``ChangeBatch``, what we hold becomes their files."""
