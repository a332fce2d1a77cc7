-- When an account was last used, and until when a password that somebody else set is good.
ALTER TABLE accounts ADD COLUMN last_login_at TIMESTAMP;
ALTER TABLE accounts ADD COLUMN temporary_until TIMESTAMP;

-- A client is found by its name as well as by its id; the name of a revoked one is free again.
CREATE UNIQUE INDEX clients_by_name ON clients (name) WHERE status = 'ACTIVE';
