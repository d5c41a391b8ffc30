"""The only way in: every check of a batch, the merge with what is recorded, and recording it."""

from graph_service.service.intake.applying import apply_changes
from graph_service.service.intake.check import Checked, check_batch

__all__ = ["Checked", "apply_changes", "check_batch"]
