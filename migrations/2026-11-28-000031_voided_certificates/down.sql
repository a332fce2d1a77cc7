DROP INDEX certificates_by_case;
ALTER TABLE certificates DROP COLUMN voided_at;
ALTER TABLE certificates DROP COLUMN voided_by;
