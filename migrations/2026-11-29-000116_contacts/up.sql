-- How to reach somebody, by the record that it belongs to (`bookings/{id}` …), sealed to `{record}/contact`.
CREATE TABLE contacts (
    record TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
);
INSERT INTO contacts (record, body) SELECT 'bookings/' || id, contact FROM bookings;
ALTER TABLE bookings DROP COLUMN contact;

-- How somebody asked for a place on the waiting list.
ALTER TABLE waitlist ADD COLUMN channel TEXT NOT NULL DEFAULT 'COUNTER';
UPDATE waitlist SET channel = 'ONLINE' WHERE EXISTS (
    SELECT 1 FROM accounts WHERE waitlist.requested_by = 'accounts/' || accounts.id
        AND (accounts.person_id = waitlist.person_id OR accounts.claimed_id = waitlist.person_id)
);
