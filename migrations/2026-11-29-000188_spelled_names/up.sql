-- Names are spelled without accents and dots, and only a national's number tells namesakes apart: by what people and marks are found
-- is filled in anew by the program when it starts, which has the key. Whom nobody can tell from somebody is looked for with each mark.
CREATE INDEX people_by_namesake ON people (namesake_index);
UPDATE people SET namesake_index = NULL, names_ever = NULL;
DELETE FROM protection_names;
