-- A registered death can be what a booking is at odds with.
CREATE TABLE conflicts_of_bookings (
    id TEXT NOT NULL PRIMARY KEY,
    booking_id TEXT NOT NULL REFERENCES bookings (id),
    cause TEXT NOT NULL CHECK (cause IN ('CLOSURE', 'HOURS', 'ROTA', 'DEATH')),
    cause_id TEXT NOT NULL,
    reserved_slot_id TEXT,
    created_at TIMESTAMP NOT NULL,
    resolved_at TIMESTAMP,
    resolution TEXT
);
INSERT INTO conflicts_of_bookings (id, booking_id, cause, cause_id, reserved_slot_id, created_at, resolved_at, resolution)
    SELECT id, booking_id, cause, cause_id, reserved_slot_id, created_at, resolved_at, resolution FROM booking_conflicts;
DROP TABLE booking_conflicts;
ALTER TABLE conflicts_of_bookings RENAME TO booking_conflicts;
CREATE INDEX booking_conflicts_by_booking ON booking_conflicts (booking_id);
CREATE INDEX booking_conflicts_by_cause ON booking_conflicts (cause_id);
