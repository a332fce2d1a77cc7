ALTER TABLE waitlist DROP COLUMN offered_at;
ALTER TABLE waitlist DROP COLUMN left_why;
ALTER TABLE waitlist DROP COLUMN left_at;
