ALTER TABLE spot_checks DROP COLUMN found_at;
