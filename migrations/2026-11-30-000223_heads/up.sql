-- By the name of the head a move into a household is found without its being opened: a keyed hash; empty where none is said. Rows of
-- before are filled in by the program when it starts, which has the key.
CREATE TABLE case_heads (
    case_id TEXT NOT NULL PRIMARY KEY REFERENCES cases (id),
    name_index TEXT
);
CREATE INDEX case_heads_by_name ON case_heads (name_index) WHERE name_index <> '';
CREATE INDEX case_heads_open ON case_heads (case_id) WHERE name_index IS NULL;
INSERT INTO case_heads (case_id) SELECT id FROM cases WHERE type_code IN ('ADDRESS_CHANGE', 'MOVE_IN');
