-- When somebody was called, where that is not when it was noted.
ALTER TABLE calls ADD COLUMN called_at TIMESTAMP;
