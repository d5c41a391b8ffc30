-- purpose: Whose file this is, as the file's header says.
-- params: none
-- returns: application_id
-- order: none
PRAGMA application_id
