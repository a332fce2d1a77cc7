-- Who has a seat at a shift, waits for one, or sits beside as a trainee; what became of it; and who would pass a seat on to whom.
CREATE TABLE signups (
    id TEXT NOT NULL PRIMARY KEY,
    shift_id TEXT NOT NULL REFERENCES shifts (id),
    volunteer_id TEXT NOT NULL REFERENCES volunteers (id),
    status TEXT NOT NULL CHECK (status IN (
        'PLACED', 'OFFERED', 'WAITING', 'CANCELLED', 'DECLINED', 'RELEASED', 'SWAPPED', 'CHECKED_IN', 'SERVED', 'NO_SHOW', 'EXCUSED'
    )),
    as_trainee BOOLEAN NOT NULL,
    is_forced BOOLEAN NOT NULL,
    checked_in_at TIMESTAMP,
    checked_out_at TIMESTAMP,
    presence TEXT CHECK (presence IN ('OWN_CHECK_IN', 'SEEN_BY_CLERK', 'BULK', 'FROM_PAPER')),
    vouched_by TEXT,
    closed_by_timer BOOLEAN NOT NULL,
    news_at TIMESTAMP,
    entered_by TEXT NOT NULL,
    entered_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    CHECK ((status IN ('CHECKED_IN', 'SERVED')) = (checked_in_at IS NOT NULL)),
    CHECK ((status = 'SERVED') = (checked_out_at IS NOT NULL)),
    CHECK ((checked_in_at IS NULL) = (presence IS NULL)),
    CHECK (checked_out_at IS NULL OR checked_out_at >= checked_in_at)
);
CREATE UNIQUE INDEX signups_once ON signups (shift_id, volunteer_id)
    WHERE status IN ('PLACED', 'OFFERED', 'WAITING', 'CHECKED_IN', 'SERVED', 'NO_SHOW', 'EXCUSED');
CREATE INDEX signups_by_shift ON signups (shift_id, id);
CREATE INDEX signups_by_volunteer ON signups (volunteer_id, id);
CREATE INDEX signups_by_news ON signups (news_at) WHERE news_at IS NOT NULL;
CREATE INDEX signups_on_duty ON signups (status, checked_in_at) WHERE status = 'CHECKED_IN';

CREATE TABLE signup_swaps (
    id TEXT NOT NULL PRIMARY KEY,
    signup_id TEXT NOT NULL REFERENCES signups (id),
    for_signup_id TEXT REFERENCES signups (id),
    to_volunteer_id TEXT REFERENCES volunteers (id),
    status TEXT NOT NULL CHECK (status IN ('OPEN', 'ACCEPTED', 'WITHDRAWN')),
    taken_by TEXT REFERENCES signups (id),
    asked_by TEXT NOT NULL,
    asked_at TIMESTAMP NOT NULL,
    CHECK ((status = 'ACCEPTED') = (taken_by IS NOT NULL))
);
CREATE UNIQUE INDEX signup_swaps_once ON signup_swaps (signup_id) WHERE status = 'OPEN';
