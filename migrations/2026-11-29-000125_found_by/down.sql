DROP INDEX contacts_without_index;
ALTER TABLE contacts DROP COLUMN phones;
DROP TABLE contact_phones;
DROP INDEX people_without_name_index;
DROP INDEX people_by_name;
ALTER TABLE people DROP COLUMN name_index;
