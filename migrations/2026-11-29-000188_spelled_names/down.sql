-- The program of before fills them in as it finds them.
DROP INDEX people_by_namesake;
UPDATE people SET namesake_index = NULL, names_ever = NULL;
DELETE FROM protection_names;
