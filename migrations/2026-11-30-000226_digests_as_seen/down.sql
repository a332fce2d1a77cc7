DROP TABLE petition_digest_remarks;
ALTER TABLE petition_digest_snapshots DROP COLUMN rated;
