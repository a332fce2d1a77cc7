-- By the number of its certificate another case of a birth or a death is found without its being opened: a keyed hash; empty where
-- none is said. Rows of before are filled in by the program when it starts, which has the key.
CREATE TABLE case_certificates (
    case_id TEXT NOT NULL PRIMARY KEY REFERENCES cases (id),
    number_index TEXT
);
CREATE INDEX case_certificates_by_number ON case_certificates (number_index) WHERE number_index <> '';
CREATE INDEX case_certificates_open ON case_certificates (case_id) WHERE number_index IS NULL;
INSERT INTO case_certificates (case_id) SELECT id FROM cases WHERE type_code IN ('BIRTH', 'DEATH');
