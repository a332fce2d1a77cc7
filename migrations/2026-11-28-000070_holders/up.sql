-- Who works with an account: the blind index of their number, by which accounts of one person are known for that, and what
-- was said of them, sealed. It opens nothing of theirs.
ALTER TABLE accounts ADD COLUMN holder TEXT;

-- What else is asked for by one and waits for another's approval.
ALTER TABLE accounts ADD COLUMN requested_holder TEXT;
ALTER TABLE accounts ADD COLUMN requested_name TEXT;
ALTER TABLE accounts ADD COLUMN requested_status TEXT CHECK (requested_status IN ('ACTIVE', 'SUSPENDED'));
