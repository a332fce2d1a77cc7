DELETE FROM petition_words;
UPDATE petitions SET unsearched = TRUE;
DROP TABLE petition_indexed;
