CREATE TABLE closures (
    id TEXT NOT NULL PRIMARY KEY,
    on_date DATE NOT NULL,
    part TEXT NOT NULL CHECK (part IN ('AM', 'PM', 'ALL')),
    area TEXT,
    reason TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    withdrawn_at TIMESTAMP,
    version INTEGER NOT NULL
);
CREATE INDEX closures_by_date ON closures (on_date);

CREATE TABLE day_overrides (
    on_date DATE NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    opens TEXT,
    closes TEXT,
    reason TEXT NOT NULL,
    updated_by TEXT NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL
);

CREATE TABLE services (
    code TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL
);

CREATE TABLE advisers (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    account_id TEXT UNIQUE REFERENCES accounts (id),
    weekdays TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL
);

CREATE TABLE rota (
    on_date DATE NOT NULL PRIMARY KEY,
    adviser_ids TEXT NOT NULL,
    reason TEXT NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL
);

-- The only judge of who has a slot: no two holders can stand on one (resource, tick, seat).
CREATE TABLE claims (
    resource TEXT NOT NULL,
    tick BIGINT NOT NULL,
    seat INTEGER NOT NULL,
    holder_kind TEXT NOT NULL CHECK (holder_kind IN ('HOLD', 'BOOKING', 'OFFER', 'RESERVE', 'QUARANTINE')),
    holder_id TEXT NOT NULL,
    expires_at TIMESTAMP,
    PRIMARY KEY (resource, tick, seat)
);
CREATE INDEX claims_by_holder ON claims (holder_id);
CREATE INDEX claims_by_expiry ON claims (expires_at);

-- One number a thing that is cached by revision; every change of it counts up.
CREATE TABLE revisions (
    name TEXT NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL
);
INSERT INTO revisions (name, revision) VALUES ('plan', 1);

CREATE TABLE holds (
    id TEXT NOT NULL PRIMARY KEY,
    service_code TEXT NOT NULL,
    slot_id TEXT NOT NULL,
    held_by TEXT NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE INDEX holds_by_holder ON holds (held_by, expires_at);

CREATE TABLE bookings (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    service_code TEXT NOT NULL,
    slot_id TEXT NOT NULL,
    starts_at TIMESTAMP NOT NULL,
    ends_at TIMESTAMP NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('HELD', 'BOOKED', 'CHECKED_IN', 'DONE', 'NO_SHOW', 'CANCELLED', 'MOVED')),
    channel TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES people (id),
    booked_by TEXT NOT NULL,
    resource TEXT NOT NULL,
    policy TEXT NOT NULL,
    contact TEXT NOT NULL,
    answers TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL
);
CREATE INDEX bookings_by_start ON bookings (starts_at, id);
CREATE INDEX bookings_by_service ON bookings (service_code, starts_at);
CREATE INDEX bookings_by_person ON bookings (person_id, starts_at);
CREATE INDEX bookings_by_booker ON bookings (booked_by);
CREATE INDEX bookings_by_resource ON bookings (resource, starts_at);

CREATE TABLE booking_history (
    booking_id TEXT NOT NULL REFERENCES bookings (id),
    line INTEGER NOT NULL,
    at TIMESTAMP NOT NULL,
    status TEXT NOT NULL,
    slot_id TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (booking_id, line)
);

CREATE TABLE booking_suspensions (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    from_at TIMESTAMP NOT NULL,
    until_at TIMESTAMP NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX booking_suspensions_by_person ON booking_suspensions (person_id, until_at);

CREATE TABLE booking_conflicts (
    id TEXT NOT NULL PRIMARY KEY,
    booking_id TEXT NOT NULL REFERENCES bookings (id),
    cause TEXT NOT NULL CHECK (cause IN ('CLOSURE', 'HOURS', 'ROTA')),
    cause_id TEXT NOT NULL,
    reserved_slot_id TEXT,
    created_at TIMESTAMP NOT NULL,
    resolved_at TIMESTAMP,
    resolution TEXT
);
CREATE INDEX booking_conflicts_by_booking ON booking_conflicts (booking_id);
CREATE INDEX booking_conflicts_by_cause ON booking_conflicts (cause_id);

CREATE TABLE waitlist (
    id TEXT NOT NULL PRIMARY KEY,
    service_code TEXT NOT NULL,
    from_on DATE NOT NULL,
    to_on DATE NOT NULL,
    person_id TEXT NOT NULL REFERENCES people (id),
    requested_by TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('WAITING', 'OFFERED', 'TAKEN', 'EXPIRED', 'CANCELLED')),
    offered_slot_id TEXT,
    offer_expires_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL
);
CREATE INDEX waitlist_by_service ON waitlist (service_code, status, created_at);
CREATE INDEX waitlist_by_person ON waitlist (person_id);

CREATE TABLE calendar_tokens (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    hash TEXT NOT NULL UNIQUE,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE consultations (
    booking_id TEXT NOT NULL PRIMARY KEY REFERENCES bookings (id),
    adviser_id TEXT NOT NULL,
    client_index TEXT NOT NULL,
    client_name_index TEXT NOT NULL,
    opponent_index TEXT,
    topic TEXT NOT NULL,
    result TEXT,
    minutes INTEGER,
    note TEXT,
    recorded_by TEXT,
    recorded_at TIMESTAMP,
    version INTEGER NOT NULL
);
CREATE INDEX consultations_by_client ON consultations (client_index);
CREATE INDEX consultations_by_client_name ON consultations (client_name_index);
CREATE INDEX consultations_by_opponent ON consultations (opponent_index);

CREATE TABLE referrals (
    id TEXT NOT NULL PRIMARY KEY,
    booking_id TEXT NOT NULL REFERENCES bookings (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    reason TEXT NOT NULL,
    consent_at TIMESTAMP NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('OFFERED', 'ACCEPTED', 'DECLINED', 'EXPIRED')),
    slot_id TEXT NOT NULL,
    offer_expires_at TIMESTAMP NOT NULL,
    accepted_booking_id TEXT,
    referred_by TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL
);
CREATE INDEX referrals_by_booking ON referrals (booking_id);
