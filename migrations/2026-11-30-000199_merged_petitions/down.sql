DROP INDEX petitions_by_handler;
CREATE INDEX petitions_by_handler ON petitions (handler);
DROP INDEX petitions_by_channel;
DROP INDEX petitions_by_kind;
DROP INDEX petitions_by_status;
DROP INDEX petitions_by_main;
ALTER TABLE petitions DROP COLUMN merged_into;
DROP INDEX petitions_by_due;
ALTER TABLE petitions ADD COLUMN state TEXT NOT NULL DEFAULT 'RECEIVED' CHECK (state IN (
    'AWAITING_CONFIRMATION', 'AWAITING_SIGNATURE', 'SCREENING', 'QUARANTINE', 'RECEIVED', 'ASSIGNED', 'AWAITING_SUPPLEMENT',
    'IN_APPROVAL', 'APPROVED', 'REPLIED', 'CLOSED', 'TRANSFERRED', 'WITHDRAWN', 'FILING_PROPOSED', 'FILED', 'APPEAL'
));
UPDATE petitions SET state = status WHERE status <> 'MERGED';
ALTER TABLE petitions DROP COLUMN status;
ALTER TABLE petitions RENAME COLUMN state TO status;
CREATE INDEX petitions_by_due ON petitions (status, due_at);
