DROP TABLE signup_swaps;
DROP TABLE signups;
