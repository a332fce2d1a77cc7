DROP INDEX petitions_unsearched;
ALTER TABLE petitions DROP COLUMN unsearched;
DROP TABLE petition_words;
