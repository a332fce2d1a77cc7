-- Whether a guardianship is that of somebody who was under age when it began: it takes no capacity, ends no letter of proxy, and is
-- over when they come of age (民法 §12, §1091). Rows of before are filled by the program when it starts, which can read a day of birth.
ALTER TABLE facts ADD COLUMN of_minor BOOLEAN;
CREATE INDEX facts_of_minor_unknown ON facts (id) WHERE kind = 'GUARDIANSHIP' AND struck_at IS NULL AND of_minor IS NULL;
