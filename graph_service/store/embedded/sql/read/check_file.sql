-- purpose: Whether the file is sound, by a check of every page.
-- params: none
-- returns: one row ok, or one row per fault
-- order: none
PRAGMA quick_check
