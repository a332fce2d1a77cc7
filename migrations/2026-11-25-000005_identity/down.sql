DROP INDEX clients_by_name;
ALTER TABLE accounts DROP COLUMN temporary_until;
ALTER TABLE accounts DROP COLUMN last_login_at;
