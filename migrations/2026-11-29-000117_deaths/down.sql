DELETE FROM booking_conflicts WHERE cause = 'DEATH';
