-- Each time that a notice was given: how, when, for how long, and which fact made a further one necessary.
ALTER TABLE one_time_notices ADD COLUMN givings TEXT NOT NULL DEFAULT '[]';
