-- Where the people of a case taken away from their own office are registered.
ALTER TABLE cases ADD COLUMN registered_area TEXT;
