-- Whoever consents to a letter of proxy of somebody who does not act alone, and the paper that shows them to be the one: where a
-- protection mark stands on its giver, a letter to which nobody has consented by name rests.
ALTER TABLE letters_of_proxy ADD COLUMN representative TEXT;
ALTER TABLE letters_of_proxy ADD COLUMN representative_index TEXT;
ALTER TABLE letters_of_proxy ADD COLUMN proof_document TEXT;
ALTER TABLE letters_of_proxy ADD COLUMN proof_index TEXT;
