-- purpose: Believe a fact of a region from a revision on.
-- params: region_row, recorded_from, name, name_zh, parent_uid (by position)
-- returns: nothing
-- order: none
INSERT INTO region_fact (
    region_row, recorded_from, name, name_zh, parent_uid
)
VALUES (?, ?, ?, ?, ?)
