-- Acts that are committed and not yet numbered: on PostgreSQL writers append here without a lock, and whoever seals
-- the journal moves them on. SQLite numbers its acts in the commit that makes them.
CREATE TABLE journal_inbox (
    n BIGSERIAL NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
);

-- Holds no rows: writes share a lock on it, and one that must run alone excludes all others.
CREATE TABLE write_gate (
    id INTEGER NOT NULL PRIMARY KEY
);

-- Locks for rules that judge a set of rows: the set's name falls into one of these.
CREATE TABLE set_locks (
    bucket INTEGER NOT NULL PRIMARY KEY
);
INSERT INTO set_locks (bucket)
WITH RECURSIVE numbers (bucket) AS (SELECT 0 UNION ALL SELECT bucket + 1 FROM numbers WHERE bucket < 1023)
SELECT bucket FROM numbers;

-- Running numbers that were drawn and stand in no record yet; what is left over is voided.
CREATE TABLE drawn_numbers (
    name TEXT NOT NULL,
    value BIGINT NOT NULL,
    drawn_at TIMESTAMP NOT NULL,
    PRIMARY KEY (name, value)
);

-- The order of joining and of sending, which hangs on no clock; what was there before comes first.
ALTER TABLE waitlist ADD COLUMN place BIGINT NOT NULL DEFAULT 0;
UPDATE waitlist SET place = numbered.place
FROM (SELECT id, row_number() OVER (ORDER BY created_at, id) - 1000000000000 AS place FROM waitlist) AS numbered
WHERE numbered.id = waitlist.id;
DROP INDEX waitlist_by_service;
CREATE INDEX waitlist_by_service ON waitlist (service_code, status, place);
ALTER TABLE agency_deliveries ADD COLUMN place BIGINT NOT NULL DEFAULT 0;
UPDATE agency_deliveries SET place = numbered.place
FROM (SELECT id, row_number() OVER (ORDER BY id) - 1000000000000 AS place FROM agency_deliveries) AS numbered
WHERE numbered.id = agency_deliveries.id;
DROP INDEX agency_deliveries_in_order;
CREATE INDEX agency_deliveries_in_order ON agency_deliveries (agency_code, place);
