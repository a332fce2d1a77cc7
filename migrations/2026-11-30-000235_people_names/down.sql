-- The program of before fills them in as it finds them.
ALTER TABLE people ADD COLUMN names_ever TEXT;
CREATE INDEX people_without_names_ever ON people (id) WHERE names_ever IS NULL;
DROP TABLE people_names;
