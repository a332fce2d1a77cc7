-- By what those whom a mark bars are found among the staff where no number tells them: keyed hashes of their names, each with that of
-- the number beside it, which may be mistyped; empty where they are known by the name alone. Rows of marks of before are filled in by
-- the program when it starts, which has the key.
CREATE TABLE protection_names (
    mark_id TEXT NOT NULL REFERENCES protection_marks (id),
    name_index TEXT NOT NULL,
    number_index TEXT NOT NULL,
    PRIMARY KEY (mark_id, name_index, number_index)
);
