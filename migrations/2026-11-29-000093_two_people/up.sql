-- A join of records that are not alike waits for a second person.
ALTER TABLE person_joins ADD COLUMN waits BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE person_joins ADD COLUMN confirmed_by TEXT;
ALTER TABLE person_joins ADD COLUMN confirmed_at TIMESTAMP;

-- Two people who had one number are both found by it.
CREATE TABLE former_numbers (
    id_number_index TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES people (id),
    id_number TEXT NOT NULL,
    replaced_at TIMESTAMP NOT NULL,
    case_id TEXT NOT NULL,
    PRIMARY KEY (id_number_index, person_id)
);
INSERT INTO former_numbers (id_number_index, person_id, id_number, replaced_at, case_id)
    SELECT id_number_index, person_id, id_number, replaced_at, case_id FROM former_id_numbers;
DROP TABLE former_id_numbers;
ALTER TABLE former_numbers RENAME TO former_id_numbers;
CREATE INDEX former_id_numbers_by_person ON former_id_numbers (person_id);

-- Attempts live minutes: those that go on are begun again.
DROP TABLE external_attempts;
CREATE TABLE external_attempts (
    hash TEXT NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('LOGIN', 'PROVE', 'LINK')),
    account_id TEXT REFERENCES accounts (id),
    state_hash TEXT NOT NULL,
    sealed TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    begun_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    CHECK ((purpose <> 'LOGIN') = (account_id IS NOT NULL))
);
CREATE INDEX external_attempts_by_account ON external_attempts (account_id);
CREATE INDEX external_attempts_by_expiry ON external_attempts (expires_at);
