INSERT INTO revisions (name, revision) VALUES ('case_types', 1);

CREATE TABLE case_types (
    code TEXT NOT NULL,
    version INTEGER NOT NULL,
    valid_from DATE NOT NULL,
    body TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (code, version)
);

-- Running numbers without gaps: counted up in the transaction that uses the number.
CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

-- Numbers that a person had before; a look-up by one of them finds the person of today.
CREATE TABLE former_id_numbers (
    id_number_index TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    id_number TEXT NOT NULL,
    replaced_at TIMESTAMP NOT NULL,
    case_id TEXT NOT NULL
);
CREATE INDEX former_id_numbers_by_person ON former_id_numbers (person_id);

CREATE TABLE cases (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT UNIQUE,
    type_code TEXT NOT NULL,
    type_version INTEGER NOT NULL,
    status TEXT NOT NULL,
    channel TEXT NOT NULL,
    service_point TEXT NOT NULL,
    off_site BOOLEAN NOT NULL,
    person_id TEXT NOT NULL REFERENCES people (id),
    applicant_id TEXT NOT NULL REFERENCES people (id),
    relation TEXT NOT NULL,
    proxy_id TEXT REFERENCES people (id),
    proxy TEXT,
    event_on DATE,
    fields TEXT NOT NULL,
    papers TEXT NOT NULL,
    circumstances TEXT NOT NULL,
    received_at TIMESTAMP NOT NULL,
    accepted_at TIMESTAMP,
    late BOOLEAN NOT NULL,
    legal_due_on DATE,
    due_rule TEXT,
    due_at TIMESTAMP,
    registered_at TIMESTAMP,
    fee_twd INTEGER,
    clerk TEXT,
    reviewer TEXT,
    warned_at TIMESTAMP,
    overdue_at TIMESTAMP,
    updated_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL
);
CREATE INDEX cases_by_status ON cases (status, id);
CREATE INDEX cases_by_due ON cases (status, due_at);
CREATE INDEX cases_by_point ON cases (service_point, status, id);
CREATE INDEX cases_of_point ON cases (service_point, id);
CREATE INDEX cases_by_type ON cases (type_code, id);
CREATE INDEX cases_by_clerk ON cases (clerk, status, id);
CREATE INDEX cases_by_reviewer ON cases (reviewer, status, id);
CREATE INDEX cases_by_channel ON cases (channel, id);
CREATE INDEX cases_by_applicant ON cases (applicant_id, id);

CREATE TABLE case_parties (
    case_id TEXT NOT NULL REFERENCES cases (id),
    line INTEGER NOT NULL,
    role TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES people (id),
    PRIMARY KEY (case_id, line)
);
CREATE INDEX case_parties_by_person ON case_parties (person_id, case_id);

CREATE TABLE case_history (
    case_id TEXT NOT NULL REFERENCES cases (id),
    line INTEGER NOT NULL,
    at TIMESTAMP NOT NULL,
    action TEXT NOT NULL,
    status TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (case_id, line)
);

-- Stretches in which the office's clock stood still.
CREATE TABLE case_stops (
    case_id TEXT NOT NULL REFERENCES cases (id),
    line INTEGER NOT NULL,
    from_at TIMESTAMP NOT NULL,
    to_at TIMESTAMP,
    why TEXT NOT NULL,
    article TEXT NOT NULL,
    PRIMARY KEY (case_id, line)
);

-- Cases that somebody has judged to be no duplicates of each other.
CREATE TABLE duplicate_verdicts (
    case_id TEXT NOT NULL REFERENCES cases (id),
    other_id TEXT NOT NULL REFERENCES cases (id),
    decided_by TEXT NOT NULL,
    decided_at TIMESTAMP NOT NULL,
    PRIMARY KEY (case_id, other_id)
);

CREATE TABLE case_reviews (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    result TEXT NOT NULL,
    findings TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    reviewed_at TIMESTAMP NOT NULL
);
CREATE INDEX case_reviews_by_case ON case_reviews (case_id, id);

CREATE TABLE one_time_notices (
    case_id TEXT NOT NULL PRIMARY KEY REFERENCES cases (id),
    number TEXT NOT NULL UNIQUE,
    given_how TEXT NOT NULL,
    due_on DATE NOT NULL,
    due_at TIMESTAMP NOT NULL,
    items TEXT NOT NULL,
    new_fact TEXT,
    made_by TEXT NOT NULL,
    made_at TIMESTAMP NOT NULL
);

-- Corrections and revocations that wait for a supervisor, or have been decided.
CREATE TABLE case_changes (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    body TEXT NOT NULL,
    reason TEXT NOT NULL,
    office_error BOOLEAN NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at TIMESTAMP NOT NULL,
    decided_by TEXT,
    decided_at TIMESTAMP
);
CREATE UNIQUE INDEX case_changes_open ON case_changes (case_id) WHERE status = 'PROPOSED';
CREATE INDEX case_changes_by_case ON case_changes (case_id, id);

