DROP INDEX petitions_by_channel;
DROP INDEX petitions_by_kind;
DROP INDEX petitions_by_status;
