BEGIN;

-- [1] DROP_TRIGGER: stock.movement.movement_apply
DROP TRIGGER IF EXISTS movement_apply ON stock.movement;

-- [2] DROP_FUNCTION: stock.apply_movements()
DROP FUNCTION IF EXISTS stock.apply_movements() CASCADE;

-- [3] DROP_TABLE: stock.movement
DROP TABLE IF EXISTS stock.movement CASCADE;

-- [4] DROP_TABLE: stock.item
DROP TABLE IF EXISTS stock.item CASCADE;

-- [5] DROP_TABLE: stock.warehouse
DROP TABLE IF EXISTS stock.warehouse CASCADE;

-- [6] DROP_TYPE: stock.movement_kind
DROP TYPE IF EXISTS stock.movement_kind CASCADE;

-- [7] DROP_SCHEMA: stock
DROP SCHEMA IF EXISTS stock CASCADE;

COMMIT;
