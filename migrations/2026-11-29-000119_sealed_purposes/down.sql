DROP INDEX certificates_unsealed;
ALTER TABLE certificates DROP COLUMN said;