-- 戶籍資料維護紀錄簿: appended to, never rewritten.
CREATE TABLE maintenance_records (
    roc_year INTEGER NOT NULL,
    number INTEGER NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    service_point TEXT NOT NULL,
    kind TEXT NOT NULL,
    field TEXT NOT NULL,
    before_value TEXT NOT NULL,
    after_value TEXT NOT NULL,
    reason TEXT NOT NULL,
    office_error BOOLEAN NOT NULL,
    recorded_by TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    strikes INTEGER,
    PRIMARY KEY (roc_year, number)
);
CREATE INDEX maintenance_records_by_case ON maintenance_records (case_id);

-- 戶籍申請案件抽查紀錄簿: appended to, never rewritten.
CREATE TABLE spot_check_entries (
    roc_year INTEGER NOT NULL,
    number INTEGER NOT NULL,
    spot_check_id TEXT NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    service_point TEXT NOT NULL,
    result TEXT NOT NULL,
    finding TEXT NOT NULL,
    remedy TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    PRIMARY KEY (roc_year, number)
);

CREATE TABLE error_records (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    type_code TEXT NOT NULL,
    service_point TEXT NOT NULL,
    clerk TEXT NOT NULL,
    accepted_on DATE NOT NULL,
    source TEXT NOT NULL,
    error_code TEXT NOT NULL,
    severity TEXT NOT NULL,
    cause TEXT NOT NULL,
    status TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at TIMESTAMP NOT NULL,
    decided_by TEXT,
    decided_at TIMESTAMP
);
CREATE INDEX error_records_by_day ON error_records (accepted_on, status);
CREATE INDEX error_records_by_case ON error_records (case_id);

CREATE TABLE spot_check_plans (
    id TEXT NOT NULL PRIMARY KEY,
    period TEXT NOT NULL,
    body TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL
);

CREATE TABLE spot_check_draws (
    id TEXT NOT NULL PRIMARY KEY,
    plan_id TEXT NOT NULL REFERENCES spot_check_plans (id),
    seed TEXT NOT NULL,
    population INTEGER NOT NULL,
    population_hash TEXT NOT NULL,
    drawn INTEGER NOT NULL,
    drawn_by TEXT NOT NULL,
    drawn_at TIMESTAMP NOT NULL
);
CREATE INDEX spot_check_draws_by_plan ON spot_check_draws (plan_id, id);

CREATE TABLE spot_checks (
    id TEXT NOT NULL PRIMARY KEY,
    draw_id TEXT NOT NULL REFERENCES spot_check_draws (id),
    case_id TEXT NOT NULL REFERENCES cases (id),
    clerk TEXT NOT NULL,
    service_point TEXT NOT NULL,
    stratum TEXT NOT NULL,
    status TEXT NOT NULL,
    checker TEXT,
    finding TEXT,
    rebuttal TEXT,
    ruling TEXT,
    error_id TEXT,
    updated_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (draw_id, case_id)
);
CREATE INDEX spot_checks_by_case ON spot_checks (case_id);
CREATE INDEX spot_checks_by_status ON spot_checks (status, id);

-- How often a paper was asked for that had been due when the one notice was given.
CREATE TABLE late_requests (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    clerk TEXT NOT NULL,
    refused BOOLEAN NOT NULL,
    at TIMESTAMP NOT NULL
);

CREATE TABLE seals (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    status TEXT NOT NULL,
    village_code TEXT,
    case_id TEXT NOT NULL REFERENCES cases (id),
    registered_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    ended_by TEXT
);
CREATE UNIQUE INDEX seals_one_a_person ON seals (person_id) WHERE status = 'ACTIVE';

CREATE TABLE certificates (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    serial TEXT UNIQUE,
    check_code_hash TEXT,
    person_id TEXT NOT NULL REFERENCES people (id),
    applicant_id TEXT NOT NULL REFERENCES people (id),
    relation TEXT NOT NULL,
    channel TEXT NOT NULL,
    service_point TEXT NOT NULL,
    case_id TEXT REFERENCES cases (id),
    scope TEXT NOT NULL,
    purpose TEXT NOT NULL,
    interest_proof TEXT,
    copies INTEGER NOT NULL,
    sheets INTEGER NOT NULL,
    fee_twd INTEGER NOT NULL,
    reason TEXT,
    requested_by TEXT NOT NULL,
    requested_at TIMESTAMP NOT NULL,
    issued_by TEXT,
    issued_at TIMESTAMP,
    version INTEGER NOT NULL
);
CREATE INDEX certificates_by_point ON certificates (service_point, id);
CREATE INDEX certificates_by_person ON certificates (person_id, id);
CREATE INDEX certificates_by_applicant ON certificates (applicant_id, id);
CREATE UNIQUE INDEX certificates_by_check_code ON certificates (check_code_hash);
