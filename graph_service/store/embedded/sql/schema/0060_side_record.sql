-- purpose: What lies beside the graph: records of a collection by key, as last written.
-- params: none
-- returns: nothing
-- order: none
CREATE TABLE side_record (
    collection TEXT NOT NULL,
    record_key TEXT NOT NULL,
    owner TEXT NOT NULL, -- whom lists are asked for, empty for nobody
    body TEXT NOT NULL,
    PRIMARY KEY (collection, record_key)
) STRICT
