ALTER TABLE waitlist DROP COLUMN channel;
ALTER TABLE bookings ADD COLUMN contact TEXT NOT NULL DEFAULT '';
UPDATE bookings SET contact = (SELECT body FROM contacts WHERE record = 'bookings/' || bookings.id);
DROP TABLE contacts;
