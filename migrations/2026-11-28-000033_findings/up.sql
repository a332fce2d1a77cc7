-- When a spot check found something: the clerk's time for a rebuttal runs from then.
ALTER TABLE spot_checks ADD COLUMN found_at TIMESTAMP;
UPDATE spot_checks SET found_at = updated_at WHERE finding IS NOT NULL;
