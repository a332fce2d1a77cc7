-- Who comes to the counter for a certificate in the applicant's place.
ALTER TABLE certificates ADD COLUMN proxy_id TEXT;

-- The paper on which the legal representative of whoever gives a letter consents: the letter falls with it.
ALTER TABLE letters_of_proxy ADD COLUMN consent_document TEXT;
ALTER TABLE letters_of_proxy ADD COLUMN consent_index TEXT;
