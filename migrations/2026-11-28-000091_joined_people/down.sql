DROP INDEX letters_of_proxy_by_document;
ALTER TABLE letters_of_proxy DROP COLUMN document_index;
ALTER TABLE letters_of_proxy DROP COLUMN document;
ALTER TABLE letters_of_proxy DROP COLUMN given_by;
DROP TABLE person_joins;
DROP INDEX people_by_shared;
DROP INDEX people_by_joined;
ALTER TABLE people DROP COLUMN shared_index;
ALTER TABLE people DROP COLUMN joined_into;
