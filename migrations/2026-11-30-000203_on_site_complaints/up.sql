-- Complaints on the spot (現場民眾申訴): what is complained about and every step's words are sealed.
CREATE TABLE on_site_complaints (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL CHECK (status IN ('OPEN', 'AWAITING_FOLLOW_UP', 'CLOSED')),
    service_point TEXT NOT NULL,
    said TEXT NOT NULL,
    person_id TEXT REFERENCES people (id),
    names_staff BOOLEAN NOT NULL,
    taken_by TEXT NOT NULL,
    began_at TIMESTAMP NOT NULL,
    takeover_due_at TIMESTAMP NOT NULL,
    taken_over_at TIMESTAMP,
    follow_up_from TIMESTAMP,
    follow_up_rule TEXT NOT NULL,
    follow_up_due_at TIMESTAMP,
    takeover_told_at TIMESTAMP,
    overdue_at TIMESTAMP,
    version INTEGER NOT NULL
);
CREATE INDEX on_site_complaints_by_status ON on_site_complaints (status, follow_up_due_at);

-- Lines are only ever added; one that was entered by mistake is struck, and stays readable.
CREATE TABLE on_site_steps (
    complaint_id TEXT NOT NULL REFERENCES on_site_complaints (id),
    line INTEGER NOT NULL CHECK (line >= 1),
    step TEXT NOT NULL CHECK (step IN (
        'CALMED', 'TAKEN_OVER', 'RECORDED', 'POLICE_CALLED', 'SOLVED', 'PETITION_OPENED', 'RESULT_NOTED', 'FOLLOWED_UP'
    )),
    standing TEXT,
    happened_at TIMESTAMP NOT NULL,
    done_by TEXT NOT NULL,
    entered_at TIMESTAMP NOT NULL,
    entered_by TEXT NOT NULL,
    words TEXT NOT NULL,
    petition_id TEXT REFERENCES petitions (id),
    struck_at TIMESTAMP,
    struck_by TEXT,
    PRIMARY KEY (complaint_id, line),
    UNIQUE (complaint_id, standing),
    CHECK ((struck_at IS NULL) = (standing IS NOT NULL)),
    CHECK ((struck_at IS NULL) = (struck_by IS NULL))
);

-- Whom a complaint is about: they lose every road to it.
CREATE TABLE on_site_concerns (
    complaint_id TEXT NOT NULL REFERENCES on_site_complaints (id),
    place INTEGER NOT NULL,
    account_id TEXT,
    service_point TEXT,
    PRIMARY KEY (complaint_id, place)
);
CREATE INDEX on_site_concerns_by_account ON on_site_concerns (account_id);

-- Who stood at a service point when a complaint was said to be about it: they lose it wherever they work afterwards.
CREATE TABLE on_site_concerned (
    complaint_id TEXT NOT NULL REFERENCES on_site_complaints (id),
    service_point TEXT NOT NULL,
    account_id TEXT NOT NULL,
    PRIMARY KEY (complaint_id, service_point, account_id)
);
CREATE INDEX on_site_concerned_by_account ON on_site_concerned (account_id);
