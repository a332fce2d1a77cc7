CREATE TABLE agencies (
    code TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL,
    secret TEXT,
    updated_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL
);

CREATE TABLE agency_notices (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    case_id TEXT NOT NULL REFERENCES cases (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    service_point TEXT NOT NULL,
    trigger_code TEXT NOT NULL,
    status TEXT NOT NULL,
    consent_at TIMESTAMP NOT NULL,
    consent_by TEXT NOT NULL,
    consent_form TEXT NOT NULL,
    withdrawn_at TIMESTAMP,
    receipt_hash TEXT NOT NULL UNIQUE,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL
);
CREATE INDEX agency_notices_by_case ON agency_notices (case_id);
CREATE INDEX agency_notices_by_point ON agency_notices (service_point, id);

-- The outbox: written with the notice, sent by workers that lease what is due.
CREATE TABLE agency_deliveries (
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
    UNIQUE (notice_id, agency_code)
);
CREATE INDEX agency_deliveries_by_agency ON agency_deliveries (agency_code, status, id);
CREATE INDEX agency_deliveries_in_order ON agency_deliveries (agency_code, id);
CREATE INDEX agency_deliveries_by_person ON agency_deliveries (agency_code, person_id, id);
CREATE INDEX agency_deliveries_due ON agency_deliveries (status, next_at);

CREATE TABLE delivery_attempts (
    delivery_id TEXT NOT NULL REFERENCES agency_deliveries (id),
    attempt INTEGER NOT NULL,
    at TIMESTAMP NOT NULL,
    outcome TEXT NOT NULL,
    http_status INTEGER,
    PRIMARY KEY (delivery_id, attempt)
);

CREATE TABLE agency_batches (
    id TEXT NOT NULL PRIMARY KEY,
    agency_code TEXT NOT NULL REFERENCES agencies (code),
    period TEXT NOT NULL,
    deliveries INTEGER NOT NULL,
    made_at TIMESTAMP NOT NULL,
    UNIQUE (agency_code, period)
);

CREATE TABLE agency_reconciliations (
    id TEXT NOT NULL PRIMARY KEY,
    agency_code TEXT NOT NULL REFERENCES agencies (code),
    from_on DATE NOT NULL,
    to_on DATE NOT NULL,
    body TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at TIMESTAMP NOT NULL
);
