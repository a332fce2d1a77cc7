DROP INDEX person_joins_by_document;
ALTER TABLE person_joins DROP COLUMN struck_at;
ALTER TABLE person_joins DROP COLUMN document_index;
