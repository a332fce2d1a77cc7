ALTER TABLE certificates DROP COLUMN named;
