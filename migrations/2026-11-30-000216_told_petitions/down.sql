ALTER TABLE petition_ratings DROP COLUMN set_aside_at;
DROP INDEX petitions_by_letter;
ALTER TABLE petitions DROP COLUMN entered_twice;
ALTER TABLE petitions DROP COLUMN letter_at;
