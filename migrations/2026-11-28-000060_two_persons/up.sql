-- What was asked for by one and waits for another's approval. A secret waits as a hash, with the half that the approver is
-- given sealed.
ALTER TABLE accounts ADD COLUMN requested_duties TEXT;
ALTER TABLE accounts ADD COLUMN requested_service_point TEXT;
ALTER TABLE accounts ADD COLUMN requested_password TEXT;
ALTER TABLE accounts ADD COLUMN requested_half TEXT;

ALTER TABLE agencies ADD COLUMN requested TEXT;
ALTER TABLE agencies ADD COLUMN requested_secret TEXT;
ALTER TABLE agencies ADD COLUMN requested_by TEXT;

-- A client that sees anything is PENDING first.
CREATE TABLE clients_new (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    agency_code TEXT,
    roles TEXT NOT NULL,
    scopes TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('PENDING', 'ACTIVE', 'REVOKED')),
    expires_on DATE NOT NULL,
    epoch BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    requested TEXT,
    requested_by TEXT,
    requested_secret TEXT,
    requested_half TEXT
);
INSERT INTO clients_new
SELECT id, name, agency_code, roles, scopes, secret_hash, status, expires_on, epoch, created_at, updated_at, version,
    NULL, NULL, NULL, NULL
FROM clients;
DROP TABLE clients;
ALTER TABLE clients_new RENAME TO clients;
CREATE UNIQUE INDEX clients_by_name ON clients (name) WHERE status <> 'REVOKED';
