-- [1] DROP_INDEX: purchasing."supplier; by name"
DROP INDEX CONCURRENTLY IF EXISTS purchasing."supplier; by name";

-- [2] DROP_INDEX: purchasing.purchase_line_book_idx
DROP INDEX CONCURRENTLY IF EXISTS purchasing.purchase_line_book_idx;

BEGIN;

-- [3] DROP_CONSTRAINT: purchasing.supplier.supplier_phone_check
ALTER TABLE purchasing.supplier DROP CONSTRAINT IF EXISTS supplier_phone_check;

-- [4] DROP_COLUMN: purchasing.supplier.phone
ALTER TABLE purchasing.supplier DROP COLUMN IF EXISTS phone CASCADE;

COMMIT;
