DROP TABLE disposal_records;
DROP TABLE disposals;
DROP TABLE retention_holds;
ALTER TABLE on_site_complaints DROP COLUMN erased_at;
ALTER TABLE inquiries DROP COLUMN erased_at;
ALTER TABLE petitions DROP COLUMN erased_at;
