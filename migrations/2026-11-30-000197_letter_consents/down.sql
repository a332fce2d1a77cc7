ALTER TABLE letters_of_proxy DROP COLUMN proof_index;
ALTER TABLE letters_of_proxy DROP COLUMN proof_document;
ALTER TABLE letters_of_proxy DROP COLUMN representative_index;
ALTER TABLE letters_of_proxy DROP COLUMN representative;
