-- When somebody left the waiting list, and why, sealed; and when a slot was offered last: whoever comes back has their place of before
-- as long as no offer has gone past it.
ALTER TABLE waitlist ADD COLUMN left_at TIMESTAMP;
ALTER TABLE waitlist ADD COLUMN left_why TEXT;
ALTER TABLE waitlist ADD COLUMN offered_at TIMESTAMP;
