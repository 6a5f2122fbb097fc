BEGIN;

-- [1] DROP_TABLE: shop.depot_rent
DROP TABLE IF EXISTS shop.depot_rent CASCADE;

-- [2] DROP_TYPE: shop.money_amount
DROP TYPE IF EXISTS shop.money_amount CASCADE;

-- [3] REPLACE_FUNCTION: shop.format_address(shop.postal_address)
CREATE OR REPLACE FUNCTION shop.format_address(a shop.postal_address) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce((a).street || E'\n', '') || coalesce((a).postcode || ' ', '')
      || coalesce((a).city, '?') || coalesce('; ' || (a).country, '')
$$;

-- [4] DROP_TABLE: shop.depot
DROP TABLE IF EXISTS shop.depot CASCADE;

-- [5] DROP_ATTRIBUTE: shop.postal_address.region
ALTER TYPE shop.postal_address DROP ATTRIBUTE IF EXISTS region CASCADE;

COMMIT;
