-- Letters that are to be posted or handed over: written with their cause, printed by a clerk. What one says, and to whom, is sealed.
CREATE TABLE outgoing_letters (
    id TEXT NOT NULL PRIMARY KEY,
    about TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('TO_PRINT', 'PRINTED', 'SETTLED')),
    place INTEGER NOT NULL CHECK (place >= 0),
    letter TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    printed_at TIMESTAMP,
    version INTEGER NOT NULL,
    CHECK (status <> 'PRINTED' OR printed_at IS NOT NULL)
);
CREATE INDEX outgoing_letters_by_record ON outgoing_letters (about, id);
CREATE INDEX outgoing_letters_by_status ON outgoing_letters (status, id);
