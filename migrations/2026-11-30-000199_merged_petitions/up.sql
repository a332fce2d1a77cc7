-- A petition may be answered with another. The column of its state is made anew, since what it may be cannot be widened.
ALTER TABLE petitions ADD COLUMN state TEXT NOT NULL DEFAULT 'RECEIVED' CHECK (state IN (
    'AWAITING_CONFIRMATION', 'AWAITING_SIGNATURE', 'SCREENING', 'QUARANTINE', 'RECEIVED', 'ASSIGNED', 'AWAITING_SUPPLEMENT',
    'IN_APPROVAL', 'APPROVED', 'REPLIED', 'CLOSED', 'TRANSFERRED', 'WITHDRAWN', 'FILING_PROPOSED', 'FILED', 'APPEAL', 'MERGED'
));
UPDATE petitions SET state = status;
DROP INDEX petitions_by_due;
ALTER TABLE petitions DROP COLUMN status;
ALTER TABLE petitions RENAME COLUMN state TO status;
CREATE INDEX petitions_by_due ON petitions (status, due_at);
ALTER TABLE petitions ADD COLUMN merged_into TEXT REFERENCES petitions (id)
    CHECK ((status = 'MERGED') = (merged_into IS NOT NULL)) CHECK (merged_into <> id);
CREATE INDEX petitions_by_main ON petitions (merged_into);

-- Lists go by id, newest first, within a state, kind, channel or charge.
CREATE INDEX petitions_by_status ON petitions (status, id);
CREATE INDEX petitions_by_kind ON petitions (kind, id);
CREATE INDEX petitions_by_channel ON petitions (channel, id);
DROP INDEX petitions_by_handler;
CREATE INDEX petitions_by_handler ON petitions (handler, id);
