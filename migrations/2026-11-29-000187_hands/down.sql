ALTER TABLE identity_proofs DROP COLUMN undo_asked_at;
ALTER TABLE agencies DROP COLUMN requested_at;
ALTER TABLE clients DROP COLUMN requested_at;
ALTER TABLE accounts DROP COLUMN requested_at;
DROP TABLE account_holders;
