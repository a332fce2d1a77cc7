DROP INDEX people_without_names_ever;
ALTER TABLE people DROP COLUMN names_ever;
