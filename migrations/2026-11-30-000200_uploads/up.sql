-- Uploads: what callers send to be attached to records. The bytes stand sealed in a folder beside the store, in files whose names are
-- random; of the digest that was said there is a keyed hash. What an upload is for is named by the program.
CREATE TABLE uploads (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('OPEN', 'CHECKING', 'READY', 'REFUSED')),
    owner TEXT NOT NULL,
    address_index TEXT NOT NULL,
    secret_hash TEXT,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL CHECK (size > 0),
    digest TEXT NOT NULL,
    received BIGINT NOT NULL CHECK (received >= 0 AND received <= size),
    file TEXT UNIQUE,
    file_size BIGINT,
    scan TEXT CHECK (scan IN ('CLEAN', 'UNCHECKED')),
    refusal TEXT,
    check_lease TEXT,
    checking_until TIMESTAMP,
    record TEXT,
    part TEXT,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    attached_at TIMESTAMP,
    version INTEGER NOT NULL,
    CHECK (record IS NULL OR (status = 'READY' AND part IS NOT NULL AND attached_at IS NOT NULL)),
    CHECK (status <> 'READY' OR (file IS NOT NULL AND file_size IS NOT NULL AND scan IS NOT NULL)),
    CHECK (status = 'READY' OR file IS NULL)
);
CREATE INDEX uploads_by_record ON uploads (record, id);
CREATE INDEX uploads_waiting ON uploads (owner, address_index) WHERE record IS NULL;
CREATE INDEX uploads_by_expiry ON uploads (expires_at) WHERE record IS NULL;
CREATE INDEX uploads_to_check ON uploads (checking_until) WHERE status = 'CHECKING';
CREATE INDEX uploads_name_open ON uploads (id) WHERE name <> '' AND substr(name, 1, 7) <> 'sealed:';

-- The files in which an upload has come so far, by where each begins.
CREATE TABLE upload_parts (
    upload_id TEXT NOT NULL REFERENCES uploads (id),
    begins BIGINT NOT NULL CHECK (begins >= 0),
    file TEXT NOT NULL UNIQUE,
    size BIGINT NOT NULL CHECK (size > 0),
    PRIMARY KEY (upload_id, begins)
);
