-- purpose: Note that a schema step was taken.
-- params: :number, :name, :applied_at_us
-- returns: nothing
-- order: none
INSERT INTO schema_migration (number, name, applied_at_us) VALUES (:number, :name, :applied_at_us)
