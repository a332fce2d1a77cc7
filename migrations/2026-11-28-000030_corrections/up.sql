-- A form's delivery to an agency may be followed by others that tell it right, one after another; the table is made anew,
-- since a rule of one delivery an agency cannot be taken out of it.
CREATE TABLE deliveries_anew (
    id TEXT NOT NULL PRIMARY KEY,
    notice_id TEXT NOT NULL REFERENCES agency_notices (id),
    agency_code TEXT NOT NULL REFERENCES agencies (code),
    person_id TEXT NOT NULL REFERENCES people (id),
    channel TEXT NOT NULL,
    status TEXT NOT NULL,
    payload TEXT NOT NULL,
    due_on DATE NOT NULL,
    attempts INTEGER NOT NULL,
    next_at TIMESTAMP NOT NULL,
    lease TEXT,
    leased_until TIMESTAMP,
    batch_id TEXT,
    sent_at TIMESTAMP,
    acknowledged_at TIMESTAMP,
    answered_at TIMESTAMP,
    reason TEXT,
    version INTEGER NOT NULL,
    late BOOLEAN NOT NULL DEFAULT FALSE,
    last_outcome TEXT,
    reason_code TEXT,
    place BIGINT NOT NULL DEFAULT 0,
    kind TEXT NOT NULL DEFAULT 'CHANGE' CHECK (kind IN ('CHANGE', 'CORRECTION', 'REVOCATION')),
    corrects TEXT
);
INSERT INTO deliveries_anew (
    id, notice_id, agency_code, person_id, channel, status, payload, due_on, attempts, next_at, lease, leased_until, batch_id,
    sent_at, acknowledged_at, answered_at, reason, version, late, last_outcome, reason_code, place
)
SELECT
    id, notice_id, agency_code, person_id, channel, status, payload, due_on, attempts, next_at, lease, leased_until, batch_id,
    sent_at, acknowledged_at, answered_at, reason, version, late, last_outcome, reason_code, place
FROM agency_deliveries;
CREATE TABLE attempts_kept (
    delivery_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    at TIMESTAMP NOT NULL,
    outcome TEXT NOT NULL,
    http_status INTEGER
);
INSERT INTO attempts_kept (delivery_id, attempt, at, outcome, http_status)
SELECT delivery_id, attempt, at, outcome, http_status FROM delivery_attempts;
DROP TABLE delivery_attempts;
DROP TABLE agency_deliveries;
ALTER TABLE deliveries_anew RENAME TO agency_deliveries;
CREATE TABLE delivery_attempts (
    delivery_id TEXT NOT NULL REFERENCES agency_deliveries (id),
    attempt INTEGER NOT NULL,
    at TIMESTAMP NOT NULL,
    outcome TEXT NOT NULL,
    http_status INTEGER,
    PRIMARY KEY (delivery_id, attempt)
);
INSERT INTO delivery_attempts (delivery_id, attempt, at, outcome, http_status)
SELECT delivery_id, attempt, at, outcome, http_status FROM attempts_kept;
DROP TABLE attempts_kept;
CREATE UNIQUE INDEX agency_deliveries_first ON agency_deliveries (notice_id, agency_code) WHERE corrects IS NULL;
CREATE UNIQUE INDEX agency_deliveries_corrected_once ON agency_deliveries (corrects);
CREATE INDEX agency_deliveries_by_notice ON agency_deliveries (notice_id, place);
CREATE INDEX agency_deliveries_by_agency ON agency_deliveries (agency_code, status, id);
CREATE INDEX agency_deliveries_in_order ON agency_deliveries (agency_code, place);
CREATE INDEX agency_deliveries_by_person ON agency_deliveries (agency_code, person_id, id);
CREATE INDEX agency_deliveries_due ON agency_deliveries (status, next_at);
