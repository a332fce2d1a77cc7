-- Who works with an account: the blind index of their number, by which accounts of one person are known for that, and what
-- was said of them, sealed. It opens nothing of theirs.
ALTER TABLE accounts ADD COLUMN holder TEXT;

-- What else is asked for by one and waits for another's approval.
ALTER TABLE accounts ADD COLUMN requested_holder TEXT;
ALTER TABLE accounts ADD COLUMN requested_name TEXT;
ALTER TABLE accounts ADD COLUMN requested_status TEXT CHECK (requested_status IN ('ACTIVE', 'SUSPENDED'));

-- Who has forgotten a password, by user name whether there is an account of that name or not: nobody is told which.
CREATE TABLE password_resets (
    subject TEXT NOT NULL PRIMARY KEY,
    account_id TEXT REFERENCES accounts (id),
    asked_at TIMESTAMP NOT NULL
);
CREATE INDEX password_resets_by_account ON password_resets (account_id);
