ALTER TABLE letters_of_proxy DROP COLUMN consent_index;
ALTER TABLE letters_of_proxy DROP COLUMN consent_document;
ALTER TABLE certificates DROP COLUMN proxy_id;
