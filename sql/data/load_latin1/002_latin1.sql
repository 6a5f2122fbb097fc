SELECT 1;
-- Grьяe
