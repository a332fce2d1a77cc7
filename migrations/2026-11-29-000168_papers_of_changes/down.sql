ALTER TABLE case_changes DROP COLUMN papers;
