DROP INDEX maintenance_records_by_moment;
DROP INDEX case_changes_by_decision;
DROP INDEX case_lineups_by_moment;
DROP TABLE case_applicant_changes;
