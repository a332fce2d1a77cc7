-- What an application for a certificate says, sealed: what it is for, and the proof of the interest. Rows of before are sealed by
-- the program when it starts, which has the key; until then they are found by the index.
ALTER TABLE certificates ADD COLUMN said TEXT;
CREATE INDEX certificates_unsealed ON certificates (id) WHERE said IS NULL;
