-- On which paper a join rests, or a note that two records are of two humans: it falls with the paper.
ALTER TABLE person_joins ADD COLUMN document_index TEXT;
ALTER TABLE person_joins ADD COLUMN struck_at TIMESTAMP;
CREATE INDEX person_joins_by_document ON person_joins (document_index);
