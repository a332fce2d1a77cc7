DROP INDEX seals_to_judge;
ALTER TABLE seals DROP COLUMN judge_anew;
CREATE INDEX people_without_likeness ON people (id) WHERE likeness_index IS NULL;
CREATE INDEX people_without_name_index ON people (id) WHERE name_index IS NULL;
DROP INDEX people_without_namesake;
ALTER TABLE people DROP COLUMN numbered;
ALTER TABLE people DROP COLUMN namesake_index;
