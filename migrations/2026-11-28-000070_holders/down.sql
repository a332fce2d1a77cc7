DROP TABLE password_resets;
ALTER TABLE accounts DROP COLUMN requested_status;
ALTER TABLE accounts DROP COLUMN requested_name;
ALTER TABLE accounts DROP COLUMN requested_holder;
ALTER TABLE accounts DROP COLUMN holder;
