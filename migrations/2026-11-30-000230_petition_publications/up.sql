-- Petitions made ready for publication: what is hidden of their texts, sealed, and by which own key the public reads what is left. A new one
-- of the same petition is begun once the one before was withdrawn.
CREATE TABLE petition_publications (
    id TEXT PRIMARY KEY,
    petition_id TEXT NOT NULL REFERENCES petitions (id),
    public_id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL CHECK (status IN ('DRAFT', 'PUBLISHED', 'WITHDRAWN')),
    ground TEXT NOT NULL,
    kind TEXT NOT NULL,
    topic TEXT,
    language TEXT NOT NULL,
    content TEXT NOT NULL,
    source TEXT NOT NULL,
    written_by TEXT NOT NULL,
    published_at TIMESTAMP,
    reason TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1)
);
CREATE UNIQUE INDEX petition_publications_standing ON petition_publications (petition_id) WHERE status <> 'WITHDRAWN';
CREATE INDEX petition_publications_of_petition ON petition_publications (petition_id);
CREATE INDEX petition_publications_by_status ON petition_publications (status, public_id);
