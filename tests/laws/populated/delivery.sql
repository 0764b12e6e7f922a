-- Rows of delivery: some of each kind, so that every column is seen with what it may hold.

SELECT 1;
