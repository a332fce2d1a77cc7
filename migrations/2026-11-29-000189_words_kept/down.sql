DROP INDEX case_named_unsaid;
ALTER TABLE case_named DROP COLUMN said;
DROP INDEX facts_by_said;
ALTER TABLE facts DROP COLUMN said_index;
DROP INDEX facts_overruled;
ALTER TABLE facts DROP COLUMN overruled;
