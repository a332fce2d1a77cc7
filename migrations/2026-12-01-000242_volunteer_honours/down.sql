DROP TABLE volunteer_honour_batches;
DROP TABLE volunteer_honours;
