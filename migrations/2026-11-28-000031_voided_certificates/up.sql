-- A certificate that should not have been issued is voided: by whom, and when.
ALTER TABLE certificates ADD COLUMN voided_by TEXT;
ALTER TABLE certificates ADD COLUMN voided_at TIMESTAMP;
CREATE INDEX certificates_by_case ON certificates (case_id);
