DROP TABLE promotion_partners;
DROP TABLE volunteer_applications;
DROP TABLE volunteer_history;
DROP TABLE volunteer_entries;
DROP TABLE volunteers;
DROP TABLE recruitment_plans;
