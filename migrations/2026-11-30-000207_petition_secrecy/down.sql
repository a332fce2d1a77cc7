DROP TABLE petition_concerned;
ALTER TABLE petition_concerns DROP COLUMN named_at;
ALTER TABLE petition_concerns DROP COLUMN named_by;
ALTER TABLE petitions DROP COLUMN guarded;
