-- Government calendars loaded beside those compiled in.
CREATE TABLE government_days (
    on_date DATE NOT NULL PRIMARY KEY,
    worked BOOLEAN NOT NULL,
    word TEXT NOT NULL,
    loaded_at TIMESTAMP NOT NULL
);

-- One row that a store in doubt writes, to prove that it takes writes again.
CREATE TABLE store_probe (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    writes BIGINT NOT NULL
);
INSERT INTO store_probe (id, writes) VALUES (1, 0);
