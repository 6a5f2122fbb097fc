BEGIN;

-- [1] DROP_VIEW: purchasing.open_order
DROP VIEW IF EXISTS purchasing.open_order CASCADE;

-- [2] DROP_TABLE: purchasing.purchase_line
DROP TABLE IF EXISTS purchasing.purchase_line CASCADE;

-- [3] DROP_TABLE: purchasing.purchase_order
DROP TABLE IF EXISTS purchasing.purchase_order CASCADE;

-- [4] DROP_TABLE: purchasing.contract
DROP TABLE IF EXISTS purchasing.contract CASCADE;

-- [5] DROP_TABLE: purchasing.supplier
DROP TABLE IF EXISTS purchasing.supplier CASCADE;

-- [6] DROP_SCHEMA: purchasing
DROP SCHEMA IF EXISTS purchasing CASCADE;

COMMIT;
