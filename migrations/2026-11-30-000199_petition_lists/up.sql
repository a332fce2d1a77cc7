-- Lists go by id, newest first, within a state, kind or channel.
CREATE INDEX petitions_by_status ON petitions (status, id);
CREATE INDEX petitions_by_kind ON petitions (kind, id);
CREATE INDEX petitions_by_channel ON petitions (channel, id);
