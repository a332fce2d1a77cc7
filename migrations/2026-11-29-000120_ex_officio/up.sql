-- Why the office enters a case without an application, and the demand that nobody followed; sealed to `case_ex_officio/{case}/body`.
CREATE TABLE case_ex_officio (
    case_id TEXT NOT NULL PRIMARY KEY REFERENCES cases (id),
    body TEXT NOT NULL
);
