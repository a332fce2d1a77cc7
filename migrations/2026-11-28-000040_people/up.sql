-- What is said of somebody makes a record of its own, which no number finds: only what the office itself has entered is found
-- by number. `claimed_by` is whoever said it, `claimed_index` the index of the number that they named.
ALTER TABLE people ADD COLUMN claimed_by TEXT;
ALTER TABLE people ADD COLUMN claimed_index TEXT;
CREATE INDEX people_by_claim ON people (claimed_index, claimed_by);

-- How sure the office is of a person's name and day of birth, as they stand in their row.
ALTER TABLE people ADD COLUMN name_rank TEXT NOT NULL DEFAULT 'SEEN' CHECK (name_rank IN ('CLAIMED', 'SEEN', 'REGISTERED'));
ALTER TABLE people ADD COLUMN birth_rank TEXT NOT NULL DEFAULT 'SEEN' CHECK (birth_rank IN ('CLAIMED', 'SEEN', 'REGISTERED'));

-- What is known of a person: by whom, from what, since when. Appended to; a wrong one is struck with a reason, and today's
-- value follows from those that stand.
CREATE TABLE facts (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    kind TEXT NOT NULL,
    rank TEXT NOT NULL CHECK (rank IN ('CLAIMED', 'SEEN', 'REGISTERED')),
    value TEXT NOT NULL,
    -- The other person of the fact: a spouse, a parent.
    other_id TEXT REFERENCES people (id),
    valid_from DATE,
    -- What it rests on: `cases/{id}`, `identity-proofs/{id}` …
    source TEXT NOT NULL,
    document TEXT,
    document_index TEXT,
    actor TEXT NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    struck_at TIMESTAMP,
    struck_by TEXT,
    struck_why TEXT
);
CREATE INDEX facts_by_person ON facts (person_id, kind);
CREATE INDEX facts_by_other ON facts (other_id);
CREATE INDEX facts_by_source ON facts (source);
CREATE INDEX facts_by_document ON facts (document_index);

-- The people of an application as whoever applied named them.
CREATE TABLE case_named (
    case_id TEXT NOT NULL PRIMARY KEY REFERENCES cases (id),
    body TEXT NOT NULL
);
CREATE INDEX case_history_first ON case_history (actor, case_id) WHERE line = 1;

-- The record of what an account says of its owner; `person_id` is theirs once it is proven.
ALTER TABLE accounts ADD COLUMN claimed_id TEXT REFERENCES people (id);

CREATE TABLE identity_codes (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    hash TEXT NOT NULL UNIQUE,
    expires_at TIMESTAMP NOT NULL
);

CREATE TABLE identity_proofs (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    status TEXT NOT NULL CHECK (status IN ('STANDING', 'UNDO_ASKED', 'UNDONE')),
    method TEXT NOT NULL,
    document TEXT,
    document_index TEXT,
    contact TEXT,
    proven_by TEXT NOT NULL,
    proven_at TIMESTAMP NOT NULL,
    undo_asked_by TEXT,
    undo_reason TEXT,
    undone_by TEXT,
    undone_at TIMESTAMP,
    version INTEGER NOT NULL
);
CREATE INDEX identity_proofs_by_account ON identity_proofs (account_id);
CREATE INDEX identity_proofs_by_person ON identity_proofs (person_id);
CREATE INDEX identity_proofs_by_document ON identity_proofs (document_index);

-- What stands behind today's names: a registered case, or nothing but somebody's word.
UPDATE people SET name_rank = 'CLAIMED', birth_rank = 'CLAIMED' WHERE NOT EXISTS (
    SELECT 1 FROM case_parties JOIN cases ON cases.id = case_parties.case_id
    WHERE case_parties.person_id = people.id AND cases.status IN ('REGISTERED', 'CORRECTED', 'IN_REVIEW', 'ACCEPTED')
);
UPDATE people SET name_rank = 'REGISTERED', birth_rank = 'REGISTERED' WHERE EXISTS (
    SELECT 1 FROM case_parties JOIN cases ON cases.id = case_parties.case_id
    WHERE case_parties.person_id = people.id AND cases.status IN ('REGISTERED', 'CORRECTED')
);
