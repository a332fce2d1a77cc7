DROP INDEX facts_struck_with;
ALTER TABLE facts DROP COLUMN struck_with;
