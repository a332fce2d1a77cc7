-- Each source's word of somebody's name and day of birth is a fact of its own, beside those that say the same, so that it stays known
-- whichever of them falls. By this index a word that stands is not kept twice; what is struck has none.
ALTER TABLE facts ADD COLUMN said_index TEXT;
CREATE UNIQUE INDEX facts_by_said ON facts (said_index);

-- Whether a word was struck since a paper or a correction settled otherwise, while its source still stands: it stands again where
-- nothing is left that took its place.
ALTER TABLE facts ADD COLUMN overruled BOOLEAN;
CREATE INDEX facts_overruled ON facts (person_id) WHERE overruled IS NOT NULL;

-- Whether what a case says of its people was kept so. Of cases of before the program says it again when it starts, which has the key.
ALTER TABLE case_named ADD COLUMN said BOOLEAN;
CREATE INDEX case_named_unsaid ON case_named (case_id) WHERE said IS NULL;
