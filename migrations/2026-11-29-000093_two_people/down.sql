DROP TABLE external_attempts;
CREATE TABLE external_attempts (
    hash TEXT NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('LOGIN', 'PROVE')),
    account_id TEXT REFERENCES accounts (id),
    state_hash TEXT NOT NULL,
    sealed TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    begun_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    CHECK ((purpose = 'PROVE') = (account_id IS NOT NULL))
);
CREATE INDEX external_attempts_by_account ON external_attempts (account_id);
CREATE INDEX external_attempts_by_expiry ON external_attempts (expires_at);
CREATE TABLE former_numbers (
    id_number_index TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    id_number TEXT NOT NULL,
    replaced_at TIMESTAMP NOT NULL,
    case_id TEXT NOT NULL
);
INSERT INTO former_numbers (id_number_index, person_id, id_number, replaced_at, case_id)
    SELECT id_number_index, MIN(person_id), MIN(id_number), MIN(replaced_at), MIN(case_id) FROM former_id_numbers GROUP BY id_number_index;
DROP TABLE former_id_numbers;
ALTER TABLE former_numbers RENAME TO former_id_numbers;
CREATE INDEX former_id_numbers_by_person ON former_id_numbers (person_id);
DELETE FROM person_joins WHERE waits;
ALTER TABLE person_joins DROP COLUMN confirmed_at;
ALTER TABLE person_joins DROP COLUMN confirmed_by;
ALTER TABLE person_joins DROP COLUMN waits;
