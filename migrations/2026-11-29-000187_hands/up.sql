-- In whose hands accounts were: the numbers, as keyed hashes, of whoever was behind an account until a moment. What was done by it until
-- then is theirs still. And since when what waits for another person was asked for, so that it is known whose asking it was; of what
-- waits already nobody knows, and all who ever held the account count.
CREATE TABLE account_holders (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    until_at TIMESTAMP NOT NULL,
    number_index TEXT NOT NULL,
    PRIMARY KEY (account_id, until_at, number_index)
);
ALTER TABLE accounts ADD COLUMN requested_at TIMESTAMP;
ALTER TABLE clients ADD COLUMN requested_at TIMESTAMP;
ALTER TABLE agencies ADD COLUMN requested_at TIMESTAMP;
ALTER TABLE identity_proofs ADD COLUMN undo_asked_at TIMESTAMP;
