BEGIN;

-- [1] DROP_TABLE: shop.shipment
DROP TABLE IF EXISTS shop.shipment CASCADE;

-- [2] DROP_FUNCTION: shop.shipment_guard()
DROP FUNCTION IF EXISTS shop.shipment_guard() CASCADE;

-- [3] DROP_SEQUENCE: shop.shipment_number
DROP SEQUENCE IF EXISTS shop.shipment_number CASCADE;

-- [4] DROP_TYPE: shop.carrier
DROP TYPE IF EXISTS shop.carrier CASCADE;

COMMIT;
