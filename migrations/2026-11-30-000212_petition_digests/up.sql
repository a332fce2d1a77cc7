-- Monthly digests of petitions (每月彙陳機關首長核閱). A month that nobody has acted on, and that is not due yet, has no row.
CREATE TABLE petition_digests (
    id TEXT NOT NULL PRIMARY KEY,
    month DATE NOT NULL UNIQUE,
    status TEXT NOT NULL CHECK (status IN ('LIVE', 'SUBMITTED', 'FROZEN', 'READ')),
    revision INTEGER NOT NULL CHECK (revision >= 0),
    submitted_by TEXT,
    submitted_at TIMESTAMP,
    submitted_hash TEXT,
    read_by TEXT,
    read_at TIMESTAMP,
    remarks TEXT,
    warned_for DATE,
    overdue_for DATE,
    version INTEGER NOT NULL,
    CHECK (status IN ('LIVE', 'SUBMITTED') OR revision > 0)
);
CREATE INDEX petition_digests_by_status ON petition_digests (status);

-- What was frozen, sealed: the figures that everybody with a right to the digest sees, and what each petition counted for. A freezing
-- that is taken back stays.
CREATE TABLE petition_digest_snapshots (
    digest_id TEXT NOT NULL REFERENCES petition_digests (id),
    revision INTEGER NOT NULL CHECK (revision >= 1),
    frozen_by TEXT NOT NULL,
    frozen_at TIMESTAMP NOT NULL,
    sha256 TEXT NOT NULL,
    counted TEXT NOT NULL,
    facts TEXT NOT NULL,
    unfrozen_at TIMESTAMP,
    PRIMARY KEY (digest_id, revision)
);

CREATE TABLE petition_digest_history (
    digest_id TEXT NOT NULL REFERENCES petition_digests (id),
    line INTEGER NOT NULL,
    at TIMESTAMP NOT NULL,
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (digest_id, line)
);
