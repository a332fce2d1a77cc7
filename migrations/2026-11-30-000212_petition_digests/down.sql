DROP TABLE petition_digest_history;
DROP TABLE petition_digest_snapshots;
DROP TABLE petition_digests;
