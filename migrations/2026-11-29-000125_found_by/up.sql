-- By what bookings and places on the waiting list are found without their being opened: keyed hashes of a name, and of telephone
-- numbers. Rows of before are filled in by the program when it starts, which has the key; until then they are found by the indexes.
ALTER TABLE people ADD COLUMN name_index TEXT;
CREATE INDEX people_by_name ON people (name_index);
CREATE INDEX people_without_name_index ON people (id) WHERE name_index IS NULL;

CREATE TABLE contact_phones (
    record TEXT NOT NULL,
    phone_index TEXT NOT NULL,
    PRIMARY KEY (record, phone_index)
);
CREATE INDEX contact_phones_by_index ON contact_phones (phone_index);
-- How many numbers find the record.
ALTER TABLE contacts ADD COLUMN phones INTEGER;
CREATE INDEX contacts_without_index ON contacts (record) WHERE phones IS NULL;
