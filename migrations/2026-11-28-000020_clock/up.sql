-- The newest moment that had surely come while the office was served, kept over restarts.
CREATE TABLE clock_mark (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    at TIMESTAMP
);
INSERT INTO clock_mark (id, at) VALUES (1, NULL);
