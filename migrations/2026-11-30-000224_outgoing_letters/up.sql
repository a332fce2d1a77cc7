-- Letters that are to be posted or handed over: written with their cause, printed by a clerk, stopped where they are no longer so. What one
-- says, and to whom, is sealed.
CREATE TABLE outgoing_letters (
    id TEXT NOT NULL PRIMARY KEY,
    about TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('TO_PRINT', 'PRINTED', 'SENT', 'RETURNED', 'STOPPED')),
    letter TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    printed_at TIMESTAMP,
    stop TEXT CHECK (stop IN ('OUTDATED', 'ADDRESS_CORRECTED', 'BY_HAND')),
    stop_reason TEXT,
    version INTEGER NOT NULL,
    CHECK (status NOT IN ('PRINTED', 'SENT', 'RETURNED') OR printed_at IS NOT NULL),
    CHECK ((status = 'STOPPED') = (stop IS NOT NULL))
);
CREATE INDEX outgoing_letters_by_record ON outgoing_letters (about, id);
CREATE INDEX outgoing_letters_by_status ON outgoing_letters (status, id);
CREATE INDEX outgoing_letters_stop_reason_open ON outgoing_letters (id) WHERE stop_reason <> '' AND substr(stop_reason, 1, 7) <> 'sealed:';
