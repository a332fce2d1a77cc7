-- Whose ratings make up the satisfaction of a frozen month, sealed: nobody is shown it who does not see one of these petitions any more.
ALTER TABLE petition_digest_snapshots ADD COLUMN rated TEXT;

-- What directors have remarked on a month, each version with why it is another one than that before it; remarks and reason are sealed.
CREATE TABLE petition_digest_remarks (
    digest_id TEXT NOT NULL REFERENCES petition_digests (id),
    place INTEGER NOT NULL CHECK (place >= 1),
    revision INTEGER NOT NULL CHECK (revision >= 1),
    remarks TEXT,
    said_by TEXT NOT NULL,
    said_at TIMESTAMP NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (digest_id, place)
);
