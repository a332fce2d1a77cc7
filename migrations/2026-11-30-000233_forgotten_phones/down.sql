-- Nothing brings back what was deleted.
SELECT 1;
