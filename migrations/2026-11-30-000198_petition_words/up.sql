-- The search in petitions. A token is a keyed hash of one or two characters; which petitions of a block of the register hold them is
-- sealed. A petition that was saved since is looked through itself.
CREATE TABLE petition_words (
    token TEXT NOT NULL,
    block INTEGER NOT NULL,
    places TEXT NOT NULL,
    PRIMARY KEY (token, block)
);
ALTER TABLE petitions ADD COLUMN unsearched BOOLEAN NOT NULL DEFAULT TRUE;
CREATE INDEX petitions_unsearched ON petitions (unsearched, roc_year, register_number);
