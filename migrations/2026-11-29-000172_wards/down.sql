DROP INDEX facts_of_minor_unknown;
ALTER TABLE facts DROP COLUMN of_minor;
