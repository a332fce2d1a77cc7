-- By what a record of whoever is known by a foreign paper is found to be likely another one's: a keyed hash of country, name and day of
-- birth; empty for everybody else. Rows of before are filled by the program when it starts, which has the key.
ALTER TABLE people ADD COLUMN likeness_index TEXT;
CREATE INDEX people_likeness ON people (likeness_index) WHERE likeness_index <> '';
CREATE INDEX people_without_likeness ON people (id) WHERE likeness_index IS NULL;
