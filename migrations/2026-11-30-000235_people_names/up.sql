-- All that somebody was ever called, each as a keyed hash of its own: whoever has changed their name is found by the former one too,
-- as older entries have it. Rows of before are filled in by the program when it starts, which has the key.
CREATE TABLE people_names (
    person_id TEXT NOT NULL REFERENCES people (id),
    name_index TEXT NOT NULL,
    PRIMARY KEY (person_id, name_index)
);
CREATE INDEX people_names_by_name ON people_names (name_index);
DROP INDEX people_without_names_ever;
ALTER TABLE people DROP COLUMN names_ever;
UPDATE people SET namesake_index = NULL;
