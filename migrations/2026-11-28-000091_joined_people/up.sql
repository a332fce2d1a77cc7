-- Two records of one human: one points to the other, and each keeps what it has. `shared_index` is the number of whoever
-- truly has a number that another has as well.
ALTER TABLE people ADD COLUMN joined_into TEXT REFERENCES people (id);
ALTER TABLE people ADD COLUMN shared_index TEXT;
CREATE INDEX people_by_joined ON people (joined_into);
CREATE INDEX people_by_shared ON people (shared_index);

CREATE TABLE person_joins (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    into_id TEXT NOT NULL REFERENCES people (id),
    document TEXT,
    reason TEXT NOT NULL,
    joined_by TEXT NOT NULL,
    joined_at TIMESTAMP NOT NULL,
    part_reason TEXT,
    parted_by TEXT,
    parted_at TIMESTAMP
);
CREATE INDEX person_joins_by_person ON person_joins (person_id);
CREATE INDEX person_joins_by_into ON person_joins (into_id);

-- Who gave a letter, and on which paper a clerk has seen it: with the paper or the proof of whoever gave it, it falls.
ALTER TABLE letters_of_proxy ADD COLUMN given_by TEXT;
ALTER TABLE letters_of_proxy ADD COLUMN document TEXT;
ALTER TABLE letters_of_proxy ADD COLUMN document_index TEXT;
CREATE INDEX letters_of_proxy_by_document ON letters_of_proxy (document_index);
