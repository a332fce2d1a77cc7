-- All that somebody was ever called, in Latin letters too, as keyed hashes with blanks between them: by what whoever a mark bars is
-- known after a change of name. Rows of before are filled in by the program when it starts, which has the key; and so is by what
-- marks find names in Latin letters, however these are spaced.
ALTER TABLE people ADD COLUMN names_ever TEXT;
CREATE INDEX people_without_names_ever ON people (id) WHERE names_ever IS NULL;
DELETE FROM protection_names;
