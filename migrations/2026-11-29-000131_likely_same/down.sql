DROP INDEX people_without_likeness;
DROP INDEX people_likeness;
ALTER TABLE people DROP COLUMN likeness_index;
