-- Retention: when what a record said was erased, what is held back from disposal, and disposals: proposed by one, approved by another by the
-- archive authority's word, and carried out after a grace. Reasons are sealed.
ALTER TABLE petitions ADD COLUMN erased_at TIMESTAMP;
ALTER TABLE inquiries ADD COLUMN erased_at TIMESTAMP;
ALTER TABLE on_site_complaints ADD COLUMN erased_at TIMESTAMP;

CREATE TABLE retention_holds (
    id TEXT PRIMARY KEY,
    record TEXT NOT NULL,
    reason TEXT NOT NULL,
    held_by TEXT NOT NULL,
    held_at TIMESTAMP NOT NULL,
    lifted_by TEXT,
    lifted_at TIMESTAMP,
    lifted_because TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1)
);
CREATE UNIQUE INDEX retention_holds_standing ON retention_holds (record) WHERE lifted_at IS NULL;

CREATE TABLE disposals (
    id TEXT PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('PROPOSED', 'APPROVED', 'CARRIED_OUT', 'TAKEN_BACK')),
    proposed_by TEXT NOT NULL,
    proposed_at TIMESTAMP NOT NULL,
    approved_by TEXT,
    approved_at TIMESTAMP,
    document_number TEXT,
    document_on DATE,
    carried_out_from TIMESTAMP,
    carried_out_at TIMESTAMP,
    reason TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1)
);
CREATE INDEX disposals_by_status ON disposals (status, carried_out_from);

CREATE TABLE disposal_records (
    disposal_id TEXT NOT NULL REFERENCES disposals (id),
    place INTEGER NOT NULL CHECK (place >= 1),
    record TEXT NOT NULL,
    number TEXT NOT NULL,
    category TEXT NOT NULL,
    ended_on DATE NOT NULL,
    erased_at TIMESTAMP,
    kept_because TEXT,
    PRIMARY KEY (disposal_id, place)
);
CREATE INDEX disposal_records_by_record ON disposal_records (record);
