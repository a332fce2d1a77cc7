-- What came of calls to people: the last line of a matter counts.
CREATE TABLE calls (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    record TEXT NOT NULL,
    about_at TIMESTAMP NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('TO_CALL', 'NOT_REACHED', 'REACHED')),
    noted_by TEXT NOT NULL,
    noted_at TIMESTAMP NOT NULL
);
CREATE INDEX calls_by_record ON calls (record);
